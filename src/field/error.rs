/// A function of the weights that has no finite value where it was asked.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FieldError {
    /// A component is NaN or infinite.
    #[error("component {index} of {quantity} is {value} (|w| = {norm:.3e})")]
    NonFinite {
        /// What was evaluated.
        quantity: &'static str,
        /// Index of the first offending component.
        index: usize,
        /// Its value.
        value: f64,
        /// Norm of the weights there.
        norm: f64,
    },
    /// The field is not defined at the weights, by the model's own rule.
    #[error("{quantity} is not defined here: {reason}")]
    Undefined {
        /// What was evaluated.
        quantity: &'static str,
        /// Why, with the numbers.
        reason: String,
    },
}

impl FieldError {
    /// `Ok` when every component of `values` is finite.
    ///
    /// Errors: the first component that is not, with ‖w‖.
    pub fn check(quantity: &'static str, values: &[f64], w: &super::Weights) -> Result<(), FieldError> {
        match values.iter().position(|v| !v.is_finite()) {
            None => Ok(()),
            Some(index) => Err(FieldError::NonFinite { quantity, index, value: values[index], norm: w.norm() }),
        }
    }
}
