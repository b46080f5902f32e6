//! The least ‖w‖² of a problem in X = UVᵀ, by weak duality of the nuclear norm in interval arithmetic.
//!
//! Every D = Σ c_kA_k gives ⟨c, y⟩ = ⟨D, X⟩ ≤ ‖D‖‖X‖_* for every X with ⟨A_k, X⟩ = y_k, and ‖w‖² ≥ 2‖X‖_*: a lower bound. At
//! a KKT point U = DV, V = DᵀU with c = −μ, so that the bound is sharp exactly where ‖D‖ ≤ 1. With an approximate singular value
//! decomposition D ≈ PSQᵀ, ‖D‖ ≤ s₁√(1 + ‖PᵀP − I‖)√(1 + ‖QᵀQ − I‖) + ‖D − PSQᵀ‖, Frobenius norms on the right.
//! Upper bound: ‖UVᵀ‖_* ≤ ½‖w‖², and an exact solution of the observations is ‖B‖‖y − A(UVᵀ)‖/(1 − ε) away from it (as in
//! [`super::duality`]), at most √rank times that in the nuclear norm. Where the factors are narrower than the matrix this X
//! need not be theirs, and there is no upper bound. No regularity of the point is needed.

use super::duality::right_inverse;
use super::normal::Normal;
use crate::field::MatrixForm;
use crate::numeric::interval::Interval;
use crate::numeric::{Matrix, Vector, dense};

/// Most multiplications of one product of interval matrices.
const LARGEST: usize = 20_000_000;
/// Singular values of X below this share of the largest are those that vanish at the point.
const SUPPORT: f64 = 1e-5;
/// Turns of the improvement of the multipliers.
const TURNS: usize = 200;

/// Encloses the least ‖w‖², its upper end infinite where the factors are narrow; `None` where it is too large or undefined.
pub fn least_norm_squared(form: &MatrixForm<'_>, mu: &Vector) -> Option<Interval> {
    let (rows, columns) = (form.left.nrows(), form.right.nrows());
    if rows * columns * rows.max(columns).max(form.observations.len()) > LARGEST {
        return None;
    }
    let observed = observed(form);
    let lower = lower(form, &improved(form, mu, &observed)?, (rows, columns))?;
    let upper = if form.is_wide() { upper(form, &observed)? } else { f64::INFINITY };
    Some(Interval::point(2.0) * Interval::new(lower, upper.max(lower)))
}

fn lower(form: &MatrixForm<'_>, c: &Vector, (rows, columns): (usize, usize)) -> Option<f64> {
    let mut dual = vec![vec![Interval::ZERO; columns]; rows];
    for (entries, c) in form.observations.iter().zip(c) {
        for &(i, j, a) in entries {
            dual[i][j] = dual[i][j] + Interval::point(a) * Interval::point(*c);
        }
    }
    let value: Interval = form.targets.iter().zip(c).map(|(y, c)| Interval::point(*y) * Interval::point(*c)).sum();
    let strength = spectral_norm(&dual)?;
    Some((value / strength).lo().max(0.0)).filter(|x| x.is_finite())
}

/// Multipliers c with a better bound than those of the point. At singular points these are not unique, and those of least norm
/// need not be the best: a subgradient of ‖·‖_* at X = PSQᵀ is PQᵀ + (1 − PPᵀ)D(1 − QQᵀ) with ‖D‖ ≤ 1. From there by turns:
/// singular values of D cut at 1, then the nearest Σ c_kA_k.
fn improved(form: &MatrixForm<'_>, mu: &Vector, observed: &Matrix) -> Option<Vector> {
    let shape = (form.left.nrows(), form.right.nrows());
    let normal = Normal::new(observed, None).ok()?;
    let combined = |c: &Vector| Matrix::from_row_slice(shape.0, shape.1, observed.tr_mul(c).as_slice());
    let nearest = |d: &Matrix| -normal.multipliers(&Vector::from_column_slice(d.transpose().as_slice()));
    let x = dense::svd(&(&form.left * form.right.transpose())).ok()?;
    let rank = x.values.iter().take_while(|sigma| **sigma > SUPPORT * x.values[0]).count();
    let (p, q) = (x.u.columns(0, rank), x.v.columns(0, rank));
    let own = combined(&-mu);
    let rest = &own - p * (p.transpose() * &own);
    let subgradient = p * q.transpose() + &rest - (&rest * q) * q.transpose();
    let mut best = (f64::NEG_INFINITY, -mu);
    let mut c = -mu;
    for turn in 0..TURNS {
        let mut svd = dense::svd(&combined(&c)).ok()?;
        let strength = svd.values.amax();
        let bound = c.dot(form.targets) / strength;
        if bound > best.0 {
            best = (bound, c.clone());
        }
        if strength <= 1.0 + 1e-14 {
            break;
        }
        if turn == 0 {
            c = nearest(&subgradient);
            continue;
        }
        for (mut column, sigma) in svd.u.column_iter_mut().zip(&svd.values) {
            column *= sigma.min(1.0);
        }
        c = nearest(&(svd.u * svd.v.transpose()));
    }
    Some(best.1)
}

