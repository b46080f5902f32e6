//! The globalisation, as a solver of argmin: the one file that names that crate.
//!
//! A Riemannian trust region: a truncated-CG step in the tangent space of M, then a retraction by Gauss–Newton steps with
//! the normal space frozen. A step is refused where the retraction does not contract by half each time, where R does not
//! fall as predicted, or where the new point has no finite value. argmin's own solvers are not used: L-BFGS with
//! More–Thuente, for one, does not return on NaN or unbounded costs whatever `max_iters` says. Only the statuses that this
//! solver sets itself are accepted.

use argmin::core::{CostFunction, Error, Executor, IterState, KV, Problem, Solver, State, TerminationReason, TerminationStatus};

use super::MinNormError;
use super::constraint::Constraint;
use super::scale::Scale;
use super::tangent::Tangent;
use crate::field::{Regulariser, Weights};

/// How a search on M ended.
pub struct Ended {
    /// Where.
    pub w: Weights,
    /// After how many iterations.
    pub iterations: u64,
    /// Whether ‖P∇R‖ met the tolerance.
    pub converged: bool,
}

/// Descends R on M from `start` ∈ M until ‖P∇R‖ ≤ `tolerance`·scale, or until no step is accepted any more.
pub fn descend(
    constraint: &Constraint,
    regulariser: &Regulariser,
    scale: Scale,
    start: &Weights,
    tolerance: f64,
    max_iterations: u64,
) -> Result<Ended, MinNormError> {
    let solver = TrustRegion { scale, tolerance, radius: 0.5 * start.norm().max(1e-3), here: None, smallest: 1e-12 };
    let run = Executor::new(OnManifold { constraint, regulariser }, solver)
        .configure(|state: Iterate| state.param(start.clone()).max_iters(max_iterations))
        .timer(false)
        .run()
        .map_err(ours)?;
    let converged = matches!(run.state.termination_status, TerminationStatus::Terminated(TerminationReason::SolverConverged));
    let w = run.state.param.unwrap_or_else(|| start.clone());
    Ok(Ended { w, iterations: run.state.iter, converged })
}

fn ours(error: Error) -> MinNormError {
    match error.downcast::<MinNormError>() {
        Ok(ours) => ours,
        Err(other) => MinNormError::Argmin { what: other.to_string() },
    }
}

type Iterate = IterState<Weights, (), (), (), (), f64>;

struct OnManifold<'a> {
    constraint: &'a Constraint<'a>,
    regulariser: &'a Regulariser,
}

impl CostFunction for OnManifold<'_> {
    type Param = Weights;
    type Output = f64;

    fn cost(&self, w: &Weights) -> Result<f64, Error> {
        let value = self.regulariser.value(w);
        self.constraint.finite("the regulariser", &[value], w)?;
        Ok(value)
    }
}

struct TrustRegion {
    scale: Scale,
    tolerance: f64,
    radius: f64,
    here: Option<Tangent>,
    smallest: f64,
}

impl TrustRegion {
    fn small(&self, at: &Tangent) -> bool {
        at.gradient.norm() <= self.tolerance * self.scale.gradient
    }
}

impl<'a> Solver<OnManifold<'a>, Iterate> for TrustRegion {
    fn name(&self) -> &str {
        "Riemannian trust region"
    }

    fn init(&mut self, problem: &mut Problem<OnManifold<'a>>, state: Iterate) -> Result<(Iterate, Option<KV>), Error> {
        let Some(w) = state.get_param().cloned() else { return Ok((state, None)) };
        let cost = problem.cost(&w)?;
        let here = problem.problem("tangent_count", |p| Ok(Tangent::at(p.constraint, p.regulariser, &w, None)?))?;
        let state = state.cost(cost);
        let arrived = self.small(&here);
        self.here = Some(here);
        Ok((if arrived { state.terminate_with(TerminationReason::SolverConverged) } else { state }, None))
    }

    fn next_iter(&mut self, problem: &mut Problem<OnManifold<'a>>, state: Iterate) -> Result<(Iterate, Option<KV>), Error> {
        let Some(here) = self.here.take() else { return Ok((state, None)) };
        let (scale, radius) = (self.scale, self.radius);
        let (step, predicted) =
            problem.problem("step_count", |p| Ok(here.trust_region_step(p.constraint, p.regulariser, radius)?))?;
        let landed = problem.problem("retraction_count", |p| Ok(retract(p.constraint, scale, &here, &step)?))?;
        let cost = state.get_cost();
        // Below this R cannot show a decrease: the model is trusted instead.
        let noise = 1e-13 * cost.abs();
        let judged = match landed {
            None => None,
            Some(w) => {
                let next = problem.cost(&w)?;
                let ratio = if predicted <= noise { f64::from(next <= cost + noise) } else { (cost - next) / predicted };
                Some((w, next, ratio))
            }
        };
        let ratio = judged.as_ref().map_or(-1.0, |(_, _, ratio)| *ratio);
        if ratio < 0.25 {
            self.radius = 0.25 * step.norm();
        } else if ratio > 0.75 && step.norm() > 0.99 * self.radius {
            self.radius *= 2.0;
        }
        let Some((w, next, _)) = judged.filter(|(_, _, ratio)| *ratio > 0.05) else {
            let stuck = self.radius <= self.smallest * here.w.norm().max(self.scale.weights);
            self.here = Some(here);
            let stop = TerminationReason::SolverExit("no step is accepted any more".into());
            return Ok((if stuck { state.terminate_with(stop) } else { state }, None));
        };
        let there = problem.problem("tangent_count", |p| Ok(Tangent::at(p.constraint, p.regulariser, &w, None)?))?;
        let arrived = self.small(&there);
        self.here = Some(there);
        let state = state.param(w).cost(next);
        Ok((if arrived { state.terminate_with(TerminationReason::SolverConverged) } else { state }, None))
    }
}

/// From w + step back to M by w ← w − J₀⁺c(w); `None` where that does not contract by half each time.
pub fn retract(constraint: &Constraint, scale: Scale, from: &Tangent, step: &Weights) -> Result<Option<Weights>, MinNormError> {
    let mut w = &from.w + step;
    let mut before = f64::INFINITY;
    for _ in 0..40 {
        let residual = match constraint.residual(&w) {
            Ok(residual) => residual,
            Err(MinNormError::Field { .. }) => return Ok(None),
            Err(other) => return Err(other),
        };
        let size = scale.constraint(&residual);
        if size <= 1e-14 {
            return Ok(Some(w));
        }
        if size > 0.5 * before {
            return Ok((size <= 1e-12).then_some(w));
        }
        before = size;
        w += from.normal.step(&residual);
    }
    Ok(None)
}
