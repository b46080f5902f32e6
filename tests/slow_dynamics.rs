//! `slowflow analyse`: equilibria, rates, saddles on the way and basins against closed forms.

use slowflow::experiment::{Analysis, Scope, Setup, analyse};
use slowflow::min_norm::Kind;
use slowflow::problem::ProblemFile;

const SCOPE: Scope = Scope { starts: 20, perturbed: 6 };

/// The analysis of a problem without data, from a start and up to a slow time.
fn analysis(model: &str, factor: &str, start: &[f64]) -> Analysis {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("problem.toml");
    let text = format!(
        "title = \"test\"\nseed = 3\nmodel = {{ {model} }}\nloss = {{ criterion = \"square\", factor = \"{factor}\" }}\n\
         init = {{ values = {start:?} }}\nlambda = [1e-3]\nwindow = {{ slow-time = [0.5, 1.0, 2.0], fast-time = 10.0 }}\n\
         tolerance = {{ rtol = 1e-11, atol = 1e-13 }}\n"
    );
    std::fs::write(&path, text).expect("a file");
    let problem = ProblemFile::read(&path).unwrap_or_else(|error| panic!("{error}"));
    let setup = Setup::new(problem).unwrap_or_else(|error| panic!("{error}"));
    analyse(&setup, SCOPE, &|_| {}).unwrap_or_else(|error| panic!("{error}"))
}

fn rates(found: &Analysis) -> (f64, f64) {
    (found.approach.predicted_rate.expect("a rate").0, found.approach.observed_rate.expect("a rate").0)
}

#[test]
fn exponents_of_the_approach_are_the_eigenvalues_at_the_equilibrium() {
    // u² − v² decays as e^{−2s}; on the ellipsoid the second axis decays as e^{−(1 − a₂/a₁)s}.
    let hyperbola = analysis("kind = \"scalar-factorisation\", product = 1.0", "1/2", &[1.7, 1.1]);
    let ellipsoid = analysis("kind = \"ellipsoid\", axes = [3.0, 1.5, 0.5]", "1/4", &[0.8, -1.2, 1.5]);
    for (found, rate) in [(&hyperbola, 2.0), (&ellipsoid, 0.5)] {
        let (predicted, observed) = rates(found);
        assert!((predicted - rate).abs() < 1e-12 && (observed - rate).abs() < 1e-5, "{predicted} {observed}");
        // Each within its own error.
        let (predicted, observed) =
            (found.approach.predicted_rate.expect("a rate"), found.approach.observed_rate.expect("a rate"));
        assert!(
            (predicted.0 - rate).abs() <= predicted.1 && (observed.0 - rate).abs() <= observed.1,
            "{predicted:?} {observed:?}"
        );
        assert_eq!(found.approach.evidence.classification.kind, Kind::StrictMinimum);
        let left = found.approach.remaining.expect("a bound");
        assert!((left - found.approach.distance).abs() < 1e-3 * left, "{left} {}", found.approach.distance);
        // The observed λ must not be far below the one that the spectral gap allows.
        assert!(found.observed_lambda.expect("a constant") > 0.3 * found.hyperbolicity.two_phase_lambda);
    }
    assert!(ellipsoid.passages.is_empty());
}

/// w°(s) = Φ(e^{−s}w₀) on the ellipsoid: wᵢ ∝ w₀ᵢ e^{−aᵢm} with m from wᵀAw = 1. Its speed is ‖P w‖.
fn ellipsoid_speed(axes: &[f64; 3], start: &[f64; 3], s: f64) -> f64 {
    let at = |m: f64| [0, 1, 2].map(|i| start[i] * (-s - axes[i] * m).exp());
    let height = |w: &[f64; 3]| w.iter().zip(axes).map(|(x, a)| a * x * x).sum::<f64>() - 1.0;
    let (mut low, mut high) = (-1e3, 1e3);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if height(&at(middle)) > 0.0 { low = middle } else { high = middle }
    }
    let w = at(0.5 * (low + high));
    let normal: [f64; 3] = std::array::from_fn(|i| axes[i] * w[i]);
    let square: f64 = normal.iter().map(|x| x * x).sum();
    let along = w.iter().zip(&normal).map(|(a, b)| a * b).sum::<f64>() / square;
    w.iter().zip(&normal).map(|(a, b)| (a - along * b).powi(2)).sum::<f64>().sqrt()
}

