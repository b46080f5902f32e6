use crate::field::Weights;
use crate::numeric::Vector;

/// A point of M where ∇R + Jᵀμ = 0: a KKT point of min R over M.
#[derive(Debug, Clone, PartialEq)]
pub struct KktPoint {
    /// The weights w.
    pub w: Weights,
    /// Multipliers μ, one a residual (one a weight where M = {∇F = 0}); of least norm where J drops rank.
    pub multipliers: Vector,
    /// R(w).
    pub value: f64,
    /// The larger of max|wᵢ| here and at the start: the magnitude of the weights where w = 0 too.
    pub size: f64,
    /// ‖w‖².
    pub norm_squared: f64,
    /// The larger of ‖∇R + Jᵀμ‖ / max(‖∇R‖ here, at the start) and `constraint_residual`.
    pub kkt_residual: f64,
    /// ‖c(w)‖ / (‖J‖‖w‖), each the larger of its values here and at the start.
    pub constraint_residual: f64,
    /// Singular values of J at w, descending.
    pub singular_values: Vec<f64>,
    /// σ₁(J) at the start on M: what a J that all but vanishes at w is measured by.
    pub foot_largest: f64,
    /// Rank of J at the start on M: lower at w means that J drops rank there.
    pub foot_rank: usize,
    /// The rank of J that was used.
    pub rank: usize,
    /// Iterations of the globalisation.
    pub iterations: u64,
    /// Iterations of the final Newton method.
    pub newton_iterations: u64,
    /// Evaluations of residuals, Jacobians and curvature products together.
    pub evaluations: u64,
    /// How it was found.
    pub method: Method,
}

/// How a KKT point was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Affine residuals and R = ½‖w‖²: w = w₀ − X⁺r(w₀) projected, in one step.
    PseudoInverse,
    /// Riemannian trust region on M, finished by Newton's method on the KKT system.
    TrustRegion,
    /// Riemannian Newton steps to the nearest critical point of R on M, of any kind.
    Newton,
}

impl Method {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Method::PseudoInverse => "pseudo-inverse",
            Method::TrustRegion => "trust-region",
            Method::Newton => "newton",
        }
    }
}

/// Limits of a search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Limit of the scaled KKT residual.
    pub tolerance: f64,
    /// Limit of the iterations of the globalisation.
    pub max_iterations: u64,
    /// Limit of the evaluations (residuals, Jacobians and curvature products together).
    pub max_evaluations: u64,
    /// Which critical points are sought.
    pub target: Target,
}

impl Default for Options {
    fn default() -> Self {
        Options { tolerance: 1e-12, max_iterations: 1000, max_evaluations: 1_000_000, target: Target::Minimum }
    }
}

/// Which critical points of R on M a search seeks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Descends from the start and leaves saddles along a direction of negative curvature: ends at a minimum.
    Minimum,
    /// The nearest critical point of any kind.
    Nearest,
}
