//! Certificates against closed forms, an independent linear program, and labelled cases: no false proof.

mod kkt_points;

use std::sync::Arc;

use kkt_points::{HALF, bench, certify, factorisation, minimum, normal_matrix, normal_vector, proved, squares};
use slowflow::data::DataSet;
use slowflow::field::{CriticalPoints, LeastSquares, Loss, Regulariser};
use slowflow::min_norm::{self, Certificate, Kind, KktPoint, Options, RADIUS, Target, convex, duality};
use slowflow::model::expression::Expression;
use slowflow::model::{Activation, DiagonalNetwork, LinearRegression, Parameters, Parametrisation, TwoLayerNetwork, Value};
use slowflow::numeric::seed::Stream;
use slowflow::numeric::{Matrix, Vector, dense};

fn ellipsoid(axes: &[f64]) -> LeastSquares {
    bench("ellipsoid", Parameters::default().with("axes", Value::List(axes.to_vec())), &DataSet::empty())
}

fn product(c: f64) -> LeastSquares {
    bench("scalar-factorisation", Parameters::default().with("product", Value::Number(c)), &DataSet::empty())
}

/// A diagonal network whose teacher has `nonzero` coefficients, its X and y.
fn diagonal(stream: &mut Stream, n: usize, p: usize, nonzero: usize, kind: Parametrisation) -> (LeastSquares, Matrix, Vector) {
    let inputs = normal_matrix(stream, n, p);
    let beta = Vector::from_fn(p, |i, _| if i < nonzero { stream.normal() } else { 0.0 });
    let targets = &inputs * beta;
    let model = DiagonalNetwork { inputs: inputs.clone(), targets: targets.clone(), parametrisation: kind };
    (squares(Arc::new(model)), inputs, targets)
}

#[test]
fn linear_regression_is_proved_and_its_norm_enclosed() {
    for (n, d, seed) in [(5, 12, 1), (20, 100, 2)] {
        let mut stream = Stream::new(seed, "test");
        let (inputs, targets) = (normal_matrix(&mut stream, n, d), normal_vector(&mut stream, n));
        let svd = dense::svd(&inputs).expect("a finite matrix");
        let expected =
            (0..n).fold(Vector::zeros(d), |sum, k| sum + svd.v.column(k) * (svd.u.column(k).dot(&targets) / svd.values[k]));
        let loss = squares(Arc::new(LinearRegression { inputs, targets }));
        let point = minimum(&loss, &HALF, &mut stream);
        let enclosure = proved(certify(&loss, &HALF, &point));
        assert!(enclosure.distance < 1e-11, "{}", enclosure.distance);
        let size = expected.norm_squared();
        assert!((enclosure.norm_squared.lo() - size).abs() < 1e-12 * size && enclosure.norm_squared.width() < 1e-11 * size);
        assert!(enclosure.w.iter().zip(&expected).all(|(w, e)| w.lo() - 1e-13 <= *e && *e <= w.hi() + 1e-13));
    }
}

#[test]
fn diagonal_networks_are_proved_and_end_where_the_linear_program_does() {
    for (seed, kind) in [(1, Parametrisation::Product), (2, Parametrisation::Difference)] {
        let mut stream = Stream::new(seed, "test");
        let (loss, inputs, targets) = diagonal(&mut stream, 10, 40, 40, kind);
        let point = minimum(&loss, &HALF, &mut stream);
        let enclosure = proved(certify(&loss, &HALF, &point));
        let witness = convex::basis_pursuit(&inputs, &targets).expect("a solution");
        let form = loss.residual.basis_pursuit(&point.w).expect("a diagonal network");
        let apart = (&form.coefficients - &witness.coefficients).amax();
        assert!(apart < 1e-10, "{apart}: {} {}", form.factor * form.coefficients.lp_norm(1), point.norm_squared);
        let expected = form.factor * witness.value;
        assert!((point.norm_squared - expected).abs() < 1e-10 * expected);
        let least = duality::least_norm_squared(&loss, &point).expect("a linear program").expect("a convex form");
        assert!(least.contains(expected) || least.width() < 1e-12 * expected);
        assert!(
            least.width() < 1e-11 * expected
                && least.lo() <= enclosure.norm_squared.hi()
                && enclosure.norm_squared.lo() <= least.hi()
        );
    }
}

