//! Whole tables of `verify`: a built-in model and the same as formulas, on problem files that differ in the model alone.
//!
//! Both runs take the same steps, so their weights agree to round-off. A gap is a difference of weights: at small λ its
//! digits below its own numerical error are noise, so two gaps agree if they do to 1e-10 or to that error. No λ is one whose gap is
//! about ten times its error: such a row is fitted or left out by chance.

use std::path::Path;

use serde_json::Value;
use slowflow::experiment::{Options, Setup, Tracked, pair, track};
use slowflow::problem::ProblemFile;
use slowflow::report;

const DIAGONAL: &str = r#"
data   = { kind = "sparse-teacher", samples = 20, dimension = 50, nonzero = 3 }
model  = { kind = "diagonal-network", parametrisation = "product" }
loss   = { criterion = "square", factor = "1/2n" }
init   = { distribution = "normal", scale = 1.0 }
lambda = [1e-3, 1e-4, 1e-5, 1e-7]
"#;
const COMPLETION: &str = r#"
data   = { kind = "low-rank-teacher", rows = 10, columns = 10, rank = 2, observed = 45 }
model  = { kind = "matrix-factorisation", rows = 10, columns = 10, width = 5 }
loss   = { criterion = "square", factor = "1/2" }
init   = { distribution = "normal", scale = 0.7 }
lambda = [3e-4, 1e-4, 1e-5, 1e-7]
"#;
const NETWORK: &str = r#"
data   = { kind = "tanh-teacher", samples = 6, dimension = 4, neurons = 3, test-samples = 50 }
model  = { kind = "two-layer-network", width = 20, activation = "tanh" }
loss   = { criterion = "square", factor = "1/2n" }
init   = { distribution = "normal", scale = 1.0 }
lambda = [1e-4, 3e-5, 1e-5, 1e-6]
"#;
/// What all three share.
const REST: &str = r#"
title  = "A twin"
seed   = 6
window = { slow-time = [0.1, 0.25, 0.5, 1.0], fast-time = 10.0 }
tolerance = { rtol = 1e-11, atol = 1e-13 }
"#;

/// A run with its summary as programs read it.
fn verified(text: &str) -> (Tracked, Value) {
    let problem = ProblemFile::parse(&(text.to_owned() + REST), Path::new("twin.toml")).unwrap_or_else(|e| panic!("{e}"));
    let setup = Setup::new(problem).unwrap_or_else(|e| panic!("{e}"));
    let (reported, companion) = pair(&setup).unwrap_or_else(|e| panic!("{e}"));
    let options = Options { reported: &*reported, companion: &*companion, level: None, progress: &|_| {} };
    let tracked = track(&setup, &options).unwrap_or_else(|e| panic!("{e}"));
    let summary = serde_json::to_value(report::summary(&setup, &tracked, "", 0.0)).unwrap_or_else(|e| panic!("{e}"));
    (tracked, summary)
}

/// Two values at one place of both summaries.
struct Pair<'a>(&'a Value, &'a Value);

impl<'a> Pair<'a> {
    fn at(&self, key: &str) -> Pair<'a> {
        Pair(&self.0[key], &self.1[key])
    }

    fn numbers(&self) -> Option<(f64, f64)> {
        assert_eq!(self.0.is_null(), self.1.is_null(), "{} {}", self.0, self.1);
        Some((self.0.as_f64()?, self.1.as_f64()?))
    }

    fn larger(&self) -> f64 {
        self.numbers().map_or(0.0, |(a, b)| a.abs().max(b.abs()))
    }

    /// Equal to 1e-10, or to an absolute error.
    fn agree(&self, key: &str, error: f64) {
        if let Some((a, b)) = self.at(key).numbers() {
            let allowed = 1e-10 * a.abs().max(b.abs()) + error;
            assert!((a - b).abs() <= allowed, "{key}: {a:e} against {b:e}, {:e} apart, allowed {allowed:e}", (a - b).abs());
        }
    }

    /// Both are round-off.
    fn vanish(&self, key: &str, below: f64) {
        assert!(self.at(key).larger() <= below, "{key}: {} {}", self.0[key], self.1[key]);
    }

    fn entries(&self, key: &str) -> Vec<Pair<'a>> {
        let both = [&self.0[key], &self.1[key]].map(|list| list.as_array().map_or(&[][..], Vec::as_slice));
        assert!(both[0].len() == both[1].len() && !both[0].is_empty(), "{key}: {} and {} entries", both[0].len(), both[1].len());
        both[0].iter().zip(both[1]).map(|(a, b)| Pair(a, b)).collect()
    }
}

/// Every weight of every trajectory, relative to the largest norm on it.
fn same_trajectories(ours: &Tracked, theirs: &Tracked) {
    let runs = |t: &Tracked| {
        let mut runs: Vec<Vec<_>> =
            t.regularised.iter().map(|(_, run)| run.points.iter().map(|p| p.w.clone()).collect()).collect();
        runs.push(t.slow.iter().map(|p| p.w.clone()).collect());
        runs.push(t.fast.points.iter().map(|p| p.w.clone()).collect());
        runs
    };
    for (ours, theirs) in runs(ours).iter().zip(runs(theirs)) {
        assert!(ours.len() == theirs.len() && !ours.is_empty());
        let scale = theirs.iter().map(|w| w.norm()).fold(0.0, f64::max);
        let apart = ours.iter().zip(&theirs).map(|(a, b)| (a - b).norm()).fold(0.0, f64::max);
        assert!(apart <= 1e-11 * scale, "weights {:e} apart, relative", apart / scale);
    }
}

