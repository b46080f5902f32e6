//! The three flows by Radau IIA on the multiplier form (★) of [`crate::integrate::star`]: work and error do not depend on λ.
//!
//! One run covers the fast phase and the drift: with h_s = λ h_t a step in slow time is the same computation as one in fast
//! time, so only the length of the steps changes as the fast modes die. For λ = 0 the two phases are two runs: the fast flow
//! to its foot point Φ(w₀), finished in the normal space, and the slow flow from there.

use super::expansion::{ExpansionPoint, Tangents};
use super::foot::{RECEDES, VANISHED};
use super::{Crossing, Expansion, FlowError, Flows, Foot, Phase};
use crate::field::{Fast, LeastSquares, Loss, Point, Regulariser, Slow, Timescale, Trajectory, Weights, Work};
use crate::integrate::Tolerance;
use crate::integrate::star::{Cause, Clock, Limits, Saved, Stages, Star, StarError, Stepper};
use crate::manifold::{CriticalManifold, ManifoldError, Spectrum, ZeroLoss};
use crate::numeric::{Vector, dense};

/// Flows of ½c‖r‖² + λR from one start, by the λ-uniform method.
pub struct RadauFlows<'a> {
    star: Star<'a>,
    manifold: ZeroLoss<'a>,
    start: &'a Weights,
    /// Allowed error a step: atol + rtol‖w‖, as a Euclidean norm of w.
    pub tolerance: Tolerance,
    /// The method.
    pub stages: Stages,
    /// What bounds every run.
    pub limits: Limits,
}

/// A trajectory together with the multipliers at its points.
#[derive(Debug, Clone, PartialEq)]
pub struct Run<T: Timescale> {
    /// The weights.
    pub trajectory: Trajectory<T>,
    /// μ at each point (of the clock that the run was in).
    pub multipliers: Vec<Vector>,
}

impl<'a> RadauFlows<'a> {
    /// Flows of ½c‖r‖² + λR from `start`, with the seven-stage method.
    ///
    /// # Errors
    /// More residuals than weights: M is then no zero-loss set.
    pub fn new(
        loss: &'a LeastSquares,
        regulariser: &'a Regulariser,
        start: &'a Weights,
        tolerance: Tolerance,
    ) -> Result<Self, ManifoldError> {
        Ok(RadauFlows {
            star: Star { problem: loss, regulariser },
            manifold: ZeroLoss::new(loss)?,
            start,
            tolerance,
            stages: Stages::Seven,
            limits: Limits::default(),
        })
    }

    fn stepper(&self, clock: Clock, w: &Weights) -> Result<Stepper<'a>, StarError> {
        Stepper::new(self.star, clock, self.stages, self.tolerance, self.limits, 0.0, w).map_err(|cause| StarError {
            cause,
            symbol: clock.symbol,
            time: 0.0,
            partial: Vec::new(),
            work: Work::default(),
        })
    }

    fn no_foot(&self, stepper: &Stepper<'_>, distance: f64) -> FlowError {
        FlowError::NoFoot {
            time: stepper.time(),
            distance,
            gradient: stepper.speed(),
            start_norm: self.start.norm(),
            norm: stepper.weights().norm(),
        }
    }

    /// w^λ(t) at fast times, for λ ≥ 0; λ = 0 is the fast flow.
    ///
    /// # Errors
    /// Every way of not arriving, with the points reached before it.
    pub fn in_fast_time(&self, lambda: f64, times: &[f64]) -> Result<Run<Fast>, StarError> {
        let mut stepper = self.stepper(Clock::fast(lambda), self.start)?;
        let saved = stepper.run(times)?;
        Ok(gather(saved, stepper.work))
    }

    /// w^λ(s/λ) at slow times, for λ > 0: one run through the fast phase and the drift.
    ///
    /// # Errors
    /// Every way of not arriving, with the points reached before it.
    pub fn in_slow_time(&self, lambda: f64, times: &[f64]) -> Result<Run<Slow>, StarError> {
        let mut stepper = self.stepper(Clock::slow(lambda), self.start)?;
        let saved = stepper.run(times)?;
        Ok(gather(saved, stepper.work))
    }

    /// w°(s) at slow times from a point of M, with its multipliers.
    ///
    /// # Errors
    /// Every way of not arriving, with the points reached before it.
    pub fn drift(&self, foot: &Weights, times: &[f64]) -> Result<Run<Slow>, StarError> {
        let mut stepper = self.stepper(Clock::slow(0.0), foot)?;
        let saved = stepper.run(times)?;
        Ok(gather(saved, stepper.work))
    }
}

