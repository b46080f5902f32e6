//! `summary.json`: the contract with other programs. Fields may be added; none changes its meaning.

use serde::{Deserialize, Serialize};

use crate::compare::{Fit, Row, Standing};
use crate::experiment::{Setup, Tracked};
use crate::min_norm::Certificate;
use crate::numeric::interval::Interval;

/// Version of the contract.
pub const SCHEMA: u32 = 1;

/// The whole document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are the contract's; their meaning stands in docs of the contract")]
pub struct Summary {
    pub schema: u32,
    pub program: Program,
    pub problem: Problem,
    pub foot: Foot,
    pub rows: Vec<RowOut>,
    pub orders: Orders,
    pub constants: Constants,
    pub limit: Option<LimitOut>,
    pub checks: Vec<CheckOut>,
    pub predictions: Vec<PredictionOut>,
    pub remarks: Vec<String>,
    pub timing: Timing,
}

/// Which program made it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "see `Summary`")]
pub struct Program {
    pub name: String,
    pub version: String,
    pub commit: String,
    pub features: Vec<String>,
    pub command: String,
}

/// Of which problem.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "see `Summary`")]
pub struct Problem {
    pub title: String,
    pub file: String,
    pub hash: String,
    pub seed: u64,
    pub dimension: usize,
    pub samples: usize,
    pub test_samples: usize,
    pub model: String,
    pub rtol: f64,
    pub atol: f64,
    pub fast_time: f64,
    pub slow_times: Vec<f64>,
}

/// Φ(w₀): `spectral_gap` is h₊, the smallest positive eigenvalue of the Hessian of F.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "see `Summary`")]
pub struct Foot {
    pub norm_squared: f64,
    pub error: f64,
    pub defect: f64,
    pub rank: usize,
    pub manifold_dimension: usize,
    pub spectral_gap: f64,
    pub rank_gap: Option<f64>,
    pub largest_eigenvalue: f64,
    pub smallest_spectral_gap_on_window: f64,
    pub train_loss: Option<f64>,
    pub test_loss: Option<f64>,
}

/// One λ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "see `Summary`")]
pub struct RowOut {
    pub lambda: f64,
    pub fast_gap: Option<f64>,
    pub slow_gap: Option<f64>,
    pub composite_gap: Option<f64>,
    pub expansion_gap: Option<f64>,
    pub numerical_error: Option<f64>,
    pub fast_error: Option<f64>,
    pub composite_error: Option<f64>,
    pub expansion_error: Option<f64>,
    pub limited_by_solver: bool,
    pub asymptotic: bool,
    pub standing: String,
    pub method: String,
    pub evaluations: u64,
    pub linear_solves: u64,
    pub steps: u64,
    pub rejected: u64,
}

/// The fitted orders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "see `Summary`")]
pub struct Orders {
    pub fast: Option<OrderOut>,
    pub slow: Option<OrderOut>,
    pub composite: Option<OrderOut>,
    pub expansion: Option<OrderOut>,
}

/// One fitted order with its 95 % interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "see `Summary`")]
pub struct OrderOut {
    pub value: f64,
    pub low: f64,
    pub high: f64,
    pub rows: usize,
}

/// Measured constants: slow_gap/λ at the smallest λ that is not limited by the solver.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "see `Summary`")]
pub struct Constants {
    pub slow: Option<f64>,
    pub slow_error: Option<f64>,
    pub slow_exact: Option<f64>,
    pub slow_predicted: Option<f64>,
    pub slow_predicted_error: Option<f64>,
}

/// A number at finite λ: predicted to leading order, with its first correction, and observed with its numerical error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "see `Summary`")]
pub struct PredictionOut {
    pub lambda: f64,
    pub quantity: String,
    pub slow_time: f64,
    pub level: Option<f64>,
    pub leading: f64,
    pub corrected: f64,
    pub observed: Option<f64>,
    pub observed_error: Option<f64>,
}

/// The minimum-norm point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "see `Summary`")]
pub struct LimitOut {
    pub norm_squared: f64,
    pub kkt_residual: f64,
    pub distance_from_slow_end: f64,
    pub classification: String,
    pub certificate: Option<serde_json::Value>,
    pub train_loss: Option<f64>,
    pub test_loss: Option<f64>,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "see `Summary`")]
pub struct CheckOut {
    pub name: String,
    pub verdict: String,
    pub value: Option<f64>,
    pub limit: String,
    pub why: String,
}

/// The only field that differs between two identical runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "see `Summary`")]
pub struct Timing {
    pub seconds: f64,
}

/// The commit that the program was built from, as far as the build could tell.
pub fn commit() -> &'static str {
    option_env!("SLOWFLOW_COMMIT").unwrap_or("unknown")
}

fn order(fit: Option<Fit>) -> Option<OrderOut> {
    fit.map(|fit| OrderOut { value: fit.order, low: fit.low, high: fit.high, rows: fit.rows })
}

