//! M as the set of critical points of a loss: every flow against a problem with the same flows and a zero-loss set, or a closed form.

use std::sync::Arc;

use slowflow::data::DataSet;
use slowflow::experiment::{Options, Setup, Tracked, Verdict, pair, track};
use slowflow::field::{Coupling, CriticalPoints, LeastSquares, Loss, Objective, Regulariser, Residual, Weights};
use slowflow::flow::{CriticalFlows, ExplicitFlows, Flows, RadauFlows};
use slowflow::integrate::{Explicit, Order, Tolerance};
use slowflow::manifold::{Chart, HessianKernel, ManifoldError};
use slowflow::min_norm::{self, Certificate, Target};
use slowflow::model::expression::Expression;
use slowflow::numeric::seed::Stream;
use slowflow::numeric::{Matrix, Vector};
use slowflow::problem::ProblemFile;

const TIGHT: Tolerance = Tolerance { rtol: 1e-12, atol: 1e-14 };
const RIDGE: Regulariser = Regulariser::HalfSquaredNorm;

fn w(values: &[f64]) -> Weights {
    Weights::from_column_slice(values)
}

fn formula(weights: &[&str], text: &str) -> Arc<dyn Loss> {
    let expression = Expression::new(weights, &DataSet::empty()).unwrap_or_else(|e| panic!("{e}"));
    Arc::new(expression.loss(text).unwrap_or_else(|e| panic!("{e}")))
}

fn squares(weights: &[&str], formulas: &[&str], c: f64) -> LeastSquares {
    let expression = Expression::new(weights, &DataSet::empty()).unwrap_or_else(|e| panic!("{e}"));
    LeastSquares { residual: Arc::new(expression.residuals(formulas).unwrap_or_else(|e| panic!("{e}"))), c, offset: 0.0 }
}

fn flows<'a>(loss: &'a Arc<dyn Loss>, start: &'a Weights) -> CriticalFlows<'a> {
    CriticalFlows::new(loss, &RIDGE, start, TIGHT).unwrap_or_else(|e| panic!("{e}"))
}

fn apart(a: &Weights, b: &Weights) -> f64 {
    (a - b).norm() / b.norm()
}

/// Slope of log ‖remainder(h)‖ between h and h/4.
fn slope(remainder: impl Fn(f64) -> f64, h: f64) -> f64 {
    (remainder(h) / remainder(h / 4.0)).ln() / 4f64.ln()
}

/// Every operation of a formula, on three weights.
const RICH: &str = "exp(u*v/4) + log(1 + u^2) * tanh(v) + sigmoid(u - p)/(2 + cos(p)) + softplus(u*p) + sqrt(3 + sin(v*p)) + (u + 3)^2.5 + p^5 - v^(-3)";

#[test]
fn third_derivatives_of_formulas_are_exact() {
    let loss = formula(&["u", "v", "p"], RICH);
    let at = w(&[0.7, -1.3, 0.4]);
    let (a, b) = (w(&[0.3, -0.8, 0.5]), w(&[-0.6, 0.2, 0.9]));
    let mut exact = Weights::zeros(3);
    loss.third_product(&at, &a, &b, &mut exact).unwrap();
    let product = |h: f64| {
        let mut out = Weights::zeros(3);
        loss.hessian_product(&(&at + &b * h), &a, &mut out).unwrap();
        out
    };
    // Taylor's remainder of the Hessian product along b is of order two.
    let found = slope(|h| (product(h) - product(0.0) - &exact * h).norm(), 1e-2);
    assert!((found - 2.0).abs() < 0.05, "{found}");
    // The difference formula for losses without third derivatives is of order six.
    let mut by_differences = Weights::zeros(3);
    slowflow::field::differences(loss.as_ref(), &at, &a, &b, &mut by_differences).unwrap();
    assert!(apart(&by_differences, &exact) < 1e-10, "{:e}", apart(&by_differences, &exact));
    // Symmetry in its two arguments.
    let mut turned = Weights::zeros(3);
    loss.third_product(&at, &b, &a, &mut turned).unwrap();
    assert!(apart(&turned, &exact) < 1e-14);
}

