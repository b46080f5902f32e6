//! Gradient descent of small steps on networks with kinks: what holds across the walls of activation cells.
//!
//! Everything is computed with the step and with half of it; the difference counts as the error.

use super::{LAMBDA, Measure, Quantity, largest, slope};
use crate::claim::{Bench, MeasureError, Measured};
use crate::field::{Loss, Weights};
use crate::numeric::{Vector, dense};
use crate::problem::parameters::{Default, Parameter};
use crate::train::GradientDescent;

const STEP: Parameter = Parameter { name: "step", default: Default::RequiredNumber, about: "the step η > 0" };
const TIME: Parameter = Parameter { name: "time", default: Default::RequiredNumber, about: "the fast time t = ηk" };

/// The order at which the invariant is met.
pub const INVARIANT_ORDER: Quantity = Quantity {
    name: "descent-invariant-order",
    about: "order in the step of ‖e^{2λt}I(w) − I(w₀)‖/‖I(w₀)‖ after gradient descent up to t, I the model's invariants",
    parameters: &[LAMBDA, TIME, Parameter { name: "steps", default: Default::RequiredList, about: "the steps η > 0" }],
    measure: Measure::Alone(|bench| {
        let mut pairs = Vec::new();
        for &step in bench.positive("steps")? {
            pairs.push((step, invariant_deviation(bench, step)?));
        }
        slope(&pairs)
    }),
};

/// How well the invariant is met.
pub const INVARIANT: Quantity = Quantity {
    name: "descent-invariant-decay",
    about: "‖e^{2λt}I(w) − I(w₀)‖/‖I(w₀)‖ after gradient descent up to t, I the model's invariants",
    parameters: &[LAMBDA, TIME, STEP],
    measure: Measure::Alone(|bench| halved(bench, invariant_deviation)),
};

/// The excess of the norm over what balanced neurons need.
pub const BALANCE: Quantity = Quantity {
    name: "descent-balance-gap",
    about: "|w|² − 2Σ|u_j|ρ_j with ρ_j² = |w_j|² + b_j², relative to |w|², after gradient descent up to t",
    parameters: &[LAMBDA, TIME, STEP],
    measure: Measure::Alone(|bench| {
        halved(bench, |bench, step| {
            let w = end(bench, step)?;
            let gap: f64 = neurons(bench, &w)?.iter().map(|n| (n.readout.abs() - n.size()).powi(2)).sum();
            Ok(gap / w.norm_squared())
        })
    }),
};

/// Losses under gradient descent.
pub const LOSS: Quantity = Quantity {
    name: "descent-loss-ratio",
    about: "L(w(t))/L(w(from)) under gradient descent, L the training or the test loss",
    parameters: &[
        Parameter { name: "set", default: Default::Choice(&["train", "test"]), about: "which loss: train, test" },
        LAMBDA,
        Parameter { name: "from", default: Default::RequiredNumber, about: "the first fast time ≥ 0" },
        TIME,
        STEP,
    ],
    measure: Measure::Alone(|bench| halved(bench, loss_ratio)),
};

/// The squared norm under gradient descent.
pub const NORM: Quantity = Quantity {
    name: "descent-norm-ratio",
    about: "|w(t)|²/|w(from)|² under gradient descent",
    parameters: &[
        LAMBDA,
        Parameter { name: "from", default: Default::RequiredNumber, about: "the first fast time ≥ 0" },
        TIME,
        STEP,
    ],
    measure: Measure::Alone(|bench| {
        halved(bench, |bench, step| {
            let run = descend(bench, step, &[bench.given.number("from"), bench.given.number("time")])?;
            Ok(run[1].norm_squared() / run[0].norm_squared())
        })
    }),
};

/// Kinks of the network's function that are left.
pub const KINKS: Quantity = Quantity {
    name: "descent-kinks",
    about: "number of separate kinks −b/v within the range of the inputs, of neurons with |u|ρ above a share of the largest",
    parameters: &[
        LAMBDA,
        TIME,
        STEP,
        Parameter {
            name: "share",
            default: Default::Number(1e-2),
            about: "neurons below this share of the largest |u|ρ do not count",
        },
        Parameter { name: "apart", default: Default::Number(0.05), about: "kinks nearer than this share of the range are one" },
    ],
    measure: Measure::Alone(|bench| halved(bench, kinks)),
};

/// The largest curvature at the start.
pub const CURVATURE: Quantity = Quantity {
    name: "largest-curvature-at-start",
    about: "the largest eigenvalue cσ₁(J)² of the Gauss–Newton Hessian at w₀: steps must stay below 2 over it",
    parameters: &[],
    measure: Measure::Alone(|bench| Ok(Measured::of(curvature(bench)?))),
};

