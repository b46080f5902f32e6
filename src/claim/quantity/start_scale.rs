//! The size of the start: how much is left for the slow flow.

use super::{Measure, Quantity, SLOW_TIMES, slope};
use crate::claim::{Bench, MeasureError, Measured};
use crate::flow::Flows;
use crate::problem::parameters::{Default, Parameter};

/// The pull along M at the foot point of a scaled start.
pub const DRIFT_ORDER: Quantity = Quantity {
    name: "start-scale-order",
    about: "order in α of ‖P∇R‖ at Φ(αw₀): positive where a small start leaves no second phase",
    parameters: &[Parameter { name: "scales", default: Default::RequiredList, about: "the scales α > 0" }],
    measure: Measure::Flows(|bench| {
        let mut pairs = Vec::new();
        for &scale in bench.positive("scales")? {
            let foot = bench.foot_from(&(&bench.setup.start * scale))?;
            pairs.push((scale, bench.project(&foot, &bench.pull(&foot))?.norm()));
        }
        slope(&pairs)
    }),
};

/// The slow flow from a larger start is the same flow, later.
pub const SHIFT: Quantity = Quantity {
    name: "start-scale-shift",
    about: "sup over the slow times of ‖w°_α(s + log α) − w°(s)‖/‖w°(s)‖, w°_α from Φ(αw₀), α > 1",
    parameters: &[Parameter { name: "scale", default: Default::RequiredNumber, about: "the scale α > 1" }, SLOW_TIMES],
    measure: Measure::Flows(shift),
};

fn shift(bench: &Bench<'_>) -> Result<Measured, MeasureError> {
    let (scale, times) = (bench.positive_number("scale")?, bench.given.list("slow-time"));
    if scale <= 1.0 {
        return Err(MeasureError::Parameter { key: "scale", found: scale.to_string(), allowed: "a number > 1" });
    }
    let start = &bench.setup.start * scale;
    let setup = bench.setup;
    let flows = crate::flow::RadauFlows::new(bench.loss(), &setup.objective.regulariser, &start, bench.tolerance)?;
    let later: Vec<f64> = times.iter().map(|s| s + scale.ln()).collect();
    let scaled = flows.slow(&flows.foot()?.w, &later)?;
    let mut worst: f64 = 0.0;
    for (a, b) in scaled.points.iter().zip(bench.slow(times)?) {
        worst = worst.max((&a.w - &b).norm() / b.norm());
    }
    Ok(Measured { value: worst, error: 4.0 * f64::EPSILON })
}
