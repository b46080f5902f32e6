//! Only the integrator, on a slow–fast system that is no gradient flow: Michaelis–Menten kinetics.
//!
//! ẋ = −x + (x + κ − σ) y, ε ẏ = x − (x + κ) y. As ε → 0, y sticks to y = x/(x + κ) and ẋ = −σ x/(x + κ), which
//! Lambert's W solves: x/κ·e^{x/κ} = (x₀/κ)·e^{(x₀ − σt)/κ}. The gap is of order ε.
//! Run with `cargo run --release --example slow_fast_system`.

use std::error::Error;

use slowflow::field::{FieldError, VectorField, Weights};
use slowflow::integrate::{Explicit, Integrator, Order, Tolerance};

const KAPPA: f64 = 1.0;
const SIGMA: f64 = 0.5;

struct MichaelisMenten {
    epsilon: f64,
}

impl VectorField for MichaelisMenten {
    fn dim(&self) -> usize {
        2
    }

    fn eval(&self, w: &Weights, dw: &mut Weights) -> Result<(), FieldError> {
        let (x, y) = (w[0], w[1]);
        dw[0] = -x + (x + KAPPA - SIGMA) * y;
        dw[1] = (x - (x + KAPPA) * y) / self.epsilon;
        FieldError::check("the field", dw.as_slice(), w)
    }
}

/// The reduced flow's x(t), by Newton's method on log(x/κ) + x/κ = log(x₀/κ) + (x₀ − σt)/κ.
pub fn reduced(start: f64, t: f64) -> f64 {
    let right = (start / KAPPA).ln() + (start - SIGMA * t) / KAPPA;
    let mut log = right.min(0.0);
    for _ in 0..60 {
        log -= (log + log.exp() - right) / (1.0 + log.exp());
    }
    KAPPA * log.exp()
}

/// Pairs (ε, sup over t of |x_ε(t) − x₀(t)|).
pub fn gaps() -> Result<Vec<(f64, f64)>, Box<dyn Error>> {
    let times: Vec<f64> = (1..=20).map(|k| 0.2 * f64::from(k)).collect();
    let method = Explicit::adaptive(Order::Eight, Tolerance { rtol: 1e-11, atol: 1e-12 }, 10_000_000);
    let mut gaps = Vec::new();
    for epsilon in [1e-1, 1e-2, 1e-3, 1e-4] {
        // The start is on the slow manifold: away from it the initial layer shifts x by O(ε) as well.
        let start = Weights::from_vec(vec![1.0, 1.0 / (1.0 + KAPPA)]);
        let run = method.integrate(&MichaelisMenten { epsilon }, &start, &times)?;
        let gap = run.states.iter().zip(&times).map(|(w, &t)| (w[0] - reduced(1.0, t)).abs()).fold(0.0, f64::max);
        gaps.push((epsilon, gap));
    }
    Ok(gaps)
}

pub fn main() -> Result<(), Box<dyn Error>> {
    println!("{:>8} {:>12} {:>10}", "ε", "gap", "gap/ε");
    for (epsilon, gap) in gaps()? {
        println!("{epsilon:>8.0e} {gap:>12.4e} {:>10.5}", gap / epsilon);
    }
    Ok(())
}
