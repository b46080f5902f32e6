use super::classify::{DENSE, eigenvalues};
use super::constraint::Constraint;
use super::tangent::Tangent;
use super::{MinNormError, Options};
use crate::field::{Loss, Regulariser, Weights};

/// Eigenvalues of the Riemannian Hessian of R on M at one point: the slow flow contracts tangent displacements at these rates.
#[derive(Debug, Clone, PartialEq)]
pub struct TangentSpectrum {
    /// ‖P∇R‖: the speed of the slow flow.
    pub speed: f64,
    /// Ascending; all of them for up to 400 weights, the Ritz values of Lanczos' method beyond.
    pub values: Vec<f64>,
    /// Whether `values` are all of them.
    pub complete: bool,
    /// Values up to this size are zero to round-off: 1e-8 of ‖∇²R‖ and of the largest.
    pub zero: f64,
}

impl TangentSpectrum {
    /// The largest rate, of contraction or expansion.
    pub fn fastest(&self) -> f64 {
        self.values.iter().fold(0.0, |a, v| a.max(v.abs()))
    }

    /// The smallest rate of contraction (negative where the flow expands); `None` where M is a point.
    pub fn slowest(&self) -> Option<f64> {
        self.values.first().copied()
    }
}

/// The spectrum at `w` ∈ M.
///
/// # Errors
/// Values that are not finite and decompositions that fail.
pub fn tangent_spectrum(loss: &dyn Loss, regulariser: &Regulariser, w: &Weights) -> Result<TangentSpectrum, MinNormError> {
    let constraint = Constraint::new(loss, Options::default().max_evaluations);
    let here = Tangent::at(&constraint, regulariser, w, None)?;
    let complete = w.len() <= DENSE;
    let values = if complete {
        eigenvalues(&constraint, regulariser, &here, here.normal.rank())?.0
    } else {
        here.ritz(&constraint, regulariser)?.0
    };
    let largest = values.iter().fold(regulariser.hessian_diagonal(w).amax(), |a, v| a.max(v.abs()));
    Ok(TangentSpectrum { speed: here.gradient.norm(), values, complete, zero: 1e-8 * largest })
}
