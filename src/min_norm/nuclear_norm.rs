//! Completion of a matrix with the least nuclear norm, min ‖X‖_* subject to X = Y on the observed entries: a witness that
//! knows neither factors nor flows.
//!
//! Douglas–Rachford splitting: X = prox(Z) shrinks the singular values of Z by γ, X' is 2X − Z with the observed entries set
//! to Y, Z ← Z + X' − X. At the end D = (Z − X)/γ is a subgradient of ‖·‖_* at X that lives on the observed entries. Weak
//! duality judges the result, however it was found: any D' on the observed entries with ‖D'‖ ≤ 1 gives ⟨D', Y⟩ ≤ ‖X‖_*.

use super::MinNormError;
use crate::numeric::Matrix;
use crate::numeric::dense;

/// A completion with its proof of optimality.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    /// X, equal to Y on the observed entries.
    pub matrix: Matrix,
    /// ‖X‖_*.
    pub value: f64,
    /// A lower bound of the least nuclear norm.
    pub lower: f64,
    /// Iterations.
    pub iterations: usize,
}

const ITERATIONS: usize = 60_000;

/// The completion of an m × n matrix from entries (row, column, value), until the duality gap is below `tolerance`·‖X‖_*.
///
/// # Errors
/// A decomposition that fails; a gap that does not close.
pub fn complete(
    rows: usize,
    columns: usize,
    entries: &[(usize, usize, f64)],
    tolerance: f64,
) -> Result<Completion, MinNormError> {
    let mut z = Matrix::zeros(rows, columns);
    for &(i, j, y) in entries {
        z[(i, j)] = y;
    }
    // The scale of the shrinkage only sets the speed.
    let gamma = 0.1 * dense::singular_values(&z)?.amax();
    let mut best: Option<Completion> = None;
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
        if iteration.is_multiple_of(50) {
            let found = judge(&x, &z, gamma, entries, iteration)?;
            let closed = found.value - found.lower <= tolerance * found.value;
            if best.as_ref().is_none_or(|b| found.value - found.lower < b.value - b.lower) {
                best = Some(found);
            }
            if closed {
                break;
            }
        }
        z += reflected - x;
    }
    let failed = |gap: f64| MinNormError::LinearProgram {
        what: format!("the nuclear-norm completion has a relative duality gap of {gap:.1e} after {ITERATIONS} iterations"),
    };
    match best {
        Some(best) if best.value - best.lower <= tolerance * best.value => Ok(best),
        Some(best) => Err(failed((best.value - best.lower) / best.value)),
        None => Err(failed(f64::INFINITY)),
    }
}

fn judge(
    x: &Matrix,
    z: &Matrix,
    gamma: f64,
    entries: &[(usize, usize, f64)],
    iterations: usize,
) -> Result<Completion, MinNormError> {
    let (mut matrix, mut dual) = (x.clone(), Matrix::zeros(x.nrows(), x.ncols()));
    for &(i, j, y) in entries {
        dual[(i, j)] = (z[(i, j)] - x[(i, j)]) / gamma;
        matrix[(i, j)] = y;
    }
    let strength = dense::singular_values(&dual)?.amax().max(1.0);
    let product: f64 = entries.iter().map(|&(i, j, y)| dual[(i, j)] * y).sum();
    let value = dense::singular_values(&matrix)?.sum();
    Ok(Completion { matrix, value, lower: product / strength, iterations })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_hidden_entry_of_a_matrix_is_known_in_closed_form() {
        // ‖(1, a; a, x)‖_* with |x| < 1, a < 1: the completion is x = a² (rank one).
        let a = 0.6;
        let found = complete(2, 2, &[(0, 0, 1.0), (0, 1, a), (1, 0, a)], 1e-9).unwrap();
        assert!((found.matrix[(1, 1)] - a * a).abs() < 1e-5, "{}", found.matrix);
        assert!((found.value - (1.0 + a * a)).abs() < 1e-8 && found.lower <= found.value);
    }

    #[test]
    fn everything_observed_is_the_matrix_itself() {
        let y = [(0, 0, 1.0), (0, 1, 2.0), (1, 0, -0.5), (1, 1, 3.0)];
        let found = complete(2, 2, &y, 1e-10).unwrap();
        assert!(y.iter().all(|&(i, j, y)| found.matrix[(i, j)] == y));
    }
}