fn same_tables(ours: &Value, theirs: &Value) {
    let both = Pair(ours, theirs);
    let foot = both.at("foot");
    for key in ["norm_squared", "rank", "manifold_dimension", "spectral_gap", "largest_eigenvalue", "test_loss"] {
        foot.agree(key, 0.0);
    }
    foot.agree("smallest_spectral_gap_on_window", 1e-14);
    foot.vanish("defect", 1e-13);
    foot.vanish("error", 1e-10);

    // The largest relative error of a gap that is fitted: no slope changes by more than that.
    let mut fitted = [0.0_f64; 4];
    let kinds = [
        ("slow_gap", "numerical_error", "slow"),
        ("fast_gap", "fast_error", "fast"),
        ("composite_gap", "composite_error", "composite"),
        ("expansion_gap", "expansion_error", "expansion"),
    ];
    for row in both.entries("rows") {
        for key in ["lambda", "asymptotic", "limited_by_solver", "standing", "method", "rejected"] {
            assert_eq!(row.0[key], row.1[key], "{key}");
        }
        for (k, (gap, error, _)) in kinds.iter().enumerate() {
            let error = row.at(error);
            row.agree(gap, error.larger());
            // An error is itself an estimate, known to its order of magnitude.
            if let Some((a, b)) = error.numbers() {
                assert!(a.max(b) <= 10.0 * a.min(b).max(1e-12), "errors {a:e} {b:e}");
            }
            if error.larger() <= 0.1 * row.at(gap).larger() {
                fitted[k] = fitted[k].max(error.larger() / row.at(gap).larger());
            }
        }
        for work in ["evaluations", "linear_solves"] {
            let (a, b) = row.at(work).numbers().unwrap_or_default();
            // A step more or less is a matter of round-off in an error estimate near its bound: the steps differ more than their price.
            assert!((a - b).abs() <= 0.02 * b, "{work}: {a} {b}");
        }
    }
    for (k, (.., order)) in kinds.iter().enumerate() {
        let order = both.at("orders").at(order);
        assert_eq!(order.0["rows"], order.1["rows"]);
        order.agree("value", 2.0 * fitted[k]);
        // Student's factor of an interval through few rows.
        order.agree("low", 20.0 * fitted[k]);
        order.agree("high", 20.0 * fitted[k]);
    }
    let constants = both.at("constants");
    constants.agree("slow", constants.at("slow_error").larger());
    constants.agree("slow_predicted", constants.at("slow_predicted_error").larger());

    // w₁ and what is predicted with it are known to the relative error of its largest norm.
    let expansion = constants.at("slow_predicted_error").larger() / constants.at("slow_predicted").larger();
    for row in both.entries("predictions") {
        assert_eq!((&row.0["quantity"], &row.0["lambda"]), (&row.1["quantity"], &row.1["lambda"]));
        row.agree("leading", expansion * row.at("leading").larger());
        row.agree("observed", row.at("observed_error").larger());
        row.agree("corrected", expansion * (row.at("corrected").larger() + row.at("leading").larger()));
    }

    let limit = both.at("limit");
    // A formula does not know the rotations of the factors: there the zeros of the Hessian leave its kind open.
    let orbit = limit.1["orbit"].as_u64().is_some_and(|orbit| orbit > 0);
    assert_eq!(limit.0["classification"], if orbit { Value::from("undecided") } else { limit.1["classification"].clone() });
    limit.agree("norm_squared", 0.0);
    limit.vanish("kkt_residual", 1e-12);
    // At a minimum that is not strict the search may end anywhere along the directions in which the norm does not grow.
    if limit.0["classification"] == "strict-minimum" {
        limit.agree("distance_from_slow_end", 0.0);
    }

    for ours in ours["checks"].as_array().into_iter().flatten() {
        let theirs = theirs["checks"].as_array().into_iter().flatten().find(|c| c["name"] == ours["name"]);
        assert_ne!(ours["verdict"], "fails", "{}", ours["name"]);
        if orbit && ours["name"] == "limit-reached" {
            continue;
        }
        assert_eq!(Some(&ours["verdict"]), theirs.map(|c| &c["verdict"]), "{}", ours["name"]);
    }
}

/// The same problem with a formula for its model.
fn twin(problem: &str, weights: &str, residual: &str) {
    let model = format!("model = {{ kind = \"expression\", weights = [{weights}], residuals = [\"{residual}\"] }}");
    let formula: Vec<&str> = problem.lines().map(|line| if line.starts_with("model") { model.as_str() } else { line }).collect();
    let (ours, theirs) = (verified(&formula.join("\n")), verified(problem));
    assert_eq!(ours.1["problem"]["dimension"], 100);
    same_trajectories(&ours.0, &theirs.0);
    same_tables(&ours.1, &theirs.1);
}

#[test]
fn a_diagonal_network_of_formulas_has_the_same_table() {
    twin(DIAGONAL, "\"u[50]\", \"v[50]\"", "dot(inputs, u*v) - y");
}

#[test]
fn a_matrix_factorisation_of_formulas_has_the_same_table() {
    twin(COMPLETION, "\"U[10,5]\", \"V[10,5]\"", "dot(U[row], V[column]) - y");
}

#[test]
fn a_tanh_network_of_formulas_has_the_same_table() {
    twin(NETWORK, "\"a[20]\", \"W[20,4]\"", "dot(a, tanh(matvec(W, inputs))) - y");
}
