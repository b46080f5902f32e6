//! Orders and constants of the rate table.

use super::{LAMBDAS, Measure, Quantity};
use crate::claim::{MeasureError, Measured};
use crate::compare::{Gap, Row, Standing};
use crate::experiment::{Setup, Tracked};
use crate::problem::parameters::{Default, Parameter, Parameters};

const FLOW: Parameter = Parameter {
    name: "flow",
    default: Default::Choice(&["slow", "fast", "composite", "expansion"]),
    about: "which gap: slow, fast, composite, expansion",
};

/// The fitted order of a gap.
pub const ORDER: Quantity = Quantity {
    name: "order",
    about: "slope of log gap against log λ through the asymptotic rows (λ ≤ h₊/30) of the rate table",
    parameters: &[FLOW, LAMBDAS],
    measure: Measure::Tracked(order),
};

/// The order of a gap whatever the rows are worth.
pub const PLAIN_ORDER: Quantity = Quantity {
    name: "order-of-all-rows",
    about: "slope of log gap against log λ through all rows, asymptotic or not",
    parameters: &[FLOW, LAMBDAS],
    measure: Measure::Tracked(|_, tracked, given| order_through(gaps(tracked, given, |_| true), tracked)),
};

/// A gap divided by λ.
pub const CONSTANT: Quantity = Quantity {
    name: "constant",
    about: "gap/λ at the smallest λ that is asymptotic and clear of its numerical error",
    parameters: &[FLOW, LAMBDAS],
    measure: Measure::Tracked(constant),
};

/// The spectral gap along the slow flow.
pub const SMALLEST_GAP: Quantity = Quantity {
    name: "smallest-spectral-gap",
    about: "the smallest positive eigenvalue h₊ of the Hessian along w° on the window, with Φ(w₀)",
    parameters: &[LAMBDAS],
    measure: Measure::Tracked(|_, tracked, _| {
        let gap = tracked.slow.iter().map(|p| p.spectrum.smallest).fold(tracked.foot.spectrum.smallest, f64::min);
        // An eigenvalue of H = cJᵀJ moves by at most 2‖J‖ of a displacement to first order; the foot's error stands for it.
        Ok(Measured { value: gap, error: 2.0 * tracked.foot.spectrum.largest * tracked.foot_error })
    }),
};

fn usable(tracked: &Tracked, given: &Parameters) -> Vec<(f64, Gap)> {
    gaps(tracked, given, |row| row.standing == Standing::Asymptotic)
}

fn gaps(tracked: &Tracked, given: &Parameters, wanted: impl Fn(&Row) -> bool) -> Vec<(f64, Gap)> {
    let gap = |row: &Row| match given.word("flow") {
        "fast" => row.fast,
        "composite" => row.composite,
        "expansion" => row.expansion,
        _ => row.slow,
    };
    let rows = tracked.rows.iter().filter(|row| wanted(row));
    rows.filter_map(|row| gap(row).filter(|gap| !gap.limited()).map(|gap| (row.lambda, gap))).collect()
}

fn order(_: &Setup, tracked: &Tracked, given: &Parameters) -> Result<Measured, MeasureError> {
    order_through(usable(tracked, given), tracked)
}

fn order_through(rows: Vec<(f64, Gap)>, tracked: &Tracked) -> Result<Measured, MeasureError> {
    let pairs: Vec<(f64, f64)> = rows.iter().map(|(lambda, gap)| (*lambda, gap.value)).collect();
    let (Some(first), Some(last), true) = (rows.first(), rows.last(), rows.len() >= 3) else {
        let found = format!("{} of {}", rows.len(), tracked.rows.len());
        return Err(MeasureError::NotDefined { needed: "three rows that are asymptotic and clear of their errors", found });
    };
    // A relative error ε of every gap turns the line by 2ε over the length of the range at most.
    let relative = rows.iter().map(|(_, gap)| gap.error / gap.value).fold(0.0, f64::max);
    let value = super::slope(&pairs)?.value;
    Ok(Measured { value, error: 2.0 * relative / (first.0 / last.0).ln().abs() })
}

fn constant(_: &Setup, tracked: &Tracked, given: &Parameters) -> Result<Measured, MeasureError> {
    match usable(tracked, given).last() {
        Some((lambda, gap)) => Ok(Measured { value: gap.value / lambda, error: gap.error / lambda }),
        None => Err(MeasureError::NotDefined {
            needed: "a row that is asymptotic and clear of its error",
            found: format!("none of {}", tracked.rows.len()),
        }),
    }
}
