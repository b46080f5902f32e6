//! Integrators: explicit Runge–Kutta methods over `ode_solvers`, and the λ-uniform Radau method.

mod explicit;
pub mod star;

pub use explicit::{Explicit, Order};

use crate::field::{FieldError, VectorField, Weights, Work};

/// Relative and absolute tolerance per component and step: |error| ≤ atol + rtol·|w|.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    /// Relative part.
    pub rtol: f64,
    /// Absolute part.
    pub atol: f64,
}

impl Tolerance {
    /// Both parts multiplied by `factor`.
    pub fn scaled(self, factor: f64) -> Self {
        Tolerance { rtol: self.rtol * factor, atol: self.atol * factor }
    }
}

/// States at the times that were asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// One state a time.
    pub states: Vec<Weights>,
    /// What it cost.
    pub work: Work,
}

/// An adaptive method for ẇ = f(w).
pub trait Integrator {
    /// States at `times` (ascending, starting at or after 0), from `start` at time 0.
    ///
    /// # Errors
    /// Every way of not arriving, with the states reached before it.
    fn integrate(&self, field: &dyn VectorField, start: &Weights, times: &[f64]) -> Result<Solution, IntegrateError>;
}

/// A run that did not arrive, with what it reached.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{cause} (reached {} of the asked times)", partial.states.len())]
pub struct IntegrateError {
    /// Why.
    pub cause: Cause,
    /// The states at the times before it.
    pub partial: Solution,
}

/// Why a run did not arrive.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Cause {
    /// The field has no finite value on the path.
    #[error("at time {time:.6e} {source}")]
    Field {
        /// Time of the last accepted step.
        time: f64,
        /// What was not finite.
        source: FieldError,
    },
    /// More evaluations than allowed.
    #[error("at time {time:.6e} the budget of {limit} evaluations was used up")]
    Budget {
        /// Time reached.
        time: f64,
        /// The limit.
        limit: u64,
    },
    /// The step fell below round-off of the time.
    #[error("at time {time:.6e} the step fell below round-off: the field changes faster than the tolerance can resolve")]
    StepUnderflow {
        /// Time reached.
        time: f64,
    },
    /// The times are not ascending and finite from 0 on.
    #[error("time number {index} is {value}; times must be finite, ascending and not before 0: integration runs forward only")]
    Times {
        /// Index of the offending time.
        index: usize,
        /// Its value.
        value: f64,
    },
    /// A tolerance outside of what the method can keep.
    #[error(
        "rtol = {rtol:.1e}, atol = {atol:.1e}: the relative tolerance must be between {smallest:.1e} and 0.1, the absolute one > 0"
    )]
    Tolerance {
        /// Relative tolerance asked for.
        rtol: f64,
        /// Absolute tolerance asked for.
        atol: f64,
        /// Smallest relative tolerance possible.
        smallest: f64,
    },
}

/// `Ok` when times are finite, ascending and start at or after 0.
pub fn check_times(times: &[f64]) -> Result<(), Cause> {
    let mut before = 0.0;
    for (index, &value) in times.iter().enumerate() {
        if !value.is_finite() || value < before {
            return Err(Cause::Times { index, value });
        }
        before = value;
    }
    Ok(())
}
