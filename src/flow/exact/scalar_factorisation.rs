use super::{ClosedForm, ExactError};
use crate::field::Weights;

/// Scalar factorisation r = uv − c: M is the hyperbola uv = c on which q = u² − v² = q₀e^{−2s}.
///
/// With ρ = √(q² + 4c²): (u + v)² = ρ + 2c, (u − v)² = ρ − 2c, ‖w°‖² = ρ, limit norm² 2|c|. The signs of u + v and u − v are
/// those at the start, because each is multiplied by a positive factor along every flow.
pub struct ScalarFactorisation {
    product: f64,
    signs: (f64, f64),
    imbalance: f64,
}

impl ScalarFactorisation {
    /// Closed form for the product c from (u₀, v₀). Fails where the flow runs into the saddle at the origin.
    pub fn new(product: f64, start: &Weights) -> Result<Self, ExactError> {
        let (sum, difference) = (start[0] + start[1], start[0] - start[1]);
        if (sum == 0.0 && product > 0.0) || (difference == 0.0 && product < 0.0) {
            let reason = format!("from (u, v) = ({}, {}) the flow of uv = {product} ends in the origin", start[0], start[1]);
            return Err(ExactError::Start { reason });
        }
        Ok(ScalarFactorisation { product, signs: (sum.signum(), difference.signum()), imbalance: sum * difference })
    }

    fn at(&self, imbalance: f64) -> Weights {
        let rho = imbalance.hypot(2.0 * self.product);
        // One of ρ ± 2c is a sum; the other is q² over it, without cancellation.
        let large = (rho + 2.0 * self.product.abs()).sqrt();
        let small = if large > 0.0 { imbalance.abs() / large } else { 0.0 };
        let (sum, difference) = if self.product >= 0.0 { (large, small) } else { (small, large) };
        let (sum, difference) = (self.signs.0 * sum, self.signs.1 * difference);
        Weights::from_vec(vec![0.5 * (sum + difference), 0.5 * (sum - difference)])
    }
}

impl ClosedForm for ScalarFactorisation {
    fn slow(&self, s: f64) -> Result<Weights, ExactError> {
        Ok(self.at(self.imbalance * (-2.0 * s).exp()))
    }

    fn limit(&self) -> Option<Weights> {
        Some(self.at(0.0))
    }
}
