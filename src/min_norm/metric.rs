//! A metric on ker J in which the Riemannian Hessian has eigenvalues near ±1.
//!
//! With D = |A|, A = ∇²R + Σμₖ∇²rₖ block-diagonal, its small eigenvalues raised, and Q an orthonormal basis of the normal
//! space, the gradient of g in the inner product uᵀDv on ker J is D⁻¹(g − Qy), y = (QᵀD⁻¹Q)⁻¹QᵀD⁻¹g. Conjugate gradients and
//! minimal residuals in this metric need few iterations where A alone has a wide spectrum: 2nd numbers are read in each.

use super::inertia::Blocks;
use super::normal::Normal;
use crate::field::{Loss, Regulariser, Weights};
use crate::numeric::dense::Cholesky;
use crate::numeric::{Matrix, Vector};

/// Eigenvalues below this share of the largest of ∇²R are raised to it.
const LEAST: f64 = 1e-6;

/// The inner product uᵀDv on ker J.
#[derive(Debug, Clone)]
pub struct Metric {
    blocks: Blocks,
    /// D⁻¹Q.
    turned: Matrix,
    /// Of QᵀD⁻¹Q.
    factor: Cholesky,
}

impl Metric {
    /// `None` where A has no known blocks, or the factorisation fails: then the Euclidean metric serves.
    pub fn at(loss: &dyn Loss, regulariser: &Regulariser, w: &Weights, mu: &Vector, normal: &Normal) -> Option<Metric> {
        // A may vanish, as on a sphere: ∇²R never does.
        let floor = LEAST * regulariser.hessian_diagonal(w).amax();
        let blocks = Blocks::of(loss, regulariser, w, mu)?.positive(floor);
        let basis = normal.basis();
        let mut turned = Matrix::zeros(basis.nrows(), basis.ncols());
        for (column, mut image) in basis.column_iter().zip(turned.column_iter_mut()) {
            image.copy_from(&blocks.divide(&column.into_owned()));
        }
        let factor = (basis.transpose() * &turned).cholesky()?;
        Some(Metric { blocks, turned, factor })
    }

    /// The gradient in ker J of the linear function g.
    pub fn gradient(&self, g: &Weights) -> Weights {
        let mut out = self.blocks.divide(g);
        let along = self.factor.solve(&self.turned.tr_mul(g));
        out.gemv(-1.0, &self.turned, &along, 1.0);
        out
    }

    /// D v.
    pub fn product(&self, v: &Weights) -> Weights {
        self.blocks.multiply(v)
    }
}
