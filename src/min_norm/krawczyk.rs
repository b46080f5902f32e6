//! Krawczyk's test: a proof that a system G(z) = 0 has exactly one zero in a box, and where.
//!
//! With any matrix C and the box X = z ± ρ, the zero lies in z − CG(z) + (I − C·DG(X))(X − z) if it lies in X; and if
//! |CG(z)| + |I − C·DG(X)|ρ < ρ in every component, then X holds exactly one zero and C, DG are regular (Krawczyk 1969;
//! Neumaier, Interval Methods for Systems of Equations, theorem 5.1.8). C is a rounded inverse. DG(X) = M ± Δ, and
//!
//! |I − C·DG(X)| ≤ |fl(I − CM)| + γ(|C||M| + I) + |C|Δ,   γ = (N + 2)u/(1 − (N + 2)u), u = 2⁻⁵³,
//!
//! for matrix products in any order of summation (Higham, Accuracy and Stability, §3.5), so that the work is a few
//! ordinary matrix products. Sums of N numbers ≥ 0 that bound something are enlarged by their own rounding error.

use super::system::System;
use crate::numeric::interval::Interval;
use crate::numeric::{Matrix, Vector};

/// Rounds of enlarging the box until the test holds.
const ROUNDS: usize = 12;

/// What the test found.
pub enum Outcome {
    /// The only zero in `z ± radius` lies in these intervals.
    Zero(Vec<Interval>),
    /// No proof, and why.
    Open(String),
}

/// Upper bound of an exact sum of `n` products ≥ 0 whose rounded value is `x`.
fn above(x: f64, n: usize) -> f64 {
    let n = n as f64;
    x * (1.0 + 2.0 * (n + 4.0) * f64::EPSILON) + (n + 4.0) * f64::MIN_POSITIVE
}

fn split(rows: &[Vec<Interval>]) -> (Matrix, Matrix) {
    let n = rows.len();
    let (mut mid, mut rad) = (Matrix::zeros(n, n), Matrix::zeros(n, n));
    for (i, row) in rows.iter().enumerate() {
        for (j, entry) in row.iter().enumerate() {
            (mid[(i, j)], rad[(i, j)]) = entry.mid_rad();
        }
    }
    (mid, rad)
}

/// Bound of |C g| for a vector of intervals, component by component.
fn image(c: &Matrix, size: &Matrix, g: &[Interval]) -> Vector {
    let n = g.len();
    let (mid, rad): (Vec<f64>, Vec<f64>) = g.iter().map(|x| x.mid_rad()).unzip();
    let (mid, rad) = (Vector::from_vec(mid), Vector::from_vec(rad));
    let (rounded, spread) = (c * &mid, size * (mid.abs() * gamma(n) + rad));
    Vector::from_fn(n, |i, _| above(rounded[i].abs() + spread[i], 2 * n))
}

fn gamma(n: usize) -> f64 {
    (n as f64 + 2.0) * f64::EPSILON
}

/// Whether x > limit, or is no number.
fn beyond(x: f64, limit: f64) -> bool {
    x.is_nan() || x > limit
}

/// Tests boxes around `start`, of components of size `scale`, refined by Newton steps; each no wider than its `limits`.
pub fn krawczyk(system: &System, start: &Vector, scale: &Vector, limits: &Vector) -> Outcome {
    let n = start.len();
    let points = |z: &Vector| z.iter().map(|x| Interval::point(*x)).collect::<Vec<_>>();
    let (at_start, _) = split(&system.derivative(&points(start)));
    let Some(c) = at_start.try_inverse().filter(|c| c.iter().all(|x| x.is_finite())) else {
        return Outcome::Open("the KKT matrix is singular: the point is not isolated, or the rank drops there".into());
    };
    let mut z = start.clone();
    for _ in 0..3 {
        let g = Vector::from_iterator(n, system.value(&points(&z)).iter().map(|x| x.mid_rad().0));
        z -= &c * g;
    }
    if let Some(i) = (0..n).find(|&i| beyond((z[i] - start[i]).abs(), limits[i])) {
        return Outcome::Open(format!(
            "Newton's method moves unknown {i} by {:.1e}, more than {:.1e}",
            (z[i] - start[i]).abs(),
            limits[i]
        ));
    }
    let size = c.abs();
    let defect = image(&c, &size, &system.value(&points(&z)));
    let mut radius = defect.zip_map(scale, |defect, scale| 4.0 * defect + 4.0 * f64::EPSILON * scale);
    let mut worst = f64::INFINITY;
    for _ in 0..ROUNDS {
        if let Some(i) = (0..n).find(|&i| beyond(radius[i], limits[i])) {
            return Outcome::Open(format!(
                "the box of unknown {i} grew to {:.1e}, more than {:.1e}; |I − C·DG| is {worst:.1e}",
                radius[i], limits[i]
            ));
        }
        let around: Vec<Interval> = z.iter().zip(&radius).map(|(z, radius)| Interval::around(*z, *radius)).collect();
        let (mid, rad) = split(&system.derivative(&around));
        let product = &c * &mid;
        let spread = &size * (mid.abs() * gamma(n) + rad);
        let contraction = Matrix::from_fn(n, n, |i, j| {
            let unit = if i == j { 1.0 } else { 0.0 };
            above((unit - product[(i, j)]).abs() + spread[(i, j)] + gamma(n) * unit, 2 * n)
        });
        // `Interval::around` enlarged the box by a rounding: so is the radius that the contraction acts on.
        let outer = radius.zip_map(&z, |radius, z| (radius + 2.0 * f64::EPSILON * (z.abs() + radius)).next_up());
        let carried = &contraction * outer;
        let inner = Vector::from_fn(n, |i, _| above(defect[i] + carried[i], n));
        if inner.iter().zip(&radius).all(|(inner, radius)| inner < radius) {
            return Outcome::Zero(z.iter().zip(&inner).map(|(z, inner)| Interval::around(*z, *inner)).collect());
        }
        worst = (0..n).map(|i| contraction.row(i).sum()).fold(0.0, f64::max);
        // What holds stays: a component of order ρ² would never overtake the ρ that it follows.
        radius = radius.zip_map(&inner, |radius, inner| if inner < radius { radius } else { 1.5 * inner });
    }
    Outcome::Open(format!("the test does not hold in {ROUNDS} rounds; the row sums of |I − C·DG| reach {worst:.1e}"))
}
