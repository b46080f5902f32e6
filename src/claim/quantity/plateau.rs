//! Plateau and drop of the squared norm: how long each lasts, on a linear and on a logarithmic axis.
//!
//! The plateau begins where the training loss has fallen to 1 % of its start and ends where a tenth of the excess
//! |Φ(w₀)|² − |w*|² is gone; the drop ends where nine tenths are.

use super::{LAMBDAS, Measure, Quantity, slope};
use crate::claim::{Bench, MeasureError, Measured};
use crate::field::{Loss, Weights};
use crate::min_norm;
use crate::numeric::grid;

/// Drop and plateau are of the same order.
pub const DROP_ORDER: Quantity = Quantity {
    name: "drop-to-plateau-order",
    about: "order in λ of (length of the drop)/(length of the plateau), both in linear time: 0 where they are of the same order",
    parameters: &[LAMBDAS],
    measure: Measure::Flows(|bench| {
        let mut pairs = Vec::new();
        for &lambda in bench.positive("lambda")? {
            let phases = phases(bench, lambda)?;
            pairs.push((lambda, (phases.drop_end - phases.plateau_end) / (phases.plateau_end - phases.plateau_start)));
        }
        slope(&pairs)
    }),
};

/// The plateau grows as log(1/λ) on a logarithmic axis.
pub const PLATEAU_ORDER: Quantity = Quantity {
    name: "plateau-length-order",
    about: "order in 1/λ of (end of the plateau)/(its start): 1 where its length on a logarithmic axis is log(1/λ) + constant",
    parameters: &[LAMBDAS],
    measure: Measure::Flows(|bench| {
        let mut pairs = Vec::new();
        for &lambda in bench.positive("lambda")? {
            let phases = phases(bench, lambda)?;
            pairs.push((1.0 / lambda, phases.plateau_end / phases.plateau_start));
        }
        slope(&pairs)
    }),
};

/// Where the plateau disappears.
pub const VANISHING: Quantity = Quantity {
    name: "plateau-vanishes-at",
    about: "the λ at which the plateau has length 0, in units of ‖∇F(w₀)‖/‖Φ(w₀)‖, by bisection of log λ",
    parameters: &[],
    measure: Measure::Flows(vanishing),
};

struct Phases {
    plateau_start: f64,
    plateau_end: f64,
    drop_end: f64,
}

fn phases(bench: &Bench<'_>, lambda: f64) -> Result<Phases, MeasureError> {
    let foot = bench.foot()?;
    let limit = min_norm::solve(bench.loss(), bench.regulariser(), &foot.w, &min_norm::Options::default())?.norm_squared;
    let excess = foot.w.norm_squared() - limit;
    let until = 20.0 / lambda + 20.0 / foot.spectrum.smallest;
    let times = grid::logarithmic(1e-3 / foot.spectrum.largest, until, 400);
    let run = bench.in_fast_time(lambda, &times)?;
    let start = bench.loss().value(&bench.setup.start)? - bench.loss().offset;
    let train =
        run.iter().map(|w| Ok(bench.loss().value(w)? - bench.loss().offset)).collect::<Result<Vec<f64>, MeasureError>>()?;
    let norms: Vec<f64> = run.iter().map(|w: &Weights| w.norm_squared() - limit).collect();
    let refined = |values: &[f64], level: f64, event: &'static str| last_above(&times, values, level, event, until);
    Ok(Phases {
        plateau_start: refined(&train, 0.01 * start, "the fall of the training loss to 1 %")?,
        plateau_end: refined(&norms, 0.9 * excess, "the fall of the excess norm to 90 %")?,
        drop_end: refined(&norms, 0.1 * excess, "the fall of the excess norm to 10 %")?,
    })
}

/// The last time at which the values cross the level downwards, by a line in log t between grid points.
pub(super) fn last_above(
    times: &[f64],
    values: &[f64],
    level: f64,
    event: &'static str,
    until: f64,
) -> Result<f64, MeasureError> {
    let last = values.iter().rposition(|v| *v > level).filter(|k| k + 1 < values.len());
    let k = last.ok_or(MeasureError::Never { event, symbol: "t", until })?;
    let share = (values[k] - level) / (values[k] - values[k + 1]);
    Ok((times[k].ln() + share * (times[k + 1].ln() - times[k].ln())).exp())
}

fn vanishing(bench: &Bench<'_>) -> Result<Measured, MeasureError> {
    let mut gradient = Weights::zeros(bench.setup.start.len());
    bench.loss().gradient(&bench.setup.start, &mut gradient)?;
    let unit = gradient.norm() / bench.foot()?.w.norm();
    let (mut low, mut high) = (1e-5, 1e2);
    for _ in 0..12 {
        let middle = f64::sqrt(low * high);
        let open = match phases(bench, middle * unit) {
            Ok(phases) => phases.plateau_end > phases.plateau_start,
            Err(MeasureError::Never { .. }) => false,
            Err(other) => return Err(other),
        };
        if open { low = middle } else { high = middle }
    }
    Ok(Measured { value: f64::sqrt(low * high), error: 0.5 * (high - low) })
}
