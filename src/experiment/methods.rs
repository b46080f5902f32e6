//! From the name of a method to the flows it computes.

use super::Setup;
use crate::field::Weights;
use crate::flow::{ExplicitFlows, Flows, RadauFlows, SlidingFlows};
use crate::integrate::star::Stages;
use crate::integrate::{Explicit, Order, Tolerance};
use crate::manifold::ManifoldError;

/// Smallest relative tolerance at which a run can still be told from a looser one.
const SMALLEST_RTOL: f64 = 1e-14;

/// The reported flows and their companion.
pub type Pair<'a> = (Box<dyn Flows + 'a>, Box<dyn Flows + 'a>);

/// The reported flows and their companion, at tolerances a factor 100 apart.
///
/// The companion is the tighter one where round-off leaves room for it, else the looser one.
pub fn pair(setup: &Setup) -> Result<Pair<'_>, ManifoldError> {
    let problem = &setup.problem;
    let tolerance = Tolerance { rtol: problem.rtol, atol: problem.atol };
    let factor = if problem.rtol / 100.0 >= SMALLEST_RTOL { 0.01 } else { 100.0 };
    let at = |tolerance| flows_from(setup, &setup.start, tolerance);
    Ok((at(tolerance)?, at(tolerance.scaled(factor))?))
}

/// The flows of the problem from any start, at one tolerance.
pub fn flows_from<'a>(setup: &'a Setup, start: &'a Weights, tolerance: Tolerance) -> Result<Box<dyn Flows + 'a>, ManifoldError> {
    let explicit = |order| {
        let integrator = Explicit::adaptive(order, tolerance, setup.problem.budget);
        ExplicitFlows::new(&setup.objective, &setup.loss, start, integrator)
    };
    let radau = |stages| {
        let mut flows = RadauFlows::new(&setup.loss, &setup.objective.regulariser, start, tolerance)?;
        flows.stages = stages;
        Ok::<_, ManifoldError>(flows)
    };
    let mut switches = Vec::new();
    setup.loss.residual.switches(start, &mut switches);
    let sliding = |stages| {
        let mut flows = SlidingFlows::new(&setup.loss, &setup.objective.regulariser, start, tolerance)?;
        flows.stages = stages;
        Ok::<_, ManifoldError>(flows)
    };
    // The problem file's reader has refused every other name.
    Ok(match setup.problem.method.as_deref() {
        Some("dop853") => Box::new(explicit(Order::Eight)?),
        Some("dopri5") => Box::new(explicit(Order::Five)?),
        Some("radau5") if !switches.is_empty() => Box::new(sliding(Stages::Three)?),
        _ if !switches.is_empty() => Box::new(sliding(Stages::Five)?),
        Some("radau5") => Box::new(radau(Stages::Three)?),
        _ => Box::new(radau(Stages::Five)?),
    })
}
