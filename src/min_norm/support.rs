//! The global minimum of a diagonal network proved by its support, whatever the number of weights.
//!
//! β minimises ‖β‖₁ subject to Xβ = y, uniquely, where its support S has n entries, X_S is regular, X_Sβ_S = y, X_Sᵀμ = sign β_S
//! and |xⱼᵀμ| < 1 off S: for Xβ' = y, ‖β'‖₁ ≥ μᵀXβ' = μᵀy = ‖β‖₁, with equality only if β' vanishes off S. Then ‖w‖² is
//! least over M at |uᵢ| = |vᵢ| = √|βᵢ| (β = u∘v), or at uᵢ² = βᵢ⁺, vᵢ² = βᵢ⁻ (β = u² − v²), and J has full rank there. Two n × n systems are
//! enclosed: with a rounded inverse B of A, ‖I − BA‖ ≤ q < 1 gives |x − x̂| ≤ ‖B(b − Ax̂)‖/(1 − q) in the maximum norm.

use crate::field::{BasisPursuit, Weights};
use crate::numeric::interval::Interval;
use crate::numeric::{Matrix, Vector};

/// Entries of β below this share of the largest are off the support.
const ZERO: f64 = 1e-9;

/// One interval a weight around the minimum with the signs of `w`; what fails otherwise.
pub fn enclose(program: &BasisPursuit, w: &Weights) -> Result<Vec<Interval>, String> {
    let (n, p) = program.inputs.shape();
    let beta = &program.coefficients;
    let floor = ZERO * beta.amax();
    let support: Vec<usize> = (0..p).filter(|&i| beta[i].abs() > floor).collect();
    if support.len() != n {
        return Err(format!(
            "the coefficients have {} entries that are not zero, not one for each of the {n} residuals",
            support.len()
        ));
    }
    let columns = program.inputs.select_columns(&support);
    let singular = || "the columns of the support are singular to round-off".to_string();
    let inverse = columns.clone().try_inverse().ok_or_else(singular)?;
    let signs = Vector::from_fn(n, |k, _| beta[support[k]].signum());
    let coefficients = solve(&columns, &inverse, program.targets).ok_or_else(singular)?;
    let multipliers = solve(&columns.transpose(), &inverse.transpose(), &signs).ok_or_else(singular)?;
    if let Some(k) = (0..n).find(|&k| !((Interval::point(signs[k]) * coefficients[k]).lo() > 0.0)) {
        return Err(format!("the sign of coefficient {} is not clear", support[k]));
    }
    let mut on = vec![false; p];
    support.iter().for_each(|&i| on[i] = true);
    for (i, column) in program.inputs.column_iter().enumerate().filter(|(i, _)| !on[*i]) {
        let product: Interval = column.iter().zip(&multipliers).map(|(x, mu)| Interval::point(*x) * *mu).sum();
        if !(product.magnitude() < 1.0) {
            return Err(format!("the multiplier of coefficient {i} reaches {:.12}", product.magnitude()));
        }
    }
    let mut enclosed = vec![Interval::ZERO; 2 * p];
    for (&i, value) in support.iter().zip(&coefficients) {
        let size = if value.lo() > 0.0 { *value } else { -*value }.sqrt();
        let both = program.factor == 2.0;
        for (k, present) in [(i, both || value.lo() > 0.0), (p + i, both || value.hi() < 0.0)] {
            if present {
                enclosed[k] = if w[k] < 0.0 { -size } else { size };
            }
        }
    }
    Ok(enclosed)
}

/// Encloses the solution of Ax = b; `None` where A is not shown to be regular.
fn solve(matrix: &Matrix, inverse: &Matrix, target: &Vector) -> Option<Vec<Interval>> {
    let n = matrix.nrows();
    let mut off = 0.0_f64;
    for i in 0..n {
        let row: Interval = (0..n)
            .map(|j| {
                let unit = if i == j { Interval::ONE } else { Interval::ZERO };
                let product = (0..n).map(|k| Interval::point(inverse[(i, k)]) * Interval::point(matrix[(k, j)])).sum();
                Interval::point((unit - product).magnitude())
            })
            .sum();
        off = off.max(row.hi());
    }
    let mut x = inverse * target;
    x += inverse * (target - matrix * &x);
    let rest: Vec<Interval> = (0..n)
        .map(|i| {
            let image: Interval = (0..n).map(|j| Interval::point(matrix[(i, j)]) * Interval::point(x[j])).sum();
            Interval::point(target[i]) - image
        })
        .collect();
    let step = |i: usize| -> Interval { (0..n).map(|k| Interval::point(inverse[(i, k)]) * rest[k]).sum() };
    let moved = (0..n).map(|i| step(i).magnitude()).fold(0.0, f64::max);
    let radius = (Interval::point(moved) / (Interval::ONE - Interval::point(off))).hi();
    (off < 1.0 && radius.is_finite()).then(|| x.iter().map(|x| Interval::around(*x, radius)).collect())
}
