//! A problem file with its data becomes an objective and a start.

use std::sync::Arc;

use crate::data::{self, DataSet, memory};
use crate::field::{FieldError, LeastSquares, Loss, NoResiduals, Objective, Regulariser, Residual, Weights};
use crate::flow::exact::{self, ClosedForm, ExactError};
use crate::loss::{self, LossError};
use crate::manifold::{CriticalManifold, HessianKernel, ManifoldError, ZeroLoss};
use crate::model::{self, ModelError, expression};
use crate::numeric::Vector;
use crate::problem::{Factor, Manifold, Parameters, ProblemError, ProblemFile};

/// Everything that a run needs.
pub struct Setup {
    /// The problem as posed.
    pub problem: ProblemFile,
    /// F and R.
    pub objective: Objective,
    /// The residuals as the model defines them, before any reduction; none where F is a formula that is no sum of squares.
    pub residual: Arc<dyn Residual>,
    /// The loss on the test set, where there is one.
    pub test: Option<Arc<dyn Loss>>,
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
        let general = |set: &DataSet| match entry.name {
            "expression" => expression::general_loss(&parameters, set).map_err(|e| model_error(&problem, e)),
            _ => Ok(None),
        };
        let build = |set: &DataSet| (entry.build)(&parameters, set).map_err(|e| model_error(&problem, e));
        let (residual, c, loss) = match general(&split.train)? {
            Some(loss) => (Arc::new(NoResiduals(loss.dim())) as Arc<dyn Residual>, 1.0, loss),
            None => {
                let residual = build(&split.train)?;
                if let Some(found) = residual.unobserved() {
                    let hint = "observe more entries, or leave that line out of the matrix";
                    return Err(problem.error("data", found, "an observed entry in every row and column", hint).into());
                }
                if let (Some((found, allowed)), true) =
                    (residual.unattainable(), problem.manifold != Some(Manifold::CriticalPoints))
                {
                    let hint = "or let M be the critical points of F: loss = { manifold = \"critical-points\", … }";
                    return Err(problem.error("data", found, allowed, hint).into());
                }
                fits(&problem, residual.samples(), residual.dim())?;
                let c = problem.factor.c(residual.samples());
                (residual.clone(), c, loss::posed(residual, c, problem.manifold)?)
            }
        };
        let start = data::start(&problem, residual.dim())?;
        let test = match &split.test {
            None => None,
            Some(set) => Some(match general(set)? {
                Some(loss) => loss,
                None => {
                    let residual = build(set)?;
                    let c = problem.factor.c(residual.samples());
                    Arc::new(LeastSquares { residual, c, offset: 0.0 })
                }
            }),
        };
        without_kinks(&problem, loss.as_ref(), &start)?;
        finite_at(&problem, residual.as_ref(), loss.as_ref(), &start)?;
        let regulariser = Regulariser::of(&problem, residual.dim())?;
        let exact = match problem.exact.as_deref() {
            None => None,
            Some(name) => {
                let known = |form: &&exact::Form| form.name == entry.name && regulariser == Regulariser::HalfSquaredNorm;
                let form = exact::find(name).filter(known).ok_or_else(|| unknown_exact(&problem, name, entry.name))?;
                Some((form.build)(&parameters, &split.train, c, &start)?)
            }
        };
        let objective = Objective { loss, regulariser };
        Ok(Setup { problem, objective, residual, test, train: split.train, start, exact })
    }

    /// F as residuals that vanish on M; `None` where M is the set of critical points.
    pub fn squares(&self) -> Option<&LeastSquares> {
        self.objective.loss.least_squares()
    }

    /// M.
    ///
    /// # Errors
    /// More residuals or weights than the geometry of M allows.
    pub fn manifold(&self) -> Result<Box<dyn CriticalManifold + '_>, ManifoldError> {
        Ok(match self.squares() {
            Some(squares) => Box::new(ZeroLoss::new(squares)?),
            None => Box::new(HessianKernel::new(self.objective.loss.as_ref())?),
        })
    }
}

/// Whether a Jacobian of n × d numbers may be formed; checked before anything of that size is.
fn fits(problem: &ProblemFile, samples: usize, dimension: usize) -> Result<(), ProblemError> {
    memory::check(samples as u64, dimension as u64, memory::LIMIT).map_err(|(found, allowed)| {
        let hint = "a Jacobian has one row a sample and one column a weight: use fewer of either";
        problem.error("model", format!("a Jacobian of {found}"), allowed, hint)
    })
}

/// |w₀|², r, F and ∇F must be finite at the start.
fn finite_at(problem: &ProblemFile, residual: &dyn Residual, loss: &dyn Loss, start: &Weights) -> Result<(), ProblemError> {
    let refused = |found: String| {
        let hint = "start elsewhere, or scale the weights";
        problem.error("init", found, "a start at which |w₀|², the residuals, F and its gradient are finite numbers", hint)
    };
    if !start.norm_squared().is_finite() {
        return Err(refused(format!("|w₀|² of weights up to {:.1e} is no finite number", start.amax())));
    }
    let mut r = Vector::zeros(residual.samples());
    let values = residual.residual(start, &mut r).and_then(|()| {
        let (mut gradient, value) = (Weights::zeros(start.len()), loss.value(start)?);
        loss.gradient(start, &mut gradient)?;
        FieldError::check("the loss", &[value], start)?;
        FieldError::check("the gradient of the loss", gradient.as_slice(), start)
    });
    values.map_err(|error| refused(format!("at the start {error}")))
}

/// A loss with M = {∇F = 0} must be smooth: kinks have no Hessian.
fn without_kinks(problem: &ProblemFile, loss: &dyn Loss, start: &Weights) -> Result<(), ProblemError> {
    let mut switches = Vec::new();
    loss.switches(start, &mut switches);
    if switches.is_empty() || loss.least_squares().is_some() {
        return Ok(());
    }
    let hint = "relu and abs have no second derivatives: write softplus(k*x)/k or sqrt(x^2 + e^2), or residuals that can vanish";
    Err(problem.error("model", format!("{} kinks in a loss that does not vanish on M", switches.len()), "a smooth loss", hint))
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
