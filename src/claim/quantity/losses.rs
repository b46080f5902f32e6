//! Training and test losses along the regularised flow, at Φ(w₀) and at the minimum-norm point.

use super::{LAMBDA, Measure, Quantity};
use crate::claim::{Bench, MeasureError, Measured};
use crate::field::{Loss, Weights};
use crate::min_norm;
use crate::numeric::grid;
use crate::problem::parameters::{Default, Parameter};

const SET: Parameter = Parameter { name: "set", default: Default::Choice(&["train", "test"]), about: "which loss: train, test" };

/// The loss at one time relative to that at another.
pub const RATIO: Quantity = Quantity {
    name: "loss-ratio",
    about: "L(w^λ(b))/L(w^λ(a)) at two fast times, L the training or the test loss",
    parameters: &[
        SET,
        LAMBDA,
        Parameter { name: "from", default: Default::RequiredNumber, about: "the fast time a ≥ 0" },
        Parameter { name: "to", default: Default::RequiredNumber, about: "the fast time b > a" },
    ],
    measure: Measure::Flows(|bench| {
        let times = [bench.given.number("from"), bench.given.number("to")];
        let run = bench.in_fast_time(bench.positive_number("lambda")?, &times)?;
        let loss = set(bench)?;
        Ok(Measured::of(loss.value(&run[1])? / loss.value(&run[0])?))
    }),
};

/// When the test loss begins to fall.
pub const FALL: Quantity = Quantity {
    name: "loss-fall-begins",
    about: "λt at the last time at which the loss is above a share of its value at the plateau",
    parameters: &[
        SET,
        LAMBDA,
        Parameter { name: "plateau", default: Default::RequiredNumber, about: "a fast time on the plateau" },
        Parameter { name: "share", default: Default::RequiredNumber, about: "the share, between 0 and 1" },
    ],
    measure: Measure::Flows(fall),
};

/// How much better the minimum-norm point predicts than the foot point.
pub const IMPROVEMENT: Quantity = Quantity {
    name: "test-loss-of-limits",
    about: "test loss of the minimum-norm point (found without a flow) over the test loss of Φ(w₀)",
    parameters: &[],
    measure: Measure::Flows(|bench| {
        let foot = bench.foot()?.w;
        let limit = min_norm::solve(bench.loss(), bench.regulariser(), &foot, &min_norm::Options::default())?.w;
        let test = test(bench)?;
        Ok(Measured { value: test.value(&limit)? / test.value(&foot)?, error: 1e-12 })
    }),
};

fn test<'a>(bench: &Bench<'a>) -> Result<&'a dyn Loss, MeasureError> {
    let missing = || MeasureError::NotDefined { needed: "a test set", found: "none".into() };
    bench.setup.test.as_deref().ok_or_else(missing)
}

fn set<'a>(bench: &Bench<'a>) -> Result<&'a dyn Loss, MeasureError> {
    if bench.given.word("set") == "test" { test(bench) } else { Ok(bench.loss()) }
}

fn fall(bench: &Bench<'_>) -> Result<Measured, MeasureError> {
    let (lambda, plateau) = (bench.positive_number("lambda")?, bench.positive_number("plateau")?);
    let (loss, share) = (set(bench)?, bench.positive_number("share")?);
    let until = 20.0 / lambda;
    let times = grid::logarithmic(plateau, until, 400);
    let run = bench.in_fast_time(lambda, &times)?;
    let values = run.iter().map(|w: &Weights| Ok(loss.value(w)?)).collect::<Result<Vec<f64>, MeasureError>>()?;
    let level = share * values[0];
    let t = super::plateau::last_above(&times, &values, level, "the fall of the loss", until)?;
    Ok(Measured::of(lambda * t))
}
