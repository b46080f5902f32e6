//! The main job as mathematics: closed forms, orders, constants, invariants, and what happens where the theory does not apply.

use std::path::Path;
use std::sync::Arc;

use slowflow::experiment::{Options, Setup, TrackError, Tracked, Verdict, pair, track};
use slowflow::field::{LeastSquares, Objective, Regulariser, Weights};
use slowflow::flow::exact::LinearRegression as Exact;
use slowflow::flow::{ExplicitFlows, FlowError, Flows, RadauFlows};
use slowflow::integrate::{Explicit, Order, Tolerance};
use slowflow::loss::least_squares;
use slowflow::model::LinearRegression;
use slowflow::numeric::seed::Stream;
use slowflow::numeric::{Matrix, Vector};
use slowflow::problem::ProblemFile;

fn tracked_with(problem: ProblemFile, look: impl FnOnce(&Setup, Result<Tracked, TrackError>)) {
    let setup = Setup::new(problem).expect("a complete problem");
    let (reported, companion) = pair(&setup).expect("a manifold");
    look(&setup, track(&setup, &Options { reported: &*reported, companion: &*companion, level: None, progress: &|_| {} }));
}

fn posed(model: &str, factor: &str, init: &str, lambda: &str, window: &str, more: &str) -> ProblemFile {
    let text = format!(
        "title = \"test\"\nseed = 1\nmodel = {model}\nloss = {{ criterion = \"square\", factor = \"{factor}\" }}\ninit = {init}\nlambda = {lambda}\n\
         window = {{ slow-time = {window}, fast-time = 10.0 }}\ntolerance = {{ rtol = 1e-11, atol = 1e-13 }}\n{more}\n"
    );
    ProblemFile::parse(&text, Path::new("test.toml")).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

fn holds(tracked: &Tracked, name: &str) -> f64 {
    let check = tracked.checks.iter().find(|c| c.name == name).unwrap_or_else(|| panic!("no check {name}"));
    assert_eq!(check.verdict, Verdict::Holds, "{name}: {:?} not {} ({})", check.value, check.limit, check.why);
    check.value.unwrap_or(f64::NAN)
}

fn random(rows: usize, columns: usize, seed: u64) -> Matrix {
    let mut stream = Stream::new(seed, "test");
    Matrix::from_fn(rows, columns, |_, _| stream.normal())
}

/// Wide, tall with noise, square, and rank-deficient in both directions.
fn shapes() -> Vec<(&'static str, Matrix, Vector)> {
    let noisy = |n: usize, seed| random(n, 1, seed).column(0).into_owned();
    vec![
        ("wide", random(4, 9, 1), noisy(4, 11)),
        ("tall, noisy", random(12, 5, 2), noisy(12, 12)),
        ("square", random(5, 5, 3), noisy(5, 13)),
        ("rank 3 of 5 x 8", random(5, 3, 4) * random(3, 8, 5), noisy(5, 14)),
        ("rank 2 of 9 x 4", random(9, 2, 6) * random(2, 4, 7), noisy(9, 15)),
    ]
}

#[test]
fn linear_regression_of_every_shape_follows_its_closed_form() {
    let tolerance = Tolerance { rtol: 1e-12, atol: 1e-14 };
    for (name, inputs, targets) in shapes() {
        let c = 1.0 / targets.len() as f64;
        let start = random(inputs.ncols(), 1, 99).column(0).into_owned();
        let exact = Exact::new(&inputs, &targets, c, &start).expect("clear rank");
        let model = LinearRegression { inputs, targets };
        let loss: LeastSquares = least_squares(Arc::new(model), c).expect("clear rank");
        let objective = Objective { loss: Arc::new(loss.clone()), regulariser: Regulariser::HalfSquaredNorm };
        let explicit = Explicit::adaptive(Order::Eight, tolerance, 50_000_000);
        let methods: [Box<dyn Flows>; 2] = [
            Box::new(ExplicitFlows::new(&objective, &loss, &start, explicit).expect("a manifold")),
            Box::new(RadauFlows::new(&loss, &objective.regulariser, &start, tolerance).expect("a manifold")),
        ];
        for flows in methods {
            let near = |what: &str, a: &Weights, b: &Weights, limit: f64| {
                let error = (a - b).norm() / b.norm();
                assert!(error <= limit, "{name}, {}: {what} is off by {error:.1e}", flows.method());
            };
            let foot = flows.foot().expect("arrives");
            near("Φ(w₀)", &foot.w, &exact.foot(), 1e-12);
            let times = [0.0, 0.01, 0.3, 1.0, 7.0, 40.0, 300.0];
            for point in flows.fast(&times).expect("arrives").points {
                near("the fast flow", &point.w, &exact.regularised(0.0, point.time), 1e-9);
            }
            for point in flows.slow(&foot.w, &times[..6]).expect("arrives").points {
                near("the slow flow", &point.w, &exact.slow(point.time), 1e-9);
            }
            for lambda in [1e-1, 1e-2, 1e-3] {
                for point in flows.regularised(lambda, &[0.1, 2.0, 1.0 / lambda, 5.0 / lambda]).expect("arrives").points {
                    near("w^λ", &point.w, &exact.regularised(lambda, point.time), 1e-9);
                }
            }
        }
    }
}

#[test]
fn the_main_job_shows_order_one_and_the_closed_constant() {
    let problem = ProblemFile::read(Path::new("problems/linear_regression/digits.toml")).expect("the main problem");
    tracked_with(problem, |setup, tracked| {
        let tracked = tracked.expect("arrives");
        assert!((holds(&tracked, "slow-order") - 1.0).abs() < 0.02);
        assert!((holds(&tracked, "composite-order") - 1.0).abs() < 0.05);
        assert!(holds(&tracked, "slow-constant") < 0.01);
        holds(&tracked, "exact-trajectories");
        holds(&tracked, "exact-foot");
        holds(&tracked, "exact-limit");
        // The training loss is at its floor on the whole window; the test loss moves on slow time.
        let loss = |w: &Weights| slowflow::field::Loss::value(setup.test.as_deref().expect("a test set"), w).expect("finite");
        let (first, last) = (loss(&tracked.foot.w), loss(&tracked.slow.last().expect("a window").w));
        assert!(last < 0.6 * first, "test loss {first} at Φ(w₀), {last} at the end of the window");
        for point in &tracked.slow {
            assert!(setup.objective.loss.value(&point.w).expect("finite") < 1e-20);
        }
    });
}

#[test]
fn a_window_from_zero_is_refused_with_the_jump_that_does_not_vanish() {
    let problem = posed(
        "{ kind = \"scalar-factorisation\", product = 1.0 }",
        "1/2",
        "{ values = [2.0, 1.0] }",
        "[1e-2, 1e-4]",
        "[0.0, 1.0]",
        "",
    );
    tracked_with(problem, |setup, tracked| {
        let Err(TrackError::Window { jump, needed, first, .. }) = tracked else { panic!("a window from 0 cannot converge") };
        assert_eq!(first, 0.0);
        // Φ keeps u² − v² = 3 and uv = 1: u² = (3 + √13)/2.
        let u = ((3.0 + 13.0_f64.sqrt()) / 2.0).sqrt();
        let exact = (&setup.start - Weights::from_vec(vec![u, 1.0 / u])).norm();
        assert!((jump - exact).abs() < 1e-9 && needed > 0.0);
    });
}

#[test]
fn parabola_ellipsoid_and_sphere_show_their_numbers() {
    // Claims A12, A13 and A14.
    let lambdas = "[1e-3, 1e-4, 1e-5, 1e-6, 1e-7]";
    let parabola = posed(
        "{ kind = \"parabola\" }",
        "1",
        "{ values = [1.3, -0.4] }",
        lambdas,
        "{ from = 0.1, to = 3.0, points = 60, spacing = \"linear\" }",
        "",
    );
    tracked_with(parabola, |_, tracked| {
        let tracked = tracked.expect("arrives");
        assert!((&tracked.foot.w - Weights::from_vec(vec![0.41435901, 0.17169339])).norm() < 1e-8, "Φ = {}", tracked.foot.w);
        assert!((holds(&tracked, "slow-order") - 1.0).abs() < 0.02);
        let (constant, _) = tracked.rates.constant.expect("a constant");
        assert!((constant - 0.07997).abs() < 2e-5, "constant {constant}");
        // x²e^{4y} is kept by the fast flow: with s = x∞², s e^{4s} = x₀² e^{4y₀}.
        let (x, y) = (tracked.foot.w[0], tracked.foot.w[1]);
        assert!((x * x * (4.0 * y).exp() - 1.69 * (-1.6_f64).exp()).abs() < 1e-11);
        for p in &tracked.slow {
            let c2 = x * x * (1.0 + 2.0 * x * x);
            let exact = ((-1.0 + (1.0 + 8.0 * c2 * (-2.0 * p.s).exp()).sqrt()) / 4.0).sqrt();
            assert!((p.w[0] - exact).abs() < 1e-10, "x(s = {}) = {}, exactly {exact}", p.s, p.w[0]);
        }
    });
    let window = "{ from = 0.1, to = 6.0, points = 60, spacing = \"linear\" }";
    let ellipsoid =
        posed("{ kind = \"ellipsoid\", axes = [3.0, 1.5, 0.5] }", "1/4", "{ values = [0.8, -1.2, 1.5] }", lambdas, window, "");
    tracked_with(ellipsoid, |_, tracked| {
        let tracked = tracked.expect("arrives");
        let end = Weights::from_vec(vec![0.57622269, -0.05070467, 0.00956905]);
        assert!((&tracked.slow.last().expect("a window").w - end).norm() < 1.5e-8);
        let (constant, _) = tracked.rates.constant.expect("a constant");
        assert!((constant - 0.46).abs() < 0.01, "constant {constant}");
        assert!((holds(&tracked, "slow-order") - 1.0).abs() < 0.02);
        let limit = tracked.limit.as_ref().expect("a limit");
        assert!((limit.point.w.norm_squared() - 1.0 / 3.0).abs() < 1e-12);
    });
    let sphere =
        posed("{ kind = \"sphere\", dimension = 3 }", "1/4", "{ values = [0.8, -1.2, 1.5] }", lambdas, "[0.1, 1.0, 5.0]", "");
    tracked_with(sphere, |setup, tracked| {
        let tracked = tracked.expect("arrives");
        assert!(tracked.remarks.iter().any(|r| r.contains("No slow phase")), "{:?}", tracked.remarks);
        let direction = &setup.start / setup.start.norm();
        for point in &tracked.slow {
            assert!((&point.w - &direction).norm() < 1e-12, "no drift on the sphere");
        }
        // ‖w∞‖² = 1 − λ exactly for F = ¼(‖w‖² − 1)²: −(‖w‖² − 1)w − λw = 0.
        for (row, (_, run)) in tracked.rows.iter().zip(&tracked.regularised) {
            let end = run.last().expect("arrived").w.norm_squared();
            assert!((end - (1.0 - row.lambda)).abs() < 1e-11, "λ = {:e}: {end}", row.lambda);
        }
    });
}

#[test]
fn scalar_factorisation_keeps_its_invariant_at_every_point_of_every_run() {
    // Claim A15: u² − v² = (u₀² − v₀²)e^{−2λt} exactly, and u(s) in closed form on M.
    for start in ["[2.0, 1.0]", "[0.3, -1.7]", "[-1.5, -0.2]"] {
        let model = "{ kind = \"scalar-factorisation\", product = 1.0 }";
        let init = format!("{{ values = {start} }}");
        let problem = posed(model, "1/2", &init, "[1e-1, 1e-2, 1e-4, 1e-6, 1e-8]", "[0.2, 0.5, 1.0, 2.0, 4.0]", "");
        tracked_with(problem, |setup, tracked| {
            let tracked = tracked.expect("arrives");
            let q0 = setup.start[0].powi(2) - setup.start[1].powi(2);
            let q = |w: &Weights| w[0] * w[0] - w[1] * w[1];
            for (row, (_, run)) in tracked.rows.iter().zip(&tracked.regularised) {
                for p in &run.points {
                    let error = (q(&p.w) - q0 * (-2.0 * row.lambda * p.time).exp()).abs() / q0.abs();
                    assert!(error < 1e-9, "λ = {:e}, t = {}: {error:.1e}", row.lambda, p.time);
                }
            }
            for p in &tracked.slow {
                let decayed = q0 * (-2.0 * p.s).exp();
                let u2 = (decayed + (decayed * decayed + 4.0).sqrt()) / 2.0;
                assert!((p.w[0].powi(2) - u2).abs() < 1e-9 * u2, "s = {}", p.s);
            }
            assert!((holds(&tracked, "slow-order") - 1.0).abs() < 0.02);
        });
    }
}

#[test]
fn violated_assumptions_are_named_with_their_numbers() {
    let model =
        |residuals: &str, weights: &str| format!("{{ kind = \"expression\", weights = {weights}, residuals = {residuals} }}");
    // A loss like the logistic one on separable data: the flow runs to infinity.
    let unbounded =
        posed(&model("[\"exp(-u)\"]", "[\"u\", \"v\"]"), "1/2", "{ values = [0.0, 1.0] }", "[1e-3]", "[0.5, 1.0]", "");
    for method in ["", "method = \"dop853\""] {
        let mut problem = unbounded.clone();
        problem.method = (!method.is_empty()).then(|| "dop853".to_string());
        tracked_with(problem, |_, tracked| match tracked.err().expect("no foot point") {
            TrackError::Flow(FlowError::NoFoot { norm, start_norm, .. }) => assert!(norm > start_norm),
            other => panic!("{other}"),
        });
    }
    // A start on a saddle of (uv − 1)².
    let saddle =
        posed("{ kind = \"scalar-factorisation\", product = 1.0 }", "1/2", "{ values = [0.0, 0.0] }", "[1e-3]", "[0.5, 1.0]", "");
    tracked_with(saddle, |_, tracked| match tracked.err().expect("no foot point") {
        TrackError::Flow(FlowError::Saddle { defect, .. }) => assert!((defect - 1.0).abs() < 1e-12),
        other => panic!("{other}"),
    });
    // A rank that changes: on v = 0, z = 1 the Jacobian has singular values u = e^{−s} and 1.
    let dropping = posed(
        &model("[\"u*v\", \"z - 1\"]", "[\"u\", \"v\", \"z\"]"),
        "1/2",
        "{ values = [1.0, 0.0, 1.0] }",
        "[1e-14]",
        "[0.5, 1.0, 30.0]",
        "",
    );
    tracked_with(dropping, |_, tracked| {
        let message = tracked.err().expect("the rank drops at s = 30").to_string();
        assert!(message.contains("rank"), "{message}");
    });
}
