//! Residuals that cannot vanish are reduced to the part that can.
//!
//! For affine residuals r = Xw − y let U be an orthonormal basis of range X (rank decided with a gap). Then r̃ = Uᵀr has
//! full row rank, vanishes exactly on the least-squares solutions, and
//! F = ½c‖r‖² = ½c‖r̃‖² + F₀ with F₀ = ½c‖(I − UUᵀ)y‖². The flows of F and of ½c‖r̃‖² are the same.
//! It applies to every shape of X: wide, tall, rank-deficient, with noisy targets.

use std::sync::Arc;

use crate::field::{CriticalPoints, Curvature, FieldError, LeastSquares, Loss, Residual, Rotation, Weights};
use crate::numeric::dense::{self, DenseError};
use crate::numeric::graph::{Graph, Node};
use crate::numeric::rank::{self, AmbiguousRank};
use crate::numeric::{Matrix, Vector};
use crate::problem::Manifold;

/// A loss that cannot be set up.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LossError {
    /// The rank of an affine model is not clear.
    #[error("the inputs have no clear rank: {0}")]
    Rank(#[from] AmbiguousRank),
    /// A decomposition failed.
    #[error(transparent)]
    Dense(#[from] DenseError),
    /// A value is not finite.
    #[error(transparent)]
    Field(#[from] FieldError),
}

/// ½c‖r‖² with M = {∇F = 0} where that is asked for, or where residuals that are not affine outnumber the weights; else with
/// M = {r = 0}, affine residuals reduced to the part that can vanish.
///
/// # Errors
/// As [`least_squares`].
pub fn posed(residual: Arc<dyn Residual>, c: f64, manifold: Option<Manifold>) -> Result<Arc<dyn Loss>, LossError> {
    let outnumbered = residual.samples() > residual.dim() && !residual.is_affine();
    match manifold {
        Some(Manifold::CriticalPoints) => {}
        None if outnumbered => {}
        _ => return Ok(Arc::new(least_squares(residual, c)?)),
    }
    Ok(Arc::new(CriticalPoints(LeastSquares { residual, c, offset: 0.0 })))
}

/// The loss ½c‖r‖², with affine residuals reduced to the part that can vanish.
pub fn least_squares(residual: Arc<dyn Residual>, c: f64) -> Result<LeastSquares, LossError> {
    if !residual.is_affine() {
        return Ok(LeastSquares { residual, c, offset: 0.0 });
    }
    let origin = Weights::zeros(residual.dim());
    let svd = dense::svd(&residual.jacobian(&origin))?;
    let rank = rank::decide(svd.values.as_slice())?.rank;
    if rank == residual.samples() {
        return Ok(LeastSquares { residual, c, offset: 0.0 });
    }
    let basis = svd.u.columns(0, rank).into_owned();
    let mut r = Vector::zeros(residual.samples());
    residual.residual(&origin, &mut r)?;
    let rest = &r - &basis * basis.tr_mul(&r);
    Ok(LeastSquares { residual: Arc::new(Reduced { inner: residual, basis }), c, offset: 0.5 * c * rest.norm_squared() })
}

/// r̃ = Uᵀr for an orthonormal basis U (n × rank) of a constant range of J.
struct Reduced {
    inner: Arc<dyn Residual>,
    basis: Matrix,
}

impl Residual for Reduced {
    fn dim(&self) -> usize {
        self.inner.dim()
    }

    fn samples(&self) -> usize {
        self.basis.ncols()
    }

    fn residual(&self, w: &Weights, r: &mut Vector) -> Result<(), FieldError> {
        let mut full = Vector::zeros(self.inner.samples());
        self.inner.residual(w, &mut full)?;
        r.gemv_tr(1.0, &self.basis, &full, 0.0);
        Ok(())
    }

    fn push_forward(&self, w: &Weights, v: &Weights, out: &mut Vector) {
        let mut full = Vector::zeros(self.inner.samples());
        self.inner.push_forward(w, v, &mut full);
        out.gemv_tr(1.0, &self.basis, &full, 0.0);
    }

    fn pull_back(&self, w: &Weights, c: &Vector, out: &mut Weights) {
        self.inner.pull_back(w, &(&self.basis * c), out);
    }

    fn curvature_product(&self, w: &Weights, mu: &Vector, v: &Weights, out: &mut Weights) {
        self.inner.curvature_product(w, &(&self.basis * mu), v, out);
    }

    fn jacobian(&self, w: &Weights) -> Matrix {
        self.basis.tr_mul(&self.inner.jacobian(w))
    }

    fn curvature(&self, w: &Weights, mu: &Vector) -> Curvature {
        self.inner.curvature(w, &(&self.basis * mu))
    }

    fn formula(&self, graph: &mut Graph) -> Option<Vec<Node>> {
        let full = self.inner.formula(graph)?;
        let combined = |column: usize| graph.linear(0.0, self.basis.column(column).iter().copied().zip(full.iter().copied()));
        Some((0..self.basis.ncols()).map(combined).collect())
    }

    fn rotations(&self) -> Vec<Rotation> {
        self.inner.rotations()
    }

    fn is_affine(&self) -> bool {
        self.inner.is_affine()
    }
}
