//! The least ‖w‖² over all of M, proved by weak duality where the problem is convex in other variables.
//!
//! Diagonal networks: ‖w‖² ≥ factor·‖β‖₁, and for every μ with ‖Xᵀμ‖_∞ ≤ 1 and every β with Xβ = y, yᵀμ ≤ ‖β‖₁. So
//! yᵀμ/max(1, ‖Xᵀμ‖_∞) is a lower bound. Upper bound: near a rounded β̂ there is an exact solution. With a rounded right
//! inverse B of X, ‖I − XB‖ ≤ ε < 1, it is β̂ + B(XB)⁻¹(y − Xβ̂), at most ‖β̂‖₁ + √p‖B‖‖y − Xβ̂‖/(1 − ε) in the 1-norm.
//! Both in interval arithmetic; no regularity of the point is needed, so singular limits are covered. Factored matrices have
//! the nuclear norm in the place of ‖β‖₁.

use super::convex::basis_pursuit_dual;
use super::normal::Normal;
use super::{KktPoint, MinNormError, nuclear_duality};
use crate::field::{BasisPursuit, Loss};
use crate::numeric::interval::Interval;
use crate::numeric::{Matrix, Vector};

/// Residuals up to which linear programs are solved for better multipliers.
const PROGRAM: usize = 200;

/// Encloses min ‖w‖² over M; `None` where no convex form is known or X has no full row rank.
///
/// The upper end is infinite where none is known; else it belongs to the weights of `point`: it is near the lower one only where they are globally minimal.
///
/// # Errors
/// A linear program that fails, where the multipliers of the point are no certificate (singular points).
pub fn least_norm_squared(loss: &dyn Loss, point: &KktPoint) -> Result<Option<Interval>, MinNormError> {
    let Some(residual) = loss.least_squares().map(|squares| &squares.residual) else { return Ok(None) };
    if let Some(form) = residual.matrix_form(&point.w) {
        return Ok(nuclear_duality::least_norm_squared(&form, &point.multipliers));
    }
    let Some(program) = residual.basis_pursuit(&point.w) else { return Ok(None) };
    let Some(upper) = upper_bound(&program) else { return Ok(None) };
    let own = &point.multipliers * (-2.0 / program.factor);
    let mut lower = lower_bound(&program, &own);
    if lower < upper - 1e-10 * upper.abs() && program.inputs.nrows() <= PROGRAM {
        lower = lower.max(lower_bound(&program, &basis_pursuit_dual(program.inputs, program.targets, &own)?));
    }
    Ok(Some(Interval::new(lower, upper) * Interval::point(program.factor)))
}

fn lower_bound(program: &BasisPursuit, mu: &Vector) -> f64 {
    let product = |x: &Vector| -> Interval { x.iter().zip(mu).map(|(x, m)| Interval::point(*x) * Interval::point(*m)).sum() };
    let columns = program.inputs.column_iter().map(|column| product(&column.into_owned()).magnitude());
    let strength = columns.fold(1.0, f64::max);
    (product(program.targets) / Interval::point(strength)).lo().max(0.0)
}

fn upper_bound(program: &BasisPursuit) -> Option<f64> {
    let (n, p) = program.inputs.shape();
    let normal = Normal::new(program.inputs, None).ok().filter(|normal| normal.rank() == n)?;
    let mut coefficients = program.coefficients.clone();
    coefficients += normal.step(&(program.inputs * &coefficients - program.targets));
    let rest: Interval =
        (0..n).map(|k| (Interval::point(program.targets[k]) - row(program.inputs, k, &coefficients)).square()).sum();
    let change = Interval::point(p as f64).sqrt() * right_inverse(program.inputs)? * rest.sqrt();
    let own: Interval = coefficients.iter().map(|b| Interval::point(b.abs())).sum();
    Some((own + change).hi()).filter(|x| x.is_finite())
}

/// Xx in row k.
fn row(inputs: &Matrix, k: usize, x: &Vector) -> Interval {
    let terms = x.iter().enumerate().filter(|(_, x)| **x != 0.0);
    terms.map(|(i, x)| Interval::point(inputs[(k, i)]) * Interval::point(*x)).sum()
}

/// Encloses ‖B‖/(1 − ε) for a rounded right inverse B of X with ‖I − XB‖ ≤ ε < 1: Xb = c has a solution b at most that times
/// ‖c‖ long. `None` where X has no full row rank.
pub fn right_inverse(inputs: &Matrix) -> Option<Interval> {
    let n = inputs.nrows();
    let normal = Normal::new(inputs, None).ok().filter(|normal| normal.rank() == n)?;
    let (mut defect, mut inverse) = (Interval::ZERO, Interval::ZERO);
    for l in 0..n {
        let column = normal.step(&Vector::from_fn(n, |k, _| if k == l { -1.0 } else { 0.0 }));
        inverse = inverse + column.iter().map(|b| Interval::point(*b).square()).sum();
        for k in 0..n {
            let unit = if k == l { Interval::ONE } else { Interval::ZERO };
            defect = defect + (unit - row(inputs, k, &column)).square();
        }
    }
    let margin = Interval::ONE - defect.sqrt();
    (margin.lo() > 0.0).then(|| inverse.sqrt() / margin)
}
