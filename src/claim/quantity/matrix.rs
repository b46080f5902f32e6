//! Matrix factorisation and completion against the nuclear norm.

use super::{LAMBDA, Measure, Quantity, SLOW_TIME, largest};
use crate::claim::{Bench, MeasureError, Measured};
use crate::data;
use crate::field::{Loss, Weights};
use crate::min_norm::nuclear_norm::{self, Completion};
use crate::model;
use crate::numeric::{Matrix, MatrixView, dense};
use crate::problem::Parameters;
use crate::problem::parameters::{Default, Parameter};

/// The squared norm at the end of the slow flow.
pub const NORM: Quantity = Quantity {
    name: "nuclear-norm-deviation",
    about: "|½‖w°(S)‖² − min‖X‖_*|/min‖X‖_*, the minimum from the singular values of Y, or by convex completion",
    parameters: &[SLOW_TIME],
    measure: Measure::Flows(|bench| {
        let end = bench.slow(&[bench.positive_number("slow-time")?])?;
        let best = witness(bench)?;
        let value = (0.5 * end[0].norm_squared() - best.value).abs() / best.value;
        Ok(Measured { value, error: (best.value - best.lower).abs() / best.value + 1e-14 })
    }),
};

/// Where the factors go.
pub const GEOMETRIC_MEAN: Quantity = Quantity {
    name: "geometric-mean-deviation",
    about: "‖UUᵀ − U₀PU₀ᵀ‖/‖UUᵀ‖ at w°(S), P = A⁻¹#B with A = U₀ᵀU₀, B = V₀ᵀV₀ at Φ(w₀): the solution of PAP = B",
    parameters: &[SLOW_TIME],
    measure: Measure::Flows(geometric_mean),
};

/// The singular values of UVᵀ along the regularised flow.
pub const SINGULAR_VALUES: Quantity = Quantity {
    name: "singular-value-distance",
    about: "sup over k of |σ_k(UVᵀ) − σ_k(X)|/σ_m(X) at w^λ(s/λ), X the completion of least nuclear norm, or the truth",
    parameters: &[
        LAMBDA,
        SLOW_TIME,
        Parameter { name: "rank", default: Default::RequiredInteger, about: "m: the distance is in units of σ_m(X), m ≥ 1" },
        Parameter { name: "to", default: Default::Choice(&["nuclear-norm", "truth"]), about: "X: nuclear-norm, truth" },
    ],
    measure: Measure::Flows(|bench| {
        let w = bench.in_slow_time(bench.positive_number("lambda")?, &[bench.positive_number("slow-time")?])?;
        let found = bench.setup.residual.singular_values(&w[0]).ok_or_else(|| no_matrix(bench))?;
        let target = if bench.given.word("to") == "truth" { truth(bench)? } else { witness(bench)?.matrix };
        let expected = dense::singular_values(&target)?;
        let rank = bench.given.integer("rank");
        if rank == 0 || rank > expected.len() {
            let allowed = "a whole number from 1 to the number of singular values";
            return Err(MeasureError::Parameter { key: "rank", found: rank.to_string(), allowed });
        }
        let value = largest(found.iter().zip(&expected).map(|(a, b)| (a - b).abs())) / expected[rank - 1];
        Ok(Measured { value, error: 1e-12 })
    }),
};

/// How far the completion of least nuclear norm is from the truth.
pub const COMPLETION_TRUTH: Quantity = Quantity {
    name: "completion-truth-distance",
    about: "‖X − Y‖/‖Y‖ over all entries, X the completion of least nuclear norm: 0 where it recovers the truth",
    parameters: &[],
    measure: Measure::Alone(|bench| {
        let (best, truth) = (witness(bench)?, truth(bench)?);
        // A duality gap fixes the matrix to its root.
        let gap = (best.value - best.lower) / best.value;
        Ok(Measured { value: (&best.matrix - &truth).norm() / truth.norm(), error: gap.max(f64::EPSILON).sqrt() })
    }),
};

/// The training loss after the slow phase against its floor.
pub const DUAL_FLOOR: Quantity = Quantity {
    name: "completion-dual-floor-deviation",
    about: "|F(w^λ(s/λ))/(½λ²‖D‖²/c) − 1|, D the dual solution of least norm of the completion of least nuclear norm, of a given rank",
    parameters: &[
        LAMBDA,
        SLOW_TIME,
        Parameter { name: "rank", default: Default::RequiredInteger, about: "the rank of the completion, ≥ 1" },
    ],
    measure: Measure::Flows(dual_floor),
};

