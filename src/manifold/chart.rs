//! A chart of M for a loss of which only ∇F and Hessian products are known: M = {∇F = 0}, H = ∇²F ≥ 0 of constant rank r there.
//!
//! With Q (d × r) the eigenvectors of H at a point x₀ ∈ M whose eigenvalues Λ are positive, and Q̂ = QΛ^{−1/2}, the residuals
//!
//! ```text
//! r̃(w) = Q̂ᵀ∇F(w),      J = Q̂ᵀH(w)
//! ```
//!
//! vanish near x₀ exactly on M: {Qᵀ∇F = 0} is a manifold of dimension d − r while QᵀHQ is regular (Lyapunov–Schmidt), it contains
//! M, and M has that dimension. So at λ = 0 the slow flow is that of the residuals r̃. At λ > 0 it is not: write w = x + κQ̂μ
//! with x ∈ M. Then, as ∇F(x) = 0,
//!
//! ```text
//! ∇F(w)/κ = f(w, μ, κ) = ∫₀¹ H(x + θκQ̂μ) Q̂μ dθ,      0 = g(w, μ, κ) = Q̂ᵀ∇F(w − κQ̂μ)
//! ```
//!
//! is the flow of F itself, exactly and without a division by κ: w' = −α∇R(w) − f, g = 0. At κ = 0 it is the slow flow. To first
//! order g = r̃(w) − κSμ with S = Q̂ᵀHQ̂, the identity at x₀, and for w₁ = ∂w/∂κ at κ = 0
//!
//! ```text
//! ∂f/∂κ = −½ D³F[Q̂μ, Q̂μ],      ∂f/∂w v = D³F[Q̂μ, v],      J w₁ = S μ.
//! ```
//!
//! The chart is good while S is well conditioned; further along the path another one is taken at the point reached. It covers the
//! points w that lie over M in the direction of Q̂: all that are close to it, whatever λ.

use std::sync::Arc;

use super::hessian_kernel::HessianKernel;
use super::{ManifoldError, Spectrum};
use crate::field::{Coupling, FieldError, Loss, Residual, Weights};
use crate::numeric::seed::Stream;
use crate::numeric::{Matrix, Vector, dense, quadrature};

/// The chart r̃ of M around one of its points.
pub struct Chart {
    loss: Arc<dyn Loss>,
    /// Q̂, d × r.
    frame: Matrix,
    /// Spectrum of H at the point.
    pub spectrum: Spectrum,
    /// F on M.
    pub minimum: f64,
}

/// Eigenvalues of S between which a chart is good.
const GOOD: std::ops::Range<f64> = 0.25..4.0;
/// How far from its point a chart is tried, relative to ‖w‖.
const REACH: f64 = 0.03;
/// ‖∇F‖ that counts as zero there, in units of ‖H‖‖w‖.
const BESIDE: f64 = 1e-11;
/// Newton iterations for the multipliers at one point.
const ITERATIONS: usize = 30;

impl Chart {
    /// Around `on` ∈ M.
    ///
    /// # Errors
    /// A rank without a gap, a negative eigenvalue, rank zero; values that are not finite.
    pub fn around(loss: &Arc<dyn Loss>, on: &Weights) -> Result<Chart, ManifoldError> {
        let kernel = HessianKernel::new(loss.as_ref())?.decided(on)?;
        let mut frame = kernel.normals.clone();
        frame.column_iter_mut().zip(&kernel.values).for_each(|(mut column, value)| column /= value.sqrt());
        Ok(Chart { loss: loss.clone(), frame, spectrum: kernel.spectrum, minimum: loss.value(on)? })
    }

    /// x = w − κQ̂μ, the point of M below w.
    pub fn base(&self, w: &Weights, mu: &Vector, kappa: f64) -> Weights {
        let mut x = w.clone();
        x.gemv(-kappa, &self.frame, mu, 1.0);
        x
    }

    /// Whether S at `x` ∈ M is well conditioned: between a quarter and four times the identity.
    ///
    /// # Errors
    /// Values that are not finite.
    pub fn covers(&self, x: &Weights) -> Result<bool, ManifoldError> {
        let (values, _) = dense::symmetric_eigen(&self.compliance(&self.jacobian(x)))?;
        Ok(values.iter().all(|value| GOOD.contains(value)))
    }

    /// ‖∇F(w) − κf(w, μ, κ)‖, zero to round-off where the chart holds, and ‖f‖.
    ///
    /// # Errors
    /// Values that are not finite.
    pub fn departure(&self, w: &Weights, mu: &Vector, kappa: f64) -> Result<(f64, f64), FieldError> {
        let (mut constraint, mut force, mut gradient) = (mu.clone(), w.clone(), w.clone());
        self.evaluate(w, mu, kappa, &mut constraint, &mut force)?;
        self.loss.gradient(w, &mut gradient)?;
        let size = force.norm();
        Ok(((gradient - force * kappa).norm(), size))
    }