#[test]
fn third_derivatives_of_least_squares_are_exact_for_formulas_over_data() {
    let mut stream = Stream::new(1, "third");
    let inputs = Matrix::from_fn(7, 2, |_, _| stream.normal());
    let targets = Vector::from_fn(7, |_, _| stream.normal());
    let data = DataSet::new(inputs, targets).with_names(vec!["x".into(), "z".into()]);
    let expression = Expression::new(&["a[2]", "b[2]"], &data).unwrap_or_else(|e| panic!("{e}"));
    let residual =
        Arc::new(expression.residuals(&["dot(a, tanh(b*x)) + z*b[0] - y", "a[0]*a[1]"]).unwrap_or_else(|e| panic!("{e}")));
    let loss = LeastSquares { residual, c: 0.3, offset: 0.0 };
    let (at, a, b) = (w(&[0.7, -1.3, 0.4, 1.1]), w(&[0.3, -0.8, 0.5, 1.0]), w(&[-0.6, 0.2, 0.9, 0.4]));
    let (mut exact, mut product) = (Weights::zeros(4), Weights::zeros(4));
    loss.third_product(&at, &a, &b, &mut exact).unwrap();
    loss.hessian_product(&at, &a, &mut product).unwrap();
    let remainder = |h: f64| {
        let mut out = Weights::zeros(4);
        loss.hessian_product(&(&at + &b * h), &a, &mut out).unwrap();
        (out - &product - &exact * h).norm()
    };
    assert!((slope(remainder, 1e-3) - 2.0).abs() < 0.05);
}

/// cosh(uv − 1) with a quadratic valley across, tilted so that nothing is symmetric: M = {uv = 1, p = u²/4}.
const VALLEY: &str = "(exp(u*v - 1) + exp(1 - u*v))/2 + softplus(2*(p - u^2/4)) - (p - u^2/4) + (u*v - 1)^2*p/5";

#[test]
fn the_chart_rewrites_the_flow_exactly() {
    let loss = formula(&["u", "v", "p"], VALLEY);
    let on = w(&[2.0, 0.5, 1.0]);
    let chart = Chart::around(&loss, &on).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(chart.spectrum.rank, 2);
    let identity = chart.compliance(&chart.jacobian(&on));
    assert!((identity - Matrix::identity(2, 2)).norm() < 1e-13);
    // ∇F(w) = κ f(w, μ, κ) with g = 0, whatever κ: at points beside M.
    for kappa in [0.1, 1e-2, 1e-5, 1e-9] {
        let beside = w(&[2.1, 0.52, 0.9]) - (w(&[2.1, 0.52, 0.9]) - &on) * (1.0 - kappa);
        let mu = chart.multipliers(&beside, kappa).unwrap().unwrap_or_else(|| panic!("no multipliers"));
        let (left, force) = chart.departure(&beside, &mu, kappa).unwrap();
        assert!(left <= 2e-15 + 1e-14 * kappa * force, "κ = {kappa:e}: {left:e} of {:e}", kappa * force);
        let mut gradient = Weights::zeros(3);
        loss.gradient(&chart.base(&beside, &mu, kappa), &mut gradient).unwrap();
        assert!(gradient.norm() < 1e-14, "{:e}", gradient.norm());
    }
    // The derivatives by κ and by w at κ = 0, by the slope of the remainders.
    let (mu, dw) = (Vector::from_column_slice(&[0.4, -0.7]), w(&[0.3, -0.2, 0.6]));
    let value = |w: &Weights, kappa: f64| {
        let (mut g, mut f) = (Vector::zeros(2), Weights::zeros(3));
        chart.evaluate(w, &mu, kappa, &mut g, &mut f).unwrap();
        (g, f)
    };
    let (g0, f0) = value(&on, 0.0);
    let (mut by_f, mut by_g) = (Weights::zeros(3), Vector::zeros(2));
    chart.by_kappa(&on, &mu, &mut by_f, &mut by_g);
    assert!((slope(|h| (value(&on, h).1 - &f0 - &by_f * h).norm(), 0.02) - 2.0).abs() < 0.1);
    assert!((slope(|h| (value(&on, h).0 - &g0 + &by_g * h).norm(), 0.02) - 2.0).abs() < 0.1);
    let mut curved = Weights::zeros(3);
    chart.curvature_product(&on, &mu, &dw, &mut curved);
    assert!((slope(|h| (value(&(&on + &dw * h), 0.0).1 - &f0 - &curved * h).norm(), 0.02) - 2.0).abs() < 0.1);
}

