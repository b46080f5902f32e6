use std::sync::Arc;

use super::{FieldError, Regulariser, Residual, VectorField, Weights};
use crate::numeric::Vector;

/// A training loss F: ℝᵈ → ℝ.
pub trait Loss: Send + Sync {
    /// Number of weights d.
    fn dim(&self) -> usize;
    /// F(w).
    fn value(&self, w: &Weights) -> Result<f64, FieldError>;
    /// ∇F(w), length d.
    fn gradient(&self, w: &Weights, out: &mut Weights) -> Result<(), FieldError>;
    /// ∇²F(w) v, length d.
    fn hessian_product(&self, w: &Weights, v: &Weights, out: &mut Weights) -> Result<(), FieldError>;
    /// The residuals behind F, where it is a sum of squares whose zeros are the critical manifold.
    fn least_squares(&self) -> Option<&LeastSquares> {
        None
    }
}

/// F(w) = ½ c ‖r(w)‖² + F₀, with c the factor of the problem file doubled (1/2n gives c = 1/n).
///
/// F₀ is the part of the loss that no weights can remove (zero unless `r` is a reduction of larger residuals).
#[derive(Clone)]
pub struct LeastSquares {
    /// The residuals r.
    pub residual: Arc<dyn Residual>,
    /// c > 0.
    pub c: f64,
    /// F₀ ≥ 0.
    pub offset: f64,
}

impl LeastSquares {
    fn residuals(&self, w: &Weights) -> Result<Vector, FieldError> {
        let mut r = Vector::zeros(self.residual.samples());
        self.residual.residual(w, &mut r)?;
        Ok(r)
    }
}

impl Loss for LeastSquares {
    fn dim(&self) -> usize {
        self.residual.dim()
    }

    fn value(&self, w: &Weights) -> Result<f64, FieldError> {
        Ok(0.5 * self.c * self.residuals(w)?.norm_squared() + self.offset)
    }

    fn gradient(&self, w: &Weights, out: &mut Weights) -> Result<(), FieldError> {
        let r = self.residuals(w)?;
        self.residual.pull_back(w, &(r * self.c), out);
        FieldError::check("the gradient", out.as_slice(), w)
    }

    fn hessian_product(&self, w: &Weights, v: &Weights, out: &mut Weights) -> Result<(), FieldError> {
        let r = self.residuals(w)? * self.c;
        let mut jv = Vector::zeros(r.len());
        self.residual.push_forward(w, v, &mut jv);
        let mut first = Weights::zeros(self.dim());
        self.residual.pull_back(w, &(jv * self.c), &mut first);
        self.residual.curvature_product(w, &r, v, out);
        *out += first;
        FieldError::check("the Hessian product", out.as_slice(), w)
    }

    fn least_squares(&self) -> Option<&LeastSquares> {
        Some(self)
    }
}

/// Loss and regulariser together: F + λR for every λ ≥ 0.
#[derive(Clone)]
pub struct Objective {
    /// The training loss F.
    pub loss: Arc<dyn Loss>,
    /// The regulariser R.
    pub regulariser: Regulariser,
}

impl Objective {
    /// The field −∇F(w) − λ∇R(w), in fast time t.
    pub fn descent(&self, lambda: f64) -> Descent<'_> {
        Descent { objective: self, lambda }
    }
}

/// ẇ = −∇F(w) − λ∇R(w); λ = 0 is the fast flow.
pub struct Descent<'a> {
    objective: &'a Objective,
    lambda: f64,
}

impl VectorField for Descent<'_> {
    fn dim(&self) -> usize {
        self.objective.loss.dim()
    }

    fn eval(&self, w: &Weights, dw: &mut Weights) -> Result<(), FieldError> {
        self.objective.loss.gradient(w, dw)?;
        *dw *= -1.0;
        if self.lambda != 0.0 {
            let mut pull = Weights::zeros(w.len());
            self.objective.regulariser.gradient(w, &mut pull);
            dw.axpy(-self.lambda, &pull, 1.0);
        }
        Ok(())
    }
}
