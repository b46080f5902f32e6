//! Derivatives checked by the slope of their Taylor remainder (public: check your own model with it).
//!
//! With a direction v, ‖r(w + hv) − r(w) − hJv‖ = O(h²), and ‖J(w + hv)ᵀμ − J(w)ᵀμ − hΣₖμₖ∇²rₖ v‖ = O(h²): on a log–log
//! scale the slope over h = 2⁻⁴ … 2⁻¹² is 2 (or the remainder is zero to round-off where the function is polynomial of
//! lower degree). The transpose is checked by ⟨Jv, c⟩ = ⟨v, Jᵀc⟩.

use crate::field::{FieldError, Loss, Residual, Weights};
use crate::numeric::{Vector, fit};

/// What a derivative check found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SlopeCheck {
    /// Slope of the remainder of r: 2, or `None` where the remainder is round-off throughout.
    pub residual: Option<f64>,
    /// Slope of the remainder of Jᵀμ: 2, or `None` where the remainder is round-off throughout.
    pub pull_back: Option<f64>,
    /// |⟨Jv, c⟩ − ⟨v, Jᵀc⟩| relative to ‖Jv‖‖c‖ + ‖v‖‖Jᵀc‖.
    pub transpose: f64,
}

/// Checks the products of `model` at `w` in direction `v` against multipliers `mu`.
pub fn check(model: &dyn Residual, w: &Weights, v: &Weights, mu: &Vector) -> Result<SlopeCheck, FieldError> {
    let (n, d) = (model.samples(), model.dim());
    let mut r0 = Vector::zeros(n);
    model.residual(w, &mut r0)?;
    let (mut jv, mut pulled0, mut curved) = (Vector::zeros(n), Weights::zeros(d), Weights::zeros(d));
    model.push_forward(w, v, &mut jv);
    model.pull_back(w, mu, &mut pulled0);
    model.curvature_product(w, mu, v, &mut curved);

    let (mut first, mut second) = (Vec::new(), Vec::new());
    for k in 4..=12 {
        let h = 0.5_f64.powi(k);
        let shifted = w + v * h;
        let (mut r, mut pulled) = (Vector::zeros(n), Weights::zeros(d));
        model.residual(&shifted, &mut r)?;
        model.pull_back(&shifted, mu, &mut pulled);
        let scale_r = r0.norm() + h * jv.norm();
        let scale_p = pulled0.norm() + h * curved.norm();
        first.push((h, (r - &r0 - &jv * h).norm(), scale_r));
        second.push((h, (pulled - &pulled0 - &curved * h).norm(), scale_p));
    }
    let mut back = Weights::zeros(d);
    model.pull_back(w, mu, &mut back);
    let transpose = (jv.dot(mu) - v.dot(&back)).abs() / (jv.norm() * mu.norm() + v.norm() * back.norm()).max(f64::MIN_POSITIVE);
    Ok(SlopeCheck { residual: slope(&first), pull_back: slope(&second), transpose })
}

/// Checks the gradient and the Hessian products of a loss: those of F as a single residual. The transpose is then that of H:
/// ⟨Hv, u⟩ against ⟨v, Hu⟩, u = ∇F + w.
///
/// # Errors
/// Values that are not finite.
pub fn check_loss(loss: &dyn Loss, w: &Weights, v: &Weights) -> Result<SlopeCheck, FieldError> {
    let found = check(&Single(loss), w, v, &Vector::repeat(1, 1.0))?;
    let (mut u, mut hu, mut hv) = (w.clone(), w.clone(), w.clone());
    loss.gradient(w, &mut u)?;
    u += w;
    loss.hessian_product(w, &u, &mut hu)?;
    loss.hessian_product(w, v, &mut hv)?;
    let transpose = (hv.dot(&u) - v.dot(&hu)).abs() / (hv.norm() * u.norm() + v.norm() * hu.norm()).max(f64::MIN_POSITIVE);
    Ok(SlopeCheck { transpose, ..found })
}

/// F as a residual. The derivative products are called only where F has a value: without one they are no numbers.
struct Single<'a>(&'a dyn Loss);

impl Single<'_> {
    fn gradient(&self, w: &Weights) -> Weights {
        let mut out = w.clone();
        if self.0.gradient(w, &mut out).is_err() {
            out.fill(f64::NAN);
        }
        out
    }
}

impl Residual for Single<'_> {
    fn dim(&self) -> usize {
        self.0.dim()
    }

    fn samples(&self) -> usize {
        1
    }

    fn residual(&self, w: &Weights, r: &mut Vector) -> Result<(), FieldError> {
        r[0] = self.0.value(w)?;
        Ok(())
    }

    fn push_forward(&self, w: &Weights, v: &Weights, out: &mut Vector) {
        out[0] = self.gradient(w).dot(v);
    }

    fn pull_back(&self, w: &Weights, c: &Vector, out: &mut Weights) {
        out.copy_from(&(self.gradient(w) * c[0]));
    }

    fn curvature_product(&self, w: &Weights, mu: &Vector, v: &Weights, out: &mut Weights) {
        match self.0.hessian_product(w, v, out) {
            Ok(()) => *out *= mu[0],
            Err(_) => out.fill(f64::NAN),
        }
    }
}

fn slope(remainders: &[(f64, f64, f64)]) -> Option<f64> {
    let above: Vec<(f64, f64)> =
        remainders.iter().filter(|(_, size, scale)| *size > 1e3 * f64::EPSILON * scale).map(|&(h, size, _)| (h, size)).collect();
    if above.len() < 3 {
        return None;
    }
    fit::log_log(&above).map(|line| line.slope)
}
