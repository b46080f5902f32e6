//! Models: residuals with analytic derivatives, one a file, and the list [`MODELS`] that tests walk over.
//!
//! To add one: write its file, implement [`Residual`], declare an [`Entry`], and append it to [`MODELS`].

use std::sync::Arc;

use crate::data::DataSet;
use crate::field::Residual;

mod ellipsoid;
mod linear_regression;
mod parabola;
mod scalar_factorisation;

pub use crate::problem::parameters::{Default, Parameter, Parameters, Value};
pub use linear_regression::LinearRegression;

/// Every model, in the order in which `slowflow models` lists them.
pub const MODELS: &[&Entry] =
    &[&linear_regression::ENTRY, &scalar_factorisation::ENTRY, &parabola::ENTRY, &ellipsoid::ENTRY, &ellipsoid::SPHERE];

/// A model as problem files name it.
pub struct Entry {
    /// The value of `kind` in `model = { kind = "…" }`.
    pub name: &'static str,
    /// One sentence with the formula.
    pub about: &'static str,
    /// The order of the weights.
    pub weights: &'static str,
    /// What a row of the inputs means; empty for models without data.
    pub inputs: &'static str,
    /// Its parameters.
    pub parameters: &'static [Parameter],
    /// Residuals of the model on a data set. Called for the training set and again for the test set.
    pub build: fn(&Parameters, &DataSet) -> Result<Arc<dyn Residual>, ModelError>,
}

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
}

/// The model of that name.
pub fn find(name: &str) -> Option<&'static Entry> {
    MODELS.iter().copied().find(|entry| entry.name == name)
}
