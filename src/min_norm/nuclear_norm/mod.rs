//! Completion of a matrix with the least nuclear norm, min ‖X‖_* subject to X = Y on the observed entries Ω: a witness that
//! knows neither factors nor flows.
//!
//! Weak duality judges the result, however it was found: any D on Ω with ‖D‖ ≤ 1 gives ⟨D, Y⟩ ≤ ‖X‖_*, and equality says that D
//! is a subgradient of ‖·‖_* at X. Found in two stages:
//!
//! 1. Douglas–Rachford splitting: X = prox(Z) shrinks the singular values of Z by γ, X' is 2X − Z with Y on Ω,
//!    Z ← Z + X' − X; then D = (Z − X)/γ. It finds the rank, exact zeros after the shrinkage, and stalls at gaps near 1e-10.
//! 2. With the rank: Newton's method on X_Ω = Y among the matrices of that rank, and the D nearest to the one found whose part in
//!    their tangent space is UVᵀ, as a subgradient's is (`polish.rs`). Gaps of round-off.

mod least;
mod polish;
mod tangent;

pub use least::Least;

use super::MinNormError;
use crate::numeric::rank::FLOOR;
use crate::numeric::{Matrix, Vector, dense};

/// An observed entry: row, column, value.
pub type Entry = (usize, usize, f64);

/// A completion with its proof of optimality.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    /// X, equal to Y on the observed entries.
    pub matrix: Matrix,
    /// ‖X‖_*.
    pub value: f64,
    /// A lower bound of the least nuclear norm, ⟨D, Y⟩.
    pub lower: f64,
    /// D on the observed entries, zero elsewhere, ‖D‖ ≤ 1.
    pub certificate: Matrix,
    /// Iterations of the splitting.
    pub iterations: usize,
}

const ITERATIONS: usize = 60_000;
/// Iterations between two looks at the gap.
const LOOK: usize = 50;
/// Relative gap from which on the second stage is tried.
const ROUGH: f64 = 1e-5;

impl Completion {
    fn gap(&self) -> f64 {
        (self.value - self.lower) / self.value
    }
}

/// The completion of an m × n matrix from its observed entries, with a duality gap below `tolerance`·‖X‖_*.
///
/// # Errors
/// A decomposition that fails; a gap that does not close.
pub fn complete(rows: usize, columns: usize, entries: &[Entry], tolerance: f64) -> Result<Completion, MinNormError> {
    let mut z = Matrix::zeros(rows, columns);
    for &(i, j, y) in entries {
        z[(i, j)] = y;
    }
    let svd = dense::svd(&z)?;
    if entries.len() == rows * columns {
        let rank = svd.values.iter().filter(|sigma| **sigma > FLOOR * svd.values[0]).count();
        return judge(&z, svd.u.columns(0, rank) * svd.v.columns(0, rank).transpose(), entries, 0);
    }
    // The scale of the shrinkage only sets the speed.
    let gamma = 0.1 * svd.values[0];
    let (mut best, mut rough) = (f64::INFINITY, ROUGH);
    for iteration in 1..=ITERATIONS {
        let svd = dense::svd(&z)?;
        let mut scaled = svd.u.clone();
        for (mut column, sigma) in scaled.column_iter_mut().zip(&svd.values) {
            column *= (sigma - gamma).max(0.0);
        }
        let x = scaled * svd.v.transpose();
        let mut reflected = &x * 2.0 - &z;
        for &(i, j, y) in entries {
            reflected[(i, j)] = y;
        }
        if iteration.is_multiple_of(LOOK) {
            let found = judge(&x, (&z - &x) / gamma, entries, iteration)?;
            best = best.min(found.gap());
            if found.gap() <= tolerance {
                return Ok(found);
            }
            if found.gap() <= rough {
                let rank = svd.values.iter().filter(|sigma| **sigma > gamma).count();
                let polished = polish::polish(&found, rank, entries)?.filter(|polished| polished.gap() <= tolerance);
                if let Some(polished) = polished {
                    return Ok(polished);
                }
                rough = 0.1 * found.gap();
            }
        }
        z += reflected - x;
    }
    Err(MinNormError::LinearProgram {
        what: format!("the nuclear-norm completion has a relative duality gap of {best:.1e} after {ITERATIONS} iterations"),
    })
}

