//! Singular values by one-sided Jacobi rotations: slow and safe, for the matrices that a faster method decomposes wrongly.
//!
//! Columns p, q of A are rotated until they are orthogonal to round-off of their own lengths; the rotations make V, the
//! columns end as uₖσₖ. A pair with lengths² α, β and product γ takes tan θ = sign(ζ)/(|ζ| + √(1 + ζ²)), ζ = (β − α)/2γ
//! (Golub and Van Loan, Matrix Computations, §8.6.3).

use super::{Matrix, Vector};

const SWEEPS: usize = 60;
/// Columns shorter than this, of entries up to 1, are zero: they have no square.
const ZERO: f64 = 1e-140;

/// U (m × k), σ (not sorted) and Vᵀ (k × n), k = min(m, n); `None` where the sweeps do not end.
pub fn svd(matrix: &Matrix) -> Option<(Matrix, Vector, Matrix)> {
    if matrix.nrows() < matrix.ncols() {
        return svd(&matrix.transpose()).map(|(u, values, vt)| (vt.transpose(), values, u.transpose()));
    }
    let size = matrix.amax();
    let n = matrix.ncols();
    let mut u = if size > 0.0 { matrix / size } else { matrix.clone() };
    let mut v = Matrix::identity(n, n);
    let mut turned = true;
    for _ in 0..SWEEPS {
        turned = false;
        for p in 0..n {
            for q in p + 1..n {
                let (alpha, beta) = (u.column(p).norm_squared(), u.column(q).norm_squared());
                let gamma = u.column(p).dot(&u.column(q));
                if alpha.min(beta) <= ZERO * ZERO || gamma.abs() <= 4.0 * f64::EPSILON * (alpha * beta).sqrt() {
                    continue;
                }
                turned = true;
                let zeta = (beta - alpha) / (2.0 * gamma);
                let tangent = 1.0_f64.copysign(zeta) / (zeta.abs() + zeta.hypot(1.0));
                let cosine = 1.0 / tangent.hypot(1.0);
                rotate(&mut u, p, q, cosine, cosine * tangent);
                rotate(&mut v, p, q, cosine, cosine * tangent);
            }
        }
        if !turned {
            break;
        }
    }
    if turned {
        return None;
    }
    let values = Vector::from_fn(n, |k, _| u.column(k).norm());
    // The directions of zero columns are free.
    let free: Vec<usize> = (0..n).filter(|&k| values[k] <= ZERO).collect();
    for k in (0..n).filter(|k| !free.contains(k)) {
        u.column_mut(k).unscale_mut(values[k]);
    }
    free.iter().for_each(|&k| u.column_mut(k).fill(0.0));
    free.iter().for_each(|&k| complete(&mut u, k));
    Some((u, values * size, v.transpose()))
}

fn rotate(matrix: &mut Matrix, p: usize, q: usize, cosine: f64, sine: f64) {
    let (a, b) = (matrix.column(p).into_owned(), matrix.column(q).into_owned());
    matrix.set_column(p, &(&a * cosine - &b * sine));
    matrix.set_column(q, &(a * sine + b * cosine));
}

/// Column `k` becomes a unit vector orthogonal to the others: the unit vector that lies least in their span, less its part there.
fn complete(u: &mut Matrix, k: usize) {
    let inside = |i: usize| u.row(i).norm_squared();
    let Some(best) = (0..u.nrows()).min_by(|a, b| inside(*a).total_cmp(&inside(*b))) else { return };
    let mut x = Vector::from_fn(u.nrows(), |i, _| if i == best { 1.0 } else { 0.0 });
    for _ in 0..2 {
        x -= &*u * u.tr_mul(&x);
        x.normalize_mut();
    }
    u.set_column(k, &x);
}
