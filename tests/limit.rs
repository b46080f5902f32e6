//! The limit s → ∞ by two witnesses, for ½‖w‖² and for other regularisers.

use std::path::Path;

use slowflow::experiment::{Continued, Limit, Options, Reached, Setup, Tracked, Verdict, pair, track};
use slowflow::field::{Regulariser, Weights};
use slowflow::flow::{Flows, RadauFlows};
use slowflow::integrate::Tolerance;
use slowflow::min_norm::Kind;
use slowflow::numeric::{Matrix, Vector, dense};
use slowflow::problem::ProblemFile;

fn tracked(problem: ProblemFile) -> (Setup, Tracked) {
    let setup = Setup::new(problem).unwrap_or_else(|e| panic!("{e}"));
    let tracked = {
        let (reported, companion) = pair(&setup).expect("a manifold");
        let options = Options { reported: &*reported, companion: &*companion, level: None, progress: &|_| {} };
        track(&setup, &options).unwrap_or_else(|e| panic!("{e}"))
    };
    (setup, tracked)
}

fn read(path: &str) -> (Setup, Tracked) {
    tracked(ProblemFile::read(Path::new(path)).unwrap_or_else(|e| panic!("{e}")))
}

fn posed(model: &str, data: &str, factor: &str, init: &str) -> (Setup, Tracked) {
    let text = format!(
        "title = \"test\"\nseed = 4\n{data}\nmodel = {model}\nloss = {{ criterion = \"square\", factor = \"{factor}\" }}\ninit = {init}\nlambda = [1e-4, 1e-5]\n\
         window = {{ slow-time = [0.5, 1.0, 2.0], fast-time = 10.0 }}\ntolerance = {{ rtol = 1e-11, atol = 1e-13 }}\n"
    );
    tracked(ProblemFile::parse(&text, Path::new("test.toml")).unwrap_or_else(|e| panic!("{e}\n{text}")))
}

fn limit(tracked: &Tracked) -> (&Limit, &Continued) {
    let limit = tracked.limit.as_ref().expect("a KKT point");
    (limit, limit.continued.as_ref().expect("a followed flow"))
}

fn verdict(tracked: &Tracked, name: &str) -> Verdict {
    tracked.checks.iter().find(|c| c.name == name).unwrap_or_else(|| panic!("no check {name}")).verdict
}

const ELLIPSOID: &str = "{ kind = \"ellipsoid\", axes = [3.0, 1.5, 0.5] }";

#[test]
fn the_continued_flow_is_as_far_from_its_limit_as_its_linear_rate_says() {
    for (model, factor, init) in [
        (ELLIPSOID, "1/4", "{ values = [0.8, -1.2, 1.5] }"),
        ("{ kind = \"scalar-factorisation\", product = 1.0 }", "1/2", "{ values = [1.7, 1.1] }"),
        (
            "{ kind = \"expression\", weights = [\"u\", \"v\", \"w\"], residuals = [\"exp(u*v) + w^2 - 3\"] }",
            "1/2",
            "{ values = [1.2, 0.4, 0.8] }",
        ),
    ] {
        let (_, tracked) = posed(model, "", factor, init);
        let (found, end) = limit(&tracked);
        assert_eq!((verdict(&tracked, "limit-reached"), end.reached), (Verdict::Holds, Reached::Independent));
        assert_eq!(found.certificate.name(), "proved");
        let error = end.error.expect("a rate");
        // The bound is sharp: what is left runs along the slowest direction.
        assert!(end.distance <= error && error <= 1.3 * end.distance + 1e-11, "{model}: {} {error}", end.distance);
        assert!(error < 1e-6);
    }
}

#[test]
fn a_limit_at_the_origin_keeps_the_scale_of_its_start() {
    // On y = x² the search ends some 1e-29 from 0: that is the KKT point, and R there is no other value than 0.
    let (_, tracked) = posed("{ kind = \"parabola\" }", "", "1", "{ values = [1.3, -0.4] }");
    let (found, end) = limit(&tracked);
    assert_eq!((found.certificate.name(), end.reached), ("proved", Reached::Independent));
    assert!(!tracked.remarks.iter().any(|r| r.contains("another KKT point")), "{:?}", tracked.remarks);
}

