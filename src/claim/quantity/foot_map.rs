//! The map Φ from a start to its foot point, and its derivative by central differences.
//!
//! A central difference of step h has the error C h²; with steps h and h/2 Richardson's combination removes it, and the
//! difference of the two is a bound of what is left.

use super::{LAMBDA, Measure, Quantity, SLOW_TIMES, slope};
use crate::claim::{Bench, MeasureError, Measured};
use crate::field::{Loss, Weights};
use crate::numeric::seed::Stream;
use crate::problem::parameters::{Default, Parameter};

const STEP: Parameter =
    Parameter { name: "step", default: Default::Number(1e-3), about: "step of the central difference, relative to ‖w‖" };

/// DΦ = P on M.
pub const PROJECTOR_ORDER: Quantity = Quantity {
    name: "foot-derivative-order",
    about: "order in h of ‖(Φ(x + hv) − Φ(x − hv))/2h − Pv‖ at x = Φ(w₀), v random of length ‖x‖: 2 if DΦ = P",
    parameters: &[Parameter { name: "steps", default: Default::RequiredList, about: "the steps h > 0" }],
    measure: Measure::Flows(projector_order),
};

/// DΦ∇F = 0 off M.
pub const ALONG_GRADIENT: Quantity = Quantity {
    name: "foot-derivative-along-gradient",
    about: "‖DΦ(w₀)v‖/‖v‖ for v = ∇F(w₀), by central differences with Richardson's combination",
    parameters: &[STEP],
    measure: Measure::Flows(along_gradient),
};

/// dΦ(w^λ(t))/dt = −λDΦ(w)∇R(w).
pub const REDUCTION: Quantity = Quantity {
    name: "exact-reduction",
    about: "‖dΦ(w^λ(t))/dt + λDΦ(w)∇R(w)‖ / ‖λDΦ(w)∇R(w)‖ at t, both by central differences with Richardson's combination",
    parameters: &[LAMBDA, Parameter { name: "time", default: Default::RequiredNumber, about: "the fast time t > 0" }, STEP],
    measure: Measure::Flows(reduction),
};

/// w°(s) = Φ(e^{−s}w₀), where it holds.
pub const SHRUNK_START: Quantity = Quantity {
    name: "shrunk-start-distance",
    about: "sup over the slow times of ‖w°(s) − Φ(e^{−s}w₀)‖/‖w°(s)‖",
    parameters: &[SLOW_TIMES],
    measure: Measure::Flows(|bench| {
        let times = bench.given.list("slow-time");
        let mut worst: f64 = 0.0;
        for (w, s) in bench.slow(times)?.iter().zip(times) {
            let shrunk = bench.foot_from(&(&bench.setup.start * (-s).exp()))?;
            worst = worst.max((w - shrunk).norm() / w.norm());
        }
        Ok(Measured { value: worst, error: 4.0 * f64::EPSILON })
    }),
};

/// (Φ(w + hv) − Φ(w − hv))/2h.
fn difference(bench: &Bench<'_>, w: &Weights, v: &Weights, h: f64) -> Result<Weights, MeasureError> {
    Ok((bench.foot_from(&(w + v * h))? - bench.foot_from(&(w - v * h))?) / (2.0 * h))
}

/// Richardson's combination of the differences with h and h/2, and the size of what it removed.
fn derivative(bench: &Bench<'_>, w: &Weights, v: &Weights, h: f64) -> Result<(Weights, f64), MeasureError> {
    let (coarse, fine) = (difference(bench, w, v, h)?, difference(bench, w, v, 0.5 * h)?);
    let change = (&fine - &coarse) / 3.0;
    Ok((&fine + &change, change.norm()))
}

fn projector_order(bench: &Bench<'_>) -> Result<Measured, MeasureError> {
    let foot = bench.foot()?.w;
    let mut stream = Stream::new(bench.setup.problem.seed, "directions");
    let random = Weights::from_fn(foot.len(), |_, _| stream.normal());
    let v = &random * (foot.norm() / random.norm());
    let tangent = bench.project(&foot, &v)?;
    let mut pairs = Vec::new();
    for &h in bench.positive("steps")? {
        pairs.push((h, (difference(bench, &foot, &v, h)? - &tangent).norm()));
    }
    slope(&pairs)
}

fn along_gradient(bench: &Bench<'_>) -> Result<Measured, MeasureError> {
    let w = &bench.setup.start;
    let mut gradient = Weights::zeros(w.len());
    bench.loss().gradient(w, &mut gradient)?;
    let v = &gradient * (w.norm() / gradient.norm());
    let (found, error) = derivative(bench, w, &v, bench.positive_number("step")?)?;
    Ok(Measured { value: found.norm() / v.norm(), error: error / v.norm() })
}

fn reduction(bench: &Bench<'_>) -> Result<Measured, MeasureError> {
    let (lambda, t, h) = (bench.positive_number("lambda")?, bench.positive_number("time")?, bench.positive_number("step")?);
    let times: Vec<f64> = [1.0 - h, 1.0 - 0.5 * h, 1.0, 1.0 + 0.5 * h, 1.0 + h].iter().map(|x| t * x).collect();
    let run = bench.in_fast_time(lambda, &times)?;
    let feet = run.iter().map(|w| bench.foot_from(w)).collect::<Result<Vec<_>, _>>()?;
    let coarse = (&feet[4] - &feet[0]) / (2.0 * h * t);
    let fine = (&feet[3] - &feet[1]) / (h * t);
    let change = (&fine - &coarse) / 3.0;
    let moved = &fine + &change;
    let (along, error) = derivative(bench, &run[2], &bench.pull(&run[2]), h)?;
    let size = lambda * along.norm();
    Ok(Measured { value: (moved + along * lambda).norm() / size, error: (change.norm() + lambda * error) / size })
}