    /// Checks that ∇F vanishes on all of {r̃ = 0} near `on`, not only there: at points 3 % of ‖w‖ away.
    ///
    /// # Errors
    /// The part of ∇F that does not: ker H at `on` is then larger than the tangent space of M.
    pub fn is_all_critical(&self, on: &Weights) -> Result<(), ManifoldError> {
        let mut stream = Stream::new(0, "beside the foot point");
        let allowed = BESIDE * self.spectrum.largest * on.norm();
        for _ in 0..3 {
            let v = Weights::from_fn(on.len(), |_, _| stream.normal());
            let beside = on + &v * (REACH * on.norm() / v.norm());
            // Beyond the chart, or where F has no value, nothing is claimed.
            let Ok(Some(mu)) = self.multipliers(&beside, 1.0) else { continue };
            let x = self.base(&beside, &mu, 1.0);
            let gradient = self.departure(&x, &(mu * 0.0), 0.0)?.0;
            if gradient > allowed && self.covers(&x)? {
                let rank = self.spectrum.rank;
                return Err(ManifoldError::NotCritical { rank, found: rank, gradient, allowed });
            }
        }
        Ok(())
    }

    /// F(w^λ) − F(M) = λ² e₂ + λ³ e₃: e₂ = ½μᵀSμ, and with q = Q̂μ, e₃ = ⟨μ, Sμ₁⟩ + ½ D³F[w₁, q, q] − ⅓ D³F[q, q, q].
    pub fn excess(&self, w: &Weights, mu: &Vector, first: &Weights, mu_first: &Vector) -> (f64, f64) {
        let strain = self.compliance(&self.jacobian(w)) * mu;
        let q = &self.frame * mu;
        let mut curved = w.clone();
        self.curvature_product(w, mu, &q, &mut curved);
        (0.5 * strain.dot(mu), strain.dot(mu_first) + 0.5 * curved.dot(first) - curved.dot(&q) / 3.0)
    }

    fn gradient(&self, w: &Weights, r: &mut Vector) -> Result<(), FieldError> {
        let mut gradient = Weights::zeros(w.len());
        self.loss.gradient(w, &mut gradient)?;
        r.gemv_tr(1.0, &self.frame, &gradient, 0.0);
        Ok(())
    }

    fn product(&self, w: &Weights, v: &Weights, out: &mut Weights) {
        // Where the loss has no value the numbers are none: every method of integration takes that for a step too long.
        if self.loss.hessian_product(w, v, out).is_err() {
            out.fill(f64::NAN);
        }
    }
}

impl Residual for Chart {
    fn dim(&self) -> usize {
        self.frame.nrows()
    }

    fn samples(&self) -> usize {
        self.frame.ncols()
    }

    fn residual(&self, w: &Weights, r: &mut Vector) -> Result<(), FieldError> {
        self.gradient(w, r)
    }

    fn push_forward(&self, w: &Weights, v: &Weights, out: &mut Vector) {
        let mut image = Weights::zeros(w.len());
        self.product(w, v, &mut image);
        out.gemv_tr(1.0, &self.frame, &image, 0.0);
    }

    fn pull_back(&self, w: &Weights, c: &Vector, out: &mut Weights) {
        self.product(w, &(&self.frame * c), out);
    }

    fn curvature_product(&self, w: &Weights, mu: &Vector, v: &Weights, out: &mut Weights) {
        if self.loss.third_product(w, &(&self.frame * mu), v, out).is_err() {
            out.fill(f64::NAN);
        }
    }

    fn coupling(&self) -> Option<&dyn Coupling> {
        Some(self)
    }
}

impl Coupling for Chart {
    fn evaluate(
        &self,
        w: &Weights,
        mu: &Vector,
        kappa: f64,
        constraint: &mut Vector,
        force: &mut Weights,
    ) -> Result<(), FieldError> {
        let q = &self.frame * mu;
        self.gradient(&(w - &q * kappa), constraint)?;
        let reach = kappa * q.norm() / w.norm().max(f64::MIN_POSITIVE);
        let mut product = Weights::zeros(w.len());
        force.fill(0.0);
        for (theta, weight) in quadrature::nodes(reach) {
            self.loss.hessian_product(&(w - &q * ((1.0 - theta) * kappa)), &q, &mut product)?;
            force.axpy(weight, &product, 1.0);
        }
        Ok(())
    }

    fn compliance(&self, jacobian: &Matrix) -> Matrix {
        let s = jacobian * &self.frame;
        (&s + s.transpose()) * 0.5
    }

    fn by_kappa(&self, w: &Weights, mu: &Vector, force: &mut Weights, constraint: &mut Vector) {
        let q = &self.frame * mu;
        self.curvature_product(w, mu, &q, force);
        *force *= -0.5;
        self.push_forward(w, &q, constraint);
    }

    fn multipliers(&self, w: &Weights, kappa: f64) -> Result<Option<Vector>, FieldError> {
        let mut lifted = Vector::zeros(self.samples());
        let mut r = lifted.clone();
        let mut before = f64::INFINITY;
        for _ in 0..ITERATIONS {
            let x = w - &self.frame * &lifted;
            self.gradient(&x, &mut r)?;
            let Some(factor) = dense::Cholesky::new(self.compliance(&self.jacobian(&x))) else { return Ok(None) };
            factor.solve_mut(&mut r);
            lifted += &r;
            let step = (&self.frame * &r).norm();
            // Quadratic until round-off: a step that no longer halves the one before is the last.
            if step == 0.0 || (step >= 0.5 * before && step <= 1e-10 * w.norm()) {
                return Ok(Some(lifted / kappa));
            }
            if !step.is_finite() {
                return Ok(None);
            }
            before = step;
        }
        Ok(None)
    }
}
