//! Derivatives checked by the slope of their Taylor remainder (public: check your own model with it).
//!
//! With a direction v, ‖r(w + hv) − r(w) − hJv‖ = O(h²), and ‖J(w + hv)ᵀμ − J(w)ᵀμ − hΣₖμₖ∇²rₖ v‖ = O(h²): on a log–log
//! scale the slope over h = 2⁻⁴ … 2⁻¹² is 2 (or the remainder is zero to round-off where the function is polynomial of
//! lower degree). The transpose is checked by ⟨Jv, c⟩ = ⟨v, Jᵀc⟩.

use crate::field::{FieldError, Residual, Weights};
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

fn slope(remainders: &[(f64, f64, f64)]) -> Option<f64> {
    let above: Vec<(f64, f64)> =
        remainders.iter().filter(|(_, size, scale)| *size > 1e3 * f64::EPSILON * scale).map(|&(h, size, _)| (h, size)).collect();
    if above.len() < 3 {
        return None;
    }
    fit::log_log(&above).map(|line| line.slope)
}
