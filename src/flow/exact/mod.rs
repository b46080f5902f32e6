//! Closed forms of the flows, by the name of their model, for R = ½‖w‖².

use crate::data::DataSet;
use crate::field::Weights;
use crate::numeric::dense::DenseError;
use crate::numeric::rank;
use crate::problem::parameters::Parameters;

mod diagonal_network;
mod ellipsoid;
mod linear_regression;
mod parabola;
mod scalar_factorisation;

pub use diagonal_network::DiagonalNetwork;
pub use ellipsoid::Ellipsoid;
pub use linear_regression::LinearRegression;
pub use parabola::Parabola;
pub use scalar_factorisation::ScalarFactorisation;

/// The flows of one problem from one start, without an integrator.
pub trait ClosedForm: Send + Sync {
    /// w°(s), s ≥ 0; w°(0) = Φ(w₀) is the foot point.
    fn slow(&self, s: f64) -> Result<Weights, ExactError>;
    /// w^λ(t) for λ ≥ 0, where it is known.
    fn regularised(&self, lambda: f64, t: f64) -> Option<Weights> {
        let _ = (lambda, t);
        None
    }
    /// The limit of w°(s) as s → ∞, where it is known.
    fn limit(&self) -> Option<Weights> {
        None
    }
    /// The limit of ‖w^λ(s/λ) − w°(s)‖/λ, where it is known and does not depend on s.
    fn slow_constant(&self) -> Option<f64> {
        None
    }
}

/// A closed form as a problem file names it: `exact = "…"` is the name of its model.
pub struct Form {
    /// The name of the model.
    pub name: &'static str,
    /// Sets it up from the model's parameters, the training set, c in F = ½c‖r‖² and the start.
    pub build: Build,
}

/// A closed form from the model's parameters, the training set, c and the start.
pub type Build = fn(&Parameters, &DataSet, f64, &Weights) -> Result<Box<dyn ClosedForm>, ExactError>;

/// Every closed form.
pub const FORMS: &[Form] = &[
    Form {
        name: "linear-regression",
        build: |_, data, c, start| Ok(Box::new(LinearRegression::new(&data.inputs, &data.targets, c, start)?)),
    },
    Form {
        name: "diagonal-network",
        build: |parameters, data, _, start| Ok(Box::new(DiagonalNetwork::new(parameters, data, start))),
    },
    Form {
        name: "scalar-factorisation",
        build: |parameters, _, _, start| Ok(Box::new(ScalarFactorisation::new(parameters.number("product"), start)?)),
    },
    Form { name: "parabola", build: |_, _, _, start| Ok(Box::new(Parabola::new(start))) },
    Form { name: "ellipsoid", build: |parameters, _, _, start| Ok(Box::new(Ellipsoid::new(parameters.list("axes"), start)?)) },
    Form { name: "sphere", build: |_, _, _, start| Ok(Box::new(Ellipsoid::new(&vec![1.0; start.len()], start)?)) },
];

/// The closed form of that name.
pub fn find(name: &str) -> Option<&'static Form> {
    FORMS.iter().find(|form| form.name == name)
}

/// A closed form that cannot be set up or evaluated.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ExactError {
    /// The inputs have no clear rank.
    #[error("the closed form needs a clear rank of the inputs: {0}")]
    Rank(#[from] rank::AmbiguousRank),
    /// A decomposition failed.
    #[error(transparent)]
    Dense(#[from] DenseError),
    /// The gradient flow from this start does not end on M.
    #[error("the closed form does not cover this start: {reason}")]
    Start {
        /// Why, with the numbers.
        reason: String,
    },
    /// Newton's method on the equations of the closed form stopped.
    #[error("Newton's method for the closed form stopped at s = {s} with a step of {step:.3e} after {iterations} iterations")]
    NotConverged {
        /// Slow time.
        s: f64,
        /// Size of the last step.
        step: f64,
        /// Iterations made.
        iterations: usize,
    },
}
