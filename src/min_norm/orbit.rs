//! The orbit of a point under the rotations that keep both r and R.
//!
//! Through a KKT point w it consists of KKT points, so its tangents S_a w lie in ker J and in the null space of the
//! Riemannian Hessian: KKT points are then isolated only across the orbit.

use crate::field::{Loss, Regulariser, Rotation, Weights};
use crate::numeric::interval::Interval;
use crate::numeric::{Matrix, dense, rank};

/// Most numbers in the velocities of all rotations.
const LARGEST: usize = 4_000_000;

/// The orbit at one point.
#[derive(Debug, Clone)]
pub struct Orbit {
    rotations: Vec<Rotation>,
    /// Orthonormal tangents T, d × m.
    pub tangents: Matrix,
    /// L with T = [S_a w] L, one row a rotation.
    mixture: Matrix,
}

impl Orbit {
    /// `None` where no rotation is known that moves the point, or where the dimension of its orbit is not clear.
    pub fn of(loss: &dyn Loss, regulariser: &Regulariser, w: &Weights) -> Option<Orbit> {
        let all = loss.least_squares()?.residual.rotations();
        let rotations: Vec<Rotation> = all.into_iter().filter(|rotation| rotation.keeps(regulariser)).collect();
        if rotations.is_empty() || rotations.len().saturating_mul(w.len()) > LARGEST {
            return None;
        }
        let velocities: Vec<Weights> = rotations.iter().map(|rotation| rotation.velocity(w)).collect();
        let svd = dense::svd(&Matrix::from_columns(&velocities)).ok()?;
        let dimension = rank::decide(svd.values.as_slice()).ok().map(|found| found.rank).filter(|rank| *rank > 0)?;
        let mut mixture = svd.v.columns(0, dimension).into_owned();
        for (mut column, sigma) in mixture.column_iter_mut().zip(&svd.values) {
            column /= *sigma;
        }
        Some(Orbit { rotations, tangents: svd.u.columns(0, dimension).into_owned(), mixture })
    }

    /// Its dimension m.
    pub fn dimension(&self) -> usize {
        self.tangents.ncols()
    }

    /// Whether the matrix of ⟨Σ_c L_cb S_c w, T_a⟩ is regular for every w in the box: ‖I − M‖ < 1 in the row-sum norm.
    pub fn crosses(&self, w: &[Interval]) -> bool {
        let m = self.dimension();
        // ⟨S_c w, T_a⟩ for every rotation and tangent.
        let along = |rotation: &Rotation, a: usize| -> Interval {
            let plane = |&(i, j): &(usize, usize)| {
                Interval::point(self.tangents[(j, a)]) * w[i] - Interval::point(self.tangents[(i, a)]) * w[j]
            };
            rotation.planes.iter().map(plane).sum()
        };
        let known: Vec<Vec<Interval>> =
            self.rotations.iter().map(|rotation| (0..m).map(|a| along(rotation, a)).collect()).collect();
        (0..m).all(|b| {
            let off: f64 = (0..m)
                .map(|a| {
                    let entry: Interval =
                        known.iter().enumerate().map(|(c, row)| Interval::point(self.mixture[(c, b)]) * row[a]).sum();
                    let unit = if a == b { Interval::ONE } else { Interval::ZERO };
                    (unit - entry).magnitude()
                })
                .sum();
            off < 0.5
        })
    }
}