/// Smallest ratio of pivots of JJᵀ at which its Cholesky factors are trusted; below, J itself is decomposed.
const TRUSTED: f64 = 1e-9;

impl RadauFlows<'_> {
    /// The fast flow to Φ(w₀), and with `tangent` its derivative δ = ∂w/∂λ there (empty without).
    fn descend(&self, tangent: bool) -> Result<(Foot, Weights), FlowError> {
        let mut stepper = self.stepper(Clock::fast(0.0), self.start).map_err(|e| at(Phase::Fast, e))?;
        if tangent {
            stepper.follow_tangent(Weights::zeros(self.start.len()));
        }
        loop {
            let w = stepper.weights();
            let time = stepper.time();
            let distance = self.normal_step(w)?.map_or(f64::INFINITY, |(step, _)| step.norm());
            if distance <= CLOSE * w.norm() {
                let (on, retracted, defect) = self.retract(w, time)?;
                let spectrum = self.spectrum(&on, time)?;
                let foot = Foot { w: on, time, retracted, defect, spectrum, work: stepper.work };
                let delta = stepper.tangent().map_or_else(|| Weights::zeros(0), |tangent| tangent.w.clone());
                return Ok((foot, delta));
            }
            let stopped = stepper.speed() <= 1e-15 * w.norm() * stepper.rate();
            if stopped && distance > RECEDES * w.norm() {
                let defect = self.manifold.defect(w)?;
                if defect <= VANISHED * self.manifold.defect(self.start)? {
                    // Zeros of r all the same, but no manifold: the rank is what is wrong.
                    self.spectrum(w, time)?;
                }
                return Err(FlowError::Saddle { time, gradient: stepper.speed(), defect });
            }
            if stopped {
                return Err(self.no_foot(&stepper, distance));
            }
            let h = stepper.step();
            if let Err(cause) = stepper.accepted_step(h, None) {
                if let Cause::StepLimit { .. } = cause {
                    return Err(self.no_foot(&stepper, distance));
                }
                return Err(at(Phase::Fast, stepper.stopped(cause)));
            }
        }
    }

    /// Cholesky's factors of JJᵀ, where it is far enough from singular to trust them.
    fn gram(&self, w: &Weights) -> Option<dense::Cholesky> {
        let factor = dense::Cholesky::new(self.star.problem.residual.gram(w))?;
        let pivots = factor.l_dirty().diagonal().map(|x| x * x);
        (pivots.min() >= TRUSTED * pivots.max()).then_some(factor)
    }

    /// J⁺r by Cholesky's factors of JJᵀ, and ‖r‖; `None` where JJᵀ is too close to singular for them.
    fn normal_step(&self, w: &Weights) -> Result<Option<(Weights, f64)>, FlowError> {
        let residual = self.star.problem.residual.as_ref();
        let mut r = Vector::zeros(self.star.samples());
        residual.residual(w, &mut r)?;
        let defect = r.norm();
        let Some(factor) = self.gram(w) else { return Ok(None) };
        factor.solve_mut(&mut r);
        let mut step = Weights::zeros(w.len());
        residual.pull_back(w, &r, &mut step);
        Ok(Some((step, defect)))
    }

    /// Newton in the normal space until r is round-off: the point, how far it was, ‖r‖ there.
    fn retract(&self, w: &Weights, time: f64) -> Result<(Weights, f64, f64), FlowError> {
        let (mut on, mut before) = (w.clone(), f64::INFINITY);
        while let Some((step, defect)) = self.normal_step(&on)? {
            if defect == 0.0 || defect >= 0.5 * before {
                let distance = (&on - w).norm();
                return Ok((on, distance, defect));
            }
            before = defect;
            on -= step;
        }
        let (on, distance) =
            self.manifold.retract(w).map_err(|source| FlowError::Manifold { phase: Phase::Fast, time, source })?;
        let defect = self.manifold.defect(&on)?;
        Ok((on, distance, defect))
    }

    /// Spectrum of H at a point of M: from JJᵀ where squaring the condition number does no harm.
    fn spectrum(&self, on: &Weights, time: f64) -> Result<Spectrum, FlowError> {
        let wrap = |source| FlowError::Manifold { phase: Phase::Fast, time, source };
        let c = self.star.problem.c;
        let (values, _) = dense::symmetric_eigen(&self.star.problem.residual.gram(on)).map_err(|e| wrap(e.into()))?;
        match (values.as_slice().first(), values.as_slice().last()) {
            (Some(&smallest), Some(&largest)) if smallest > TRUSTED * largest => Ok(Spectrum {
                rank: values.len(),
                smallest: c * smallest,
                largest: c * largest,
                rank_gap: Some(smallest / largest / f64::EPSILON),
            }),
            _ => Ok(*self.manifold.at(on).map_err(wrap)?.spectrum()),
        }
    }
}

