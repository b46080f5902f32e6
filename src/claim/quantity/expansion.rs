//! The first order in λ beyond the slow flow, computed without a regularised flow.

use super::{LAMBDA, LAMBDAS, Measure, Quantity, SLOW_TIMES, largest, slope};
use crate::claim::Measured;

/// The order of what is left.
pub const ORDER: Quantity = Quantity {
    name: "expansion-order",
    about: "order in λ of sup over the slow times of ‖w^λ(s/λ) − w°(s) − λw₁(s)‖",
    parameters: &[LAMBDAS, SLOW_TIMES],
    measure: Measure::Flows(|bench| {
        let times = bench.given.list("slow-time");
        let expansion = bench.flows()?.expansion(times)?;
        let mut pairs = Vec::new();
        for &lambda in bench.positive("lambda")? {
            let run = bench.in_slow_time(lambda, times)?;
            let rest = run.iter().zip(&expansion.points).map(|(w, p)| (w - &p.w - &p.first * lambda).norm());
            pairs.push((lambda, largest(rest)));
        }
        slope(&pairs)
    }),
};

/// The predicted constant of the slow rate.
pub const CONSTANT: Quantity = Quantity {
    name: "predicted-constant-deviation",
    about: "|sup ‖w^λ(s/λ) − w°(s)‖/λ / sup ‖w₁(s)‖ − 1| over the slow times",
    parameters: &[LAMBDA, SLOW_TIMES],
    measure: Measure::Flows(|bench| {
        let (lambda, times) = (bench.positive_number("lambda")?, bench.given.list("slow-time"));
        let expansion = bench.flows()?.expansion(times)?;
        let run = bench.in_slow_time(lambda, times)?;
        let found = largest(run.iter().zip(&expansion.points).map(|(w, p)| (w - &p.w).norm()));
        Ok(Measured::of((found / lambda / expansion.constant() - 1.0).abs()))
    }),
};