#[test]
fn a_flow_that_ends_in_another_kkt_point_is_said_to() {
    // w₁ = 0 is invariant: the flow ends in the saddle e₂/√a₂, where a₁ = 3 and a₂ = 1.5. The search leaves saddles.
    let (_, tracked) = posed(ELLIPSOID, "", "1/4", "{ values = [0.0, -1.2, 1.5] }");
    let (found, end) = limit(&tracked);
    assert_eq!((end.reached, end.kind), (Reached::Other, Kind::Saddle { index: 1 }));
    assert!((end.value - 1.0 / 3.0).abs() < 1e-9 && (found.point.value - 1.0 / 6.0).abs() < 1e-13);
    assert_eq!(verdict(&tracked, "limit-reached"), Verdict::Holds);
    assert!(tracked.remarks.iter().any(|r| r.starts_with("The slow flow went to another KKT point")), "{:?}", tracked.remarks);
}

#[test]
fn a_limit_on_an_orbit_is_reached_up_to_rotations_and_its_value_is_the_least() {
    let data = "data = { kind = \"low-rank-teacher\", rows = 3, columns = 3, rank = 3 }";
    let model = "{ kind = \"matrix-factorisation\", rows = 3, columns = 3, width = 3 }";
    let (setup, tracked) = posed(model, data, "1/2", "{ distribution = \"normal\", scale = 1.0 }");
    let (found, end) = limit(&tracked);
    assert_eq!((found.classification.kind, found.classification.orbit), (Kind::Minimum, 3));
    assert_eq!(verdict(&tracked, "limit-reached"), Verdict::Holds);
    assert!(end.reached != Reached::Other && end.nearest.1 <= end.error.expect("a rate"));
    let nuclear = setup.residual.singular_values(&found.point.w).expect("a matrix").sum();
    let least = found.least_norm_squared.expect("a bound");
    assert!((found.point.norm_squared - 2.0 * nuclear).abs() < 1e-10);
    assert!(least.lo() <= 2.0 * nuclear * (1.0 + 1e-14) && least.width() < 1e-10, "{least:?}");
}

#[test]
fn at_a_singular_limit_nothing_is_claimed_beyond_the_value() {
    let data = "data = { kind = \"sparse-teacher\", samples = 8, dimension = 16, nonzero = 2 }";
    let model = "{ kind = \"diagonal-network\", parametrisation = \"product\" }";
    let (_, tracked) = posed(model, data, "1/2n", "{ distribution = \"normal\", scale = 1.0 }");
    let (found, end) = limit(&tracked);
    assert_eq!(found.classification.kind, Kind::Singular, "{}", found.classification.why);
    assert_eq!((verdict(&tracked, "limit-reached"), end.error), (Verdict::NotRun, None));
    let least = found.least_norm_squared.expect("a bound");
    assert!(least.width() < 1e-8 * least.hi() && (found.point.norm_squared - least.hi()).abs() < 1e-8);
    // R decreases along the flow: its end lies above the proved minimum, and near it.
    let above = end.w.norm_squared() - least.lo();
    assert!(above > -1e-9 && above < 1e-2 * least.lo(), "{above}");
}

#[test]
fn a_flat_limit_is_no_strict_minimum_and_a_bound_without_meaning_holds_nothing() {
    // On v = 1 − u²/2, |w|² = 1 + u⁴/4: the flow comes to (0, 1) as u' ~ −u³, at no rate.
    let model = "{ kind = \"expression\", weights = [\"u\", \"v\"], residuals = [\"v - 1 + u^2/2\"] }";
    let (_, tracked) = posed(model, "", "1/2", "{ values = [0.5, 0.9] }");
    let (found, end) = limit(&tracked);
    assert_eq!(found.classification.kind, Kind::Undecided, "{}", found.classification.why);
    assert!((found.point.norm_squared - 1.0).abs() < 1e-12);
    assert_eq!((verdict(&tracked, "limit-reached"), end.error), (Verdict::NotRun, None));
}

