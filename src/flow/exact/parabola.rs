use super::{ClosedForm, ExactError};
use crate::field::Weights;

/// Parabola r = y − x². The fast flow keeps x²e^{4y}, so 4x∞² = W(4x₀²e^{4y₀}) with Lambert's W; on M, with ξ = x²,
/// ξ' = −2ξ(1 + 2ξ)/(1 + 4ξ) makes ξ(1 + 2ξ) decay as e^{−2s}: ξ(s) = (√(1 + 8ξ₀(1 + 2ξ₀)e^{−2s}) − 1)/4. Limit: the origin.
pub struct Parabola {
    sign: f64,
    /// ξ₀(1 + 2ξ₀).
    constant: f64,
}

impl Parabola {
    /// Closed form from (x₀, y₀).
    pub fn new(start: &Weights) -> Self {
        let square = if start[0] == 0.0 { 0.0 } else { 0.25 * lambert(2.0 * (2.0 * start[0].abs()).ln() + 4.0 * start[1]) };
        Parabola { sign: start[0].signum(), constant: square * (1.0 + 2.0 * square) }
    }
}

/// W(eᴸ), the root of W + log W = L: Newton from the left of the root of a concave increasing function, so monotone.
fn lambert(log: f64) -> f64 {
    let mut w = 1.0 / (1.0 + (-log).exp());
    for _ in 0..100 {
        let next = w * (1.0 + log - w.ln()) / (1.0 + w);
        if next <= w {
            break;
        }
        w = next;
    }
    w
}

impl ClosedForm for Parabola {
    fn slow(&self, s: f64) -> Result<Weights, ExactError> {
        let decayed = 8.0 * self.constant * (-2.0 * s).exp();
        // (√(1 + z) − 1)/4 = z/(4(√(1 + z) + 1)), without cancellation.
        let square = 0.25 * decayed / ((1.0 + decayed).sqrt() + 1.0);
        Ok(Weights::from_vec(vec![self.sign * square.sqrt(), square]))
    }

    fn limit(&self) -> Option<Weights> {
        Some(Weights::zeros(2))
    }
}
