//! `summary.json`: the contract with other programs, one definition for writing and reading.
//!
//! Fields are added and never renamed, and none changes its meaning: what an earlier version did not write has a default when
//! it is read, and what a later one adds is passed over. An absent number is `null`.

use serde::{Deserialize, Serialize};

/// The number that changes when a field changes its meaning.
pub const SCHEMA: u32 = 1;

/// `summary.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The program that wrote it.
    #[serde(default)]
    pub program: Program,
    /// What was posed.
    pub problem: Problem,
    /// Φ(w₀).
    #[serde(default)]
    pub foot: Foot,
    /// One row a λ, in the order of the problem file.
    pub rows: Vec<Row>,
    /// Fitted orders in λ.
    #[serde(default)]
    pub orders: Orders,
    /// Constants of the rates.
    #[serde(default)]
    pub constants: Constants,
    /// The minimum-norm point.
    #[serde(default)]
    pub limit: Option<Limit>,
    /// What was judged.
    #[serde(default)]
    pub checks: Vec<Check>,
    /// Assumptions of the theorem with the numbers that speak for or against them.
    #[serde(default)]
    pub assumptions: Vec<Check>,
    /// Numbers at finite λ, predicted and observed.
    #[serde(default)]
    pub predictions: Vec<Prediction>,
    /// What limits the table, in sentences.
    #[serde(default)]
    pub remarks: Vec<String>,
    /// The only field that differs between two identical runs.
    #[serde(default)]
    pub timing: Timing,
}

/// `program`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Program {
    /// `slowflow`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The commit it was built from.
    pub commit: Option<String>,
    /// Cargo features.
    pub features: Vec<String>,
    /// What reproduces the directory.
    pub command: String,
}

/// `problem`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Problem {
    /// Its title.
    pub title: String,
    /// The problem file.
    pub file: String,
    /// SHA-256 of problem and data.
    pub hash: String,
    /// Seed of all random streams.
    pub seed: u64,
    /// d.
    pub dimension: u64,
    /// n.
    pub samples: u64,
    /// n of the test set.
    pub test_samples: u64,
    /// The model's name.
    pub model: String,
    /// What M is: `zero-loss` (r = 0) or `critical-points` (∇F = 0).
    pub manifold: Option<String>,
    /// Relative tolerance.
    pub rtol: Option<f64>,
    /// Absolute tolerance.
    pub atol: Option<f64>,
    /// End T of the window [0, T] of the fast gap.
    pub fast_time: Option<f64>,
    /// The window of the slow gap.
    pub slow_times: Vec<f64>,
    /// What is posed, in words.
    pub about: Option<String>,
    /// The paper and the place in it.
    pub source: Option<String>,
}

impl Problem {
    /// How M is written as an equation: r = 0 unless the writer says that it is the set of critical points.
    pub fn equation(&self) -> &'static str {
        if self.manifold.as_deref() == Some("critical-points") { "∇F = 0" } else { "r = 0" }
    }
}

/// `foot`: Φ(w₀).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Foot {
    /// ‖Φ‖².
    pub norm_squared: Option<f64>,
    /// ‖r‖ or ‖∇F‖ there.
    pub defect: Option<f64>,
    /// Rank of the Hessian.
    pub rank: Option<u64>,
    /// d − rank.
    pub manifold_dimension: Option<u64>,
    /// Smallest positive eigenvalue h₊ of the Hessian.
    pub spectral_gap: Option<f64>,
    /// Numerical error of Φ(w₀).
    pub error: Option<f64>,
    /// Largest eigenvalue of the Hessian.
    pub largest_eigenvalue: Option<f64>,
    /// Numerical error of `spectral_gap`.
    pub spectral_gap_error: Option<f64>,
    /// Numerical error of `largest_eigenvalue`.
    pub largest_eigenvalue_error: Option<f64>,
    /// Smallest h₊ along the slow flow.
    pub smallest_spectral_gap_on_window: Option<f64>,
    /// Numerical error of `smallest_spectral_gap_on_window`.
    pub smallest_spectral_gap_error: Option<f64>,
    /// h₊ over the round-off of the largest eigenvalue: the rank is certain where this is large.
    pub rank_gap: Option<f64>,
    /// F there.
    pub train_loss: Option<f64>,
    /// F of the test set there.
    pub test_loss: Option<f64>,
    /// Numerical error of `train_loss`.
    pub train_loss_error: Option<f64>,
    /// Numerical error of `test_loss`.
    pub test_loss_error: Option<f64>,
}

