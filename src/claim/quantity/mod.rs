//! Quantities that claims are about, by name: each a number of one problem, with its numerical error.
//!
//! To add one: write it in the file of its idea, declare a [`Quantity`], and append it to [`QUANTITIES`].

use super::{Bench, MeasureError, Measured};
use crate::experiment::{Setup, Tracked};
use crate::problem::parameters::{Default, Parameter, Parameters};

mod basis_pursuit;
mod closed_form;
mod descent;
mod expansion;
mod foot_map;
mod invariant;
mod layer;
mod limit;
mod losses;
mod matrix;
mod norm;
mod place;
mod plateau;
mod rate;
mod ridge;
mod slaving;
mod sliding;
mod start_scale;

/// A named number of a problem.
#[derive(Debug)]
pub struct Quantity {
    /// Its name, kebab-case.
    pub name: &'static str,
    /// What it is, with the formula.
    pub about: &'static str,
    /// Its parameters.
    pub parameters: &'static [Parameter],
    /// How it is measured.
    pub measure: Measure,
}

impl std::fmt::Debug for Parameter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// How a quantity is measured.
#[derive(Debug, Clone, Copy)]
pub enum Measure {
    /// From flows, at two tolerances a factor 100 apart.
    Flows(fn(&Bench<'_>) -> Result<Measured, MeasureError>),
    /// Once, with an error of its own.
    Alone(fn(&Bench<'_>) -> Result<Measured, MeasureError>),
    /// From a whole verification, which carries its own errors.
    Tracked(fn(&Setup, &Tracked, &Parameters) -> Result<Measured, MeasureError>),
}

/// Every quantity.
pub const QUANTITIES: &[&Quantity] = &[
    &rate::ORDER,
    &rate::PLAIN_ORDER,
    &rate::CONSTANT,
    &rate::SMALLEST_GAP,
    &layer::SUP_FROM_ZERO,
    &layer::LAYER_RATE,
    &layer::PIECEWISE_CONSTANT,
    &layer::MATCHING_ORDER,
    &closed_form::SLOW,
    &closed_form::REGULARISED,
    &closed_form::LIMIT,
    &closed_form::SLOW_CONSTANT,
    &closed_form::COMPOSITE_CONSTANT,
    &closed_form::COMPOSITE_KERNEL,
    &ridge::DISTANCE,
    &ridge::BOUND,
    &place::FOOT_DISTANCE,
    &place::SLOW_DISTANCE,
    &place::SLOW_DRIFT,
    &invariant::REGULARISED,
    &invariant::SLOW,
    &foot_map::PROJECTOR_ORDER,
    &foot_map::ALONG_GRADIENT,
    &foot_map::REDUCTION,
    &foot_map::SHRUNK_START,
    &slaving::NORMAL_ORDER,
    &slaving::FLOOR_RATIO,
    &slaving::FLOOR_ORDER,
    &norm::BALANCE,
    &norm::RISE,
    &norm::END_NORM,
    &limit::STATIONARITY_ORDER,
    &limit::DISTANCE_ORDER,
    &limit::SHIFT,
    &start_scale::DRIFT_ORDER,
    &start_scale::SHIFT,
    &plateau::DROP_ORDER,
    &plateau::PLATEAU_ORDER,
    &plateau::VANISHING,
    &expansion::ORDER,
    &expansion::CONSTANT,
    &basis_pursuit::NORM,
    &basis_pursuit::COEFFICIENTS,
    &basis_pursuit::EXPONENTS,
    &matrix::NORM,
    &matrix::GEOMETRIC_MEAN,
    &matrix::SINGULAR_VALUES,
    &matrix::COMPLETION_TRUTH,
    &matrix::DUAL_FLOOR,
    &losses::RATIO,
    &losses::FALL,
    &losses::IMPROVEMENT,
    &descent::INVARIANT_ORDER,
    &descent::INVARIANT,
    &descent::BALANCE,
    &descent::LOSS,
    &descent::NORM,
    &descent::KINKS,
    &descent::CURVATURE,
    &descent::REACH,
    &sliding::EVENTS,
    &sliding::WALLS,
];

/// The quantity of that name.
pub fn find(name: &str) -> Option<&'static Quantity> {
    QUANTITIES.iter().copied().find(|quantity| quantity.name == name)
}

const LAMBDAS: Parameter = Parameter { name: "lambda", default: Default::RequiredList, about: "weight decays > 0" };
const LAMBDA: Parameter = Parameter { name: "lambda", default: Default::RequiredNumber, about: "the weight decay λ > 0" };
const SLOW_TIMES: Parameter = Parameter { name: "slow-time", default: Default::RequiredList, about: "slow times s, ascending" };
const SLOW_TIME: Parameter = Parameter { name: "slow-time", default: Default::RequiredNumber, about: "the slow time s > 0" };

/// The slope of log y against log x.
fn slope(pairs: &[(f64, f64)]) -> Result<Measured, MeasureError> {
    match crate::numeric::fit::log_log(pairs) {
        Some(line) => Ok(Measured::of(line.slope)),
        None => Err(MeasureError::NotDefined { needed: "two positive values or more", found: format!("{pairs:?}") }),
    }
}

/// The largest of some numbers, NaN if one is.
fn largest(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().fold(0.0, |a: f64, b: f64| if b.is_nan() || b > a { b } else { a })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_different_and_every_quantity_is_described() {
        for (k, quantity) in QUANTITIES.iter().enumerate() {
            assert!(QUANTITIES[..k].iter().all(|other| other.name != quantity.name), "{}", quantity.name);
            assert!(quantity.about.len() > 20 && quantity.parameters.iter().all(|p| !p.about.is_empty()), "{}", quantity.name);
        }
    }
}