/// At a stationary point of F + λR in factors UVᵀ = X wide enough, X minimises ½c‖X_Ω − Y‖² + λ‖X‖_*, and c(Y − X_Ω) = λD with the D
/// that maximises ⟨D, Y⟩ − ½(λ/c)‖D‖² under ‖D‖ ≤ 1. So F = ½λ²‖D‖²/c, and D tends to the least dual solution as λ → 0: also
/// where X loses rank, J with it, and xᵀH⁺x is no floor any more.
fn dual_floor(bench: &Bench<'_>) -> Result<Measured, MeasureError> {
    let (rows, columns, _) = shape(bench)?;
    let rank = bench.given.integer("rank");
    if rank == 0 || rank > rows.min(columns) {
        let allowed = "a whole number from 1 to the smaller side of the matrix";
        return Err(MeasureError::Parameter { key: "rank", found: rank.to_string(), allowed });
    }
    let lambda = bench.positive_number("lambda")?;
    let w = bench.in_slow_time(lambda, &[bench.positive_number("slow-time")?])?;
    let least = witness(bench)?.least_certificate(rank, &entries(&bench.setup.train))?;
    let loss = bench.loss();
    let over =
        |norm: f64| (loss.value(&w[0]).map(|value| value - loss.offset)).map(|f| f / (0.5 * lambda * lambda * norm / loss.c));
    let (low, high) = (over(least.matrix.norm_squared())?, over(least.lower)?);
    Ok(Measured { value: (low - 1.0).abs(), error: high - low })
}

fn no_matrix(bench: &Bench<'_>) -> MeasureError {
    let found = format!("model \"{}\"", bench.setup.problem.model.kind);
    MeasureError::NotDefined { needed: "matrix factorisation or completion", found }
}

/// Rows, columns and width.
fn shape(bench: &Bench<'_>) -> Result<(usize, usize, usize), MeasureError> {
    let problem = &bench.setup.problem;
    let entry = model::find(&problem.model.kind).filter(|entry| entry.name == "matrix-factorisation");
    let parameters = Parameters::resolve(entry.ok_or_else(|| no_matrix(bench))?.parameters, &problem.model, &problem.path)?;
    Ok((parameters.integer("rows"), parameters.integer("columns"), parameters.integer("width")))
}

fn entries(set: &data::DataSet) -> Vec<(usize, usize, f64)> {
    (0..set.samples()).map(|k| (set.inputs[(k, 0)] as usize, set.inputs[(k, 1)] as usize, set.targets[k])).collect()
}

/// Relative duality gap of completions.
const GAP: f64 = 1e-12;

/// The matrix of least nuclear norm with the observed entries.
fn witness(bench: &Bench<'_>) -> Result<Completion, MeasureError> {
    let (rows, columns, _) = shape(bench)?;
    Ok(nuclear_norm::complete(rows, columns, &entries(&bench.setup.train), GAP)?)
}

/// Y, from the observed and the hidden entries.
fn truth(bench: &Bench<'_>) -> Result<Matrix, MeasureError> {
    let (rows, columns, _) = shape(bench)?;
    let split = data::load(&bench.setup.problem)?;
    let mut matrix = Matrix::zeros(rows, columns);
    for set in std::iter::once(&split.train).chain(&split.test) {
        entries(set).iter().for_each(|&(i, j, y)| matrix[(i, j)] = y);
    }
    Ok(matrix)
}

/// U and V.
fn factors(bench: &Bench<'_>, w: &Weights) -> Result<(Matrix, Matrix), MeasureError> {
    let (rows, columns, width) = shape(bench)?;
    let (u, v) = w.as_slice().split_at(rows * width);
    Ok((MatrixView::from_slice(u, width, rows).transpose(), MatrixView::from_slice(v, width, columns).transpose()))
}

/// A^{power} of a symmetric positive definite matrix.
fn power(matrix: &Matrix, exponent: f64) -> Result<Matrix, MeasureError> {
    let (values, vectors) = dense::symmetric_eigen(matrix)?;
    if values[0] <= 0.0 {
        let found = format!("an eigenvalue {:.3e}", values[0]);
        return Err(MeasureError::NotDefined { needed: "factors of full column rank", found });
    }
    let mut scaled = vectors.clone();
    for (mut column, value) in scaled.column_iter_mut().zip(&values) {
        column *= value.powf(exponent);
    }
    Ok(scaled * vectors.transpose())
}

fn geometric_mean(bench: &Bench<'_>) -> Result<Measured, MeasureError> {
    let points = bench.slow(&[0.0, bench.positive_number("slow-time")?])?;
    let ((u0, v0), (u, _)) = (factors(bench, &points[0])?, factors(bench, &points[1])?);
    let (a, b) = (u0.tr_mul(&u0), v0.tr_mul(&v0));
    let (root, inverse) = (power(&a, 0.5)?, power(&a, -0.5)?);
    let mean = &inverse * power(&(&root * b * &root), 0.5)? * &inverse;
    let (found, expected) = (&u * u.transpose(), &u0 * mean * u0.transpose());
    Ok(Measured { value: (&found - expected).norm() / found.norm(), error: 1e-13 })
}