#[test]
fn large_diagonal_networks_are_proved_by_their_support() {
    for (seed, kind, p) in [(1, Parametrisation::Product, 5000), (2, Parametrisation::Difference, 800)] {
        let mut stream = Stream::new(seed, "test");
        let (loss, inputs, targets) = diagonal(&mut stream, 12, p, p, kind);
        assert!(loss.residual.dim() + 12 > min_norm::UNKNOWNS);
        let point = minimum(&loss, &HALF, &mut stream);
        assert!(point.kkt_residual <= 1e-12);
        assert_eq!(min_norm::classify(&loss, &HALF, &point).expect("finite values").kind, Kind::StrictMinimum);
        let enclosure = proved(certify(&loss, &HALF, &point));
        let witness = convex::basis_pursuit(&inputs, &targets).expect("a solution");
        let form = loss.residual.basis_pursuit(&point.w).expect("a diagonal network");
        let expected = form.factor * witness.value;
        assert!(
            (enclosure.norm_squared.lo() - expected).abs() < 1e-10 * expected && enclosure.norm_squared.width() < 1e-9 * expected
        );
        assert!((&form.coefficients - &witness.coefficients).amax() < 1e-10 && enclosure.distance < 1e-9);
        // A point beside it, or with another support, is not proved; nor is anything where the support is smaller than n.
        let beside = point.w.map(|x| x * (1.0 + 1e-4));
        assert_eq!(min_norm::certify(&loss, &HALF, &beside, &point.multipliers, point.size).name(), "undecided");
        let elsewhere = normal_vector(&mut stream, 2 * p);
        assert_eq!(min_norm::certify(&loss, &HALF, &elsewhere, &point.multipliers, point.size).name(), "undecided");
        let (loss, inputs, targets) = diagonal(&mut stream, 40, 800, 2, kind);
        let point = minimum(&loss, &HALF, &mut stream);
        assert_eq!(certify(&loss, &HALF, &point).name(), "undecided");
        // Its value is, by linear programs with few of the columns.
        let least = duality::least_norm_squared(&loss, &point).expect("linear programs").expect("a convex form");
        let expected = form_factor(kind) * convex::basis_pursuit(&inputs, &targets).expect("a solution").value;
        assert!(
            least.lo() <= expected * (1.0 + 1e-12) && (least.lo() - expected).abs() < 1e-8 * expected,
            "{least:?} {expected}"
        );
    }
}

fn form_factor(kind: Parametrisation) -> f64 {
    if kind == Parametrisation::Product { 2.0 } else { 1.0 }
}

#[test]
fn at_singular_limits_the_value_is_proved_by_duality() {
    for (seed, kind) in [(1, Parametrisation::Product), (2, Parametrisation::Difference)] {
        let mut stream = Stream::new(seed, "test");
        let (loss, inputs, targets) = diagonal(&mut stream, 14, 30, 2, kind);
        let point = minimum(&loss, &HALF, &mut stream);
        let verdict = certify(&loss, &HALF, &point);
        assert!(matches!(verdict, Certificate::Undecided { .. }), "{verdict:?}");
        let expected = convex::basis_pursuit(&inputs, &targets).expect("a solution").value
            * loss.residual.basis_pursuit(&point.w).expect("a diagonal network").factor;
        let least = duality::least_norm_squared(&loss, &point).expect("a linear program").expect("a convex form");
        assert!(least.width() < 1e-8 * expected, "{least:?}");
        assert!((least.hi() - expected).abs() < 1e-8 * expected);
    }
}

