//! Computed flows against their closed forms.

use super::layer::fast_or_foot;
use super::{LAMBDA, LAMBDAS, Measure, Quantity, SLOW_TIME, SLOW_TIMES, largest};
use crate::claim::{Bench, MeasureError, Measured};
use crate::field::Weights;
use crate::flow::exact::{self, ClosedForm};
use crate::model;
use crate::numeric::{Matrix, Vector, dense, grid};
use crate::problem::Parameters;

/// The slow flow against its closed form.
pub const SLOW: Quantity = Quantity {
    name: "slow-closed-form",
    about: "sup over the slow times of ‖w°(s) − closed form‖/‖closed form‖",
    parameters: &[SLOW_TIMES],
    measure: Measure::Flows(slow),
};

/// The regularised flow against its closed form.
pub const REGULARISED: Quantity = Quantity {
    name: "regularised-closed-form",
    about: "sup over λ and slow times of ‖w^λ(s/λ) − closed form‖/‖closed form‖",
    parameters: &[LAMBDAS, SLOW_TIMES],
    measure: Measure::Flows(regularised),
};

/// The end of the slow flow against its closed form.
pub const LIMIT: Quantity = Quantity {
    name: "limit-closed-form",
    about: "‖w°(S) − limit of the closed form‖/‖limit‖ at a late slow time S",
    parameters: &[SLOW_TIME],
    measure: Measure::Flows(limit),
};

/// The slow constant of linear regression.
pub const SLOW_CONSTANT: Quantity = Quantity {
    name: "slow-constant-deviation",
    about: "|sup ‖w^λ(s/λ) − w°(s)‖/λ − ‖H⁺X⁺y‖| / ‖H⁺X⁺y‖ for linear regression",
    parameters: &[LAMBDA, SLOW_TIMES],
    measure: Measure::Flows(slow_constant),
};

/// The composite constant of linear regression.
pub const COMPOSITE_CONSTANT: Quantity = Quantity {
    name: "composite-constant-deviation",
    about: "|sup ‖composite error‖/λ − K|/K for linear regression, K = max_t |(1 − e^{−ht})z*/h + te^{−ht}(z(0) − z*)|",
    parameters: &[LAMBDA, SLOW_TIME],
    measure: Measure::Flows(composite_constant),
};

/// The composite error in the kernel.
pub const COMPOSITE_KERNEL: Quantity = Quantity {
    name: "composite-kernel-part",
    about: "sup of the composite error's part in ker X, relative to ‖w₀‖, for linear regression",
    parameters: &[LAMBDA, SLOW_TIME],
    measure: Measure::Flows(composite_kernel),
};

/// The closed form of the problem's flows.
pub(super) fn closed_form(bench: &Bench<'_>) -> Result<Box<dyn ClosedForm>, MeasureError> {
    let setup = bench.setup;
    let section = &setup.problem.model;
    let known = exact::find(&section.kind).zip(model::find(&section.kind));
    let missing = || MeasureError::NotDefined { needed: "a closed form", found: format!("model \"{}\"", section.kind) };
    let (form, entry) = known.ok_or_else(missing)?;
    let parameters = Parameters::resolve(entry.parameters, section, &setup.problem.path).map_err(|_| missing())?;
    Ok((form.build)(&parameters, &setup.train, bench.loss().c, &setup.start)?)
}

fn relative(found: &Weights, expected: &Weights) -> f64 {
    (found - expected).norm() / expected.norm()
}

fn slow(bench: &Bench<'_>) -> Result<Measured, MeasureError> {
    let (form, times) = (closed_form(bench)?, bench.given.list("slow-time"));
    let mut worst: f64 = 0.0;
    for (w, &s) in bench.slow(times)?.iter().zip(times) {
        worst = worst.max(relative(w, &form.slow(s)?));
    }
    Ok(Measured { value: worst, error: 4.0 * f64::EPSILON })
}

fn regularised(bench: &Bench<'_>) -> Result<Measured, MeasureError> {
    let (form, times) = (closed_form(bench)?, bench.given.list("slow-time"));
    let mut worst: f64 = 0.0;
    for &lambda in bench.positive("lambda")? {
        for (w, &s) in bench.in_slow_time(lambda, times)?.iter().zip(times) {
            let missing = MeasureError::NotDefined { needed: "a closed form for λ > 0", found: "none for this model".into() };
            worst = worst.max(relative(w, &form.regularised(lambda, s / lambda).ok_or(missing)?));
        }
    }
    Ok(Measured { value: worst, error: 4.0 * f64::EPSILON })
}