/// Σ(uv − yᵢ)² = 3(uv − ȳ)² + const: the flows of three contradicting observations are those of their mean, whose loss vanishes.
fn observations() -> (Arc<dyn Loss>, LeastSquares) {
    let noisy = squares(&["u", "v"], &["u*v - 0.7", "u*v - 1.2", "u*v - 1.4"], 1.0 / 3.0);
    (Arc::new(CriticalPoints(noisy)), squares(&["u", "v"], &["u*v - 1.1"], 1.0))
}

#[test]
fn contradicting_observations_have_the_flows_of_their_mean() {
    let (loss, mean) = observations();
    let start = w(&[2.0, 0.3]);
    let general = flows(&loss, &start);
    let witness = RadauFlows::new(&mean, &RIDGE, &start, TIGHT).unwrap_or_else(|e| panic!("{e}"));
    let (foot, known) = (general.foot().unwrap_or_else(|e| panic!("{e}")), witness.foot().unwrap_or_else(|e| panic!("{e}")));
    assert!(apart(&foot.w, &known.w) < 1e-12, "{:e}", apart(&foot.w, &known.w));
    assert!((foot.spectrum.smallest / known.spectrum.smallest - 1.0).abs() < 1e-12);
    let times = [0.05, 0.2, 0.7, 2.0];
    let (a, b) = (general.slow(&foot.w, &times).unwrap(), witness.slow(&known.w, &times).unwrap());
    for (a, b) in a.points.iter().zip(&b.points) {
        assert!(apart(&a.w, &b.w) < 1e-11, "s = {}: {:e}", a.time, apart(&a.w, &b.w));
    }
    // Every λ, those of the order of h₊ and above included.
    for lambda in [3.0, 0.3, 1e-2, 1e-4, 1e-7, 1e-10] {
        let a = general.in_slow_time(lambda, &times).unwrap_or_else(|e| panic!("λ = {lambda:e}: {e}"));
        let b = witness.in_slow_time(lambda, &times).unwrap_or_else(|e| panic!("λ = {lambda:e}: {e}")).trajectory;
        for (a, b) in a.points.iter().zip(&b.points) {
            assert!((&a.w - &b.w).norm() < 2e-11, "λ = {lambda:e}, s = {}: {:e}", a.time, apart(&a.w, &b.w));
        }
    }
    // w₁, and what is left of the training loss.
    let (a, b) = (Flows::expansion(&general, &times).unwrap().unwrap(), witness.expansion(&times).unwrap());
    let tighter = Tolerance { rtol: 1e-14, atol: 1e-16 };
    let c = RadauFlows::new(&mean, &RIDGE, &start, tighter).unwrap().expansion(&times).unwrap();
    for ((a, b), c) in a.points.iter().zip(&b.points).zip(&c.points) {
        // The steps of both follow the error of w, not of w₁, which is larger.
        let (error, known) = (apart(&a.first, &c.first), apart(&b.first, &c.first));
        assert!(error.max(known) < 1e-8, "s = {}: {error:e} {known:e}", a.s);
        // μ and μ₁ are those of the last stage.
        let (error, known) = ((a.excess / c.excess - 1.0).abs(), (b.excess / c.excess - 1.0).abs());
        assert!(error.max(known) < 1e-7, "s = {}: {error:e} {known:e}", a.s);
        let [a, b, c] = [a, b, c].map(|p| p.excess_first.unwrap());
        let (error, known) = ((a / c - 1.0).abs(), (b / c - 1.0).abs());
        assert!(error.max(known) < 1e-5, "{error:e} {known:e}");
    }
}

#[test]
fn the_slow_flow_depends_on_the_manifold_alone() {
    // M is uv = 1 near the start, Φ is that of neither (uv − 1)² nor any function of uv.
    let loss = formula(&["u", "v"], "(exp((u*v - 1)*(2 + u)) + exp((1 - u*v)*(2 + u)))/2");
    let start = w(&[1.4, 0.5]);
    let general = flows(&loss, &start);
    let foot = general.foot().unwrap_or_else(|e| panic!("{e}")).w;
    let q0 = foot[0].powi(2) - foot[1].powi(2);
    assert!((q0 - (start[0].powi(2) - start[1].powi(2))).abs() > 1e-2, "{q0}");
    for point in &general.slow(&foot, &[0.1, 0.5, 1.0, 3.0]).unwrap().points {
        let q = q0 * (-2.0 * point.time).exp();
        let (sum, difference) = ((q.hypot(2.0) + 2.0).sqrt(), (q.hypot(2.0) - 2.0).sqrt());
        let exact = w(&[0.5 * (sum + difference), 0.5 * (sum - difference)]);
        assert!(apart(&point.w, &exact) < 1e-11, "s = {}: {:e}", point.time, apart(&point.w, &exact));
    }
}

