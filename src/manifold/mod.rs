//! The critical manifold M: tangent projector, multiplier, retraction, defect, spectrum.

mod chart;
mod hessian_kernel;
mod zero_loss;

pub use chart::Chart;
pub use hessian_kernel::{HessianKernel, hessian};
pub use zero_loss::ZeroLoss;

use crate::field::{FieldError, Weights};
use crate::numeric::dense::DenseError;
use crate::numeric::rank::AmbiguousRank;

/// Geometry of M near a point.
pub trait CriticalManifold: Sync {
    /// Everything that is needed at w, factorised once.
    fn at<'a>(&'a self, w: &Weights) -> Result<Box<dyn TangentSpace + 'a>, ManifoldError>;
    /// P(w) v alone, without the spectrum: what an explicit slow flow evaluates.
    fn project_tangent(&self, w: &Weights, v: &Weights) -> Result<Weights, ManifoldError>;
    /// The point of M next to w by Newton's method in the normal direction, and how far it was. The tangential error is
    /// of second order in that distance (zero where M is affine).
    fn retract(&self, w: &Weights) -> Result<(Weights, f64), ManifoldError>;
    /// ‖J⁺r‖, or ‖H⁺∇F‖: the length of the first Newton step towards M.
    fn distance(&self, w: &Weights) -> Result<f64, ManifoldError>;
    /// How far w is from being critical: the norm of the residuals that vanish on M, or of ∇F.
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
    /// The Hessian bends down at a critical point.
    #[error(
        "the Hessian of F has the negative eigenvalue {eigenvalue:.3e} (largest {largest:.3e}): the critical points here are saddles, M is no manifold of minima"
    )]
    NotMinima {
        /// The lowest eigenvalue.
        eigenvalue: f64,
        /// The largest in size.
        largest: f64,
    },
    /// The eigenvalues of the Hessian do not decide its rank.
    #[error("the Hessian of F has no clear rank: {0}")]
    Ambiguous(#[from] AmbiguousRank),
    /// The Hessian is zero.
    #[error(
        "the Hessian of F vanishes at a critical point: its largest eigenvalue is {largest:.3e} there and was {steepest:.3e} at the start"
    )]
    Flat {
        /// The largest eigenvalue.
        largest: f64,
        /// That at the start.
        steepest: f64,
    },
    /// The zeros of the part of ∇F in the range of H are no critical points, or H has another rank on them.
    #[error(
        "where the part of ∇F along {rank} normal directions vanishes the Hessian has rank {found} and the rest of ∇F is {gradient:.3e} (allowed {allowed:.1e}): the rank of H is not constant"
    )]
    NotCritical {
        /// The number of normal directions.
        rank: usize,
        /// The rank found where they lead to.
        found: usize,
        /// ‖P∇F‖ there.
        gradient: f64,
        /// What counts as zero.
        allowed: f64,
    },
    /// Too many weights for dense eigenvalues.
    #[error(
        "{weights} weights: where M is not a zero-loss set the eigenvalues of the dense Hessian are needed, for at most {limit} weights"
    )]
    TooManyWeights {
        /// Number of weights.
        weights: usize,
        /// The limit.
        limit: usize,
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