/// One λ.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Row {
    /// Weight decay.
    pub lambda: f64,
    /// sup ‖w^λ(t) − w^fast(t)‖, t ∈ [0, T].
    pub fast_gap: Option<f64>,
    /// sup ‖w^λ(s/λ) − w°(s)‖ over the window.
    pub slow_gap: Option<f64>,
    /// sup ‖w^λ(t) − (w^fast(t) + w°(λt) − Φ(w₀))‖, t ∈ [0, S/λ].
    pub composite_gap: Option<f64>,
    /// sup ‖w^λ(s/λ) − w°(s) − λw₁(s)‖ over the window.
    pub expansion_gap: Option<f64>,
    /// Estimate of the numerical error of `slow_gap`.
    pub numerical_error: Option<f64>,
    /// Estimate of the numerical error of `fast_gap`.
    pub fast_error: Option<f64>,
    /// Estimate of the numerical error of `composite_gap`.
    pub composite_error: Option<f64>,
    /// Estimate of the numerical error of `expansion_gap`.
    pub expansion_error: Option<f64>,
    /// The numerical error exceeds a tenth of the gap: left out of the fit.
    pub limited_by_solver: bool,
    /// Name of the integrator.
    pub method: String,
    /// Right-hand sides.
    pub evaluations: Option<u64>,
    /// Linear solves.
    pub linear_solves: Option<u64>,
    /// Accepted steps.
    pub steps: Option<u64>,
    /// Rejected steps.
    pub rejected: Option<u64>,
    /// Whether the row entered the fit of the slow order, where the writer says so.
    pub asymptotic: Option<bool>,
    /// Why it did not, in words.
    pub standing: String,
}

/// `orders`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Orders {
    /// Of `fast_gap`.
    pub fast: Option<Order>,
    /// Of `slow_gap`.
    pub slow: Option<Order>,
    /// Of `composite_gap`.
    pub composite: Option<Order>,
    /// Of `expansion_gap`.
    pub expansion: Option<Order>,
}

/// A fitted order with its interval: the scatter about the line (95 %), the next order in λ and the numerical errors, added.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Order {
    /// The slope in log–log.
    pub value: Option<f64>,
    /// Lower end of the interval.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Rows that entered the fit.
    pub rows: u64,
    /// The smallest and the largest λ among them.
    pub lambdas: Option<[f64; 2]>,
    /// What the scatter has in half of the interval, at 95 %.
    pub scatter: Option<f64>,
    /// What the next order in λ has in it.
    pub systematic: Option<f64>,
    /// What the numerical errors of the gaps have in it.
    pub numerical: Option<f64>,
}

/// `constants`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Constants {
    /// slow_gap/λ at the smallest λ that is not limited by the solver.
    pub slow: Option<f64>,
    /// Its numerical error.
    pub slow_error: Option<f64>,
    /// The same constant in closed form.
    pub slow_exact: Option<f64>,
    /// sup ‖w₁(s)‖: the same constant predicted by the expansion in λ.
    pub slow_predicted: Option<f64>,
    /// Its numerical error.
    pub slow_predicted_error: Option<f64>,
}

