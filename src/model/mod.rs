//! Models: residuals with analytic derivatives, one a file, and the list [`MODELS`] that tests walk over.
//!
//! To add one: write its file, implement [`Residual`], declare an [`Entry`], and append it to [`MODELS`].

use std::sync::Arc;

use crate::data::DataSet;
use crate::field::Residual;

mod activation;
mod diagonal_network;
mod ellipsoid;
mod error;
pub mod expression;
mod factor_pair;
mod linear_chain;
mod linear_regression;
mod matrix_factorisation;
mod matrix_sensing;
mod parabola;
mod scalar_chain;
mod scalar_factorisation;
mod two_layer_network;

pub use crate::problem::parameters::{Default, Kind, Parameter, Parameters, Value};
pub use activation::Activation;
pub use diagonal_network::{DiagonalNetwork, Parametrisation};
pub use error::ModelError;
pub use linear_chain::LinearChain;
pub use linear_regression::LinearRegression;
pub use matrix_factorisation::MatrixFactorisation;
pub use matrix_sensing::MatrixSensing;
pub use two_layer_network::TwoLayerNetwork;

/// Every model, in the order in which `slowflow models` lists them.
pub const MODELS: &[&Entry] = &[
    &linear_regression::ENTRY,
    &diagonal_network::ENTRY,
    &matrix_factorisation::ENTRY,
    &matrix_sensing::ENTRY,
    &linear_chain::ENTRY,
    &two_layer_network::ENTRY,
    &scalar_factorisation::ENTRY,
    &scalar_chain::ENTRY,
    &parabola::ENTRY,
    &ellipsoid::ENTRY,
    &ellipsoid::SPHERE,
    &expression::ENTRY,
];

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
    pub build: Build,
}

impl Entry {
    /// Its name, sentence and parameters.
    pub const fn kind(&self) -> Kind {
        Kind { name: self.name, about: self.about, parameters: self.parameters }
    }
}

/// Residuals of a model from its parameters and a data set.
pub type Build = fn(&Parameters, &DataSet) -> Result<Arc<dyn Residual>, ModelError>;

/// The model of that name.
pub fn find(name: &str) -> Option<&'static Entry> {
    MODELS.iter().copied().find(|entry| entry.name == name)
}