#[test]
fn the_saddle_that_the_flow_passes_is_named_with_its_time() {
    let (axes, start) = ([3.0, 1.5, 0.5], [1e-4, 1.0, 0.3]);
    let found = analysis("kind = \"ellipsoid\", axes = [3.0, 1.5, 0.5]", "1/4", &start);
    assert_eq!(found.passages.len(), 1, "{:?}", found.passages);
    let passage = &found.passages[0];
    assert_eq!(passage.classification.kind, Kind::Saddle { index: 1 });
    assert!((passage.saddle.w[1].abs() - 1.5_f64.sqrt().recip()).abs() < 1e-12);
    let fine = (0..1500).map(|k| 1.0 + k as f64 * 4e-3);
    let slowest = fine.min_by(|a, b| ellipsoid_speed(&axes, &start, *a).total_cmp(&ellipsoid_speed(&axes, &start, *b)));
    // Up to s = 7, before the flow comes to rest; known to the grid's 4e-3.
    let expected = slowest.expect("a minimum");
    assert!(passage.resolution < 1e-3 && (passage.s - expected).abs() < 4e-3 + passage.resolution, "{} {expected}", passage.s);
    let left = |s: f64| ellipsoid_speed(&axes, &start, s) / passage.speed;
    for (s, sign) in [(passage.during.0, -1.0), (passage.during.1, 1.0)] {
        assert!(left(s - sign * passage.spacing) < 1.2 && left(s + sign * passage.spacing) > 1.2, "{s} ± {}", passage.spacing);
    }
    assert!((passage.speed / ellipsoid_speed(&axes, &start, passage.s) - 1.0).abs() < 1e-6);
    assert!(passage.during.0 < passage.s && passage.s < passage.during.1);
}

#[test]
fn a_saddle_at_which_the_flow_starts_is_passed_too() {
    // The speed grows from the start on: |P∇R| is least at s = 0. Near e₂/√a₂ the flow stays for about ln(1/δ)/(a₁/a₂ − 1).
    let found = analysis("kind = \"ellipsoid\", axes = [3.0, 1.5, 0.5]", "1/4", &[1e-3, 0.8, 1e-5]);
    let [passage] = found.passages.as_slice() else { panic!("{:?}", found.passages) };
    assert_eq!((passage.s, passage.classification.kind), (0.0, Kind::Saddle { index: 1 }));
    assert!((passage.saddle.w[1].abs() - 1.5_f64.sqrt().recip()).abs() < 1e-12 && passage.distance < 1e-2);
    assert!(passage.resolution > 0.0 && passage.during.0 == 0.0);
}

/// h₊ and the rates of the ellipsoid at a point of M: 2·‖Aw‖²·(factor) and the eigenvalues of P(I + μ 2A)P, μ = −1/(2‖Aw‖²).
#[test]
fn the_gap_along_the_window_is_compared_with_what_the_window_shows() {
    let found = analysis("kind = \"ellipsoid\", axes = [3.0, 1.5, 0.5]", "1/4", &[0.8, -1.2, 1.5]);
    let window: Vec<_> = found.hyperbolicity.points.iter().filter(|p| p.s <= 2.0).collect();
    assert!(window.len() >= 5 && window.len() < found.hyperbolicity.points.len());
    let expected = window.iter().map(|p| p.gap / p.tangential).fold(f64::INFINITY, f64::min);
    assert_eq!(found.hyperbolicity.limit_on_window, expected);
    assert!(found.hyperbolicity.limit <= expected);
    for point in &found.hyperbolicity.points {
        let sample = found.path.samples.iter().find(|sample| sample.s == point.s).expect("a sample");
        let normal = [3.0, 1.5, 0.5].iter().zip(&sample.w).map(|(a, w)| (a * w).powi(2)).sum::<f64>();
        // F = r²/4: ∇²F = ½∇r∇rᵀ on M, with |∇r|² = 4|Aw|².
        assert!((point.gap - 2.0 * normal).abs() < 1e-9 * normal, "{} {}", point.gap, 2.0 * normal);
    }
    assert!(found.path_error < 1e-8, "{}", found.path_error);
}

#[test]
fn starts_near_the_separatrix_end_on_either_side_of_it() {
    // uv = 1: the sign of u + v decides between (1, 1) and (−1, −1).
    let found = analysis("kind = \"scalar-factorisation\", product = 1.0", "1/2", &[0.6, -0.5]);
    assert!(found.approach.point.w.iter().all(|x| (x - 1.0).abs() < 1e-12));
    let [small, _, large] = found.basins.as_slice() else { panic!("three sizes") };
    assert_eq!((small.same, small.other, small.lost), (6, 0, 0));
    assert!(large.other > 0 && large.same + large.other == 6, "{large:?}");
    // (−1, −1) is the mirror image.
    assert_eq!(large.alike, large.other);
    assert_eq!(found.survey.found.len(), 2);
}

#[test]
fn a_limit_at_the_origin_is_one_point_for_every_start() {
    // On the parabola y = x² all starts end at 0 with rate 1: there the norm of the limit is no scale.
    let found = analysis("kind = \"parabola\"", "1", &[1.3, -0.4]);
    assert_eq!((found.survey.found.len(), found.survey.failed), (1, 0));
    assert!(found.basins.iter().all(|basin| basin.same == 6));
    let (predicted, observed) = rates(&found);
    assert!((predicted - 1.0).abs() < 1e-12 && (observed - 1.0).abs() < 1e-6, "{predicted} {observed}");
}

#[test]
fn the_sphere_has_no_slow_phase() {
    let found = analysis("kind = \"sphere\", dimension = 3", "1/4", &[0.8, -1.2, 1.5]);
    assert!(found.path.samples.iter().all(|sample| sample.speed < 1e-12));
    assert_eq!(found.approach.predicted_rate, None);
    assert_eq!(
        (found.approach.evidence.classification.kind, found.approach.evidence.classification.degenerate),
        (Kind::Minimum, 2)
    );
    assert!(found.hyperbolicity.limit.is_infinite());
}