/// On the valley: the rate of the gap and its constant, order two beyond it, and the same work for every λ.
#[test]
fn gap_and_expansion_have_their_orders_down_to_tiny_lambda_at_the_same_cost() {
    let loss = formula(&["u", "v", "p"], VALLEY);
    let start = w(&[1.9, 0.4, 1.4]);
    let general = flows(&loss, &start);
    let times = [0.1, 0.4, 1.0, 2.5];
    let expansion = Flows::expansion(&general, &times).unwrap().unwrap();
    let lambdas = [1e-3, 1e-4, 1e-5, 1e-6, 1e-8, 1e-10];
    let mut gaps = Vec::new();
    for lambda in lambdas {
        let run = general.in_slow_time(lambda, &times).unwrap_or_else(|e| panic!("λ = {lambda:e}: {e}"));
        let sup = |beyond: f64| {
            let distance =
                |(p, e): (&slowflow::field::Point, &slowflow::flow::ExpansionPoint)| (&p.w - &e.w - &e.first * beyond).norm();
            run.points.iter().zip(&expansion.points).map(distance).fold(0.0, f64::max)
        };
        gaps.push((sup(0.0), sup(lambda), run.work.linear_solves));
    }
    for pair in [(2, 3), (3, 4), (4, 5)] {
        let order = (gaps[pair.0].0 / gaps[pair.1].0).ln() / (lambdas[pair.0] / lambdas[pair.1]).ln();
        assert!((order - 1.0).abs() < 1e-4, "{order}");
    }
    let constant = expansion.constant();
    assert!((gaps[3].0 / lambdas[3] / constant - 1.0).abs() < 1e-4 && (gaps[5].0 / lambdas[5] / constant - 1.0).abs() < 1e-4);
    for pair in [(0, 1), (1, 2)] {
        let order = (gaps[pair.0].1 / gaps[pair.1].1).log10();
        assert!((order - 2.0).abs() < 0.02, "{order}");
    }
    assert!(gaps[5].2 as f64 <= 1.3 * gaps[0].2 as f64, "{gaps:?}");
}

#[test]
fn neither_the_hand_over_nor_the_charts_change_the_result() {
    let loss = formula(&["u", "v", "p"], VALLEY);
    let start = w(&[1.9, 0.4, 1.4]);
    let times = [0.05, 0.4, 1.0, 2.5];
    for lambda in [0.3, 1e-2, 1e-6] {
        let run = |near: f64, renew: Option<u64>| {
            let mut general = flows(&loss, &start);
            (general.near, general.renew) = (near, renew);
            general
                .in_slow_time(lambda, &times)
                .unwrap_or_else(|e| panic!("λ = {lambda:e}, near = {near:e}, {renew:?}: {e}"))
                .points
        };
        let reference = run(0.03, None);
        for (near, renew) in [(0.3, None), (1e-3, None), (1e-5, None), (0.03, Some(3)), (0.03, Some(1))] {
            for (a, b) in run(near, renew).iter().zip(&reference) {
                let error = apart(&a.w, &b.w);
                assert!(error < 3e-11, "λ = {lambda:e}, near = {near:e}, {renew:?}, s = {}: {error:e}", a.time);
            }
        }
    }
    // The slow flow and w₁ over charts that are renewed at every step.
    let mut general = flows(&loss, &start);
    let reference = Flows::expansion(&general, &times).unwrap().unwrap();
    general.renew = Some(1);
    for (a, b) in Flows::expansion(&general, &times).unwrap().unwrap().points.iter().zip(&reference.points) {
        assert!(apart(&a.w, &b.w) < 3e-11 && apart(&a.first, &b.first) < 1e-7);
        assert!((a.excess / b.excess - 1.0).abs() < 1e-7);
    }
}

