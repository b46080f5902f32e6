//! The vocabulary: weights, residuals, losses, regularisers, timescales and trajectories.

mod coupling;
mod error;
mod loss;
mod matrix_form;
mod posed_regulariser;
mod regulariser;
mod residual;
mod rotation;
mod trajectory;

pub use coupling::Coupling;
pub use error::FieldError;
pub use loss::{CriticalPoints, LeastSquares, Loss, Objective, differences};
pub use matrix_form::MatrixForm;
pub use posed_regulariser::REGULARISERS;
pub use regulariser::Regulariser;
pub use residual::{BasisPursuit, Block, Curvature, NoResiduals, Residual};
pub use rotation::Rotation;
pub use trajectory::{Fast, Point, Slow, Timescale, Trajectory, Work};

use crate::numeric::Vector;

/// The weights w ∈ ℝᵈ.
pub type Weights = Vector;

/// An autonomous vector field ẇ = f(w) on ℝᵈ.
pub trait VectorField {
    /// The dimension d.
    fn dim(&self) -> usize;
    /// Writes f(w) into `dw`; both have length d. Fails where f is not finite.
    fn eval(&self, w: &Weights, dw: &mut Weights) -> Result<(), FieldError>;
}