#[test]
fn smooth_networks_and_other_regularisers_are_proved() {
    let mut stream = Stream::new(7, "test");
    for activation in [Activation::Tanh, Activation::Softplus] {
        let data = DataSet::new(normal_matrix(&mut stream, 5, 3), normal_vector(&mut stream, 5));
        let loss = squares(Arc::new(TwoLayerNetwork::new(6, activation, true, &data)));
        let point = minimum(&loss, &HALF, &mut stream);
        let found = min_norm::classify(&loss, &HALF, &point).expect("finite values");
        let verdict = certify(&loss, &HALF, &point);
        // Neurons that end equal or at zero make the point degenerate: then no proof may come.
        match found.kind {
            Kind::StrictMinimum => assert!(proved(verdict).distance < 1e-9, "{activation:?}"),
            _ => assert_eq!(verdict.name(), "undecided", "{found:?}"),
        }
    }
    let root = normal_matrix(&mut stream, 4, 4);
    let quadratic = Regulariser::Quadratic(&root * root.transpose() + Matrix::identity(4, 4));
    let weighted = Regulariser::Diagonal(Vector::from_column_slice(&[1.0, 0.3, 2.0, 5.0]));
    for regulariser in [
        quadratic,
        weighted,
        Regulariser::SmoothPower { p: 3.0, epsilon: 0.1 },
        Regulariser::SmoothPower { p: 1.0, epsilon: 0.2 },
    ] {
        for loss in [
            ellipsoid(&[3.0, 1.5, 1.0, 0.5]),
            squares(Arc::new(LinearRegression {
                inputs: normal_matrix(&mut stream, 2, 4),
                targets: normal_vector(&mut stream, 2),
            })),
        ] {
            let point = minimum(&loss, &regulariser, &mut stream);
            let enclosure = proved(certify(&loss, &regulariser, &point));
            assert!(
                enclosure.distance < 1e-10
                    && enclosure.value.lo() <= point.value * (1.0 + 1e-13)
                    && point.value <= enclosure.value.hi() * (1.0 + 1e-13),
                "{regulariser:?}: {} {}",
                enclosure.distance,
                point.value
            );
        }
    }
}

#[test]
fn ten_thousand_perturbed_candidates_give_no_false_proof() {
    let mut stream = Stream::new(99, "test");
    let problems: Vec<LeastSquares> = vec![
        product(0.7),
        ellipsoid(&[3.0, 1.5, 0.5]),
        diagonal(&mut stream, 2, 4, 4, Parametrisation::Product).0,
        diagonal(&mut stream, 3, 5, 5, Parametrisation::Difference).0,
        factorisation(&Matrix::from_row_slice(2, 2, &[1.0, 0.4, -0.3, 0.8]), 2),
    ];
    let (mut proofs, mut refutations) = (0, 0);
    for loss in &problems {
        let point = minimum(loss, &HALF, &mut stream);
        let truth = proved(certify(loss, &HALF, &point));
        let radius = RADIUS * point.w.amax();
        for _ in 0..2000 {
            let size = 10.0_f64.powf(-14.0 * stream.uniform());
            let shift = normal_vector(&mut stream, point.w.len()) * size;
            let w = &point.w + &shift;
            let mu = &point.multipliers + normal_vector(&mut stream, point.multipliers.len()) * size;
            match min_norm::certify(loss, &HALF, &w, &mu, w.amax()) {
                Certificate::Proved(found) => {
                    proofs += 1;
                    let meet = |(a, b): (&slowflow::numeric::interval::Interval, &slowflow::numeric::interval::Interval)| {
                        a.lo() <= b.hi() && b.lo() <= a.hi()
                    };
                    assert!(meet((&found.norm_squared, &truth.norm_squared)), "shift {:.1e}", shift.amax());
                    assert_eq!(found.orbit, truth.orbit);
                    // On an orbit the shift along it leads to another KKT point.
                    if truth.orbit == 0 {
                        assert!(found.w.iter().zip(&truth.w).all(meet), "shift {:.1e}", shift.amax());
                        assert!((found.distance - shift.norm()).abs() < 1e-11, "{} {}", found.distance, shift.norm());
                    } else {
                        assert!(found.distance <= shift.norm() * (1.0 + 1e-9) + 1e-11);
                    }
                }
                Certificate::Refuted { reason } => {
                    refutations += 1;
                    assert!(shift.amax() > 0.9 * radius, "shift {:.1e}: {reason}", shift.amax());
                }
                Certificate::Undecided { .. } => {}
            }
        }
    }
    // Half of the shifts are below 1e-7: those must be proved, and those above 1e-4 refuted.
    assert!(proofs > 4000 && refutations > 2000, "{proofs} proofs, {refutations} refutations");
}

