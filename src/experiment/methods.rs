//! From the name of a method to the flows it computes.

use super::Setup;
use crate::flow::{ExplicitFlows, Flows};
use crate::integrate::{Explicit, Order, Tolerance};
use crate::manifold::ManifoldError;
use crate::problem::ProblemError;

/// Names that `method` may take; the first is the default.
pub const METHODS: &[&str] = &["dop853", "dopri5"];

/// Smallest relative tolerance at which a run can still be told from a looser one.
const SMALLEST_RTOL: f64 = 1e-14;

/// A method that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MethodError {
    /// Unknown name.
    #[error(transparent)]
    Problem(#[from] ProblemError),
    /// No manifold to flow on.
    #[error("assumption violated: the critical points of F near the foot point form a manifold. {0}")]
    Manifold(#[from] ManifoldError),
}

/// The reported flows and their companion.
pub type Pair<'a> = (Box<dyn Flows + 'a>, Box<dyn Flows + 'a>);

/// The reported flows and their companion, at tolerances a factor 100 apart.
///
/// The companion is the tighter one where round-off leaves room for it, else the looser one.
pub fn pair(setup: &Setup) -> Result<Pair<'_>, MethodError> {
    let problem = &setup.problem;
    let tolerance = Tolerance { rtol: problem.rtol, atol: problem.atol };
    let factor = if problem.rtol / 100.0 >= SMALLEST_RTOL { 0.01 } else { 100.0 };
    Ok((flows(setup, tolerance)?, flows(setup, tolerance.scaled(factor))?))
}

fn flows(setup: &Setup, tolerance: Tolerance) -> Result<Box<dyn Flows + '_>, MethodError> {
    let name = setup.problem.method.as_deref().unwrap_or(METHODS[0]);
    let order = match name {
        "dop853" => Order::Eight,
        "dopri5" => Order::Five,
        other => {
            return Err(MethodError::Problem(ProblemError {
                path: setup.problem.path.clone(),
                line: None,
                key: Some("method".into()),
                found: format!("\"{other}\""),
                allowed: METHODS.join(", "),
                hint: format!("leave it out for \"{}\"", METHODS[0]),
            }));
        }
    };
    let integrator = Explicit::adaptive(order, tolerance, setup.problem.budget);
    Ok(Box::new(ExplicitFlows::new(&setup.objective, &setup.loss, &setup.start, integrator)?))
}
