use std::fmt;

use super::sliding::{Rest, SlidingError};
use crate::field::{FieldError, Weights};
use crate::integrate::IntegrateError;
use crate::integrate::star::StarError;
use crate::manifold::ManifoldError;

/// Which flow did not arrive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Phase {
    /// The fast flow, in t.
    Fast,
    /// The slow flow, in s.
    Slow,
    /// The regularised flow with that λ, in t.
    Regularised(f64),
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Phase::Fast => write!(f, "the fast flow (λ = 0, time t)"),
            Phase::Slow => write!(f, "the slow flow (time s)"),
            Phase::Regularised(lambda) => write!(f, "the regularised flow (λ = {lambda:e}, time t)"),
        }
    }
}

/// A flow that did not arrive, or that the theory does not cover.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FlowError {
    /// The integrator stopped.
    #[error("{phase}: {source}")]
    Integrate {
        /// Which flow.
        phase: Phase,
        /// Why, with the partial result.
        source: Box<IntegrateError>,
    },
    /// The multiplier form stopped.
    #[error("{phase}: {source}")]
    Star {
        /// Which flow.
        phase: Phase,
        /// Why, with the partial result.
        source: Box<StarError>,
    },
    /// The flow of piecewise smooth residuals stopped.
    #[error("{phase}: {source}")]
    Sliding {
        /// Which flow.
        phase: Phase,
        /// Why, with the partial result.
        source: Box<SlidingError>,
    },
    /// The geometry of M failed on the way.
    #[error(
        "assumption violated: the critical points met form a manifold of constant rank. {phase} at time {time:.6e}: {source}"
    )]
    Manifold {
        /// Which flow.
        phase: Phase,
        /// Where.
        time: f64,
        /// What.
        source: ManifoldError,
    },
    /// The fast flow is unbounded or does not converge.
    #[error(
        "assumption violated: the fast flow is bounded and converges. At t = {time:.3e} it is still {distance:.3e} away from M \
         (|∇F| = {gradient:.3e}, |w| went from {start_norm:.3e} to {norm:.3e})"
    )]
    NoFoot {
        /// Time reached.
        time: f64,
        /// Newton distance to M there; infinite where J has no full rank.
        distance: f64,
        /// Gradient norm there.
        gradient: f64,
        /// Norm of the start.
        start_norm: f64,
        /// Norm there.
        norm: f64,
    },
    /// The fast flow stops at a critical point that is not on a manifold of minima.
    #[error(
        "assumption violated: the fast flow ends on M. At t = {time:.3e} the gradient is zero (|∇F| = {gradient:.3e}) but the residuals are not \
         (|r| = {defect:.3e}): a saddle or a local minimum with J of deficient rank. Where the residuals cannot all vanish, \
         loss = {{ …, manifold = \"critical-points\" }} takes the critical points of F for M"
    )]
    Saddle {
        /// Time reached.
        time: f64,
        /// Gradient norm.
        gradient: f64,
        /// Residual norm.
        defect: f64,
    },
    /// The fast flow of a network with kinks comes to rest at a loss above zero.
    #[error("assumption violated: the fast flow ends on M, a manifold of constant dimension at zero training loss: {0}")]
    Rest(Box<Rest>),
    /// A value is not finite.
    #[error(transparent)]
    Field(#[from] FieldError),
}

impl FlowError {
    /// The times and weights that the flow had reached, with the symbol of its time, where it kept them.
    pub fn reached(&self) -> Option<(&'static str, Vec<(f64, &Weights)>)> {
        let (symbol, saved) = match self {
            FlowError::Star { source, .. } => (source.symbol, &source.partial),
            FlowError::Sliding { source, .. } => (source.cause.symbol(), &source.partial.saved),
            _ => return None,
        };
        Some((symbol, saved.iter().map(|point| (point.time, &point.w)).collect()))
    }
}