#[test]
fn critical_points_of_a_loss_are_proved_where_its_formula_shows_the_manifold() {
    let mut stream = Stream::new(17, "test");
    let written =
        |names: &[&str], text: &str| Expression::new(names, &DataSet::empty()).and_then(|e| e.loss(text)).expect("a formula");
    let contradiction =
        Expression::new(&["u", "v"], &DataSet::empty()).and_then(|e| e.residuals(&["u*v - 0.7", "u*v - 1.2", "u*v - 1.4"]));
    let logistic = 2.0 * 3f64.ln();
    // ‖w‖² at the minimum-norm critical point, and what M is.
    let cases: Vec<(Box<dyn Loss>, f64)> = vec![
        // σ(uv) = 3/4.
        (Box::new(written(&["u", "v"], "softplus(u*v) - 3*u*v/4")), logistic),
        (Box::new(CriticalPoints(squares(Arc::new(contradiction.expect("formulas"))))), 2.2),
        // Two quantities that are coupled: cosh(uv − 1) + (p + uv − 2)² with p = q.
        (Box::new(written(&["u", "v", "p", "q"], "(exp(u*v - 1) + exp(1 - u*v))/2 + (p*q + u*v - 3)^2")), 2.0 + 4.0),
    ];
    for (loss, expected) in &cases {
        let start = Vector::from_fn(loss.dim(), |_, _| 1.0 + 0.3 * stream.uniform());
        let point = min_norm::solve(&**loss, &HALF, &start, &Options::default()).expect("a KKT point");
        let at = |w: &Vector| min_norm::certify(&**loss, &HALF, w, &point.multipliers, point.size);
        let enclosure = proved(at(&point.w));
        assert!((enclosure.norm_squared.lo() - expected).abs() < 1e-12 && (enclosure.norm_squared.hi() - expected).abs() < 1e-12);
        for _ in 0..300 {
            let size = 10.0_f64.powf(-14.0 * stream.uniform());
            let shift = normal_vector(&mut stream, start.len()) * size;
            match at(&(&point.w + &shift)) {
                Certificate::Proved(found) => assert!((found.distance - shift.norm()).abs() < 1e-11),
                Certificate::Refuted { reason } => {
                    assert!(shift.amax() > 0.9 * RADIUS * point.size, "{:.1e}: {reason}", shift.amax())
                }
                Certificate::Undecided { .. } => assert!(shift.amax() > 1e-11, "{:.1e}", shift.amax()),
            }
        }
    }
    // z = u² + v² − 1 is one quantity, but F = z⁴ is degenerate in it; u²v² + u²/2 − uv has no quantity less than u and v.
    for text in ["(u^2 + 2*v^2 - 1)^4", "u^2*v^2 + u^2/2 - u*v"] {
        let loss = written(&["u", "v"], text);
        let start = Vector::from_column_slice(&[0.9, 0.8]);
        if let Ok(point) = min_norm::solve(&loss, &HALF, &start, &Options::default()) {
            let verdict = min_norm::certify(&loss, &HALF, &point.w, &point.multipliers, point.size);
            assert_eq!(verdict.name(), "undecided", "{text}: {verdict:?}");
        }
    }
}

/// What is known beforehand about a case.
#[derive(Debug, PartialEq)]
enum Label {
    /// A strict minimum where J has full rank.
    Generic,
    /// J drops rank.
    Singular,
    /// An orbit of minima of this dimension.
    Orbit(usize),
    /// A saddle of this index.
    Saddle(usize),
}