/// The A_k row by row: one row an observation.
fn observed(form: &MatrixForm<'_>) -> Matrix {
    let columns = form.right.nrows();
    let mut matrix = Matrix::zeros(form.observations.len(), form.left.nrows() * columns);
    for (k, entries) in form.observations.iter().enumerate() {
        entries.iter().for_each(|&(i, j, a)| matrix[(k, i * columns + j)] += a);
    }
    matrix
}

/// An enclosure of an upper bound of the spectral norm of every matrix in `dual`.
fn spectral_norm(dual: &[Vec<Interval>]) -> Option<Interval> {
    let (rows, columns) = (dual.len(), dual.first()?.len());
    let svd = dense::svd(&Matrix::from_fn(rows, columns, |i, j| dual[i][j].mid_rad().0)).ok()?;
    let scaled = Matrix::from_fn(rows, svd.values.len(), |i, k| svd.u[(i, k)] * svd.values[k]);
    let mut rest = Interval::ZERO;
    for (i, row) in dual.iter().enumerate() {
        for (j, entry) in row.iter().enumerate() {
            let product: Interval =
                (0..svd.values.len()).map(|k| Interval::point(scaled[(i, k)]) * Interval::point(svd.v[(j, k)])).sum();
            rest = rest + (*entry - product).square();
        }
    }
    // P diag(s) as rounded is P' with columns near s_k p_k: its norm is bounded through its own Gram matrix.
    let left = gram_excess(&scaled, |k| svd.values[k])?;
    let right = gram_excess(&svd.v, |_| 1.0)?;
    Some(left.sqrt() * right.sqrt() + rest.sqrt())
}

/// An upper bound of ‖M‖² for a matrix whose columns are nearly orthogonal, of the given lengths: the largest square of a
/// length and the Frobenius norm of what MᵀM is off diag(lengths²).
fn gram_excess(matrix: &Matrix, length: impl Fn(usize) -> f64) -> Option<Interval> {
    let k = matrix.ncols();
    let (mut off, mut largest) = (Interval::ZERO, Interval::ZERO);
    for a in 0..k {
        let square = Interval::point(length(a)).square();
        if square.hi() > largest.hi() {
            largest = square;
        }
        for b in 0..k {
            let dot: Interval =
                matrix.column(a).iter().zip(&matrix.column(b)).map(|(x, y)| Interval::point(*x) * Interval::point(*y)).sum();
            off = off + (if a == b { dot - square } else { dot }).square();
        }
    }
    Some(largest + off.sqrt()).filter(|x| x.hi().is_finite())
}

fn upper(form: &MatrixForm<'_>, observed: &Matrix) -> Option<f64> {
    let product = |i: usize, j: usize| -> Interval {
        (0..form.left.ncols()).map(|a| Interval::point(form.left[(i, a)]) * Interval::point(form.right[(j, a)])).sum()
    };
    let mut rest = Interval::ZERO;
    for (entries, y) in form.observations.iter().zip(form.targets) {
        let seen: Interval = entries.iter().map(|&(i, j, a)| Interval::point(a) * product(i, j)).sum();
        rest = rest + (Interval::point(*y) - seen).square();
    }
    let single = |entries: &Vec<(usize, usize, f64)>| matches!(entries[..], [(_, _, 1.0)]);
    // Entries observed once each are orthonormal: then y − A(UVᵀ) itself is the correction.
    let inverse = if form.observations.iter().all(single) { Interval::ONE } else { right_inverse(observed)? };
    let sizes: Interval = form.left.iter().chain(form.right.iter()).map(|x| Interval::point(*x).square()).sum();
    let rank = form.left.nrows().min(form.right.nrows());
    let change = Interval::point(rank as f64).sqrt() * inverse * rest.sqrt();
    Some((Interval::point(0.5) * sizes + change).hi()).filter(|x| x.is_finite())
}
