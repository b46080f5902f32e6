//! A parameter study is a loop: how the constant of the rate depends on the start.
//!
//! On r = uv − c from (a, 0.3): sup over s ∈ [0.2, 2] of ‖w^λ(s/λ) − w°(s)‖/λ for several a, one run each.
//! Run with `cargo run --release --example parameter_study`.

use std::error::Error;
use std::sync::Arc;

use slowflow::data::DataSet;
use slowflow::field::{LeastSquares, Regulariser, Weights};
use slowflow::flow::{Flows, RadauFlows};
use slowflow::integrate::Tolerance;
use slowflow::model::expression::Expression;
use slowflow::numeric::grid;

/// One row of the study.
pub struct Row {
    /// The start is (a, 0.3).
    pub a: f64,
    /// Smallest positive eigenvalue of the Hessian at the foot point.
    pub gap: f64,
    /// sup ‖w^λ − w°‖/λ at λ = 1e-4 and 1e-6.
    pub constants: [f64; 2],
    /// Largest |u² − v² − (u₀² − v₀²)e^{−2s}| along both runs: the integrator's error by an exact invariant.
    pub invariant: f64,
}

pub fn study() -> Result<Vec<Row>, Box<dyn Error>> {
    let model = Arc::new(Expression::new(&["u", "v"], &DataSet::empty())?.residuals(&["u*v - 1"])?);
    let loss = LeastSquares { residual: model, c: 1.0, offset: 0.0 };
    let window = grid::linear(0.2, 2.0, 10);
    let mut rows = Vec::new();
    for a in [0.5, 1.0, 2.0, 4.0] {
        let start = Weights::from_vec(vec![a, 0.3]);
        let flows = RadauFlows::new(&loss, &Regulariser::HalfSquaredNorm, &start, Tolerance { rtol: 1e-12, atol: 1e-13 })?;
        let foot = flows.foot()?;
        let slow = flows.slow(&foot.w, &window)?;
        let (mut constants, mut invariant) = ([0.0_f64; 2], 0.0_f64);
        for (constant, lambda) in constants.iter_mut().zip([1e-4, 1e-6]) {
            for (point, limit) in flows.in_slow_time(lambda, &window)?.trajectory.points.iter().zip(&slow.points) {
                *constant = constant.max((&point.w - &limit.w).norm() / lambda);
                let exact = (a * a - 0.09) * (-2.0 * point.time).exp();
                invariant = invariant.max((point.w[0].powi(2) - point.w[1].powi(2) - exact).abs());
            }
        }
        rows.push(Row { a, gap: foot.spectrum.smallest, constants, invariant });
    }
    Ok(rows)
}

pub fn main() -> Result<(), Box<dyn Error>> {
    println!("{:>4} {:>8} {:>14} {:>14} {:>12}", "a", "h₊", "λ = 1e-4", "λ = 1e-6", "invariant");
    for Row { a, gap, constants, invariant } in study()? {
        println!("{a:>4} {gap:>8.4} {:>14.8} {:>14.8} {invariant:>12.1e}", constants[0], constants[1]);
    }
    Ok(())
}
