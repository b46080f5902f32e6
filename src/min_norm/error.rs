use crate::field::FieldError;
use crate::numeric::dense::DenseError;

/// A minimum-norm point that was not reached: where the search stood, what number missed which limit.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MinNormError {
    /// Residuals, loss or derivatives have no finite value where they were asked.
    #[error("the search for the minimum-norm point met a value it cannot use after {evaluations} evaluations: {source}")]
    Field {
        /// Evaluations made until then.
        evaluations: u64,
        /// What was not finite, and where.
        source: FieldError,
    },
    /// A dense decomposition failed.
    #[error("the search for the minimum-norm point could not factorise: {0}")]
    Dense(#[from] DenseError),
    /// The start has the wrong number of weights.
    #[error("the start has {found} weights; the loss has {needed}")]
    Dimension {
        /// Weights of the start.
        found: usize,
        /// Weights of the loss.
        needed: usize,
    },
    /// No point of M was found near the start.
    #[error(
        "no point of M near the start: after {iterations} Gauss-Newton steps the scaled residual is {residual:.3e}, needed {limit:.1e}; start from the foot point of the fast flow"
    )]
    NotOnManifold {
        /// Gauss–Newton steps taken.
        iterations: u64,
        /// Scaled constraint residual reached.
        residual: f64,
        /// Its limit.
        limit: f64,
    },
    /// The search ended in a critical point of F that is no minimum of F.
    #[error(
        "the critical point of F reached is no minimum: its Hessian has the eigenvalue {eigenvalue:.3e} (largest {largest:.3e}); M consists of minima"
    )]
    NotMinimum {
        /// The lowest eigenvalue.
        eigenvalue: f64,
        /// The largest in size.
        largest: f64,
    },
    /// The search ended away from a KKT point.
    #[error(
        "no KKT point within the tolerance: after {iterations} iterations and {evaluations} evaluations the scaled KKT residual is {residual:.3e}, needed {limit:.1e} ({why}); try another start or a larger budget"
    )]
    NotConverged {
        /// Iterations of the globalisation and of Newton's method together.
        iterations: u64,
        /// Evaluations made.
        evaluations: u64,
        /// Scaled KKT residual reached.
        residual: f64,
        /// Its limit.
        limit: f64,
        /// Why it stopped.
        why: String,
        /// The best point seen.
        w: crate::field::Weights,
    },
    /// More evaluations than the budget allows.
    #[error("the search for the minimum-norm point used its budget of {budget} evaluations")]
    Budget {
        /// The budget.
        budget: u64,
    },
    /// A linear program was not solved.
    #[error("basis pursuit as a linear program: {what}")]
    LinearProgram {
        /// What its solver said.
        what: String,
    },
    /// The optimisation library reported a failure that is none of ours.
    #[error("argmin failed: {what}")]
    Argmin {
        /// Its message.
        what: String,
    },
}

impl MinNormError {
    /// What went wrong in a few words, for counts.
    pub fn brief(&self) -> &'static str {
        match self {
            MinNormError::Field { .. } => "met a value that is not finite",
            MinNormError::Dense(_) | MinNormError::LinearProgram { .. } | MinNormError::Argmin { .. } => {
                "failed in a foreign solver"
            }
            MinNormError::Dimension { .. } => "had the wrong number of weights",
            MinNormError::NotOnManifold { .. } => "found no point of M",
            MinNormError::NotMinimum { .. } => "ended in a critical point of F that is no minimum of F",
            MinNormError::NotConverged { .. } => "stopped short of a KKT point",
            MinNormError::Budget { .. } => "used up the budget of evaluations",
        }
    }
}
