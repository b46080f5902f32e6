use std::sync::Arc;

use super::{FieldError, Regulariser, Residual, VectorField, Weights};
use crate::numeric::Vector;
use crate::numeric::graph::{Graph, Node};

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
    /// D³F(w)[u, v], length d. The default differentiates Hessian products: see [`differences`].
    fn third_product(&self, w: &Weights, u: &Weights, v: &Weights, out: &mut Weights) -> Result<(), FieldError> {
        differences(self, w, u, v, out)
    }
    /// Appends the switches whose sign changes are kinks of F, as [`Residual::switches`]: none by default.
    fn switches(&self, w: &Weights, out: &mut Vec<f64>) {
        let _ = (w, out);
    }
    /// F written into a graph of elementary operations, for interval arithmetic; `None` where the loss knows no formula.
    fn formula(&self, graph: &mut Graph) -> Option<Node> {
        let _ = graph;
        None
    }
    /// The residuals behind F, where it is a sum of squares whose zeros are the critical manifold.
    fn least_squares(&self) -> Option<&LeastSquares> {
        None
    }
}

/// Length of the stencil of [`differences`] relative to ‖w‖.
const STENCIL: f64 = 0.01;

/// D³F(w)[u, v] by the central difference of order six of Hessian products along v.
///
/// With steps of 1 % of ‖w‖ it is exact to round-off times 100 where F is a polynomial of degree up to eight; else its error is
/// 1e-12/140 of the ninth derivative over ‖w‖, beside that round-off: 1e-9 relative in practice. It enters Newton's matrix, where it
/// does no harm, and w₁: there it moves λw₁ by 1e-9 λ, which no distance shows beside its O(λ²) and its numerical error.
pub fn differences<L: Loss + ?Sized>(
    loss: &L,
    w: &Weights,
    u: &Weights,
    v: &Weights,
    out: &mut Weights,
) -> Result<(), FieldError> {
    out.fill(0.0);
    let length = v.norm();
    if length == 0.0 {
        return Ok(());
    }
    let h = STENCIL * if w.norm() > 0.0 { w.norm() } else { 1.0 } / length;
    let mut product = Weights::zeros(w.len());
    for (k, weight) in [(1.0, 45.0), (2.0, -9.0), (3.0, 1.0)] {
        for side in [k, -k] {
            loss.hessian_product(&(w + v * (side * h)), u, &mut product)?;
            out.axpy(weight * side.signum() / (60.0 * h), &product, 1.0);
        }
    }
    Ok(())
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

    fn third_product(&self, w: &Weights, u: &Weights, v: &Weights, out: &mut Weights) -> Result<(), FieldError> {
        if !self.residual.third_product(w, u, v, out) {
            return differences(self, w, u, v, out);
        }
        *out *= self.c;
        FieldError::check("the third derivative", out.as_slice(), w)
    }

    fn switches(&self, w: &Weights, out: &mut Vec<f64>) {
        self.residual.switches(w, out);
    }

    fn formula(&self, graph: &mut Graph) -> Option<Node> {
        let residuals = self.residual.formula(graph)?;
        let squares: Vec<Node> = residuals.into_iter().map(|r| graph.product(r, r)).collect();
        Some(graph.linear(self.offset, squares.into_iter().map(|square| (0.5 * self.c, square))))
    }

    fn least_squares(&self) -> Option<&LeastSquares> {
        Some(self)
    }
}

/// Least squares whose residuals cannot all vanish: M is the set of critical points of F, not {r = 0}.
#[derive(Clone)]
pub struct CriticalPoints(pub LeastSquares);

impl Loss for CriticalPoints {
    fn dim(&self) -> usize {
        self.0.dim()
    }

    fn value(&self, w: &Weights) -> Result<f64, FieldError> {
        self.0.value(w)
    }

    fn gradient(&self, w: &Weights, out: &mut Weights) -> Result<(), FieldError> {
        self.0.gradient(w, out)
    }

    fn hessian_product(&self, w: &Weights, v: &Weights, out: &mut Weights) -> Result<(), FieldError> {
        self.0.hessian_product(w, v, out)
    }

    fn third_product(&self, w: &Weights, u: &Weights, v: &Weights, out: &mut Weights) -> Result<(), FieldError> {
        self.0.third_product(w, u, v, out)
    }

    fn switches(&self, w: &Weights, out: &mut Vec<f64>) {
        self.0.switches(w, out);
    }

    fn formula(&self, graph: &mut Graph) -> Option<Node> {
        self.0.formula(graph)
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
