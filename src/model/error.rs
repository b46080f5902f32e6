use crate::data::DataSet;
use crate::problem::parameters::Parameters;

/// The largest size that a parameter may ask for: products of three sizes still fit into 64 bits.
const MOST: usize = 1_000_000;

/// A model that cannot be built from what the problem file gives.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ModelError {
    /// A parameter is out of its range.
    #[error("parameter `{key}` of model `{model}` is {found}; allowed: {allowed}")]
    Parameter {
        /// The model.
        model: &'static str,
        /// The key.
        key: &'static str,
        /// What was found.
        found: String,
        /// What is allowed.
        allowed: String,
    },
    /// The data do not fit the model.
    #[error("model `{model}` cannot use these data: {found}; needed: {needed}")]
    Data {
        /// The model.
        model: &'static str,
        /// What was found.
        found: String,
        /// What is needed.
        needed: String,
    },
    /// A formula of the expression model cannot be used.
    #[error(transparent)]
    Formula(#[from] super::expression::ExpressionError),
}

impl ModelError {
    /// The whole number `key`, from 1 to [`MOST`].
    pub(super) fn positive(model: &'static str, parameters: &Parameters, key: &'static str) -> Result<usize, ModelError> {
        match parameters.integer(key) {
            k @ 1..=MOST => Ok(k),
            k => Err(ModelError::Parameter {
                model,
                key,
                found: k.to_string(),
                allowed: format!("a whole number from 1 to {MOST}"),
            }),
        }
    }

    /// At least one sample and one feature.
    pub(super) fn not_empty(model: &'static str, data: &DataSet) -> Result<(), ModelError> {
        if data.samples() > 0 && data.inputs.ncols() > 0 {
            return Ok(());
        }
        Err(ModelError::Data {
            model,
            found: format!("{} samples with {} features", data.samples(), data.inputs.ncols()),
            needed: "at least one sample and one feature".into(),
        })
    }
}
