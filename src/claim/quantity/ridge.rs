//! The stationary point of the regularised flow of linear regression: the ridge solution.

use super::{LAMBDAS, Measure, Quantity, SLOW_TIME, largest};
use crate::claim::{Bench, MeasureError, Measured};
use crate::field::Weights;
use crate::numeric::{Vector, dense};

/// w^λ at a late time against the ridge solution.
pub const DISTANCE: Quantity = Quantity {
    name: "ridge-distance",
    about: "sup over λ of ‖w^λ(S/λ) − (XᵀX + λ/c)⁻¹Xᵀy‖, relative, at a late slow time S",
    parameters: &[LAMBDAS, SLOW_TIME],
    measure: Measure::Flows(|bench| {
        let (mut worst, until): (f64, f64) = (0.0, bench.positive_number("slow-time")?);
        for &lambda in bench.positive("lambda")? {
            let ridge = Regression::of(bench)?.ridge(lambda);
            let end = bench.in_slow_time(lambda, &[until])?;
            worst = worst.max((&end[0] - &ridge).norm() / ridge.norm());
        }
        Ok(Measured { value: worst, error: 4.0 * f64::EPSILON })
    }),
};

/// The distance of the ridge solution from X⁺y against its bound.
pub const BOUND: Quantity = Quantity {
    name: "ridge-bound-ratio",
    about: "sup over λ of ‖w^λ(S/λ) − X⁺y‖ / (λ‖H⁺X⁺y‖) at a late slow time S",
    parameters: &[LAMBDAS, SLOW_TIME],
    measure: Measure::Flows(|bench| {
        let until = bench.positive_number("slow-time")?;
        let regression = Regression::of(bench)?;
        let limit = regression.ridge(0.0);
        let slope = regression.inverse_hessian().norm();
        let mut ratios = Vec::new();
        for &lambda in bench.positive("lambda")? {
            let end = bench.in_slow_time(lambda, &[until])?;
            ratios.push((&end[0] - &limit).norm() / (lambda * slope));
        }
        Ok(Measured::of(largest(ratios)))
    }),
};

/// X in its singular vectors.
struct Regression {
    svd: dense::Svd,
    projected: Vector,
    c: f64,
}

impl Regression {
    fn of(bench: &Bench<'_>) -> Result<Regression, MeasureError> {
        let setup = bench.setup;
        if setup.problem.model.kind != "linear-regression" {
            let found = format!("model \"{}\"", setup.problem.model.kind);
            return Err(MeasureError::NotDefined { needed: "linear regression", found });
        }
        let svd = dense::svd(&setup.train.inputs)?;
        Ok(Regression { projected: svd.u.tr_mul(&setup.train.targets), svd, c: bench.loss().c })
    }

    /// V diag(σ/(σ² + λ/c)) Uᵀy; λ = 0 gives X⁺y.
    fn ridge(&self, lambda: f64) -> Weights {
        let scaled = self.projected.zip_map(&self.svd.values, |y, sigma| y * sigma / (sigma * sigma + lambda / self.c));
        &self.svd.v * scaled
    }

    /// H⁺X⁺y.
    fn inverse_hessian(&self) -> Weights {
        &self.svd.v * self.projected.zip_map(&self.svd.values, |y, sigma| y / (self.c * sigma.powi(3)))
    }
}
