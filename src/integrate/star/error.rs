use super::{Saved, TableauError};
use crate::field::{FieldError, Work};

/// A run of (★) that did not arrive, with what it reached.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{cause} (last good point at {symbol} = {time:.6e}; {} of the asked times reached)", partial.len())]
pub struct StarError {
    /// Why.
    pub cause: Cause,
    /// Symbol of the clock.
    pub symbol: &'static str,
    /// Time of the last accepted step.
    pub time: f64,
    /// The points at the times before it.
    pub partial: Vec<Saved>,
    /// What it cost.
    pub work: Work,
}

/// Why a run of (★) did not arrive.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Cause {
    /// A function of the weights is not finite on the path.
    #[error("at {symbol} = {time:.6e} {source}")]
    Field {
        /// Symbol of the clock.
        symbol: &'static str,
        /// Time of the last accepted step.
        time: f64,
        /// What was not finite.
        source: FieldError,
    },
    /// More steps than allowed.
    #[error("at {symbol} = {time:.6e} the limit of {limit} steps was reached (last step {step:.3e})")]
    StepLimit {
        /// Symbol of the clock.
        symbol: &'static str,
        /// Time reached.
        time: f64,
        /// Length of the last step.
        step: f64,
        /// The limit.
        limit: u64,
    },
    /// Newton's method did not converge however short the step.
    #[error(
        "at {symbol} = {time:.6e} Newton's method does not converge even with steps of {step:.3e} (correction {correction:.3e})"
    )]
    Newton {
        /// Symbol of the clock.
        symbol: &'static str,
        /// Time reached.
        time: f64,
        /// The shortest step that was tried.
        step: f64,
        /// Norm of the last correction.
        correction: f64,
    },
    /// The error estimate cannot be met by any step above round-off of the time.
    #[error(
        "at {symbol} = {time:.6e} steps of {step:.3e} are still too long for the tolerance (estimated error {estimate:.3e}, allowed {allowed:.3e})"
    )]
    StepUnderflow {
        /// Symbol of the clock.
        symbol: &'static str,
        /// Time reached.
        time: f64,
        /// The shortest step that was tried.
        step: f64,
        /// Its error estimate.
        estimate: f64,
        /// What the tolerance allows.
        allowed: f64,
    },
    /// Round-off moves the weights by more than the tolerance allows, however short the step.
    #[error(
        "at {symbol} = {time:.6e} round-off moves the weights by {moved:.1e} however short the step, more than rtol = {rtol:.1e} allows: J is ill conditioned there, or r known to fewer digits; rtol ≥ {smallest:.0e} is what can be kept"
    )]
    RoundOff {
        /// Symbol of the clock.
        symbol: &'static str,
        /// Time reached.
        time: f64,
        /// Norm of what cannot be made smaller.
        moved: f64,
        /// Relative tolerance asked for.
        rtol: f64,
        /// Smallest relative tolerance possible, to its order of magnitude.
        smallest: f64,
    },
    /// J loses rank: the flow leaves the part of M where it is a manifold of constant dimension.
    #[error(
        "at {symbol} = {time:.6e} the Jacobian of the residuals loses rank: singular values {smallest:.3e} (smallest) and {largest:.3e} (largest) at the end of the next step; M is not a manifold of constant dimension there and no slow flow is defined beyond"
    )]
    RankLost {
        /// Symbol of the clock.
        symbol: &'static str,
        /// Time of the last good point.
        time: f64,
        /// σ_min(J) at the end of the step that was not accepted.
        smallest: f64,
        /// σ_max(J) there.
        largest: f64,
    },
    /// The times are not ascending and finite from the start on.
    #[error("time number {index} is {value}; times must be finite, ascending and not before the start {start}")]
    Times {
        /// Index of the offending time.
        index: usize,
        /// Its value.
        value: f64,
        /// Where the run stands.
        start: f64,
    },
    /// A tolerance that round-off does not allow, or none at all.
    #[error(
        "rtol = {rtol:.1e}, atol = {atol:.1e} cannot be kept in double precision: rtol must be between {smallest:.1e} and 0.1, atol ≥ 0"
    )]
    Tolerance {
        /// Relative tolerance asked for.
        rtol: f64,
        /// Absolute tolerance asked for.
        atol: f64,
        /// Smallest relative tolerance possible.
        smallest: f64,
    },
    /// λ is negative or not finite.
    #[error("λ = {lambda} is not a weight decay: it must be finite and ≥ 0")]
    Lambda {
        /// The value.
        lambda: f64,
    },
    /// The slow flow was asked to start away from M.
    #[error(
        "the slow flow must start on M, but the start is {distance:.3e} away from it (allowed {allowed:.1e}): start from the foot point"
    )]
    OffManifold {
        /// ‖J⁺r‖ at the start.
        distance: f64,
        /// What the tolerance and round-off allow.
        allowed: f64,
    },
    /// A method's constants are wrong.
    #[error(transparent)]
    Tableau(#[from] TableauError),
}
