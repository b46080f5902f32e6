use super::{ClosedForm, ExactError};
use crate::field::Weights;
use crate::numeric::Vector;

/// Ellipsoid r = wᵀAw − 1, A = diag(a): every flow multiplies wᵢ by e^{aᵢm − s}, with one number m for all i.
///
/// w°(s) = e^{−s + Am}w₀ with m the root of Σ aᵢwᵢ₀²e^{2aᵢm} = e^{2s} (convex in m after taking logarithms), limit the
/// projection of w₀ on the largest axis that it meets, of length 1/√a.
pub struct Ellipsoid {
    axes: Vector,
    start: Weights,
}

impl Ellipsoid {
    /// Closed form for the diagonal of A, all > 0, from w₀ ≠ 0.
    pub fn new(axes: &[f64], start: &Weights) -> Result<Self, ExactError> {
        if start.iter().all(|x| *x == 0.0) {
            return Err(ExactError::Start { reason: "the origin is a critical point of F off M".into() });
        }
        Ok(Ellipsoid { axes: Vector::from_column_slice(axes), start: start.clone() })
    }
}

const ITERATIONS: usize = 200;

impl ClosedForm for Ellipsoid {
    fn slow(&self, s: f64) -> Result<Weights, ExactError> {
        let logs: Vec<(f64, f64)> = self
            .axes
            .iter()
            .zip(&self.start)
            .filter(|(_, x)| **x != 0.0)
            .map(|(a, x)| (*a, a.ln() + 2.0 * x.abs().ln()))
            .collect();
        let (mut m, mut step) = (0.0_f64, f64::INFINITY);
        for _ in 0..ITERATIONS {
            // log Σ e^{lᵢ + 2aᵢm} and its derivative, scaled by the largest term.
            let top = logs.iter().map(|(a, l)| l + 2.0 * a * m).fold(f64::NEG_INFINITY, f64::max);
            let terms = logs.iter().map(|(a, l)| (*a, (l + 2.0 * a * m - top).exp()));
            let (sum, slope) = terms.fold((0.0, 0.0), |(sum, slope), (a, e)| (sum + e, slope + 2.0 * a * e));
            let last = step;
            step = (top + sum.ln() - 2.0 * s) * sum / slope;
            // Converged, or at the level of round-off where steps no longer shrink.
            if step.abs() <= 1e-15 * m.abs() || (step.abs() < 1e-12 * (1.0 + m.abs()) && step.abs() >= last.abs()) {
                return Ok(self.start.zip_map(&self.axes, |x, a| x * (a * m - s).exp()));
            }
            m -= step;
        }
        Err(ExactError::NotConverged { s, step, iterations: ITERATIONS })
    }

    fn limit(&self) -> Option<Weights> {
        let met = self.axes.iter().zip(&self.start).filter(|(_, x)| **x != 0.0).map(|(a, _)| *a).fold(0.0, f64::max);
        let largest = self.start.zip_map(&self.axes, |x, a| if a == met { x } else { 0.0 });
        Some(&largest / (largest.norm() * met.sqrt()))
    }
}
