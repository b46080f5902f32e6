//! Beyond the theorem: numbers at finite λ, predicted from w° and w₁ alone and held against the runs.
//!
//! With w^λ(s/λ) = w°(s) + λw₁(s) + O(λ²): ‖w‖² = ‖w°‖² + 2λ⟨w°, w₁⟩, the training loss stays at
//! F₀ + λ²‖μ‖²/2c + λ³⟨μ, μ₁⟩/c, and the test loss crosses a level at s₀ + λs₁. The observed crossing is the root of the
//! polynomial through the losses at Chebyshev points around the predicted one.

use super::Grid;
use crate::compare::SAFETY;
use crate::field::{Fast, Loss, Trajectory, Weights};
use crate::flow::{Crossing, Expansion, FlowError, Flows, Prediction};

/// A predicted number beside the observed one.
#[derive(Debug, Clone, PartialEq)]
pub struct Predicted {
    /// λ.
    pub lambda: f64,
    /// What: `norm-squared`, `train-loss` or `test-loss-crossing` (a slow time).
    pub quantity: &'static str,
    /// The slow time at which it is meant; for a crossing the predicted one.
    pub s: f64,
    /// To leading order, and with the first correction.
    pub prediction: Prediction,
    /// From the run at λ.
    pub observed: Option<f64>,
    /// Numerical error of the observed number.
    pub error: Option<f64>,
}

/// A level of the test loss and where w° crosses it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// The level.
    pub value: f64,
    /// The predicted crossing.
    pub crossing: Crossing,
}

/// Chebyshev points around a predicted crossing.
const NODES: usize = 9;

impl Level {
    /// The crossing of `level`, or of the geometric mean of the test losses at both ends of the window.
    pub fn find(
        flows: &dyn Flows,
        expansion: &Expansion,
        test: &dyn Loss,
        level: Option<f64>,
    ) -> Result<Option<Level>, FlowError> {
        let (Some(first), Some(last)) = (expansion.points.first(), expansion.points.last()) else { return Ok(None) };
        let (start, end) = (test.value(&first.w)?, test.value(&last.w)?);
        // A test loss that is the same at both ends up to round-off crosses nothing.
        if (start - end).abs() <= 1e-9 * start.abs().max(end.abs()) {
            return Ok(None);
        }
        let value = level.unwrap_or((start * end).sqrt());
        Ok(flows.crossing(expansion, test, value)?.map(|crossing| Level { value, crossing }))
    }

    /// Slow times around the crossing at λ, wide enough for the next order of the expansion. None where its first order would move
    /// the crossing by more than half of its time: λ is too large for it there, or the loss hardly changes along w°.
    pub fn nodes(&self, lambda: f64) -> Vec<f64> {
        let centre = self.crossing.at(lambda).corrected;
        let shift = lambda * self.crossing.first.abs();
        if shift.is_nan() || shift > 0.5 * self.crossing.s {
            return Vec::new();
        }
        let half = (0.5 * shift + 1e-3 * centre).min(0.3 * centre);
        (0..NODES).map(|k| centre - half * (std::f64::consts::PI * (k as f64 + 0.5) / NODES as f64).cos()).collect()
    }
}

/// Every prediction at one λ against the reported run, its error from the companion.
pub fn at(
    lambda: f64,
    grid: &Grid,
    runs: (&Trajectory<Fast>, &Trajectory<Fast>),
    expansion: &Expansion,
    train: &dyn Loss,
    test: Option<&dyn Loss>,
    level: Option<&Level>,
) -> Vec<Predicted> {
    let mut all = Vec::new();
    let both = |number: &dyn Fn(&Trajectory<Fast>) -> Option<f64>| {
        let (observed, other) = (number(runs.0), number(runs.1));
        (observed, observed.zip(other).map(|(a, b)| SAFETY * (a - b).abs() + 4.0 * f64::EPSILON * a.abs()))
    };
    let last = grid.window.len().saturating_sub(1);
    if let (Some(&index), Some(point)) = (grid.window.last(), expansion.points.get(last)) {
        let at_end = |f: &dyn Fn(&Weights) -> Option<f64>| both(&|run| run.points.get(index).and_then(|p| f(&p.w)));
        let mut push = |quantity, prediction: Option<Prediction>, (observed, error)| {
            if let Some(prediction) = prediction {
                all.push(Predicted { lambda, quantity, s: point.s, prediction, observed, error });
            }
        };
        push("norm-squared", expansion.norm_squared(last, lambda), at_end(&|w| Some(w.norm_squared())));
        push("train-loss", expansion.train_loss(last, lambda), at_end(&|w| train.value(w).ok()));
    }
    if let (Some(test), Some(level), false) = (test, level, grid.extra.is_empty()) {
        let prediction = level.crossing.at(lambda);
        let (observed, error) = both(&|run| {
            let nodes: Option<Vec<(f64, f64)>> = grid
                .extra
                .iter()
                .map(|&k| run.points.get(k).and_then(|p| test.value(&p.w).ok()).map(|value| (grid.slow[k], value - level.value)))
                .collect();
            root(&nodes?)
        });
        all.push(Predicted { lambda, quantity: "test-loss-crossing", s: prediction.corrected, prediction, observed, error });
    }
    all
}

/// The root of the polynomial through points whose values change sign, by bisection on Neville's scheme.
fn root(points: &[(f64, f64)]) -> Option<f64> {
    let pair = points.windows(2).find(|pair| (pair[0].1 < 0.0) != (pair[1].1 < 0.0))?;
    let (mut low, mut high) = (pair[0].0, pair[1].0);
    let falling = pair[0].1 > pair[1].1;
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if (neville(points, middle) > 0.0) == falling { low = middle } else { high = middle }
    }
    Some(0.5 * (low + high))
}

/// The interpolating polynomial at x.
fn neville(points: &[(f64, f64)], x: f64) -> f64 {
    let mut values: Vec<f64> = points.iter().map(|p| p.1).collect();
    for order in 1..points.len() {
        for k in 0..points.len() - order {
            let (a, b) = (points[k].0, points[k + order].0);
            values[k] = ((x - b) * values[k] - (x - a) * values[k + 1]) / (a - b);
        }
    }
    values.first().copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_observed_crossing_is_exact_to_the_order_of_its_polynomial() {
        let level = Level { value: 0.3, crossing: Crossing { s: -(0.3_f64.ln()) + 1e-4, first: 0.0 } };
        let points: Vec<(f64, f64)> = level.nodes(1e-3).into_iter().map(|s| (s, (-s).exp() - 0.3)).collect();
        assert!((root(&points).expect("a root") + 0.3_f64.ln()).abs() < 1e-14);
        let flat = Level { value: 0.3, crossing: Crossing { s: 1.0, first: -1e12 } };
        assert!(flat.nodes(1e-3).is_empty());
    }
}
