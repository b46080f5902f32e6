//! A problem file with its data becomes an objective and a start.

use std::sync::Arc;

use crate::data::{self, DataSet, memory};
use crate::field::{FieldError, LeastSquares, Objective, Regulariser, Residual, Weights};
use crate::flow::exact::{self, ClosedForm, ExactError};
use crate::loss::{self, LossError};
use crate::model::{self, ModelError};
use crate::numeric::Vector;
use crate::problem::{Factor, Parameters, ProblemError, ProblemFile};

/// Everything that a run needs.
pub struct Setup {
    /// The problem as posed.
    pub problem: ProblemFile,
    /// F and R.
    pub objective: Objective,
    /// F as residuals that can vanish.
    pub loss: LeastSquares,
    /// The residuals as the model defines them, before any reduction.
    pub residual: Arc<dyn Residual>,
    /// The loss on the test set, where there is one.
    pub test: Option<LeastSquares>,
    /// The training data.
    pub train: DataSet,
    /// w₀.
    pub start: Weights,
    /// The closed form named by `exact`.
    pub exact: Option<Box<dyn ClosedForm>>,
}

/// A problem that cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The file or a file that it names.
    #[error(transparent)]
    Problem(#[from] ProblemError),
    /// The loss.
    #[error("assumption violated: the Hessian of F has a clear rank. {0}")]
    Loss(#[from] LossError),
    /// The closed form.
    #[error(transparent)]
    Exact(#[from] ExactError),
    /// The start.
    #[error("at the start {0}")]
    Start(#[from] FieldError),
}

impl Setup {
    /// Reads the data, builds the model, the loss and the start.
    pub fn new(problem: ProblemFile) -> Result<Setup, SetupError> {
        let split = data::load(&problem)?;
        let (entry, parameters) = entry(&problem)?;
        if entry.name == "expression" && !parameters.word("loss").is_empty() && problem.factor != Factor::Fixed(1.0) {
            let hint = "put the factor into the formula, as in (u*v - 1)^2/2";
            return Err(problem
                .error("loss.factor", "another factor than 1", "\"1\": F is the formula `model.loss` itself", hint)
                .into());
        }
        let build = |set: &DataSet| (entry.build)(&parameters, set).map_err(|e| model_error(&problem, e));
        let residual = build(&split.train)?;
        let start = data::start(&problem, residual.dim())?;
        fits(&problem, residual.samples(), residual.dim())?;
        let c = problem.factor.c(residual.samples());
        let loss = loss::least_squares(residual.clone(), c)?;
        let test = match &split.test {
            Some(set) => {
                let residual = build(set)?;
                let c = problem.factor.c(residual.samples());
                Some(LeastSquares { residual, c, offset: 0.0 })
            }
            None => None,
        };
        let mut r = Vector::zeros(residual.samples());
        residual.residual(&start, &mut r)?;
        let regulariser = Regulariser::of(&problem, residual.dim())?;
        let exact = match problem.exact.as_deref() {
            None => None,
            Some(name) => {
                let known = |form: &&exact::Form| form.name == entry.name && regulariser == Regulariser::HalfSquaredNorm;
                let form = exact::find(name).filter(known).ok_or_else(|| unknown_exact(&problem, name, entry.name))?;
                Some((form.build)(&parameters, &split.train, c, &start)?)
            }
        };
        let objective = Objective { loss: Arc::new(loss.clone()), regulariser };
        Ok(Setup { problem, objective, loss, residual, test, train: split.train, start, exact })
    }
}

/// Whether a Jacobian of n × d numbers may be formed; checked before anything of that size is.
fn fits(problem: &ProblemFile, samples: usize, dimension: usize) -> Result<(), ProblemError> {
    memory::check(samples as u64, dimension as u64, memory::LIMIT).map_err(|(found, allowed)| {
        let hint = "a Jacobian has one row a sample and one column a weight: use fewer of either";
        problem.error("model", format!("a Jacobian of {found}"), allowed, hint)
    })
}

fn entry(problem: &ProblemFile) -> Result<(&'static model::Entry, Parameters), ProblemError> {
    let section = &problem.model;
    let Some(entry) = model::find(&section.kind) else {
        return Err(section.unknown_kind(&problem.path, model::MODELS.iter().map(|entry| entry.name)));
    };
    Ok((entry, Parameters::resolve(entry.parameters, section, &problem.path)?))
}

fn model_error(problem: &ProblemFile, error: ModelError) -> ProblemError {
    let hint = format!("`slowflow models` describes `{}` and the data that it takes", problem.model.kind);
    match error {
        ModelError::Parameter { key, found, allowed, .. } => problem.model.error(&problem.path, key, found, allowed, hint),
        ModelError::Data { found, needed, .. } => problem.error("data", found, needed, hint),
        // The message at the model's line, the picture with its carets below the hint.
        ModelError::Formula(error) => {
            let allowed = "names of weights, constants, definitions and data columns, + - * / ^, and functions";
            let hint = error.hint.clone().unwrap_or_else(|| "the carets show the place".into()) + &error.picture();
            problem.error("model", error.message(), allowed, hint)
        }
    }
}

fn unknown_exact(problem: &ProblemFile, found: &str, model: &str) -> ProblemError {
    let names: Vec<&str> = exact::FORMS.iter().map(|form| form.name).collect();
    let allowed = format!("{}, each with the model of that name and half the squared norm as regulariser", names.join(", "));
    let hint = "leave `exact` out where no closed form is known";
    problem.error("exact", format!("\"{found}\" for model \"{model}\""), allowed, hint)
}
