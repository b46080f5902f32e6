//! What the slow flow of a network with kinks meets: cell walls, crossed and slid along.

use super::{Measure, Quantity, SLOW_TIME};
use crate::claim::{Bench, MeasureError, Measured};
use crate::flow::Flows;
use crate::flow::sliding::{Slid, SlidingFlows};
use crate::integrate::star::Clock;

/// How many cells the slow flow enters.
pub const EVENTS: Quantity = Quantity {
    name: "slow-flow-events",
    about: "number of times that w°, from Φ(w₀) to a slow time, enters another activation cell or begins or ends to slide along a wall",
    parameters: &[SLOW_TIME],
    measure: Measure::Flows(|bench| Ok(Measured::of(slid(bench)?.events.len() as f64))),
};

/// How many kinks of the network are held at samples.
pub const WALLS: Quantity = Quantity {
    name: "walls-slid-along",
    about: "number of walls that w° slides along at a slow time: neurons whose kink stays at a sample",
    parameters: &[SLOW_TIME],
    measure: Measure::Flows(|bench| Ok(Measured::of(slid(bench)?.mode.walls().len() as f64))),
};

fn slid(bench: &Bench<'_>) -> Result<Slid, MeasureError> {
    let flows = SlidingFlows::new(bench.loss(), bench.regulariser(), &bench.setup.start, bench.tolerance)?;
    let foot = flows.foot()?;
    let until = bench.positive_number("slow-time")?;
    let run = flows.in_clock(Clock::slow(0.0)).run(&foot.w, &[until]);
    run.map_err(|source| {
        MeasureError::Flow(crate::flow::FlowError::Sliding { phase: crate::flow::Phase::Slow, source: Box::new(source) })
    })
}