/// The explicit method with the projector from the eigenvalues of H is an independent witness of the slow flow.
#[test]
fn the_explicit_method_agrees() {
    let loss = formula(&["u", "v", "p"], VALLEY);
    let start = w(&[1.9, 0.4, 1.4]);
    let objective = Objective { loss: loss.clone(), regulariser: RIDGE };
    let manifold = Box::new(HessianKernel::new(loss.as_ref()).unwrap());
    let explicit = ExplicitFlows::on(&objective, manifold, &start, Explicit::adaptive(Order::Eight, TIGHT, 10_000_000));
    let general = flows(&loss, &start);
    let (a, b) = (general.foot().unwrap(), explicit.foot().unwrap_or_else(|e| panic!("{e}")));
    assert!(apart(&a.w, &b.w) < 1e-11, "{:e}", apart(&a.w, &b.w));
    let times = [0.3, 1.5];
    for (a, b) in general.slow(&a.w, &times).unwrap().points.iter().zip(&explicit.slow(&a.w, &times).unwrap().points) {
        assert!(apart(&a.w, &b.w) < 1e-11, "{:e}", apart(&a.w, &b.w));
    }
    let (a, b) = (general.regularised(0.05, &[2.0, 20.0]).unwrap(), explicit.regularised(0.05, &[2.0, 20.0]).unwrap());
    for (a, b) in a.points.iter().zip(&b.points) {
        assert!(apart(&a.w, &b.w) < 1e-11, "{:e}", apart(&a.w, &b.w));
    }
}

/// At λ above h₊ the flow leaves M for the origin: it is run in t to its end, and says so with the floor of its error.
#[test]
fn where_no_chart_covers_the_flow_it_is_run_as_it_stands_and_says_so() {
    let loss = formula(&["u", "v"], "softplus(u*v) - 3*u*v/4");
    let start = w(&[2.0, 0.3]);
    let objective = Objective { loss: loss.clone(), regulariser: RIDGE };
    let manifold = Box::new(HessianKernel::new(loss.as_ref()).unwrap());
    let explicit = ExplicitFlows::on(&objective, manifold, &start, Explicit::adaptive(Order::Eight, TIGHT, 10_000_000));
    let general = flows(&loss, &start);
    assert!(general.remarks().is_empty());
    let times = [0.5, 2.0, 5.0];
    let (a, b) = (general.regularised(2.0, &times).unwrap(), explicit.regularised(2.0, &times).unwrap());
    for (a, b) in a.points.iter().zip(&b.points) {
        assert!((&a.w - &b.w).norm() < 1e-11, "{:e}", (&a.w - &b.w).norm());
    }
    let remarks = general.remarks();
    assert!(remarks.len() == 1 && remarks[0].contains("λ = 2e0") && remarks[0].contains("floor of"), "{remarks:?}");
}

fn refused(weights: &[&str], text: &str, start: &[f64]) -> String {
    let (loss, start) = (formula(weights, text), w(start));
    let foot = flows(&loss, &start).foot();
    foot.err().unwrap_or_else(|| panic!("{text} was accepted")).to_string()
}

#[test]
fn what_is_no_manifold_of_minima_is_refused_with_the_numbers() {
    let cosh = "(exp(u*v - 1) + exp(1 - u*v))/2";
    let saddle = refused(&["u", "v", "p"], &format!("{cosh} - p^2/2 + p^4/4"), &[2.0, 0.3, 0.0]);
    assert!(saddle.contains("negative eigenvalue -1.000e0") && saddle.contains("no manifold of minima"), "{saddle}");
    // p = 0 is critical, but no direction of M is along it: the kernel of H is larger than the tangent space.
    let quartic = refused(&["u", "v", "p"], &format!("{cosh} + p^4/4"), &[2.0, 0.3, 0.0]);
    assert!(quartic.contains("the rank of H is not constant"), "{quartic}");
    // From (1, 1) the flow of cosh(uv) runs into the origin, where H = 0.
    let flat = refused(&["u", "v"], "(exp(u*v) + exp(-u*v))/2", &[1.0, 1.0]);
    assert!(flat.contains("assumption violated"), "{flat}");
    let unbounded = refused(&["u", "v"], "softplus(-u*v)", &[1.0, 0.3]);
    assert!(unbounded.contains("the fast flow is bounded and converges"), "{unbounded}");
    // A perturbed saddle is left: the flow goes on to the minima at p = ±1.
    let loss = formula(&["u", "v", "p"], &format!("{cosh} - p^2/2 + p^4/4"));
    let start = w(&[2.0, 0.3, 1e-9]);
    let foot = flows(&loss, &start).foot().unwrap_or_else(|e| panic!("{e}"));
    assert!((foot.w[2] - 1.0).abs() < 1e-12, "{}", foot.w);
}

