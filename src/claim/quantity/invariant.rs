//! Functions of the weights that decay as e^{−2λt} exactly.

use super::{LAMBDAS, Measure, Quantity, SLOW_TIMES};
use crate::claim::{Bench, MeasureError, Measured};
use crate::field::Weights;
use crate::numeric::Vector;

/// Along the regularised flow.
pub const REGULARISED: Quantity = Quantity {
    name: "invariant-decay",
    about: "sup over λ and slow times of ‖e^{2s}I(w^λ(s/λ)) − I(w₀)‖/‖I(w₀)‖ for the model's invariants I",
    parameters: &[LAMBDAS, SLOW_TIMES],
    measure: Measure::Flows(|bench| {
        let (start, times) = (invariants(bench, &bench.setup.start)?, bench.given.list("slow-time"));
        let mut worst: f64 = 0.0;
        for &lambda in bench.positive("lambda")? {
            for (w, s) in bench.in_slow_time(lambda, times)?.iter().zip(times) {
                worst = worst.max((invariants(bench, w)? * (2.0 * s).exp() - &start).norm() / start.norm());
            }
        }
        Ok(Measured { value: worst, error: 4.0 * f64::EPSILON })
    }),
};

/// Along the fast flow to its foot point and the slow flow from there.
pub const SLOW: Quantity = Quantity {
    name: "slow-invariant-decay",
    about: "sup over the slow times of ‖e^{2s}I(w°(s)) − I(w₀)‖/‖I(w₀)‖: conserved by the fast flow, then e^{−2s}",
    parameters: &[SLOW_TIMES],
    measure: Measure::Flows(|bench| {
        let (start, times) = (invariants(bench, &bench.setup.start)?, bench.given.list("slow-time"));
        let mut worst: f64 = 0.0;
        for (w, s) in bench.slow(times)?.iter().zip(times) {
            worst = worst.max((invariants(bench, w)? * (2.0 * s).exp() - &start).norm() / start.norm());
        }
        Ok(Measured { value: worst, error: 4.0 * f64::EPSILON })
    }),
};

fn invariants(bench: &Bench<'_>, w: &Weights) -> Result<Vector, MeasureError> {
    let missing = || MeasureError::NotDefined {
        needed: "a model with invariants",
        found: format!("model \"{}\"", bench.setup.problem.model.kind),
    };
    bench.setup.residual.invariants(w).ok_or_else(missing)
}
