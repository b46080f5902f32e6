//! Two coordinates of weight space in which w° and w^λ are drawn over each other: `path-0.csv` and `path-<λ>.csv`.
//!
//! With two weights: the weights themselves. With more: e₁ is the leading right singular vector of the centred rows of w° on
//! the window, and e₂ the leading one of what is left of the rows of w° and of w^λ at the largest λ after e₁ is taken out. So
//! e₂ exists where w° runs on a straight line (linear regression does), and shows how far w^λ is off it. What both miss is
//! the distance to the plane, the third coordinate.

use crate::numeric::{Matrix, Vector, dense};

/// Rows that decide about the directions, at most.
const ROWS: usize = 64;

/// An affine plane in weight space.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    origin: Vector,
    across: Vector,
    up: Vector,
}

impl Plane {
    /// The plane of w° on the window (`slow`) and of w^λ there at the largest λ (`regularised`), each a list of points;
    /// `None` where w° does not move.
    pub fn choose(slow: &[&Vector], regularised: &[&Vector]) -> Option<Plane> {
        let d = slow.first()?.len();
        if d == 2 {
            let unit = |k: usize| Vector::from_fn(2, |j, _| if j == k { 1.0 } else { 0.0 });
            return Some(Plane { origin: Vector::zeros(2), across: unit(0), up: unit(1) });
        }
        let few = |rows: &[&Vector]| -> Vec<Vector> {
            rows.iter().step_by(rows.len().div_ceil(ROWS).max(1)).map(|w| (*w).clone()).collect()
        };
        let (slow, regularised) = (few(slow), few(regularised));
        let origin = slow.iter().fold(Vector::zeros(d), |sum, w| sum + w) / slow.len() as f64;
        let centred = |rows: &[Vector]| Matrix::from_fn(rows.len(), d, |i, j| rows[i][j] - origin[j]);
        let first = dense::svd(&centred(&slow)).ok()?;
        if first.values[0] <= 1e-12 * origin.norm().max(1e-300) {
            return None;
        }
        let across: Vector = first.v.column(0).into_owned();
        let mut rest = centred(&[slow, regularised].concat());
        let along = &rest * &across;
        rest -= along * across.transpose();
        let second = dense::svd(&rest).ok()?;
        if second.values.len() < 2 || second.values[0] <= 1e-14 * first.values[0] {
            return None;
        }
        let mut up: Vector = second.v.column(0).into_owned();
        up.axpy(-up.dot(&across), &across, 1.0);
        let oriented = |e: Vector| if e[e.iamax()] < 0.0 { -e } else { e };
        Some(Plane { origin, across: oriented(across), up: oriented(up) })
    }

    /// Both coordinates of a point and its distance from the plane.
    pub fn place(&self, w: &Vector) -> [f64; 3] {
        let from = w - &self.origin;
        let (x, y) = (self.across.dot(&from), self.up.dot(&from));
        [x, y, (from - &self.across * x - &self.up * y).norm()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// w° = a + e^{−s}v on a line, w^λ = w° + λu with u ⊥ v: e₁ = ±v/‖v‖, e₂ = ±u/‖u‖ and nothing is off the plane.
    #[test]
    fn a_straight_drift_spans_the_first_coordinate_and_the_gap_the_second() {
        let (a, v, u) = (vec![1.0, 2.0, 0.0, 0.5], vec![0.0, 0.0, 3.0, 4.0], vec![2.0, -1.0, 0.0, 0.0]);
        let (a, v, u) = (Vector::from_vec(a), Vector::from_vec(v), Vector::from_vec(u));
        let times: Vec<f64> = (1..20).map(|k| 0.1 * f64::from(k)).collect();
        let slow: Vec<Vector> = times.iter().map(|s| &a + &v * (-s).exp()).collect();
        let off: Vec<Vector> = slow.iter().map(|w| w + &u * 0.1).collect();
        let plane = Plane::choose(&slow.iter().collect::<Vec<_>>(), &off.iter().collect::<Vec<_>>()).expect("it moves");
        let places: Vec<[f64; 3]> = slow.iter().map(|w| plane.place(w)).collect();
        for (k, p) in places.iter().enumerate() {
            let moved = 5.0 * ((-times[0]).exp() - (-times[k]).exp());
            assert!(((p[0] - places[0][0]).abs() - moved).abs() < 1e-13, "{k}: {p:?}");
            assert!((p[1] - places[0][1]).abs() < 1e-13 && p[2] < 1e-13, "{k}: {p:?}");
            let other = plane.place(&off[k]);
            assert!(((other[1] - p[1]).abs() - 0.1 * 5f64.sqrt()).abs() < 1e-13 && (other[0] - p[0]).abs() < 1e-13);
        }
        let still = vec![&slow[0]; 5];
        assert_eq!(Plane::choose(&still, &[]), None);
    }
}
