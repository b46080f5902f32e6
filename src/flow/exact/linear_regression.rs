use super::{ClosedForm, ExactError};
use crate::field::Weights;
use crate::numeric::dense::{self, Svd};
use crate::numeric::{Matrix, Vector, rank};

/// Linear regression r = Xw − y, F = ½c‖r‖², in the right singular vectors of X with hᵢ = cσᵢ²:
///
/// wᵢ(t) = e^{−(hᵢ+λ)t} wᵢ(0) + cσᵢ(Uᵀy)ᵢ (1 − e^{−(hᵢ+λ)t})/(hᵢ+λ), the kernel decays as e^{−λt};
/// Φ(w₀) = X⁺y + (I − X⁺X)w₀, w°(s) = X⁺y + e^{−s}(I − X⁺X)w₀, limit X⁺y, slow constant ‖H⁺X⁺y‖.
pub struct LinearRegression {
    svd: Svd,
    c: f64,
    /// Uᵀy.
    projected: Vector,
    /// Vᵀw₀ and the part of w₀ in ker X.
    start: (Vector, Weights),
}

impl LinearRegression {
    /// Closed form for inputs X (n × d), targets y, factor c and start w₀; the rank of X by the rule with a gap.
    pub fn new(inputs: &Matrix, targets: &Vector, c: f64, start: &Weights) -> Result<Self, ExactError> {
        let full = dense::svd(inputs)?;
        let rank = rank::decide(full.values.as_slice())?.rank;
        let svd = Svd {
            u: full.u.columns(0, rank).into_owned(),
            values: full.values.rows(0, rank).into_owned(),
            v: full.v.columns(0, rank).into_owned(),
        };
        let seen = svd.v.tr_mul(start);
        let once = start - &svd.v * &seen;
        let kernel = &once - &svd.v * svd.v.tr_mul(&once);
        Ok(LinearRegression { projected: svd.u.tr_mul(targets), svd, c, start: (seen, kernel) })
    }

    /// X⁺y, the minimum-norm least-squares solution.
    pub fn limit(&self) -> Weights {
        &self.svd.v * self.projected.component_div(&self.svd.values)
    }

    /// Φ(w₀).
    pub fn foot(&self) -> Weights {
        self.limit() + &self.start.1
    }

    /// w°(s).
    pub fn slow(&self, s: f64) -> Weights {
        self.limit() + &self.start.1 * (-s).exp()
    }

    /// w^λ(t), λ ≥ 0.
    pub fn regularised(&self, lambda: f64, t: f64) -> Weights {
        let seen = Vector::from_fn(self.svd.values.len(), |i, _| {
            let sigma = self.svd.values[i];
            let rate = self.c * sigma * sigma + lambda;
            (-rate * t).exp() * self.start.0[i] - self.c * sigma * self.projected[i] * (-rate * t).exp_m1() / rate
        });
        &self.svd.v * seen + &self.start.1 * (-lambda * t).exp()
    }

    /// ‖H⁺X⁺y‖, the limit of ‖w^λ(s/λ) − w°(s)‖/λ.
    pub fn slow_constant(&self) -> f64 {
        let scaled = self.projected.zip_map(&self.svd.values, |y, sigma| y / (self.c * sigma.powi(3)));
        scaled.norm()
    }
}

impl ClosedForm for LinearRegression {
    fn slow(&self, s: f64) -> Result<Weights, ExactError> {
        Ok(self.slow(s))
    }

    fn regularised(&self, lambda: f64, t: f64) -> Option<Weights> {
        Some(self.regularised(lambda, t))
    }

    fn limit(&self) -> Option<Weights> {
        Some(self.limit())
    }

    fn slow_constant(&self) -> Option<f64> {
        Some(self.slow_constant())
    }
}