#[test]
fn the_theorem_and_its_expansion_hold_for_every_regulariser() {
    for (path, kkt) in [
        ("problems/linear_regression/weighted.toml", None),
        ("problems/scalar_factorisation/weighted.toml", Some(vec![2.0_f64.sqrt(), 0.5_f64.sqrt()])),
        ("problems/ellipsoid/smooth_power.toml", None),
    ] {
        let (_, tracked) = read(path);
        for name in
            ["slow-order", "composite-order", "fast-order", "expansion-order", "predicted-constant", "limit-kkt", "limit-reached"]
        {
            assert_eq!(verdict(&tracked, name), Verdict::Holds, "{path}: {name}");
        }
        let (found, end) = limit(&tracked);
        assert!(found.certificate.name() == "proved" && end.reached != Reached::Other, "{path}");
        if let Some(kkt) = kkt {
            assert!((&found.point.w - Weights::from_vec(kkt)).norm() < 1e-14);
        }
    }
    // wᵢ² + ε² = k aᵢ.
    let (_, tracked) = read("problems/ellipsoid/smooth_power.toml");
    let k = (1.0 + 0.01 * 5.0) / 11.5;
    for (w, a) in limit(&tracked).0.point.w.iter().zip([3.0, 1.5, 0.5]) {
        assert!((w * w - (k * a - 0.01)).abs() < 1e-14);
    }
}

/// On the affine M = w_p + range N the slow flow is z' = −NᵀA(w_p + Nz): z = z* + e^{−NᵀANs}(z₀ − z*), and its limit is
/// A⁻¹Xᵀ(XA⁻¹Xᵀ)⁻¹y.
#[test]
fn linear_regression_with_a_quadratic_regulariser_follows_its_closed_form() {
    let (setup, tracked) = read("problems/linear_regression/weighted.toml");
    let Regulariser::Quadratic(a) = &setup.objective.regulariser else { panic!("a quadratic form") };
    let (x, y) = (&setup.train.inputs, &setup.train.targets);
    let inverse = a.clone().try_inverse().expect("positive definite");
    let expected = &inverse * x.transpose() * (x * &inverse * x.transpose()).try_inverse().expect("full rank") * y;
    assert!((&limit(&tracked).0.point.w - &expected).norm() < 1e-12 * expected.norm());

    let svd = dense::svd(x).expect("finite");
    let projector = Matrix::identity(4, 4) - &svd.v * svd.v.transpose();
    let (values, vectors) = dense::symmetric_eigen(&projector).expect("finite");
    assert!(values[1] < 1e-14 && values[2] > 1.0 - 1e-14);
    let n = vectors.columns(2, 2).into_owned();
    let (rates, modes) = dense::symmetric_eigen(&(n.transpose() * a * &n)).expect("finite");
    let start = n.transpose() * (&tracked.foot.w - &expected);
    for point in &tracked.slow {
        let decayed =
            Vector::from_iterator(2, modes.tr_mul(&start).iter().zip(&rates).map(|(z, rate)| z * (-rate * point.s).exp()));
        let exact = &expected + &n * (&modes * decayed);
        assert!((&point.w - &exact).norm() < 1e-10, "s = {}: {}", point.s, (&point.w - &exact).norm());
    }
}

#[test]
fn a_layer_that_decays_faster_changes_the_balance_that_the_flow_keeps() {
    // uu' − vv' = −(au² − bv²) along the slow flow on uv = 1 with R = (au² + bv²)/2: with u = e^θ, (u² + v²)θ' = bv² − au².
    let (setup, _) = read("problems/scalar_factorisation/weighted.toml");
    let tolerance = Tolerance { rtol: 1e-12, atol: 1e-14 };
    let flows = RadauFlows::new(setup.squares().expect("residuals"), &setup.objective.regulariser, &setup.start, tolerance)
        .expect("a manifold");
    let foot = flows.foot().expect("a foot point").w;
    let h = 1e-3;
    let run = flows.slow(&foot, &[0.5 - h, 0.5, 0.5 + h]).expect("a flow");
    let angle = |k: usize| run.points[k].w[0].ln();
    let w = &run.points[1].w;
    let (u, v) = (w[0] * w[0], w[1] * w[1]);
    let slope = (angle(2) - angle(0)) / (2.0 * h);
    assert!((slope - (4.0 * v - u) / (u + v)).abs() < 1e-5, "{slope}");
}