/// `limit`: the minimum-norm point.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Limit {
    /// ‖w‖².
    pub norm_squared: Option<f64>,
    /// ‖P∇R‖ there.
    pub kkt_residual: Option<f64>,
    /// ‖w°(S) − w‖ at the end S of the slow flow.
    pub distance_from_slow_end: Option<f64>,
    /// strict-minimum, minimum, saddle, singular or undecided.
    pub classification: String,
    /// Whether its existence is proved.
    pub certificate: Option<Certificate>,
    /// Why it is of that kind, with the numbers.
    pub why: String,
    /// Dimension of the orbit of rotations through it.
    pub orbit: Option<usize>,
    /// R there.
    pub regulariser: Option<f64>,
    /// Proved bounds of the least ‖w‖² over M, where duality gives some.
    pub least_norm_squared: Option<[Option<f64>; 2]>,
    /// Slow time up to which the slow flow was continued beyond the window.
    pub slow_limit_time: Option<f64>,
    /// ‖w°(s) − w‖ there.
    pub slow_limit_distance: Option<f64>,
    /// Bound of what is left of the slow flow and of its numerical error; absent without a linear rate.
    pub slow_limit_error: Option<f64>,
    /// ‖w°(s)‖² there.
    pub slow_limit_norm_squared: Option<f64>,
    /// Where it went: `independent` (this point), `same-value` (another with the same R), `other`.
    pub slow_limit_reached: Option<String>,
    /// Why it was not followed, or left before it came to rest.
    pub slow_limit_why: Option<String>,
    /// ‖w‖² at the KKT point nearest to that end.
    pub nearest_norm_squared: Option<f64>,
    /// How far that is.
    pub nearest_distance: Option<f64>,
    /// Its kind.
    pub nearest_classification: Option<String>,
    /// The least R among KKT points that many starts led to.
    pub least_regulariser_found: Option<f64>,
    /// How many starts.
    pub starts: Option<usize>,
    /// Distinct KKT points that they led to.
    pub kkt_points: Option<usize>,
    /// Error of `norm_squared`, where the point is proved to exist.
    pub norm_squared_error: Option<f64>,
    /// Values of R among them that one start alone led to.
    pub kkt_points_met_once: Option<usize>,
    /// How complete the list of these points is, in words.
    pub kkt_completeness: Option<String>,
    /// Starts that led to none.
    pub starts_failed: Option<usize>,
    /// What those did instead, or why many starts were not tried.
    pub starts_why: Option<String>,
    /// F there.
    pub train_loss: Option<f64>,
    /// F of the test set there.
    pub test_loss: Option<f64>,
    /// Numerical error of `train_loss`.
    pub train_loss_error: Option<f64>,
    /// Numerical error of `test_loss`.
    pub test_loss_error: Option<f64>,
}

/// Whether the existence of the point is proved by interval arithmetic.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Certificate {
    /// proved, refuted or undecided.
    pub verdict: String,
    /// An interval that holds ‖w‖², where proved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub norm_squared: Option<[Option<f64>; 2]>,
    /// An interval that holds R.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regulariser: Option<[Option<f64>; 2]>,
    /// Largest distance of the point from the computed one, by components.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance: Option<f64>,
    /// Dimension of its orbit: with it the whole orbit is proved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orbit: Option<usize>,
    /// Why not, where not proved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A number at finite λ: to leading order, with its first correction, and observed with its numerical error.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Prediction {
    /// Weight decay.
    pub lambda: f64,
    /// norm-squared, train-loss or test-loss at `slow_time`, or test-loss-crossing: the slow time itself.
    pub quantity: String,
    /// Slow time s.
    pub slow_time: f64,
    /// The level of the test loss that is crossed.
    pub level: Option<f64>,
    /// On w°.
    pub leading: Option<f64>,
    /// On w° + λw₁.
    pub corrected: Option<f64>,
    /// On w^λ.
    pub observed: Option<f64>,
    /// Numerical error of the observed number.
    pub observed_error: Option<f64>,
}

/// A verdict on one number.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Check {
    /// What was judged.
    pub name: String,
    /// holds, fails, not-run or limited-by-solver.
    pub verdict: String,
    /// The number.
    pub value: Option<f64>,
    /// What it had to meet, as text.
    pub limit: String,
    /// Why, in a sentence.
    pub why: String,
}

/// `timing`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Timing {
    /// Wall-clock seconds.
    pub seconds: Option<f64>,
}
