//! The three flows by explicit Runge–Kutta methods: the plain way, and the witness for the λ-uniform one.
//!
//! The slow field −P(w)∇R(w) is not stiff; it is integrated from save point to save point with a retraction onto M at
//! each. The regularised flow costs 1/λ evaluations whatever the tolerance.

use super::foot::foot;
use super::{FlowError, Flows, Foot, Phase};
use crate::field::{Fast, FieldError, LeastSquares, Objective, Point, Slow, Trajectory, VectorField, Weights, Work};
use crate::integrate::{Explicit, IntegrateError, Integrator, Order};
use crate::manifold::{CriticalManifold, ManifoldError, ZeroLoss};

/// Explicit integration of one problem.
pub struct ExplicitFlows<'a> {
    objective: &'a Objective,
    manifold: Box<dyn CriticalManifold + 'a>,
    start: &'a Weights,
    integrator: Explicit,
}

impl<'a> ExplicitFlows<'a> {
    /// Flows of ½c‖r‖² + λR from `start`.
    pub fn new(
        objective: &'a Objective,
        loss: &'a LeastSquares,
        start: &'a Weights,
        integrator: Explicit,
    ) -> Result<Self, ManifoldError> {
        Ok(Self::on(objective, Box::new(ZeroLoss::new(loss)?), start, integrator))
    }

    /// Flows of F + λR from `start`, M with its geometry.
    pub fn on(
        objective: &'a Objective,
        manifold: Box<dyn CriticalManifold + 'a>,
        start: &'a Weights,
        integrator: Explicit,
    ) -> Self {
        ExplicitFlows { objective, manifold, start, integrator }
    }

    fn descend(&self, lambda: f64, times: &[f64], phase: Phase) -> Result<Trajectory<Fast>, FlowError> {
        let solution =
            self.integrator.integrate(&self.objective.descent(lambda), self.start, times).map_err(|source| at(phase, source))?;
        Ok(Trajectory::new(points(times, solution.states), solution.work))
    }
}

fn at(phase: Phase, source: IntegrateError) -> FlowError {
    FlowError::Integrate { phase, source: Box::new(source) }
}

fn points(times: &[f64], states: Vec<Weights>) -> Vec<Point> {
    times.iter().zip(states).map(|(&time, w)| Point { time, w }).collect()
}

impl Flows for ExplicitFlows<'_> {
    fn method(&self) -> &'static str {
        match self.integrator.order {
            Order::Five => "dopri5",
            Order::Eight => "dop853",
        }
    }

    fn foot(&self) -> Result<Foot, FlowError> {
        let field = self.objective.descent(0.0);
        foot(&*self.objective.loss, &*self.manifold, &field, &self.integrator, self.start, &|e| at(Phase::Fast, e))
    }

    fn fast(&self, times: &[f64]) -> Result<Trajectory<Fast>, FlowError> {
        self.descend(0.0, times, Phase::Fast)
    }

    fn slow(&self, foot: &Weights, times: &[f64]) -> Result<Trajectory<Slow>, FlowError> {
        let field = SlowField { manifold: &*self.manifold, objective: self.objective };
        let (mut w, mut time, mut work) = (foot.clone(), 0.0, Work::default());
        let mut on = Vec::with_capacity(times.len());
        for &until in times {
            if until > time {
                let leg = self.integrator.integrate(&field, &w, &[until - time]).map_err(|e| at(Phase::Slow, e))?;
                work += leg.work;
                if let Some(end) = leg.states.first() {
                    w = self
                        .manifold
                        .retract(end)
                        .map_err(|source| FlowError::Manifold { phase: Phase::Slow, time: until, source })?
                        .0;
                }
                time = until;
            }
            on.push(Point { time: until, w: w.clone() });
        }
        Ok(Trajectory::new(on, work))
    }

    fn regularised(&self, lambda: f64, times: &[f64]) -> Result<Trajectory<Fast>, FlowError> {
        self.descend(lambda, times, Phase::Regularised(lambda))
    }

    fn predicted_evaluations(&self, _lambda: f64, until: f64, foot: &Foot) -> Option<f64> {
        Some(self.integrator.predicted_evaluations(foot.spectrum.largest, until))
    }

    fn budget(&self) -> Option<u64> {
        Some(self.integrator.budget)
    }
}

/// −P(w)∇R(w).
struct SlowField<'a> {
    manifold: &'a dyn CriticalManifold,
    objective: &'a Objective,
}

impl VectorField for SlowField<'_> {
    fn dim(&self) -> usize {
        self.objective.loss.dim()
    }

    fn eval(&self, w: &Weights, dw: &mut Weights) -> Result<(), FieldError> {
        let mut pull = Weights::zeros(w.len());
        self.objective.regulariser.gradient(w, &mut pull);
        let tangent = self.manifold.project_tangent(w, &pull).map_err(|error| match error {
            ManifoldError::Field(fault) => fault,
            other => FieldError::Undefined { quantity: "the tangent projector", reason: other.to_string() },
        })?;
        dw.copy_from(&-tangent);
        FieldError::check("the slow field", dw.as_slice(), w)
    }
}