impl Tangents for RadauFlows<'_> {
    fn descend_with_tangent(&self) -> Result<(Foot, Weights), FlowError> {
        self.descend(true)
    }

    /// w° from (w, w₁) at slow time `from`, with w₁, at later times.
    fn drift_with_tangent(
        &self,
        w: &Weights,
        first: &Weights,
        from: f64,
        times: &[f64],
    ) -> Result<(Vec<ExpansionPoint>, Work), FlowError> {
        let mut stepper = self.stepper(Clock::slow(0.0), w).map_err(|e| at(Phase::Slow, e))?;
        stepper.follow_tangent(first.clone());
        let c = self.star.problem.c;
        let mut points = Vec::with_capacity(times.len());
        for &s in times {
            if s == from {
                let excess = stepper.multipliers().norm_squared() / (2.0 * c);
                points.push(ExpansionPoint { s, w: w.clone(), first: first.clone(), excess, excess_first: None });
                continue;
            }
            let saved = stepper.run(&[s - from]).map_err(|mut e| {
                let reached = |p: &ExpansionPoint| Saved { time: p.s, w: p.w.clone(), mu: Vector::zeros(0) };
                e.partial = points.iter().map(reached).collect();
                at(Phase::Slow, e)
            })?;
            if let (Some(point), Some(tangent)) = (saved.into_iter().next(), stepper.tangent()) {
                let (excess, more) = (point.mu.norm_squared() / (2.0 * c), point.mu.dot(&tangent.mu) / c);
                points.push(ExpansionPoint { s, w: point.w, first: tangent.w.clone(), excess, excess_first: Some(more) });
            }
        }
        Ok((points, stepper.work))
    }

    /// P(w) v.
    fn project(&self, w: &Weights, v: &Weights) -> Result<Weights, FlowError> {
        let Some(factor) = self.gram(w) else {
            let wrap = |source| FlowError::Manifold { phase: Phase::Slow, time: 0.0, source };
            return Ok(self.manifold.at(w).map_err(wrap)?.project_tangent(v));
        };
        let residual = self.star.problem.residual.as_ref();
        let (mut tangent, mut normal, mut image) = (v.clone(), Weights::zeros(w.len()), Vector::zeros(self.star.samples()));
        // Twice, so that the result is orthogonal to the normals to round-off.
        for _ in 0..2 {
            residual.push_forward(w, &tangent, &mut image);
            factor.solve_mut(&mut image);
            residual.pull_back(w, &image, &mut normal);
            tangent -= &normal;
        }
        Ok(tangent)
    }

    /// H⁺ v with H = cJᵀJ: Jᵀ(JJᵀ)⁻²J v/c.
    fn normal_inverse(&self, w: &Weights, v: &Weights) -> Result<Weights, FlowError> {
        let Some(factor) = self.gram(w) else {
            let wrap = |source| FlowError::Manifold { phase: Phase::Slow, time: 0.0, source };
            return Ok(self.manifold.at(w).map_err(wrap)?.hessian_pseudo_inverse(v));
        };
        let residual = self.star.problem.residual.as_ref();
        let (mut image, mut out) = (Vector::zeros(self.star.samples()), Weights::zeros(w.len()));
        residual.push_forward(w, v, &mut image);
        factor.solve_mut(&mut image);
        factor.solve_mut(&mut image);
        residual.pull_back(w, &(image / self.star.problem.c), &mut out);
        Ok(out)
    }

    fn regulariser(&self) -> &Regulariser {
        self.star.regulariser
    }

    fn offset(&self, _: &Weights) -> Result<f64, FlowError> {
        Ok(self.star.problem.offset)
    }
}

