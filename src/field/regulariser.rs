use super::Weights;
use crate::numeric::{Matrix, Vector};

/// The regulariser R(w): what weight decay decreases along the critical manifold.
#[derive(Debug, Clone, PartialEq)]
pub enum Regulariser {
    /// R = ½‖w‖², the default: ∇R = w, ∇²R = I.
    HalfSquaredNorm,
    /// R = ½ Σ aᵢ wᵢ² with aᵢ > 0.
    Diagonal(Vector),
    /// R = ½ wᵀAw with A symmetric positive definite.
    Quadratic(Matrix),
    /// R = (1/p) Σ (wᵢ² + ε²)^{p/2} with p ≥ 1, ε > 0: a smooth ℓ_p power.
    SmoothPower {
        /// The exponent p.
        p: f64,
        /// The width ε of the smoothing.
        epsilon: f64,
    },
}

impl Regulariser {
    /// R(w).
    pub fn value(&self, w: &Weights) -> f64 {
        match self {
            Self::HalfSquaredNorm => 0.5 * w.norm_squared(),
            Self::Diagonal(a) => 0.5 * w.iter().zip(a).map(|(x, a)| a * x * x).sum::<f64>(),
            Self::Quadratic(a) => 0.5 * w.dot(&(a * w)),
            Self::SmoothPower { p, epsilon } => w.iter().map(|x| (x * x + epsilon * epsilon).powf(0.5 * p)).sum::<f64>() / p,
        }
    }

    /// ∇R(w), length d.
    pub fn gradient(&self, w: &Weights, out: &mut Weights) {
        match self {
            Self::HalfSquaredNorm => out.copy_from(w),
            Self::Diagonal(a) => out.zip_zip_apply(w, a, |o, x, a| *o = a * x),
            Self::Quadratic(a) => out.gemv(1.0, a, w, 0.0),
            Self::SmoothPower { p, epsilon } => {
                out.zip_apply(w, |o, x| *o = x * (x * x + epsilon * epsilon).powf(0.5 * p - 1.0));
            }
        }
    }

    /// ∇²R(w) v, length d.
    pub fn hessian_product(&self, w: &Weights, v: &Weights, out: &mut Weights) {
        match self {
            Self::Quadratic(a) => out.gemv(1.0, a, v, 0.0),
            _ => {
                let diagonal = self.hessian_diagonal(w);
                out.zip_zip_apply(v, &diagonal, |o, v, a| *o = a * v);
            }
        }
    }

    /// The diagonal of ∇²R(w), length d.
    pub fn hessian_diagonal(&self, w: &Weights) -> Vector {
        match self {
            Self::HalfSquaredNorm => Vector::repeat(w.len(), 1.0),
            Self::Diagonal(a) => a.clone(),
            Self::Quadratic(a) => a.diagonal(),
            Self::SmoothPower { p, epsilon } => w.map(|x| {
                let q = x * x + epsilon * epsilon;
                q.powf(0.5 * p - 1.0) * (1.0 + (p - 2.0) * x * x / q)
            }),
        }
    }
}
