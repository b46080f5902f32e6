//! Where flows are: distances from points that are known.

use super::{Measure, Quantity, SLOW_TIME, SLOW_TIMES, largest};
use crate::claim::{Bench, MeasureError, Measured};
use crate::field::Weights;
use crate::problem::parameters::{Default, Parameter};

const TO: Parameter = Parameter { name: "to", default: Default::RequiredList, about: "the point, one number a weight" };

/// Distance of the foot point from a point.
pub const FOOT_DISTANCE: Quantity = Quantity {
    name: "foot-distance",
    about: "largest component of Φ(w₀) − point",
    parameters: &[TO],
    measure: Measure::Flows(|bench| {
        let foot = bench.foot()?.w;
        Ok(Measured { value: (&foot - point(bench)?).amax(), error: 4.0 * f64::EPSILON * foot.amax() })
    }),
};

/// Distance of the slow flow from a point at a slow time.
pub const SLOW_DISTANCE: Quantity = Quantity {
    name: "slow-distance",
    about: "largest component of w°(s) − point",
    parameters: &[TO, SLOW_TIME],
    measure: Measure::Flows(|bench| {
        let w = bench.slow(&[bench.positive_number("slow-time")?])?;
        Ok(Measured { value: (&w[0] - point(bench)?).amax(), error: 4.0 * f64::EPSILON * w[0].amax() })
    }),
};

/// How far the slow flow goes.
pub const SLOW_DRIFT: Quantity = Quantity {
    name: "slow-drift",
    about: "sup over the slow times of ‖w°(s) − Φ(w₀)‖/‖Φ(w₀)‖",
    parameters: &[SLOW_TIMES],
    measure: Measure::Flows(|bench| {
        let foot = bench.foot()?.w;
        let drift = bench.slow(bench.given.list("slow-time"))?;
        let value = largest(drift.iter().map(|w| (w - &foot).norm())) / foot.norm();
        Ok(Measured { value, error: 4.0 * f64::EPSILON })
    }),
};

fn point(bench: &Bench<'_>) -> Result<Weights, MeasureError> {
    let list = bench.given.list("to");
    if list.len() == bench.setup.start.len() {
        Ok(Weights::from_column_slice(list))
    } else {
        Err(MeasureError::Parameter { key: "to", found: format!("{} numbers", list.len()), allowed: "one number a weight" })
    }
}