pub(super) fn at(phase: Phase, source: StarError) -> FlowError {
    FlowError::Star { phase, source: Box::new(source) }
}

/// Newton distance to M, relative to ‖w‖, at which the fast flow hands over to the retraction: its tangential error is the
/// square. Between two normal modes of rates h_i, h_j the flow moves along M by δ_i δ_j h_j/(h_i + h_j) at most, so this
/// holds whatever the spread of the rates.
pub(super) const CLOSE: f64 = 1e-9;

/// The name of the method with that many stages, as it stands in the rate table.
pub(super) fn method_name(stages: Stages) -> &'static str {
    match stages {
        Stages::Three => "radau5",
        Stages::Five => "radau9",
        Stages::Seven => "radau13",
    }
}

impl Flows for RadauFlows<'_> {
    fn method(&self) -> &'static str {
        method_name(self.stages)
    }

    fn foot(&self) -> Result<Foot, FlowError> {
        Ok(self.descend(false)?.0)
    }

    fn fast(&self, times: &[f64]) -> Result<Trajectory<Fast>, FlowError> {
        Ok(self.in_fast_time(0.0, times).map_err(|e| at(Phase::Fast, e))?.trajectory)
    }

    fn expansion(&self, times: &[f64]) -> Result<Option<Expansion>, FlowError> {
        RadauFlows::expansion(self, times).map(Some)
    }

    fn crossing(&self, expansion: &Expansion, loss: &dyn Loss, level: f64) -> Result<Option<Crossing>, FlowError> {
        RadauFlows::crossing(self, expansion, loss, level)
    }

    fn slow(&self, foot: &Weights, times: &[f64]) -> Result<Trajectory<Slow>, FlowError> {
        Ok(self.drift(foot, times).map_err(|e| at(Phase::Slow, e))?.trajectory)
    }

    fn regularised(&self, lambda: f64, times: &[f64]) -> Result<Trajectory<Fast>, FlowError> {
        let slow: Vec<f64> = times.iter().map(|t| lambda * t).collect();
        let run = self.in_slow_time(lambda, &slow).map_err(|e| at(Phase::Regularised(lambda), e))?.trajectory;
        let points = run.points.into_iter().zip(times).map(|(point, &time)| Point { time, w: point.w }).collect();
        Ok(Trajectory::new(points, run.work))
    }
}

fn gather<T: Timescale>(saved: Vec<Saved>, work: Work) -> Run<T> {
    let (mut points, mut multipliers) = (Vec::with_capacity(saved.len()), Vec::with_capacity(saved.len()));
    for Saved { time, w, mu } in saved {
        points.push(Point { time, w });
        multipliers.push(mu);
    }
    Run { trajectory: Trajectory::new(points, work), multipliers }
}