fn limit(bench: &Bench<'_>) -> Result<Measured, MeasureError> {
    let missing = MeasureError::NotDefined { needed: "a closed form of the limit", found: "none for this model".into() };
    let limit = closed_form(bench)?.limit().ok_or(missing)?;
    let end = bench.slow(&[bench.positive_number("slow-time")?])?;
    Ok(Measured { value: relative(&end[0], &limit), error: 4.0 * f64::EPSILON })
}

fn slow_constant(bench: &Bench<'_>) -> Result<Measured, MeasureError> {
    let missing = MeasureError::NotDefined { needed: "a closed form of the slow constant", found: "none".into() };
    let expected = closed_form(bench)?.slow_constant().ok_or(missing)?;
    let (lambda, times) = (bench.positive_number("lambda")?, bench.given.list("slow-time"));
    let (run, drift) = (bench.in_slow_time(lambda, times)?, bench.slow(times)?);
    let sup = largest(run.iter().zip(&drift).map(|(a, b)| (a - b).norm()));
    Ok(Measured::of((sup / lambda / expected - 1.0).abs()))
}

/// Singular values and right singular vectors of X of full row rank, with z* = Σ⁻¹Uᵀy and z(0) = Vᵀw₀.
struct Modes {
    h: Vector,
    v: Matrix,
    end: Vector,
    start: Vector,
}

fn modes(bench: &Bench<'_>) -> Result<Modes, MeasureError> {
    let setup = bench.setup;
    if setup.problem.model.kind != "linear-regression" {
        let found = format!("model \"{}\"", setup.problem.model.kind);
        return Err(MeasureError::NotDefined { needed: "linear regression", found });
    }
    let svd = dense::svd(&setup.train.inputs)?;
    let end = svd.u.tr_mul(&setup.train.targets).component_div(&svd.values);
    Ok(Modes { h: svd.values.map(|sigma| bench.loss().c * sigma * sigma), start: svd.v.tr_mul(&setup.start), end, v: svd.v })
}

/// The composite error w^λ − w^fast − w°(λt) + Φ(w₀) at those times.
fn composite(bench: &Bench<'_>, lambda: f64, times: &[f64]) -> Result<Vec<Weights>, MeasureError> {
    let foot = bench.foot()?.w;
    let (run, fast) = (bench.in_fast_time(lambda, times)?, fast_or_foot(bench, times)?);
    let drift = bench.slow(&times.iter().map(|t| lambda * t).collect::<Vec<_>>())?;
    Ok(run.iter().zip(&fast).zip(&drift).map(|((a, b), c)| a - b - c + &foot).collect())
}

fn composite_times(bench: &Bench<'_>, lambda: f64) -> Result<Vec<f64>, MeasureError> {
    let until = bench.positive_number("slow-time")? / lambda;
    Ok(grid::logarithmic((1e-2 / bench.foot()?.spectrum.largest).min(until), until, 600))
}

fn composite_constant(bench: &Bench<'_>) -> Result<Measured, MeasureError> {
    let lambda = bench.positive_number("lambda")?;
    let (times, modes) = (composite_times(bench, lambda)?, modes(bench)?);
    let predicted = largest(times.iter().map(|&t| {
        let part = |i: usize| {
            let (h, end) = (modes.h[i], modes.end[i]);
            -(-h * t).exp_m1() * end / h + t * (-h * t).exp() * (modes.start[i] - end)
        };
        Vector::from_fn(modes.h.len(), |i, _| part(i)).norm()
    }));
    let found = largest(composite(bench, lambda, &times)?.iter().map(|e| e.norm()));
    Ok(Measured::of((found / lambda / predicted - 1.0).abs()))
}

fn composite_kernel(bench: &Bench<'_>) -> Result<Measured, MeasureError> {
    let lambda = bench.positive_number("lambda")?;
    let (times, modes) = (composite_times(bench, lambda)?, modes(bench)?);
    let kernel = |e: &Weights| (e - &modes.v * modes.v.tr_mul(e)).norm();
    let found = largest(composite(bench, lambda, &times)?.iter().map(kernel));
    Ok(Measured { value: found / bench.setup.start.norm(), error: 4.0 * f64::EPSILON })
}