fn row(row: &Row) -> RowOut {
    RowOut {
        lambda: row.lambda,
        fast_gap: row.fast.map(|g| g.value),
        slow_gap: row.slow.map(|g| g.value),
        composite_gap: row.composite.map(|g| g.value),
        expansion_gap: row.expansion.map(|g| g.value),
        numerical_error: row.slow.map(|g| g.error),
        fast_error: row.fast.map(|g| g.error),
        composite_error: row.composite.map(|g| g.error),
        expansion_error: row.expansion.map(|g| g.error),
        limited_by_solver: matches!(row.standing, Standing::SolverLimited | Standing::NotRun(_)),
        asymptotic: row.standing == Standing::Asymptotic,
        standing: match &row.standing {
            Standing::NotRun(why) => format!("not run: {why}"),
            other => other.words().into(),
        },
        method: row.method.clone(),
        evaluations: row.work.evaluations,
        linear_solves: row.work.linear_solves,
        steps: row.work.steps,
        rejected: row.work.rejected,
    }
}

/// The certificate: its verdict, the enclosure of ‖w‖² and R where proved, the reason where not.
fn certificate(certificate: &Certificate) -> serde_json::Value {
    let ends = |x: &Interval| serde_json::json!([x.lo(), x.hi()]);
    match certificate {
        Certificate::Proved(box_) => serde_json::json!({
            "verdict": certificate.name(), "norm_squared": ends(&box_.norm_squared), "regulariser": ends(&box_.value), "distance": box_.distance
        }),
        Certificate::Refuted { reason } | Certificate::Undecided { reason } => {
            serde_json::json!({ "verdict": certificate.name(), "reason": reason })
        }
    }
}

/// The document of one verification. `command` is what reproduces it.
pub fn summary(setup: &Setup, tracked: &Tracked, command: &str, seconds: f64) -> Summary {
    let problem = &setup.problem;
    let train = |w: &crate::field::Weights| setup.objective.loss.value(w).ok();
    let test = |w: &crate::field::Weights| setup.test.as_ref().and_then(|loss| loss.value(w).ok());
    let foot = &tracked.foot;
    Summary {
        schema: SCHEMA,
        program: Program {
            name: env!("CARGO_PKG_NAME").into(),
            version: env!("CARGO_PKG_VERSION").into(),
            commit: commit().into(),
            features: if cfg!(feature = "lapack") { vec!["lapack".into()] } else { Vec::new() },
            command: command.into(),
        },
        problem: Problem {
            title: problem.title.clone(),
            file: problem.path.display().to_string(),
            hash: problem.hash.clone(),
            seed: problem.seed,
            dimension: setup.start.len(),
            samples: setup.residual.samples(),
            test_samples: setup.test.as_ref().and_then(|t| t.least_squares()).map_or(0, |t| t.residual.samples()),
            model: problem.model.kind.clone(),
            rtol: problem.rtol,
            atol: problem.atol,
            fast_time: problem.fast_time,
            slow_times: problem.slow_times.clone(),
        },
        foot: Foot {
            norm_squared: foot.w.norm_squared(),
            error: tracked.foot_error,
            defect: foot.defect,
            rank: foot.spectrum.rank,
            manifold_dimension: setup.start.len() - foot.spectrum.rank,
            spectral_gap: foot.spectrum.smallest,
            rank_gap: foot.spectrum.rank_gap,
            largest_eigenvalue: foot.spectrum.largest,
            smallest_spectral_gap_on_window: tracked
                .slow
                .iter()
                .map(|p| p.spectrum.smallest)
                .fold(foot.spectrum.smallest, f64::min),
            train_loss: train(&foot.w),
            test_loss: test(&foot.w),
        },
        rows: tracked.rows.iter().map(row).collect(),
        orders: Orders {
            fast: order(tracked.rates.fast),
            slow: order(tracked.rates.slow),
            composite: order(tracked.rates.composite),
            expansion: order(tracked.rates.expansion),
        },
        constants: Constants {
            slow: tracked.rates.constant.map(|c| c.0),
            slow_error: tracked.rates.constant.map(|c| c.1),
            slow_exact: setup.exact.as_ref().and_then(|exact| exact.slow_constant()),
            slow_predicted: tracked.predicted_constant.map(|c| c.0),
            slow_predicted_error: tracked.predicted_constant.map(|c| c.1),
        },
        limit: tracked.limit.as_ref().ok().map(|limit| LimitOut {
            norm_squared: limit.point.w.norm_squared(),
            kkt_residual: limit.point.kkt_residual,
            distance_from_slow_end: limit.distance_from_slow_end,
            classification: limit.classification.kind.name().into(),
            certificate: Some(certificate(&limit.certificate)),
            train_loss: train(&limit.point.w),
            test_loss: test(&limit.point.w),
        }),
        checks: tracked
            .checks
            .iter()
            .map(|c| CheckOut {
                name: c.name.into(),
                verdict: c.verdict.name().into(),
                value: c.value,
                limit: c.limit.clone(),
                why: c.why.clone(),
            })
            .collect(),
        predictions: tracked
            .predictions
            .iter()
            .map(|p| PredictionOut {
                lambda: p.lambda,
                quantity: p.quantity.into(),
                slow_time: p.s,
                level: tracked.level.filter(|_| p.quantity == "test-loss-crossing").map(|l| l.value),
                leading: p.prediction.leading,
                corrected: p.prediction.corrected,
                observed: p.observed,
                observed_error: p.error,
            })
            .collect(),
        remarks: tracked.remarks.clone(),
        timing: Timing { seconds },
    }
}
