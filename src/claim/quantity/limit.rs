//! Limits s → ∞ and λ → 0, in either order.

use super::{LAMBDAS, Measure, Quantity, SLOW_TIME, slope};
use crate::claim::{Bench, MeasureError, Measured};
use crate::manifold::CriticalManifold;
use crate::min_norm;

/// How far the end of w^λ is from a KKT point.
pub const STATIONARITY_ORDER: Quantity = Quantity {
    name: "stationarity-order",
    about: "order in λ of ‖P∇R(w)‖/‖∇R(w)‖ at w = w^λ(S/λ), P at the point of M next to it, at a late slow time S",
    parameters: &[LAMBDAS, SLOW_TIME],
    measure: Measure::Flows(|bench| {
        let manifold = bench.manifold()?;
        let mut pairs = Vec::new();
        for &lambda in bench.positive("lambda")? {
            let end = bench.in_slow_time(lambda, &[bench.positive_number("slow-time")?])?.swap_remove(0);
            let (on, _) = manifold.retract(&end)?;
            let pull = bench.pull(&end);
            pairs.push((lambda, manifold.project_tangent(&on, &pull)?.norm() / pull.norm()));
        }
        slope(&pairs)
    }),
};

/// How far the end of w^λ is from the minimum-norm point.
pub const DISTANCE_ORDER: Quantity = Quantity {
    name: "limit-distance-order",
    about: "order in λ of ‖w^λ(S/λ) − w*‖ at a late slow time S, w* the minimum-norm point found without a flow",
    parameters: &[LAMBDAS, SLOW_TIME],
    measure: Measure::Flows(|bench| {
        let point = minimum(bench)?;
        let mut pairs = Vec::new();
        for &lambda in bench.positive("lambda")? {
            let end = bench.in_slow_time(lambda, &[bench.positive_number("slow-time")?])?;
            pairs.push((lambda, (&end[0] - &point).norm()));
        }
        slope(&pairs)
    }),
};

/// How far the slow flow leads from the foot point.
pub const SHIFT: Quantity = Quantity {
    name: "limits-apart",
    about: "‖w* − Φ(w₀)‖/‖Φ(w₀)‖: the limits λ → 0 and t → ∞ in either order, w* the minimum-norm point found without a flow",
    parameters: &[],
    measure: Measure::Flows(|bench| {
        let foot = bench.foot()?.w;
        let point = minimum(bench)?;
        Ok(Measured { value: (point - &foot).norm() / foot.norm(), error: 1e-12 })
    }),
};

fn minimum(bench: &Bench<'_>) -> Result<crate::field::Weights, MeasureError> {
    let foot = bench.foot()?.w;
    Ok(min_norm::solve(bench.loss(), bench.regulariser(), &foot, &min_norm::Options::default())?.w)
}
