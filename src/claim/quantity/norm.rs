//! How the squared norm decreases along the slow flow, and where it ends.

use super::{LAMBDAS, Measure, Quantity, SLOW_TIME, SLOW_TIMES, largest};
use crate::claim::{Bench, MeasureError, Measured};
use crate::problem::parameters::{Default, Parameter};

/// d|w°|²/ds = −2|Pw|², integrated.
pub const BALANCE: Quantity = Quantity {
    name: "norm-balance",
    about: "| |w°(b)|² − |w°(a)|² + 2∫|Pw°|²ds | / |w°(a)|², by Gauss–Legendre quadrature with 5 points on 8 pieces",
    parameters: &[
        Parameter { name: "from", default: Default::RequiredNumber, about: "slow time a > 0" },
        Parameter { name: "to", default: Default::RequiredNumber, about: "slow time b > a" },
    ],
    measure: Measure::Flows(balance),
};

/// The largest rise of the norm.
pub const RISE: Quantity = Quantity {
    name: "norm-rise",
    about: "largest rise of |w°|² between neighbouring slow times, relative to |Φ(w₀)|²; negative where it always falls",
    parameters: &[SLOW_TIMES],
    measure: Measure::Flows(|bench| {
        let values: Vec<f64> = bench.slow(bench.given.list("slow-time"))?.iter().map(|w| w.norm_squared()).collect();
        let rise = values.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::NEG_INFINITY, f64::max);
        Ok(Measured { value: rise / values[0], error: 4.0 * f64::EPSILON })
    }),
};

/// The squared norm at the end, for the sphere.
pub const END_NORM: Quantity = Quantity {
    name: "sphere-end-norm",
    about: "sup over λ of | |w^λ(S/λ)|² − (1 − λ) | at a late slow time S, for the sphere |w|² = 1 with F = ¼r²",
    parameters: &[LAMBDAS, SLOW_TIME],
    measure: Measure::Flows(|bench| {
        let mut ends = Vec::new();
        for &lambda in bench.positive("lambda")? {
            let end = bench.in_slow_time(lambda, &[bench.positive_number("slow-time")?])?;
            ends.push((end[0].norm_squared() - (1.0 - lambda)).abs());
        }
        Ok(Measured { value: largest(ends), error: 4.0 * f64::EPSILON })
    }),
};

/// Nodes and weights of Gauss–Legendre quadrature on [−1, 1] with five points.
const GAUSS: [(f64, f64); 5] = [
    (-0.906_179_845_938_664, 0.236_926_885_056_189_1),
    (-0.538_469_310_105_683_1, 0.478_628_670_499_366_5),
    (0.0, 0.568_888_888_888_888_9),
    (0.538_469_310_105_683_1, 0.478_628_670_499_366_5),
    (0.906_179_845_938_664, 0.236_926_885_056_189_1),
];
const PIECES: usize = 8;

fn balance(bench: &Bench<'_>) -> Result<Measured, MeasureError> {
    let (a, b) = (bench.positive_number("from")?, bench.positive_number("to")?);
    let half = 0.5 * (b - a) / PIECES as f64;
    let mut times = vec![a];
    for piece in 0..PIECES {
        let middle = a + (2 * piece + 1) as f64 * half;
        times.extend(GAUSS.iter().map(|(x, _)| middle + half * x));
    }
    times.push(b);
    let points = bench.slow(&times)?;
    let mut integral = 0.0;
    for (k, w) in points[1..points.len() - 1].iter().enumerate() {
        integral += GAUSS[k % GAUSS.len()].1 * half * bench.project(w, w)?.norm_squared();
    }
    let (first, last) = (points[0].norm_squared(), points[points.len() - 1].norm_squared());
    Ok(Measured { value: (last - first + 2.0 * integral).abs() / first, error: 8.0 * f64::EPSILON })
}
