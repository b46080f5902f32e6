//! Radau IIA on the multiplier form of the regularised flow, uniform in λ ≥ 0.
//!
//! With μ the multipliers of the residuals, the flow of F + λR, F = ½c‖r‖², is one system for every λ ≥ 0:
//!
//! ```text
//! dw/dτ = −α ∇R(w) − J(w)ᵀ μ,      c r(w) = κ μ                                   (★)
//! ```
//!
//! The clock (α, κ) = (1, λ) is slow time s: for λ > 0 the regularised flow itself, for λ = 0 the slow flow on {r = 0}. The
//! clock (λ, 1) is fast time t; (0, 1) is the fast flow. λ enters as a regular parameter: nothing is divided by it. A stiffly
//! accurate collocation method keeps c r(Wᵢ) = κ μᵢ at every stage, so its work and its error do not depend on λ.
//!
//! Where the residuals are only a chart of M ([`crate::field::Coupling`]), its force and its constraint take the places of Jᵀμ
//! and c r = κμ.
//!
//! The last [`crate::field::Residual::rigid`] rows have κ = 0 in every clock: constraints that hold exactly.

mod constants;
mod contraction;
mod control;
mod curvature;
mod dense_output;
mod error;
mod inner;
mod lanes;
mod ldl;
mod linearisation;
mod multipliers;
mod newton;
mod predict;
mod schur;
mod shifted;
mod start;
mod stepper;
mod tableau;
mod tangent;
mod trial;

pub use dense_output::Dense;
pub use error::{Cause, StarError};
pub use start::SMALLEST_RTOL;
pub use stepper::{Limits, Saved, Stepper};
pub use tableau::{Stages, Tableau, TableauError};
pub use tangent::Tangent;

use crate::field::{FieldError, LeastSquares, Regulariser, Weights};
use crate::numeric::Vector;
use crate::numeric::bundle::Bundle;

/// The system (★) without its clock: residuals with their factor c, and the regulariser.
#[derive(Clone, Copy)]
pub struct Star<'a> {
    /// r and c.
    pub problem: &'a LeastSquares,
    /// R.
    pub regulariser: &'a Regulariser,
}

/// Which time (★) runs in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clock {
    /// Weight of ∇R.
    pub alpha: f64,
    /// Compliance of the constraint: c r = κ μ.
    pub kappa: f64,
    /// Symbol of the time in messages.
    pub symbol: &'static str,
}

impl Clock {
    /// Slow time s at weight decay `lambda` ≥ 0.
    pub fn slow(lambda: f64) -> Self {
        Clock { alpha: 1.0, kappa: lambda, symbol: "s" }
    }

    /// Fast time t at weight decay `lambda` ≥ 0.
    pub fn fast(lambda: f64) -> Self {
        Clock { alpha: lambda, kappa: 1.0, symbol: "t" }
    }
}

impl Star<'_> {
    /// Number of weights d.
    pub fn dim(&self) -> usize {
        self.problem.residual.dim()
    }

    /// Number of residuals n.
    pub fn samples(&self) -> usize {
        self.problem.residual.samples()
    }

    /// Number of rows with the κ of the clock; those after them have κ = 0.
    pub(crate) fn soft(&self) -> usize {
        self.samples() - self.problem.residual.rigid()
    }

    /// κμ − c r, row by row.
    pub(crate) fn defect(&self, clock: Clock, mu: &Vector, r: &Vector) -> Vector {
        let (soft, c) = (self.soft(), self.problem.c);
        Vector::from_fn(mu.len(), |k, _| if k < soft { clock.kappa * mu[k] - c * r[k] } else { -c * r[k] })
    }

    /// [`Star::evaluate`] and [`Star::defect`] for the first `count` columns of `points` and `mu`.
    pub(crate) fn evaluate_each(
        &self,
        clock: Clock,
        count: usize,
        (points, mu): (&Bundle, &Bundle),
        (slopes, defects): (&mut Bundle, &mut Bundle),
    ) -> Result<(), FieldError> {
        let residual = self.problem.residual.as_ref();
        let mut scratch = Weights::zeros(self.dim());
        if residual.coupling().is_some() {
            let (mut r, mut out) = (Vector::zeros(self.samples()), Weights::zeros(self.dim()));
            for k in 0..count {
                let (w, mu) = (points.column(k), mu.column(k));
                self.evaluate(clock, &w, &mu, &mut r, &mut scratch, &mut out)?;
                slopes.set_column(k, &out);
                defects.set_column(k, &self.defect(clock, &mu, &r));
            }
            return Ok(());
        }
        residual.evaluate_each(count, points, mu, defects, slopes)?;
        if let Some(k) = defects.not_finite(count) {
            FieldError::check("the residual", defects.column(k).as_slice(), &points.column(k))?;
        }
        let (soft, c) = (self.soft(), self.problem.c);
        for (k, (row, mu)) in defects.rows.iter_mut().zip(&mu.rows).enumerate() {
            let kappa = if k < soft { clock.kappa } else { 0.0 };
            row.iter_mut().zip(mu).for_each(|(r, mu)| *r = kappa * mu - c * *r);
        }
        if *self.regulariser == Regulariser::HalfSquaredNorm {
            for (row, w) in slopes.rows.iter_mut().zip(&points.rows) {
                row.iter_mut().zip(w).for_each(|(x, w)| *x = -*x - clock.alpha * w);
            }
        } else {
            for k in 0..count {
                self.regulariser.gradient(&points.column(k), &mut scratch);
                scratch.axpy(-1.0, &slopes.column(k), -clock.alpha);
                slopes.set_column(k, &scratch);
            }
        }
        match slopes.not_finite(count) {
            None => Ok(()),
            Some(k) => FieldError::check("the right-hand side", slopes.column(k).as_slice(), &points.column(k)),
        }
    }

    /// −α∇R(w) − J(w)ᵀμ into `out`, and r(w) into `r`. Under a coupling: minus its force, and κμ + its constraint, which makes
    /// [`Star::defect`] minus the constraint.
    pub(crate) fn evaluate(
        &self,
        clock: Clock,
        w: &Weights,
        mu: &Vector,
        r: &mut Vector,
        scratch: &mut Weights,
        out: &mut Weights,
    ) -> Result<(), FieldError> {
        let residual = self.problem.residual.as_ref();
        match residual.coupling() {
            None => {
                residual.residual(w, r)?;
                residual.pull_back(w, mu, out);
            }
            Some(coupling) => {
                coupling.evaluate(w, mu, clock.kappa, r, out)?;
                r.axpy(clock.kappa, mu, 1.0);
            }
        }
        self.regulariser.gradient(w, scratch);
        out.axpy(-clock.alpha, scratch, -1.0);
        FieldError::check("the right-hand side", out.as_slice(), w)
    }
}
