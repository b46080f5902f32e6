use std::sync::Arc;

use super::{Expression, ExpressionError, Problem};
use crate::data::DataSet;
use crate::field::Loss;
use crate::model::{Default, Entry, ModelError, Parameter, Parameters};

/// Declaration for problem files.
pub const ENTRY: Entry = Entry {
    name: "expression",
    about: "residuals as formulas of named weights, constants and data columns: your own problem without a line of Rust",
    weights: "as listed in `weights`, matrices row by row",
    inputs: "one column a name, as its header says; all columns together are `inputs`, the targets `y`",
    parameters: &[
        Parameter {
            name: "weights",
            default: Default::RequiredTexts,
            about: "names, with their size where they have one: [\"u\", \"w[3]\", \"U[5,3]\"]; indices count from 0",
        },
        Parameter {
            name: "residuals",
            default: Default::Texts,
            about: "formulas that should vanish, as \"u*v - 1\"; one that mentions a data column is one residual a data row",
        },
        Parameter {
            name: "loss",
            default: Default::Text,
            about: "instead of residuals: F itself, as \"mean_rows((u*x - y)^2)/2\" or \"softplus(u*v) - u*v/3\", with factor = \"1\"; M are its zeros where it is a sum of squares, else its critical points",
        },
        Parameter { name: "constants", default: Default::Table, about: "named numbers or lists: { c = 2.0, a = [1.0, 3.0] }" },
        Parameter {
            name: "definitions",
            default: Default::Texts,
            about: "names for parts of formulas, in order: [\"h = tanh(matvec(W, inputs))\"]; each is evaluated once",
        },
    ],
    build: |parameters, data| {
        let (names, residuals) = (vocabulary(parameters, data)?, parameters.texts("residuals"));
        match (residuals.is_empty(), parameters.word("loss")) {
            (false, "") => Ok(Arc::new(names.residuals(residuals)?)),
            (true, loss) if !loss.is_empty() => Ok(Arc::new(names.squares(loss)?)),
            (none, _) => Err(ModelError::Parameter {
                model: "expression",
                key: "residuals",
                found: if none { "neither `residuals` nor `loss`" } else { "`residuals` and `loss` together" }.into(),
                allowed: "one of them: residuals = [\"u*v - 1\"] or loss = \"(u*v - 1)^2\"".into(),
            }),
        }
    },
};

/// The loss of a problem file whose `loss` is no sum of squares: F with M = {∇F = 0}; `None` where there are residuals.
///
/// # Errors
/// Formulas that cannot be read.
pub fn general_loss(parameters: &Parameters, data: &DataSet) -> Result<Option<Arc<dyn Loss>>, ModelError> {
    let loss = parameters.word("loss");
    if loss.is_empty() || !parameters.texts("residuals").is_empty() {
        return Ok(None);
    }
    match vocabulary(parameters, data)?.squares(loss) {
        Err(ExpressionError { problem, .. }) if *problem == Problem::NoSquare => {
            Ok(Some(Arc::new(vocabulary(parameters, data)?.loss(loss)?)))
        }
        Err(other) => Err(other.into()),
        Ok(_) => Ok(None),
    }
}

/// Weights, constants and definitions of a problem file.
fn vocabulary(parameters: &Parameters, data: &DataSet) -> Result<Expression, ExpressionError> {
    let mut expression = Expression::new(parameters.texts("weights"), data)?;
    for (name, value) in parameters.table("constants") {
        expression = expression.constant(name, value)?;
    }
    for text in parameters.texts("definitions") {
        expression = expression.define(text)?;
    }
    Ok(expression)
}
