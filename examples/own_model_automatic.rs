//! Your own model from nothing but its residual function: derivatives of both orders come by themselves.
//!
//! Two coupled oscillators' amplitudes a, b and a phase p are to fit three readings; the valley of perfect fits is curved.
//! Run with `cargo run --release --example own_model_automatic`.

use std::error::Error;
use std::sync::Arc;

use slowflow::field::{LeastSquares, Regulariser, Weights};
use slowflow::flow::{Flows, RadauFlows};
use slowflow::integrate::Tolerance;
use slowflow::loss::slope;
use slowflow::model::expression::{Formulas, Variable};
use slowflow::numeric::Vector;

/// r_k(a, b, p, q) = a sin(x_k + p) + b cos(q x_k) − y_k: any Rust code that does not branch on the weights.
fn residuals<'g>(w: &[Variable<'g>]) -> Vec<Variable<'g>> {
    let readings = [(0.3, 0.8), (1.1, 0.9)];
    let (a, b, p, q) = (w[0], w[1], w[2], w[3]);
    readings.iter().map(|&(x, y)| a * (p + x).sin() + b * (q * x).cos() - y).collect()
}

/// sup over the window of ‖w^λ(s/λ) − w°(s)‖ for each λ.
pub fn gaps() -> Result<Vec<(f64, f64)>, Box<dyn Error>> {
    let model = Formulas::record(4, residuals)?;
    let start = Weights::from_vec(vec![1.2, -0.4, 0.7, 1.5]);

    // Not needed here, but always possible: the derivatives against the slope of their Taylor remainders.
    let check = slope::check(&model, &start, &Weights::repeat(4, 1.0), &Vector::repeat(2, 1.0))?;
    println!("slopes of the Taylor remainders (2 is right): {:?} {:?}", check.residual, check.pull_back);

    let loss = LeastSquares { residual: Arc::new(model), c: 1.0 / 2.0, offset: 0.0 };
    let flows = RadauFlows::new(&loss, &Regulariser::HalfSquaredNorm, &start, Tolerance { rtol: 1e-11, atol: 1e-13 })?;
    let foot = flows.foot()?;
    let window = [0.2, 0.5, 1.0];
    let slow = flows.slow(&foot.w, &window)?;
    let mut gaps = Vec::new();
    for lambda in [1e-3, 1e-4, 1e-5, 1e-6] {
        let run = flows.in_slow_time(lambda, &window)?.trajectory;
        let gap = run.points.iter().zip(&slow.points).map(|(a, b)| (&a.w - &b.w).norm()).fold(0.0, f64::max);
        gaps.push((lambda, gap));
    }
    Ok(gaps)
}

pub fn main() -> Result<(), Box<dyn Error>> {
    println!("{:>8} {:>12} {:>10}", "λ", "gap", "gap/λ");
    for (lambda, gap) in gaps()? {
        println!("{lambda:>8.0e} {gap:>12.4e} {:>10.5}", gap / lambda);
    }
    Ok(())
}
