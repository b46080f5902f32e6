//! From the name of a method to the flows it computes.

use super::Setup;
use crate::field::Weights;
use crate::flow::{CriticalFlows, ExplicitFlows, Flows, RadauFlows, SlidingFlows};
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
///
/// # Errors
/// Residuals whose zeros cannot be a manifold.
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
        Ok::<_, ManifoldError>(Box::new(ExplicitFlows::on(&setup.objective, setup.manifold()?, start, integrator)))
    };
    let (loss, regulariser) = (&setup.objective.loss, &setup.objective.regulariser);
    // The problem file's reader has refused every other name.
    let stages = match setup.problem.method.as_deref() {
        Some("dop853") => return Ok(explicit(Order::Eight)?),
        Some("dopri5") => return Ok(explicit(Order::Five)?),
        Some("radau5") => Stages::Three,
        Some("radau9") => Stages::Five,
        _ => Stages::Seven,
    };
    let Some(squares) = setup.squares() else {
        let mut flows = CriticalFlows::new(loss, regulariser, start, tolerance)?;
        flows.stages = stages;
        return Ok(Box::new(flows));
    };
    let mut switches = Vec::new();
    loss.switches(start, &mut switches);
    Ok(if switches.is_empty() {
        let mut flows = RadauFlows::new(squares, regulariser, start, tolerance)?;
        flows.stages = stages;
        Box::new(flows)
    } else {
        let mut flows = SlidingFlows::new(squares, regulariser, start, tolerance)?;
        flows.stages = stages;
        Box::new(flows)
    })
}
