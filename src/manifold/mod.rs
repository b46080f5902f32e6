//! The critical manifold M: tangent projector, multiplier, retraction, defect, spectrum.

mod zero_loss;

pub use zero_loss::ZeroLoss;

use crate::field::{FieldError, Weights};
use crate::numeric::dense::DenseError;

/// Geometry of M near a point.
pub trait CriticalManifold {
    /// Everything that is needed at w, factorised once.
    fn at<'a>(&'a self, w: &Weights) -> Result<Box<dyn TangentSpace + 'a>, ManifoldError>;
    /// P(w) v alone, without the spectrum: what an explicit slow flow evaluates.
    fn project_tangent(&self, w: &Weights, v: &Weights) -> Result<Weights, ManifoldError>;
    /// The point of M next to w by Newton's method in the normal direction, and how far it was. The tangential error is
    /// of second order in that distance (zero where M is affine).
    fn retract(&self, w: &Weights) -> Result<(Weights, f64), ManifoldError>;
    /// ‖J⁺r‖: the length of the first Newton step towards M.
    fn distance(&self, w: &Weights) -> Result<f64, ManifoldError>;
    /// How far w is from being critical: the norm of the residuals that vanish on M.
    fn defect(&self, w: &Weights) -> Result<f64, FieldError>;
}

/// Tangent and normal space of M at one point.
pub trait TangentSpace {
    /// P v: the orthogonal projection of v onto the tangent space.
    fn project_tangent(&self, v: &Weights) -> Weights;
    /// H⁺ v: the pseudo-inverse Hessian of F applied to v.
    fn hessian_pseudo_inverse(&self, v: &Weights) -> Weights;
    /// Eigenvalues and rank of the Hessian of F at the point.
    fn spectrum(&self) -> &Spectrum;
}

/// Spectrum of the Hessian of F at a point of M.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spectrum {
    /// Rank of the Hessian: the codimension of M.
    pub rank: usize,
    /// h₊: the smallest positive eigenvalue, the spectral gap of the normal directions.
    pub smallest: f64,
    /// The largest eigenvalue.
    pub largest: f64,
    /// σ_r/σ_{r+1} of the eigenvalues, a zero one counted as the round-off ε of the largest; `None` where not known.
    pub rank_gap: Option<f64>,
}

/// M without the geometry that the theory needs.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ManifoldError {
    /// The residual Jacobian lost rank.
    #[error(
        "the Jacobian of the residuals has rank {rank} instead of {full}: singular values {above:.3e} and {below:.3e} (largest {largest:.3e})"
    )]
    RankDrop {
        /// The rank found.
        rank: usize,
        /// The full row rank n.
        full: usize,
        /// Last singular value that counts.
        above: f64,
        /// First that does not.
        below: f64,
        /// The largest.
        largest: f64,
    },
    /// More residuals than weights, and they are not affine.
    #[error("{residuals} residuals of {weights} weights cannot all vanish on a manifold of positive dimension")]
    OverDetermined {
        /// Number of residuals.
        residuals: usize,
        /// Number of weights.
        weights: usize,
    },
    /// Newton's method in the normal direction did not reach M.
    #[error(
        "the retraction stopped {distance:.3e} away from M after {iterations} Newton iterations: the start was too far from M or the Jacobian is nearly singular"
    )]
    NoRetraction {
        /// Distance left.
        distance: f64,
        /// Iterations made.
        iterations: usize,
    },
    /// A value is not finite.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// A decomposition failed.
    #[error(transparent)]
    Dense(#[from] DenseError),
}