#[test]
fn more_weights_than_dense_eigenvalues_serve_are_refused() {
    let residual = squares(&["u[1001]"], &["dot(u, u) - 1"], 1.0);
    let loss = CriticalPoints(residual);
    assert!(matches!(HessianKernel::new(&loss), Err(ManifoldError::TooManyWeights { weights: 1001, .. })));
}

fn posed(head: &str) -> ProblemFile {
    let text = format!(
        "title = \"test\"\nseed = 3\n{head}\nlambda = [1e-3, 3e-4, 1e-4, 1e-5, 1e-6]\nwindow = {{ slow-time = [0.1, 0.5, 2.0], fast-time = 10.0 }}\n\
         tolerance = {{ rtol = 1e-11, atol = 1e-13 }}\n"
    );
    ProblemFile::parse(&text, std::path::Path::new("test.toml")).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

/// Every check of a verification holds or had nothing to judge; the names of those that hold.
fn verified(head: &str) -> (Vec<&'static str>, Tracked) {
    let setup = Setup::new(posed(head)).unwrap_or_else(|e| panic!("{e}"));
    assert!(setup.squares().is_none());
    let (reported, companion) = pair(&setup).unwrap_or_else(|e| panic!("{e}"));
    let options = Options { reported: &*reported, companion: &*companion, level: None, progress: &|_| {} };
    let tracked = track(&setup, &options).unwrap_or_else(|e| panic!("{e}"));
    for check in &tracked.checks {
        assert!(check.verdict != Verdict::Fails, "{check:?}");
    }
    (tracked.checks.iter().filter(|c| c.verdict == Verdict::Holds).map(|c| c.name).collect(), tracked)
}

#[test]
fn affine_least_squares_forced_through_the_general_path_follow_their_closed_form() {
    let (held, _) = verified(
        "data = { kind = \"linear-teacher\", samples = 12, dimension = 5, noise = 0.5 }\nmodel = { kind = \"linear-regression\" }\n\
         loss = { factor = \"1/2n\", manifold = \"critical-points\" }\ninit = { distribution = \"normal\", scale = 1.0 }\nexact = \"linear-regression\"",
    );
    for name in ["exact-trajectories", "exact-foot", "exact-limit", "slow-constant", "slow-order", "limit-kkt"] {
        assert!(held.contains(&name), "{name} is not among {held:?}");
    }
}

/// A 3 × 3 matrix of rank 3 in factors of width 2: nine residuals of twelve weights that cannot vanish together.
#[test]
fn contradicting_residuals_need_the_key_and_then_keep_every_check() {
    let narrow = |key: &str| {
        format!(
            "data = {{ kind = \"low-rank-teacher\", rows = 3, columns = 3, rank = 3 }}\nmodel = {{ kind = \"matrix-factorisation\", rows = 3, columns = 3, width = 2 }}\n\
             loss = {{ factor = \"1/2\"{key} }}\ninit = {{ distribution = \"normal\", scale = 1.0 }}"
        )
    };
    let message = Setup::new(posed(&narrow(""))).err().map(|e| e.to_string()).unwrap_or_default();
    assert!(message.contains("rank 3 with width 2") && message.contains("manifold = \"critical-points\""), "{message}");
    let (held, tracked) = verified(&narrow(", manifold = \"critical-points\""));
    for name in ["predicted-constant", "limit-kkt", "invariants"] {
        assert!(held.contains(&name), "{name} is not among {held:?}");
    }
    // h₊ = 5e-3 leaves two rows for the orders: too few for the check, enough to see them.
    let order = tracked.rates.slow.map_or(f64::NAN, |fit| fit.order);
    assert!((order - 1.0).abs() < 1e-3, "{order}");
    // The orbit of GL(2) and no more.
    assert_eq!(tracked.foot.spectrum.rank, 8);
}

#[test]
fn a_tall_network_with_a_symmetry_keeps_every_check() {
    let (held, tracked) = verified(
        "data = { kind = \"low-rank-teacher\", rows = 4, columns = 3, rank = 3 }\nmodel = { kind = \"matrix-factorisation\", rows = 4, columns = 3, width = 1 }\n\
         loss = { factor = \"1/2\", manifold = \"critical-points\" }\ninit = { distribution = \"normal\", scale = 1.0 }",
    );
    for name in ["slow-order", "composite-order", "expansion-order", "predicted-constant", "limit-kkt", "invariants"] {
        assert!(held.contains(&name), "{name} is not among {held:?}");
    }
    let limit = tracked.limit.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(limit.classification.kind.name(), "strict-minimum");
    assert!(matches!(limit.certificate, Certificate::Undecided { reason } if reason.contains("critical points")));
}

/// The origin is a critical point of the logistic loss of uv, but a saddle: no start may end there.
#[test]
fn saddles_of_the_loss_are_no_points_of_m() {
    let loss = formula(&["u", "v"], "softplus(u*v) - 3*u*v/4");
    let options = min_norm::Options::default();
    let found = min_norm::survey(loss.as_ref(), &RIDGE, &w(&[2.0, 0.3]), 20, 3, &options).unwrap_or_else(|e| panic!("{e}"));
    // F is descended first: no start ends in the saddle at the origin.
    assert!((found.found.len(), found.failed) == (2, 0) && found.reasons.is_empty(), "{found:?}");
    for point in &found.found {
        assert!((point.point.norm_squared - 2.0 * 3f64.ln()).abs() < 1e-10, "{}", point.point.norm_squared);
    }
    let at_saddle =
        min_norm::solve(loss.as_ref(), &RIDGE, &w(&[1e-3, -1e-3]), &min_norm::Options { target: Target::Nearest, ..options });
    assert!(at_saddle.is_err_and(|e| e.to_string().contains("no minimum: its Hessian has the eigenvalue -2.500e-1")));
}

/// Close to M its second-order terms look like small positive eigenvalues: the charts must take over whatever their sign.
#[test]
fn the_logistic_loss_costs_the_same_for_every_lambda_and_keeps_its_invariant() {
    let loss = formula(&["u", "v"], "softplus(u*v) - 3*u*v/4");
    let start = w(&[2.0, 0.3]);
    let general = flows(&loss, &start);
    let q0 = start[0].powi(2) - start[1].powi(2);
    let solves = [1e-3, 1e-5, 1e-6, 1e-7, 1e-8, 1e-10].map(|lambda| {
        let run = general.in_slow_time(lambda, &[0.1, 1.0, 5.0]).unwrap_or_else(|e| panic!("λ = {lambda:e}: {e}"));
        for p in &run.points {
            let error = p.w[0].powi(2) - p.w[1].powi(2) - q0 * (-2.0 * p.time).exp();
            assert!(error.abs() < 2e-11, "λ = {lambda:e}, s = {}: {error:e}", p.time);
        }
        run.work.linear_solves as f64
    });
    assert!(solves.iter().all(|n| *n <= 1.3 * solves[0]), "{solves:?}");
}

#[test]
fn isolated_critical_points_have_no_slow_phase() {
    let (_, tracked) = verified(
        "model = { kind = \"expression\", weights = [\"u\", \"v\"], loss = \"(u^2 + v^2 - 1)^2/4 + u/5 + 1\" }\nloss = { factor = \"1\" }\ninit = { values = [0.5, 1.0] }",
    );
    assert!(tracked.remarks.iter().any(|r| r.contains("No slow phase")), "{:?}", tracked.remarks);
}

#[test]
fn kinks_and_zero_loss_by_force_are_refused_with_a_hint() {
    let kinks = Setup::new(posed(
        "model = { kind = \"expression\", weights = [\"u\", \"v\"], loss = \"relu(u*v) + exp(-u*v)\" }\nloss = { factor = \"1\" }\ninit = { values = [0.5, 1.0] }",
    ));
    let message = kinks.err().map(|e| e.to_string()).unwrap_or_default();
    assert!(message.contains("1 kinks") && message.contains("softplus"), "{message}");
    let forced = Setup::new(posed(
        "model = { kind = \"expression\", weights = [\"u\", \"v\"], residuals = [\"u*v - 1\", \"u*v - 2\", \"u*v\"] }\nloss = { factor = \"1\", manifold = \"zero-loss\" }\ninit = { values = [0.5, 1.0] }",
    ));
    let forced = forced.unwrap_or_else(|e| panic!("{e}"));
    assert!(pair(&forced).err().is_some_and(|e| e.to_string().contains("3 residuals of 2 weights")));
}