#[test]
fn of_five_hundred_labelled_cases_no_verdict_is_wrong_and_generic_ones_are_proved() {
    let (mut generic, mut generic_proved, mut undecided, mut cases) = (0, 0, 0, 0);
    let (mut orbits, mut orbits_proved) = (0, 0);
    let mut judge = |label: Label, loss: &LeastSquares, point: &KktPoint| {
        let found = min_norm::classify(loss, &HALF, point).expect("finite values");
        let verdict = certify(loss, &HALF, point);
        cases += 1;
        orbits += usize::from(matches!(label, Label::Orbit(_)));
        undecided += usize::from(found.kind == Kind::Undecided);
        let right = match (&label, found.kind) {
            (_, Kind::Undecided) => true,
            (Label::Generic, kind) => kind == Kind::StrictMinimum,
            (Label::Singular, kind) => kind == Kind::Singular,
            (Label::Orbit(k), kind) => kind == Kind::Minimum && found.degenerate == *k,
            (Label::Saddle(index), kind) => kind == Kind::Saddle { index: *index },
        };
        assert!(right, "{label:?}: {found:?}");
        assert_ne!(verdict.name(), "refuted", "{label:?}: {verdict:?}");
        match label {
            Label::Generic => {
                generic += 1;
                generic_proved += usize::from(verdict.name() == "proved" && found.kind == Kind::StrictMinimum);
            }
            Label::Saddle(_) => {}
            // Not a manifold: a proof would be false.
            Label::Singular => assert_eq!(verdict.name(), "undecided", "{label:?}"),
            Label::Orbit(k) => match verdict {
                Certificate::Proved(found) => {
                    orbits_proved += 1;
                    assert_eq!(found.orbit, k);
                }
                other => assert_eq!(other.name(), "undecided", "{k}"),
            },
        }
    };
    let kinds = [Parametrisation::Product, Parametrisation::Difference];
    for seed in 0..150 {
        let mut stream = Stream::new(seed, "generic");
        let n = 2 + stream.index(5);
        let p = n + 2 + stream.index(10);
        let (loss, ..) = diagonal(&mut stream, n, p, p, kinds[seed as usize % 2]);
        judge(Label::Generic, &loss, &minimum(&loss, &HALF, &mut stream));
    }
    for seed in 0..50 {
        let mut stream = Stream::new(seed, "bench");
        let axes: Vec<f64> = (0..3 + stream.index(4)).map(|k| 1.0 / (1.0 + k as f64 + 0.5 * stream.uniform())).collect();
        let loss = if seed % 2 == 0 { ellipsoid(&axes) } else { product(1.0 + stream.normal().abs()) };
        judge(Label::Generic, &loss, &minimum(&loss, &HALF, &mut stream));
    }
    for seed in 0..100 {
        let mut stream = Stream::new(seed, "sparse");
        let (loss, inputs, targets) = diagonal(&mut stream, 8, 16, 1 + seed as usize % 3, kinds[seed as usize % 2]);
        let support = convex::basis_pursuit(&inputs, &targets).expect("a solution").support.len();
        let label = if support < 8 { Label::Singular } else { Label::Generic };
        judge(label, &loss, &minimum(&loss, &HALF, &mut stream));
    }
    for seed in 0..100 {
        let mut stream = Stream::new(seed, "low rank");
        let (rows, columns) = (2 + stream.index(3), 2 + stream.index(3));
        let full = rows.min(columns);
        let rank = 1 + stream.index(full);
        let matrix = normal_matrix(&mut stream, rows, rank) * normal_matrix(&mut stream, rank, columns);
        let loss = factorisation(&matrix, full);
        let label = if rank < full { Label::Singular } else { Label::Orbit(full * (full - 1) / 2) };
        judge(label, &loss, &minimum(&loss, &HALF, &mut stream));
    }
    for seed in 0..100 {
        let mut stream = Stream::new(seed, "saddle");
        let axes: Vec<f64> = (0..3 + stream.index(3)).map(|k| 1.0 / (1.0 + k as f64 + 0.5 * stream.uniform())).collect();
        let loss = ellipsoid(&axes);
        let options = Options { target: Target::Nearest, ..Options::default() };
        let point = min_norm::solve(&loss, &HALF, &normal_vector(&mut stream, axes.len()), &options).expect("a KKT point");
        let label = if point.w.iamax() == 0 { Label::Generic } else { Label::Saddle(point.w.iamax()) };
        judge(label, &loss, &point);
    }
    assert_eq!(cases, 500);
    assert!(100 * generic_proved >= 99 * generic, "{generic_proved} of {generic} generic cases proved");
    assert!(orbits > 20 && 100 * orbits_proved >= 95 * orbits, "{orbits_proved} of {orbits} orbits proved");
    assert!(20 * undecided <= cases, "{undecided} undecided");
}