/// The time that a number of steps can reach.
pub const REACH: Quantity = Quantity {
    name: "largest-stable-time",
    about: "the time 2k/h that k steps of gradient descent reach at most, h the largest Gauss–Newton curvature at w₀",
    parameters: &[Parameter { name: "steps", default: Default::RequiredNumber, about: "the number k of steps" }],
    measure: Measure::Alone(|bench| Ok(Measured::of(2.0 * bench.positive_number("steps")? / curvature(bench)?))),
};

fn curvature(bench: &Bench<'_>) -> Result<f64, MeasureError> {
    let jacobian = bench.loss().residual.jacobian(&bench.setup.start);
    Ok(bench.loss().c * dense::singular_values(&jacobian)?.amax().powi(2))
}

fn halved(bench: &Bench<'_>, of: impl Fn(&Bench<'_>, f64) -> Result<f64, MeasureError>) -> Result<Measured, MeasureError> {
    let step = bench.positive_number("step")?;
    let (coarse, fine) = (of(bench, step)?, of(bench, 0.5 * step)?);
    Ok(Measured { value: fine, error: (fine - coarse).abs() })
}

fn descend(bench: &Bench<'_>, step: f64, times: &[f64]) -> Result<Vec<Weights>, MeasureError> {
    let lambda = bench.positive_number("lambda")?;
    let field = bench.setup.objective.descent(lambda);
    Ok(GradientDescent { step }.run(&field, &bench.setup.start, times)?)
}

fn end(bench: &Bench<'_>, step: f64) -> Result<Weights, MeasureError> {
    Ok(descend(bench, step, &[bench.positive_number("time")?])?.swap_remove(0))
}

fn invariant_deviation(bench: &Bench<'_>, step: f64) -> Result<f64, MeasureError> {
    let missing = || MeasureError::NotDefined { needed: "a model with invariants", found: "none".into() };
    let of = |w: &Weights| -> Result<Vector, MeasureError> { bench.setup.residual.invariants(w).ok_or_else(missing) };
    let (first, last) = (of(&bench.setup.start)?, of(&end(bench, step)?)?);
    let s = bench.positive_number("lambda")? * bench.positive_number("time")?;
    Ok((last * (2.0 * s).exp() - &first).norm() / first.norm())
}

fn loss_ratio(bench: &Bench<'_>, step: f64) -> Result<f64, MeasureError> {
    let run = descend(bench, step, &[bench.given.number("from"), bench.given.number("time")])?;
    let missing = || MeasureError::NotDefined { needed: "a test set", found: "none".into() };
    let loss: &dyn Loss =
        if bench.given.word("set") == "test" { bench.setup.test.as_deref().ok_or_else(missing)? } else { bench.loss() };
    Ok(loss.value(&run[1])? / loss.value(&run[0])?)
}

/// One neuron of a network of one input with bias: u·φ(vx + b).
struct Neuron {
    readout: f64,
    slope: f64,
    bias: f64,
}

impl Neuron {
    fn size(&self) -> f64 {
        self.slope.hypot(self.bias)
    }
}

fn neurons(bench: &Bench<'_>, w: &Weights) -> Result<Vec<Neuron>, MeasureError> {
    let width = w.len() / 3;
    if bench.setup.problem.model.kind != "two-layer-network" || bench.setup.train.inputs.ncols() != 1 || 3 * width != w.len() {
        let found = format!("model \"{}\"", bench.setup.problem.model.kind);
        return Err(MeasureError::NotDefined { needed: "a two-layer network of one input with bias", found });
    }
    Ok((0..width).map(|j| Neuron { readout: w[j], slope: w[width + 2 * j], bias: w[width + 2 * j + 1] }).collect())
}

fn kinks(bench: &Bench<'_>, step: f64) -> Result<f64, MeasureError> {
    let neurons = neurons(bench, &end(bench, step)?)?;
    let strongest = largest(neurons.iter().map(|n| n.readout.abs() * n.size()));
    let (low, high) = (bench.setup.train.inputs.min(), bench.setup.train.inputs.max());
    let strong = neurons.iter().filter(|n| n.readout.abs() * n.size() > bench.given.number("share") * strongest);
    let mut places: Vec<f64> = strong.map(|n| -n.bias / n.slope).filter(|x| *x >= low && *x <= high).collect();
    places.sort_by(f64::total_cmp);
    let apart = bench.given.number("apart") * (high - low);
    let gaps = places.windows(2).filter(|pair| pair[1] - pair[0] > apart).count();
    Ok(if places.is_empty() { 0.0 } else { (gaps + 1) as f64 })
}
