//! What a quantity is measured with: the flows of one problem at one tolerance, from any start.

use super::MeasureError;
use crate::experiment::Setup;
use crate::field::{LeastSquares, Regulariser, Weights};
use crate::flow::{Flows, Foot, RadauFlows};
use crate::integrate::Tolerance;
use crate::manifold::{CriticalManifold, ZeroLoss};
use crate::numeric::Vector;
use crate::problem::Parameters;

/// A number with the error of its computation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// The number.
    pub value: f64,
    /// Its numerical error.
    pub error: f64,
}

impl Measured {
    /// A number whose error beyond that of the flows is round-off.
    pub fn of(value: f64) -> Measured {
        Measured { value, error: 4.0 * f64::EPSILON * value.abs() }
    }
}

/// One problem, the parameters of a quantity and a tolerance.
///
/// A quantity is measured on two benches whose tolerances are a factor 100 apart; the difference is its numerical error.
#[derive(Clone, Copy)]
pub struct Bench<'a> {
    /// The problem with its data and its start.
    pub setup: &'a Setup,
    /// F as residuals.
    pub loss: &'a LeastSquares,
    /// The parameters of the quantity.
    pub given: &'a Parameters,
    /// Tolerance of every flow.
    pub tolerance: Tolerance,
}

impl<'a> Bench<'a> {
    /// F as residuals.
    pub fn loss(&self) -> &'a LeastSquares {
        self.loss
    }

    /// R.
    pub fn regulariser(&self) -> &'a Regulariser {
        &self.setup.objective.regulariser
    }

    /// M.
    pub fn manifold(&self) -> Result<ZeroLoss<'a>, MeasureError> {
        Ok(ZeroLoss::new(self.loss)?)
    }

    /// The three flows from the problem's start.
    pub fn flows(&self) -> Result<RadauFlows<'a>, MeasureError> {
        self.flows_from(&self.setup.start)
    }

    /// The three flows from another start.
    pub fn flows_from(&self, start: &'a Weights) -> Result<RadauFlows<'a>, MeasureError> {
        Ok(RadauFlows::new(self.loss, &self.setup.objective.regulariser, start, self.tolerance)?)
    }

    /// Φ(w₀).
    pub fn foot(&self) -> Result<Foot, MeasureError> {
        Ok(self.flows()?.foot()?)
    }

    /// Φ(w) for any w.
    pub fn foot_from(&self, start: &Weights) -> Result<Weights, MeasureError> {
        let setup = self.setup;
        let flows = RadauFlows::new(self.loss, &setup.objective.regulariser, start, self.tolerance)?;
        Ok(flows.foot()?.w)
    }

    /// w°(s) at ascending slow times.
    pub fn slow(&self, times: &[f64]) -> Result<Vec<Weights>, MeasureError> {
        let flows = self.flows()?;
        let foot = flows.foot()?;
        Ok(flows.slow(&foot.w, times)?.points.into_iter().map(|p| p.w).collect())
    }

    /// w^λ(t) at ascending fast times; λ = 0 is the fast flow.
    pub fn in_fast_time(&self, lambda: f64, times: &[f64]) -> Result<Vec<Weights>, MeasureError> {
        let flows = self.flows()?;
        let run = if lambda == 0.0 { flows.fast(times)? } else { flows.regularised(lambda, times)? };
        Ok(run.points.into_iter().map(|p| p.w).collect())
    }

    /// w^λ(s/λ) at ascending slow times.
    pub fn in_slow_time(&self, lambda: f64, times: &[f64]) -> Result<Vec<Weights>, MeasureError> {
        let run = self.flows()?.in_slow_time(lambda, times)?;
        Ok(run.trajectory.points.into_iter().map(|p| p.w).collect())
    }

    /// P(w) v.
    pub fn project(&self, w: &Weights, v: &Weights) -> Result<Weights, MeasureError> {
        Ok(self.manifold()?.project_tangent(w, v)?)
    }

    /// ∇R(w).
    pub fn pull(&self, w: &Weights) -> Weights {
        let mut pull = Weights::zeros(w.len());
        self.regulariser().gradient(w, &mut pull);
        pull
    }

    /// H⁺(w) v at a point of M.
    pub fn hessian_pseudo_inverse(&self, w: &Weights, v: &Weights) -> Result<Weights, MeasureError> {
        Ok(self.manifold()?.at(w)?.hessian_pseudo_inverse(v))
    }

    /// r(w) as the model defines it.
    pub fn residuals(&self, w: &Weights) -> Result<Vector, MeasureError> {
        let mut r = Vector::zeros(self.setup.residual.samples());
        self.setup.residual.residual(w, &mut r)?;
        Ok(r)
    }

    /// A list parameter of positive numbers.
    pub fn positive(&self, key: &'static str) -> Result<&'a [f64], MeasureError> {
        let list = self.given.list(key);
        match list.iter().find(|x| **x <= 0.0) {
            Some(bad) => Err(MeasureError::Parameter { key, found: bad.to_string(), allowed: "numbers > 0" }),
            None => Ok(list),
        }
    }

    /// A parameter > 0.
    pub fn positive_number(&self, key: &'static str) -> Result<f64, MeasureError> {
        let x = self.given.number(key);
        if x > 0.0 { Ok(x) } else { Err(MeasureError::Parameter { key, found: x.to_string(), allowed: "a number > 0" }) }
    }
}
