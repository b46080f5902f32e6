use super::{FieldError, Weights};
use crate::numeric::{Matrix, Vector};

/// How multipliers act where the residuals are a chart of M and F is not made of them.
///
/// Least squares have the force Jᵀμ and the constraint c r(w) = κμ. A chart has others, equal to these at κ = 0 (c = 1):
/// a force f(w, μ, κ) = ∇F(w)/κ and a constraint g(w, μ, κ) = 0, regular at κ = 0, with ∂g = J δw − κ S δμ to first order.
pub trait Coupling {
    /// Writes g into `constraint` (length n) and f into `force` (length d).
    ///
    /// # Errors
    /// Values that are not finite.
    fn evaluate(
        &self,
        w: &Weights,
        mu: &Vector,
        kappa: f64,
        constraint: &mut Vector,
        force: &mut Weights,
    ) -> Result<(), FieldError>;

    /// S, n × n and symmetric, from J at the same point: the identity at the reference point of the chart.
    fn compliance(&self, jacobian: &Matrix) -> Matrix;

    /// ∂f/∂κ and −∂g/∂κ at κ = 0, lengths d and n.
    fn by_kappa(&self, w: &Weights, mu: &Vector, force: &mut Weights, constraint: &mut Vector);

    /// The μ with g(w, μ, κ) = 0 for κ > 0; `None` where Newton's method finds none: w is outside of the chart.
    ///
    /// # Errors
    /// Values that are not finite.
    fn multipliers(&self, w: &Weights, kappa: f64) -> Result<Option<Vector>, FieldError>;
}
