use std::sync::Arc;

use crate::field::{Block, Coupling, Curvature, FieldError, LeastSquares, Loss, Residual, Weights};
use crate::manifold;
use crate::numeric::{Matrix, Vector};

/// No residuals at all: the flow ẇ = −∇F − λ∇R as it stands, with ∇F as the force and H as the curvature of (★) in fast time.
pub struct Free(pub Arc<dyn Loss>);

impl Free {
    /// F in the place of a problem of (★).
    pub fn problem(loss: &Arc<dyn Loss>) -> LeastSquares {
        LeastSquares { residual: Arc::new(Free(loss.clone())), c: 1.0, offset: 0.0 }
    }
}

impl Residual for Free {
    fn dim(&self) -> usize {
        self.0.dim()
    }

    fn samples(&self) -> usize {
        0
    }

    fn residual(&self, _: &Weights, _: &mut Vector) -> Result<(), FieldError> {
        Ok(())
    }

    fn push_forward(&self, _: &Weights, _: &Weights, _: &mut Vector) {}

    fn pull_back(&self, _: &Weights, _: &Vector, out: &mut Weights) {
        out.fill(0.0);
    }

    fn curvature_product(&self, w: &Weights, _: &Vector, v: &Weights, out: &mut Weights) {
        if self.0.hessian_product(w, v, out).is_err() {
            out.fill(f64::NAN);
        }
    }

    fn curvature(&self, w: &Weights, _: &Vector) -> Curvature {
        match manifold::hessian(self.0.as_ref(), w) {
            Ok(matrix) => Curvature::Blocks(vec![Block { matrix, copies: vec![(0..w.len()).collect()] }]),
            Err(_) => Curvature::Operator,
        }
    }

    fn coupling(&self) -> Option<&dyn Coupling> {
        Some(self)
    }
}

impl Coupling for Free {
    fn evaluate(&self, w: &Weights, _: &Vector, _: f64, _: &mut Vector, force: &mut Weights) -> Result<(), FieldError> {
        self.0.gradient(w, force)
    }

    fn compliance(&self, _: &Matrix) -> Matrix {
        Matrix::zeros(0, 0)
    }

    fn by_kappa(&self, _: &Weights, _: &Vector, force: &mut Weights, _: &mut Vector) {
        force.fill(0.0);
    }

    fn multipliers(&self, _: &Weights, _: f64) -> Result<Option<Vector>, FieldError> {
        Ok(Some(Vector::zeros(0)))
    }
}
