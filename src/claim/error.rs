use crate::experiment::TrackError;
use crate::field::FieldError;
use crate::flow::FlowError;
use crate::flow::exact::ExactError;
use crate::integrate::star::StarError;
use crate::manifold::ManifoldError;
use crate::min_norm::MinNormError;
use crate::numeric::dense::DenseError;
use crate::problem::ProblemError;
use crate::train::TrainError;

/// A quantity that could not be computed.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// A flow did not arrive.
    #[error(transparent)]
    Flow(#[from] FlowError),
    /// The multiplier form did not arrive.
    #[error(transparent)]
    Star(#[from] StarError),
    /// The comparison of the flows did not arrive.
    #[error(transparent)]
    Track(#[from] TrackError),
    /// M has no geometry where it was asked for.
    #[error(transparent)]
    Manifold(#[from] ManifoldError),
    /// The minimum-norm point was not found.
    #[error(transparent)]
    MinNorm(#[from] MinNormError),
    /// A value is not finite.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// Gradient descent did not arrive.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The data cannot be drawn again.
    #[error(transparent)]
    Problem(#[from] ProblemError),
    /// A decomposition failed.
    #[error(transparent)]
    Dense(#[from] DenseError),
    /// A closed form cannot be set up.
    #[error(transparent)]
    Exact(#[from] ExactError),
    /// The quantity is not defined for the problem.
    #[error("the quantity needs {needed}, the problem has {found}")]
    NotDefined {
        /// What it needs.
        needed: &'static str,
        /// What there is.
        found: String,
    },
    /// A parameter is out of its range.
    #[error("`experiment.{key}` = {found}: allowed is {allowed}")]
    Parameter {
        /// The key.
        key: &'static str,
        /// Its value.
        found: String,
        /// What is allowed.
        allowed: &'static str,
    },
    /// An event that the quantity is about did not happen.
    #[error("{event} did not happen up to {symbol} = {until:.4e}")]
    Never {
        /// The event.
        event: &'static str,
        /// The clock.
        symbol: &'static str,
        /// The end of the search.
        until: f64,
    },
    /// The value is not a number.
    #[error("the value is {0}")]
    NotFinite(f64),
}
