//! Diagonal networks against basis pursuit, min ‖β‖₁ subject to Xβ = y, solved as a linear program.

use super::closed_form::closed_form;
use super::{Measure, Quantity, SLOW_TIME, largest};
use crate::claim::{Bench, MeasureError, Measured};
use crate::field::{BasisPursuit, Weights};
use crate::min_norm::{self, convex};
use crate::numeric::Vector;
use crate::problem::parameters::{Default, Parameter};

/// The squared norm at the end against the linear program.
pub const NORM: Quantity = Quantity {
    name: "basis-pursuit-norm",
    about: "|‖w‖²/factor − min‖β‖₁|/min‖β‖₁ at w°(S), computed or by its closed form, or at the minimum-norm point found from Φ(w₀) without a flow",
    parameters: &[
        SLOW_TIME,
        Parameter {
            name: "at",
            default: Default::Choice(&["slow-flow", "closed-form", "minimum"]),
            about: "which point: slow-flow, closed-form, minimum",
        },
    ],
    measure: Measure::Flows(|bench| {
        let time = bench.positive_number("slow-time")?;
        let w = match bench.given.word("at") {
            "minimum" => {
                let foot = bench.foot()?.w;
                min_norm::solve(bench.loss(), bench.regulariser(), &foot, &min_norm::Options::default())?.w
            }
            "closed-form" => closed_form(bench)?.slow(time)?,
            _ => bench.slow(&[time])?.swap_remove(0),
        };
        let program = program(bench, &w)?;
        let best = convex::basis_pursuit(program.inputs, program.targets)?.value;
        Ok(Measured { value: (w.norm_squared() / program.factor - best).abs() / best, error: 1e-12 })
    }),
};

/// The coefficients at the end against the linear program.
pub const COEFFICIENTS: Quantity = Quantity {
    name: "basis-pursuit-distance",
    about: "‖β(w°(S)) − argmin‖β‖₁‖/‖argmin‖β‖₁‖",
    parameters: &[SLOW_TIME],
    measure: Measure::Flows(|bench| {
        let w = bench.slow(&[bench.positive_number("slow-time")?])?.swap_remove(0);
        let program = program(bench, &w)?;
        let best = convex::basis_pursuit(program.inputs, program.targets)?.coefficients;
        Ok(Measured { value: (&program.coefficients - &best).norm() / best.norm(), error: 1e-12 })
    }),
};

/// How coefficients off the support die.
pub const EXPONENTS: Quantity = Quantity {
    name: "off-support-exponents",
    about: "sup over i off the support of |−Δ log|βᵢ|/Δs − 2(1 − |sᵢ|)| between two slow times, s = Xᵀμ of the dual program",
    parameters: &[
        Parameter { name: "from", default: Default::RequiredNumber, about: "the first slow time" },
        Parameter { name: "to", default: Default::RequiredNumber, about: "the second slow time" },
    ],
    measure: Measure::Flows(exponents),
};

fn program<'a>(bench: &Bench<'a>, w: &Weights) -> Result<BasisPursuit<'a>, MeasureError> {
    let missing = || MeasureError::NotDefined {
        needed: "a model whose least norm is a basis pursuit",
        found: format!("model \"{}\"", bench.setup.problem.model.kind),
    };
    bench.setup.residual.basis_pursuit(w).ok_or_else(missing)
}

fn exponents(bench: &Bench<'_>) -> Result<Measured, MeasureError> {
    let (a, b) = (bench.positive_number("from")?, bench.positive_number("to")?);
    let points = bench.slow(&[a, b])?;
    let (first, last) = (program(bench, &points[0])?, program(bench, &points[1])?);
    let best = convex::basis_pursuit(first.inputs, first.targets)?;
    if best.support.len() < first.targets.len() {
        let found = format!("a support of {} for {} equations", best.support.len(), first.targets.len());
        return Err(MeasureError::NotDefined { needed: "as many entries in the support as equations: one dual solution", found });
    }
    // On the support Xᵀμ = sign β exactly: n equations for the n multipliers.
    let signs = Vector::from_iterator(best.support.len(), best.support.iter().map(|&i| best.coefficients[i].signum()));
    let square = first.inputs.select_columns(&best.support).transpose();
    let missing = || MeasureError::NotDefined { needed: "independent columns on the support", found: "dependent ones".into() };
    let mu = square.lu().solve(&signs).ok_or_else(missing)?;
    let strength = first.inputs.tr_mul(&mu);
    let off = (0..strength.len()).filter(|i| !best.support.contains(i));
    let deviations = off.map(|i| {
        let rate = -(last.coefficients[i] / first.coefficients[i]).abs().ln() / (b - a);
        (rate - 2.0 * (1.0 - strength[i].abs())).abs()
    });
    Ok(Measured { value: largest(deviations), error: 1e-12 })
}
