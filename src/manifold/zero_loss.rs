//! M = {r = 0} with J of full row rank: H = cJᵀJ, T_wM = ker J.
//!
//! With Jᵀ = QR (Q d × n orthonormal): P = I − QQᵀ (applied twice, so that Pv is orthogonal to the normals to round-off
//! even where ‖Pv‖ ≪ ‖v‖), and from R = VΣUᵀ-factors of the n × n triangle: the positive eigenvalues of H are cσᵢ²,
//! H⁺ = Q W diag(1/(cσ²)) Wᵀ Qᵀ with W the left singular vectors of R. The condition number of J is never squared.

use super::{CriticalManifold, ManifoldError, Spectrum, TangentSpace};
use crate::field::{FieldError, LeastSquares, Weights};
use crate::numeric::dense::{self, Svd};
use crate::numeric::{Matrix, Vector, rank};

/// The zero set of the residuals of a least-squares loss.
pub struct ZeroLoss<'a> {
    loss: &'a LeastSquares,
}

/// Newton iterations of a retraction before it gives up.
const ITERATIONS: usize = 30;

impl<'a> ZeroLoss<'a> {
    /// M of that loss; refused where there are more residuals than weights.
    pub fn new(loss: &'a LeastSquares) -> Result<Self, ManifoldError> {
        let (residuals, weights) = (loss.residual.samples(), loss.residual.dim());
        if residuals > weights {
            return Err(ManifoldError::OverDetermined { residuals, weights });
        }
        Ok(ZeroLoss { loss })
    }

    /// Orthonormal normals Q and the triangle QᵀJᵀ at w.
    fn normals(&self, w: &Weights) -> Result<(Matrix, Matrix), ManifoldError> {
        let transposed = self.loss.residual.jacobian(w).transpose();
        let q = dense::orthonormal_range(&transposed)?;
        let triangle = q.tr_mul(&transposed);
        Ok((q, triangle))
    }

    fn factorise(&self, w: &Weights) -> Result<Factors<'a>, ManifoldError> {
        let (q, triangle) = self.normals(w)?;
        let svd = dense::svd(&triangle)?;
        let spectrum = spectrum(svd.values.as_slice(), triangle.ncols(), self.loss.c)?;
        Ok(Factors { loss: self.loss, q, svd, spectrum })
    }
}

/// (I − QQᵀ) v, twice.
fn project(q: &Matrix, v: &Weights) -> Weights {
    let once = v - q * q.tr_mul(v);
    &once - q * q.tr_mul(&once)
}

fn spectrum(values: &[f64], full: usize, c: f64) -> Result<Spectrum, ManifoldError> {
    let largest = values.first().copied().unwrap_or(0.0);
    let rank = values.iter().take_while(|v| **v > rank::FLOOR * largest && **v > 0.0).count();
    if rank < full {
        return Err(ManifoldError::RankDrop {
            rank,
            full,
            above: if rank > 0 { values[rank - 1] } else { 0.0 },
            below: values.get(rank).copied().unwrap_or(0.0),
            largest,
        });
    }
    let smallest = values.last().copied().unwrap_or(0.0);
    // The other eigenvalues of cJᵀJ are zero: they stand at the round-off of the largest.
    let rank_gap = (smallest / largest).powi(2) / f64::EPSILON;
    Ok(Spectrum { rank, smallest: c * smallest * smallest, largest: c * largest * largest, rank_gap: Some(rank_gap) })
}

impl CriticalManifold for ZeroLoss<'_> {
    fn at<'b>(&'b self, w: &Weights) -> Result<Box<dyn TangentSpace + 'b>, ManifoldError> {
        Ok(Box::new(self.factorise(w)?))
    }

    fn project_tangent(&self, w: &Weights, v: &Weights) -> Result<Weights, ManifoldError> {
        let (q, triangle) = self.normals(w)?;
        let diagonal = triangle.diagonal().abs();
        let (largest, smallest) = (diagonal.max(), diagonal.min());
        if smallest <= rank::FLOOR * largest {
            let full = triangle.ncols();
            return Err(ManifoldError::RankDrop { rank: full - 1, full, above: largest, below: smallest, largest });
        }
        Ok(project(&q, v))
    }

    fn retract(&self, w: &Weights) -> Result<(Weights, f64), ManifoldError> {
        let mut here = w.clone();
        let mut r = Vector::zeros(self.loss.residual.samples());
        let mut before = f64::INFINITY;
        for iteration in 0..ITERATIONS {
            self.loss.residual.residual(&here, &mut r)?;
            let step = self.factorise(&here)?.normal_step(&r);
            let length = step.norm();
            if !length.is_finite() || (iteration > 8 && length > 10.0 * before) {
                return Err(ManifoldError::NoRetraction { distance: length, iterations: iteration });
            }
            // Newton converges quadratically until round-off: stop when a step no longer halves the one before.
            if length <= 4.0 * f64::EPSILON * here.norm() || (length > 0.5 * before && length < 1e-12 * (1.0 + here.norm())) {
                here -= step;
                let distance = (&here - w).norm();
                return Ok((here, distance));
            }
            here -= step;
            before = length;
        }
        Err(ManifoldError::NoRetraction { distance: before, iterations: ITERATIONS })
    }

    fn distance(&self, w: &Weights) -> Result<f64, ManifoldError> {
        let mut r = Vector::zeros(self.loss.residual.samples());
        self.loss.residual.residual(w, &mut r)?;
        Ok(self.factorise(w)?.normal_step(&r).norm())
    }

    fn defect(&self, w: &Weights) -> Result<f64, FieldError> {
        let mut r = Vector::zeros(self.loss.residual.samples());
        self.loss.residual.residual(w, &mut r)?;
        Ok(r.norm())
    }
}

struct Factors<'a> {
    loss: &'a LeastSquares,
    q: Matrix,
    /// SVD of the triangle R = QᵀJᵀ.
    svd: Svd,
    spectrum: Spectrum,
}

impl Factors<'_> {
    /// J⁺ r, the shortest step that removes r to first order.
    fn normal_step(&self, r: &Vector) -> Weights {
        let coefficients = self.svd.v.tr_mul(r).component_div(&self.svd.values);
        &self.q * (&self.svd.u * coefficients)
    }
}

impl TangentSpace for Factors<'_> {
    fn project_tangent(&self, v: &Weights) -> Weights {
        project(&self.q, v)
    }

    fn hessian_pseudo_inverse(&self, v: &Weights) -> Weights {
        let normal = self.svd.u.tr_mul(&self.q.tr_mul(v));
        let c = self.loss.c;
        let scaled = normal.zip_map(&self.svd.values, |x, sigma| x / (c * sigma * sigma));
        &self.q * (&self.svd.u * scaled)
    }

    fn spectrum(&self) -> &Spectrum {
        &self.spectrum
    }
}