/// The completion `x` with Y on the observed entries, and `dual` on them scaled to norm 1 where it is longer.
fn judge(x: &Matrix, dual: Matrix, entries: &[Entry], iterations: usize) -> Result<Completion, MinNormError> {
    let (mut matrix, mut certificate) = (x.clone(), Matrix::zeros(x.nrows(), x.ncols()));
    for &(i, j, y) in entries {
        (certificate[(i, j)], matrix[(i, j)]) = (dual[(i, j)], y);
    }
    certificate /= dense::singular_values(&certificate)?.amax().max(1.0);
    let lower = entries.iter().map(|&(i, j, y)| certificate[(i, j)] * y).sum();
    let value = dense::singular_values(&matrix)?.sum();
    Ok(Completion { matrix, value, lower, certificate, iterations })
}

/// Numbers of the observed entries as a matrix of the shape of `like`, zero elsewhere.
fn spread(like: &Matrix, entries: &[Entry], values: &Vector) -> Matrix {
    let mut matrix = Matrix::zeros(like.nrows(), like.ncols());
    entries.iter().zip(values).for_each(|(&(i, j, _), value)| matrix[(i, j)] = *value);
    matrix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_hidden_entry_of_a_matrix_is_known_in_closed_form() {
        // ‖(1, a; a, x)‖_* with |x| < 1, a < 1: the completion is x = a² (rank one).
        let a = 0.6;
        let found = complete(2, 2, &[(0, 0, 1.0), (0, 1, a), (1, 0, a)], 1e-12).unwrap();
        assert!((found.matrix[(1, 1)] - a * a).abs() < 1e-10, "{}", found.matrix);
        assert!((found.value - (1.0 + a * a)).abs() < 1e-10 && found.lower <= found.value + 1e-15);
    }

    #[test]
    fn the_only_dual_solution_is_the_least_one() {
        // D on the observed entries with Du = u, Dᵀu = u, u = (1, a): (1 − a², a; a, 0).
        let (a, seen) = (0.6_f64, [(0, 0, 1.0), (0, 1, 0.6), (1, 0, 0.6)]);
        let least = complete(2, 2, &seen, 1e-12).unwrap().least_certificate(1, &seen).unwrap();
        let expected = Matrix::from_row_slice(2, 2, &[1.0 - a * a, a, a, 0.0]);
        assert!((&least.matrix - &expected).amax() < 1e-12, "{}", least.matrix);
        assert!((least.lower - expected.norm_squared()).abs() < 1e-12);
    }

    #[test]
    fn the_least_dual_solution_is_one_and_its_norm_lies_in_its_bracket() {
        // A matrix of rank one, every third entry hidden.
        let y = |i: usize, j: usize| (1.0 + i as f64) * (2.0 + j as f64).sin();
        let seen: Vec<Entry> =
            (0..36).map(|k| (k / 6, k % 6)).filter(|(i, j)| (i + 2 * j) % 3 > 0).map(|(i, j)| (i, j, y(i, j))).collect();
        let found = complete(6, 6, &seen, 1e-12).unwrap();
        let least = found.least_certificate(1, &seen).unwrap();
        let (upper, given) = (least.matrix.norm_squared(), found.certificate.norm_squared());
        assert!(least.lower <= upper * (1.0 + 1e-12) && upper - least.lower <= 1e-8 * upper && upper <= given * (1.0 + 1e-9));
        assert!(dense::singular_values(&least.matrix).unwrap()[0] <= 1.0 + 1e-11);
        let product: f64 = seen.iter().map(|&(i, j, y)| least.matrix[(i, j)] * y).sum();
        assert!((product / found.value - 1.0).abs() < 1e-10, "no dual solution: {product} against {}", found.value);
    }

    #[test]
    fn everything_observed_is_the_matrix_itself() {
        let y = [(0, 0, 1.0), (0, 1, 2.0), (1, 0, -0.5), (1, 1, 3.0)];
        let found = complete(2, 2, &y, 1e-10).unwrap();
        assert!(y.iter().all(|&(i, j, y)| found.matrix[(i, j)] == y));
    }
}
