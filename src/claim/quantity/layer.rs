//! The initial layer: where the fast flow hands over to the slow one.

use super::{LAMBDAS, Measure, Quantity, SLOW_TIME, largest, slope};
use crate::claim::{Bench, MeasureError, Measured};
use crate::field::Weights;
use crate::flow::Flows;
use crate::numeric::grid;
use crate::problem::parameters::{Default, Parameter};

/// What the sup over (0, S] tends to.
pub const SUP_FROM_ZERO: Quantity = Quantity {
    name: "sup-from-zero",
    about: "sup over s ∈ (0, S] of ‖w^λ(s/λ) − w°(s)‖, relative to ‖w₀ − Φ(w₀)‖: its smallest value over the λ",
    parameters: &[LAMBDAS, SLOW_TIME],
    measure: Measure::Flows(sup_from_zero),
};

/// How the layer decays.
pub const LAYER_RATE: Quantity = Quantity {
    name: "layer-rate",
    about: "−d log‖w^λ(ε/λ) − w°(ε)‖ / d(h₊ε/λ) between the λ with h₊ε/λ = from and = to, at a slow time ε inside the layer",
    parameters: &[
        SLOW_TIME,
        Parameter { name: "from", default: Default::RequiredNumber, about: "h₊ε/λ of the first λ, > 0" },
        Parameter { name: "to", default: Default::RequiredNumber, about: "h₊ε/λ of the second λ, > from" },
    ],
    measure: Measure::Flows(layer_rate),
};

/// The constant of the piecewise approximation.
pub const PIECEWISE_CONSTANT: Quantity = Quantity {
    name: "piecewise-constant",
    about: "sup of w^λ against w^fast before t* = log(1/λ)/h₊ and w°(λt) after, over λ log(1/λ)·|P∇R|/h₊ at Φ(w₀)",
    parameters: &[super::LAMBDA, SLOW_TIME],
    measure: Measure::Flows(piecewise_constant),
};

/// How near w^λ comes to Φ(w₀) at a time between the scales.
pub const MATCHING_ORDER: Quantity = Quantity {
    name: "matching-order",
    about: "order in λ of ‖w^λ − Φ(w₀)‖ at s = λ, s = √λ, or s = (2/h₊)λ log(1/λ), the last divided by log(1/λ)",
    parameters: &[
        LAMBDAS,
        Parameter {
            name: "at",
            default: Default::Choice(&["logarithm", "root", "linear"]),
            about: "which time between the scales",
        },
    ],
    measure: Measure::Flows(matching_order),
};

fn sup_from_zero(bench: &Bench<'_>) -> Result<Measured, MeasureError> {
    let until = bench.positive_number("slow-time")?;
    let jump = (&bench.setup.start - &bench.foot()?.w).norm();
    let mut smallest = f64::INFINITY;
    for &lambda in bench.positive("lambda")? {
        let times = grid::logarithmic(1e-6 * lambda, until, 200);
        let (run, drift) = (bench.in_slow_time(lambda, &times)?, bench.slow(&times)?);
        smallest = smallest.min(largest(run.iter().zip(&drift).map(|(a, b)| (a - b).norm())) / jump);
    }
    Ok(Measured::of(smallest))
}

fn layer_rate(bench: &Bench<'_>) -> Result<Measured, MeasureError> {
    let epsilon = bench.positive_number("slow-time")?;
    let ends = [bench.positive_number("from")?, bench.positive_number("to")?];
    let h = bench.foot()?.spectrum.smallest;
    let drift = bench.slow(&[epsilon])?;
    let mut logs = [0.0; 2];
    for (log, end) in logs.iter_mut().zip(ends) {
        let run = bench.in_slow_time(h * epsilon / end, &[epsilon])?;
        *log = (&run[0] - &drift[0]).norm().ln();
    }
    Ok(Measured::of((logs[0] - logs[1]) / (ends[1] - ends[0])))
}

/// w^fast at ascending times; beyond the time at which it has arrived, Φ(w₀).
pub(super) fn fast_or_foot(bench: &Bench<'_>, times: &[f64]) -> Result<Vec<Weights>, MeasureError> {
    let flows = bench.flows()?;
    let foot = flows.foot()?;
    let horizon = foot.time + 20.0 / foot.spectrum.smallest;
    let near: Vec<f64> = times.iter().copied().filter(|t| *t <= horizon).collect();
    let mut points: Vec<Weights> = flows.fast(&near)?.points.into_iter().map(|p| p.w).collect();
    points.resize(times.len(), foot.w);
    Ok(points)
}

fn piecewise_constant(bench: &Bench<'_>) -> Result<Measured, MeasureError> {
    let (lambda, until) = (bench.positive_number("lambda")?, bench.positive_number("slow-time")?);
    let foot = bench.foot()?;
    let h = foot.spectrum.smallest;
    let switch = (1.0 / lambda).ln() / h;
    let before = grid::linear(0.0, switch, 400);
    let after = grid::logarithmic(switch, until / lambda, 400);
    let (early, fast) = (bench.in_fast_time(lambda, &before)?, fast_or_foot(bench, &before)?);
    let late = bench.in_fast_time(lambda, &after)?;
    let drift = bench.slow(&after.iter().map(|t| lambda * t).collect::<Vec<_>>())?;
    let distances = early.iter().zip(&fast).chain(late.iter().zip(&drift)).map(|(a, b)| (a - b).norm());
    let pull = bench.project(&foot.w, &bench.pull(&foot.w))?.norm();
    Ok(Measured::of(largest(distances) / (lambda * (1.0 / lambda).ln() * pull / h)))
}

fn matching_order(bench: &Bench<'_>) -> Result<Measured, MeasureError> {
    let foot = bench.foot()?;
    let mut pairs = Vec::new();
    for &lambda in bench.positive("lambda")? {
        let logarithm = (1.0 / lambda).ln();
        let (s, divisor) = match bench.given.word("at") {
            "linear" => (lambda, 1.0),
            "root" => (lambda.sqrt(), 1.0),
            _ => (2.0 * lambda * logarithm / foot.spectrum.smallest, logarithm),
        };
        let run = bench.in_slow_time(lambda, &[s])?;
        pairs.push((lambda, (&run[0] - &foot.w).norm() / divisor));
    }
    slope(&pairs)
}
