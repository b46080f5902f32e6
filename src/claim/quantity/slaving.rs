//! The part of w^λ normal to M: slaved to the slow flow at first order in λ, the source of the training-loss floor.

use super::{LAMBDA, LAMBDAS, Measure, Quantity, SLOW_TIME, SLOW_TIMES, largest, slope};
use crate::claim::{Bench, MeasureError, Measured};
use crate::field::Loss;

/// Second order of the normal part.
pub const NORMAL_ORDER: Quantity = Quantity {
    name: "normal-slaving-order",
    about: "order in λ of ‖(I − P)(w^λ(s/λ) − w°(s)) + λH⁺∇R(w°(s))‖",
    parameters: &[LAMBDAS, SLOW_TIME],
    measure: Measure::Flows(normal_order),
};

/// The training loss against its floor.
pub const FLOOR_RATIO: Quantity = Quantity {
    name: "loss-floor-deviation",
    about: "sup over the slow times of |F(w^λ(s/λ)) / (½λ²∇RᵀH⁺∇R at w°(s)) − 1|",
    parameters: &[LAMBDA, SLOW_TIMES],
    measure: Measure::Flows(|bench| {
        let lambda = bench.positive_number("lambda")?;
        deviation(bench, lambda, bench.given.list("slow-time")).map(Measured::of)
    }),
};

/// The order at which it reaches the floor.
pub const FLOOR_ORDER: Quantity = Quantity {
    name: "loss-floor-order",
    about: "order in λ of |F(w^λ(s/λ)) / (½λ²∇RᵀH⁺∇R at w°(s)) − 1|",
    parameters: &[LAMBDAS, SLOW_TIME],
    measure: Measure::Flows(|bench| {
        let s = bench.positive_number("slow-time")?;
        let mut pairs = Vec::new();
        for &lambda in bench.positive("lambda")? {
            pairs.push((lambda, deviation(bench, lambda, &[s])?));
        }
        slope(&pairs)
    }),
};

fn normal_order(bench: &Bench<'_>) -> Result<Measured, MeasureError> {
    let s = bench.positive_number("slow-time")?;
    let on = bench.slow(&[s])?.swap_remove(0);
    let slaved = bench.hessian_pseudo_inverse(&on, &bench.pull(&on))?;
    let mut pairs = Vec::new();
    for &lambda in bench.positive("lambda")? {
        let apart = &bench.in_slow_time(lambda, &[s])?[0] - &on;
        let normal = &apart - bench.project(&on, &apart)?;
        pairs.push((lambda, (normal + &slaved * lambda).norm()));
    }
    slope(&pairs)
}

fn deviation(bench: &Bench<'_>, lambda: f64, times: &[f64]) -> Result<f64, MeasureError> {
    let (run, drift) = (bench.in_slow_time(lambda, times)?, bench.slow(times)?);
    let mut deviations = Vec::new();
    for (w, on) in run.iter().zip(&drift) {
        let pull = bench.pull(on);
        let floor = 0.5 * lambda * lambda * pull.dot(&bench.hessian_pseudo_inverse(on, &pull)?);
        deviations.push(((bench.loss().value(w)? - bench.loss().offset) / floor - 1.0).abs());
    }
    Ok(largest(deviations))
}
