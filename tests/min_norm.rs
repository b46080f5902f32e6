//! The minimum-norm point against closed forms and independent witnesses.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use slowflow::data::DataSet;
use slowflow::field::{FieldError, LeastSquares, Loss, Regulariser, Residual, Weights};
use slowflow::min_norm::{self, Kind, MinNormError, Options, Target};
use slowflow::model::{self, DiagonalNetwork, LinearRegression, Parameters, Parametrisation, Value};
use slowflow::numeric::seed::Stream;
use slowflow::numeric::{Matrix, Vector, dense};

const HALF: Regulariser = Regulariser::HalfSquaredNorm;

fn normal_matrix(stream: &mut Stream, rows: usize, columns: usize) -> Matrix {
    Matrix::from_fn(rows, columns, |_, _| stream.normal())
}

fn normal_vector(stream: &mut Stream, n: usize) -> Vector {
    Vector::from_fn(n, |_, _| stream.normal())
}

fn squares(residual: Arc<dyn Residual>) -> LeastSquares {
    LeastSquares { residual, c: 1.0, offset: 0.0 }
}

fn bench(name: &str, parameters: Parameters) -> LeastSquares {
    let entry = model::find(name).expect("a model of that name");
    squares((entry.build)(&parameters, &DataSet::empty()).expect("valid parameters"))
}

/// Residuals of UVᵀ − Y on every entry.
fn factorisation(matrix: &Matrix, width: usize) -> LeastSquares {
    let (rows, columns) = matrix.shape();
    let place = |k: usize, c: usize| if c == 0 { (k / columns) as f64 } else { (k % columns) as f64 };
    let targets = Vector::from_fn(rows * columns, |k, _| matrix[(k / columns, k % columns)]);
    let data = DataSet::new(Matrix::from_fn(rows * columns, 2, place), targets);
    let parameters = Parameters::default()
        .with("rows", Value::Integer(rows))
        .with("columns", Value::Integer(columns))
        .with("width", Value::Integer(width));
    let entry = model::find("matrix-factorisation").expect("a model of that name");
    squares((entry.build)(&parameters, &data).expect("valid parameters"))
}

fn ellipsoid(axes: &[f64]) -> LeastSquares {
    bench("ellipsoid", Parameters::default().with("axes", Value::List(axes.to_vec())))
}

#[test]
fn linear_regression_ends_at_the_pseudo_inverse_solution() {
    for (n, d, rank, seed) in [(5, 12, 5, 1), (30, 200, 30, 2), (10, 40, 6, 3), (40, 10, 10, 4)] {
        let mut stream = Stream::new(seed, "test");
        let inputs = normal_matrix(&mut stream, n, rank) * normal_matrix(&mut stream, rank, d);
        // Consistent targets, except where n > d: there M is the least-squares solution.
        let targets = if n > d { normal_vector(&mut stream, n) } else { &inputs * normal_vector(&mut stream, d) };
        let svd = dense::svd(&inputs).expect("a finite matrix");
        let expected =
            (0..rank).fold(Vector::zeros(d), |sum, k| sum + svd.v.column(k) * (svd.u.column(k).dot(&targets) / svd.values[k]));
        let loss = squares(Arc::new(LinearRegression { inputs, targets }));
        let point = min_norm::solve(&loss, &HALF, &normal_vector(&mut stream, d), &Options::default()).expect("a minimum");
        assert_eq!(point.rank, rank);
        assert!(point.kkt_residual < 1e-12);
        assert!((&point.w - &expected).norm() <= 1e-12 * expected.norm(), "{}", (&point.w - &expected).norm());
    }
}

#[test]
fn the_curved_bench_ends_where_its_closed_forms_say() {
    let mut stream = Stream::new(3, "test");
    for c in [0.3, -2.0, 7.0] {
        let loss = bench("scalar-factorisation", Parameters::default().with("product", Value::Number(c)));
        for _ in 0..20 {
            let point = min_norm::solve(&loss, &HALF, &normal_vector(&mut stream, 2), &Options::default()).expect("a minimum");
            assert!((point.norm_squared - 2.0 * c.abs()).abs() < 1e-12 * c.abs());
        }
    }
    let parabola = bench("parabola", Parameters::default());
    for _ in 0..20 {
        let point = min_norm::solve(&parabola, &HALF, &normal_vector(&mut stream, 2), &Options::default()).expect("a minimum");
        assert!(point.w.norm() < 1e-12);
    }
    for _ in 0..20 {
        let start = normal_vector(&mut stream, 3);
        let point = min_norm::solve(&ellipsoid(&[3.0, 1.5, 0.5]), &HALF, &start, &Options::default()).expect("a minimum");
        assert!((point.w[0].abs() - (1.0_f64 / 3.0).sqrt()).abs() < 1e-13 && point.w.rows(1, 2).norm() < 1e-13);
    }
}

/// A loss that hides its residuals: M = {∇F = 0} must lead to the same point.
struct Hidden(LeastSquares);

impl Loss for Hidden {
    fn dim(&self) -> usize {
        self.0.dim()
    }
    fn value(&self, w: &Weights) -> Result<f64, FieldError> {
        self.0.value(w)
    }
    fn gradient(&self, w: &Weights, out: &mut Weights) -> Result<(), FieldError> {
        self.0.gradient(w, out)
    }
    fn hessian_product(&self, w: &Weights, v: &Weights, out: &mut Weights) -> Result<(), FieldError> {
        self.0.hessian_product(w, v, out)
    }
}

#[test]
fn a_loss_known_by_gradient_and_hessian_products_leads_to_the_same_point() {
    for seed in 0..10 {
        let mut stream = Stream::new(seed, "test");
        // The critical set contains the origin too: starts on the zero-loss set, as foot points are.
        let on_manifold = |w: Vector| {
            let a = Vector::from_column_slice(&[3.0, 1.5, 0.5]);
            let size = w.component_mul(&a).dot(&w).sqrt();
            w / size
        };
        let start = on_manifold(normal_vector(&mut stream, 3));
        let known = min_norm::solve(&ellipsoid(&[3.0, 1.5, 0.5]), &HALF, &start, &Options::default()).expect("a minimum");
        let hidden = Hidden(ellipsoid(&[3.0, 1.5, 0.5]));
        let found = min_norm::solve(&hidden, &HALF, &start, &Options::default()).expect("a minimum");
        assert!((&known.w - &found.w).norm() < 1e-11, "{}", (&known.w - &found.w).norm());
    }
}

/// What a faulty evaluation returns.
#[derive(Clone, Copy, Debug)]
enum Fault {
    NanResidual,
    InfiniteResidual,
    RefusedResidual,
    NanJacobian,
    NanCurvature,
    /// Grows without bound away from the start and never vanishes.
    Unbounded,
}

struct Faulty {
    inner: Arc<dyn Residual>,
    fault: Fault,
    from: u64,
    calls: AtomicU64,
}

impl Faulty {
    fn due(&self) -> bool {
        self.calls.fetch_add(1, Ordering::Relaxed) >= self.from
    }
}

impl Residual for Faulty {
    fn dim(&self) -> usize {
        self.inner.dim()
    }
    fn samples(&self) -> usize {
        self.inner.samples()
    }
    fn residual(&self, w: &Weights, r: &mut Vector) -> Result<(), FieldError> {
        self.inner.residual(w, r)?;
        if self.due() {
            match self.fault {
                Fault::NanResidual => r[0] = f64::NAN,
                Fault::InfiniteResidual => r[0] = f64::INFINITY,
                Fault::RefusedResidual => FieldError::check("the residual", &[f64::NAN], w)?,
                Fault::Unbounded => r[0] = 1.0 + w.norm_squared() * 1e200,
                _ => {}
            }
        }
        Ok(())
    }
    fn push_forward(&self, w: &Weights, v: &Weights, out: &mut Vector) {
        self.inner.push_forward(w, v, out);
    }
    fn pull_back(&self, w: &Weights, c: &Vector, out: &mut Weights) {
        self.inner.pull_back(w, c, out);
        if matches!(self.fault, Fault::NanJacobian) && self.due() {
            out[0] = f64::NAN;
        }
    }
    fn curvature_product(&self, w: &Weights, mu: &Vector, v: &Weights, out: &mut Weights) {
        self.inner.curvature_product(w, mu, v, out);
        if matches!(self.fault, Fault::NanCurvature) && self.due() {
            out[1] = f64::NAN;
        }
    }
}

#[test]
fn a_value_that_is_not_finite_or_not_bounded_is_an_error_at_every_evaluation() {
    use Fault::*;
    let mut cases = 0;
    for fault in [NanResidual, InfiniteResidual, RefusedResidual, NanJacobian, NanCurvature, Unbounded] {
        for seed in 0..34 {
            let mut stream = Stream::new(seed, "test");
            let start = normal_vector(&mut stream, 4);
            let faulty = Arc::new(Faulty {
                inner: ellipsoid(&[4.0, 3.0, 2.0, 1.0]).residual,
                fault,
                from: stream.index(12) as u64,
                calls: AtomicU64::new(0),
            });
            let options = Options { target: if seed % 2 == 0 { Target::Minimum } else { Target::Nearest }, ..Options::default() };
            let result = min_norm::solve(&squares(faulty.clone()), &HALF, &start, &options);
            // A search that ended before the fault was due is sound.
            let met = faulty.calls.load(Ordering::Relaxed) > faulty.from;
            assert!(result.is_err() || !met, "{fault:?}, from call {}: {result:?}", faulty.from);
            assert!(faulty.calls.load(Ordering::Relaxed) < 20_000, "{fault:?}: {} calls", faulty.calls.load(Ordering::Relaxed));
            cases += 1;
        }
    }
    assert!(cases >= 200);
}

#[test]
fn a_budget_and_an_empty_manifold_are_errors_that_say_so() {
    let mut stream = Stream::new(5, "test");
    let start = normal_vector(&mut stream, 3);
    let options = Options { max_evaluations: 10, ..Options::default() };
    let short = min_norm::solve(&ellipsoid(&[3.0, 1.5, 0.5]), &HALF, &start, &options);
    assert_eq!(short, Err(MinNormError::Budget { budget: 10 }));
    let long = min_norm::solve(&ellipsoid(&[3.0, 1.5, 0.5]), &HALF, &Vector::zeros(2), &Options::default());
    assert_eq!(long, Err(MinNormError::Dimension { found: 2, needed: 3 }));
    // From the origin the ellipsoid's Jacobian vanishes: no direction leads to M.
    let lost = min_norm::solve(&ellipsoid(&[3.0, 1.5, 0.5]), &HALF, &Vector::zeros(3), &Options::default());
    assert!(matches!(lost, Err(MinNormError::NotOnManifold { .. })), "{lost:?}");
}

/// y = Xβ for a β with `nonzero` entries: X (n × p), y, β.
fn teacher(stream: &mut Stream, n: usize, p: usize, nonzero: usize) -> (Matrix, Vector, Vector) {
    let inputs = normal_matrix(stream, n, p);
    let beta = Vector::from_fn(p, |i, _| if i < nonzero { stream.normal() } else { 0.0 });
    (inputs.clone(), inputs * &beta, beta)
}

fn diagonal(inputs: Matrix, targets: Vector, parametrisation: Parametrisation) -> LeastSquares {
    squares(Arc::new(DiagonalNetwork { inputs, targets, parametrisation }))
}

#[test]
fn every_kkt_point_of_the_ellipsoid_is_found_with_its_index() {
    let axes = [3.0, 1.5, 1.0, 0.5];
    let loss = ellipsoid(&axes);
    let start = Vector::from_column_slice(&[0.8, -1.2, 1.5, 0.4]);
    let survey = min_norm::survey(&loss, &HALF, &start, 300, 11, &Options::default()).expect("a survey");
    assert_eq!((survey.found.len(), survey.failed), (2 * axes.len(), 0));
    for found in &survey.found {
        let w = &found.point.w;
        let axis = w.iamax();
        assert!((w[axis].abs() - axes[axis].recip().sqrt()).abs() < 1e-13);
        assert!((w.norm() - w[axis].abs()).abs() < 1e-13);
        // On M near ±eᵢ/√aᵢ the Hessian of ½‖w‖² is diag(1 − aⱼ/aᵢ): one negative eigenvalue for every larger axis.
        let expected = if axis == 0 { Kind::StrictMinimum } else { Kind::Saddle { index: axis } };
        assert_eq!(found.classification.kind, expected);
        let lowest = axes.iter().enumerate().filter(|(j, _)| *j != axis).map(|(_, a)| 1.0 - a / axes[axis]).fold(9.0, f64::min);
        assert!((found.classification.smallest_eigenvalue.expect("small d") - lowest).abs() < 1e-12);
    }
}

#[test]
fn starts_that_lead_nowhere_are_counted_with_their_reason() {
    let start = Vector::from_column_slice(&[0.8, -1.2, 1.5]);
    let options = Options { max_evaluations: 10, ..Options::default() };
    let survey = min_norm::survey(&ellipsoid(&[3.0, 1.5, 0.5]), &HALF, &start, 7, 11, &options).expect("a survey");
    assert_eq!((survey.found.len(), survey.starts, survey.failed), (0, 8, 8));
    assert_eq!(survey.reasons.iter().map(|reason| reason.1).sum::<usize>(), 8);
    let words = survey.lost_in_words();
    assert!(words.contains("4 seeking a minimum used up the budget") && words.contains("4 seeking the nearest"), "{words}");
    assert_eq!(survey.completeness(), format!("the list may be incomplete: 8 of 8 starts led to none ({words})"));
}

#[test]
fn a_list_of_kkt_points_says_how_complete_it_is() {
    // Six points ±eᵢ/√aᵢ in three values of R: of four starts some value is met once at most, of 300 none.
    let (loss, start) = (ellipsoid(&[3.0, 1.5, 0.5]), Vector::from_column_slice(&[0.8, -1.2, 1.5]));
    let survey = |starts| min_norm::survey(&loss, &HALF, &start, starts, 11, &Options::default()).expect("a survey");
    for few in 0..4 {
        let found = survey(few);
        let mut values: Vec<(i64, usize)> = Vec::new();
        for one in &found.found {
            let key = (one.point.value * 1e8).round() as i64;
            match values.iter_mut().find(|known| known.0 == key) {
                Some(known) => known.1 += one.starts,
                None => values.push((key, one.starts)),
            }
        }
        let once = values.iter().filter(|value| value.1 == 1).count();
        assert_eq!(found.met_once(), once, "{few} starts");
        let said = format!("met by one start only: about {} % of further starts", 100 * once / (few + 1));
        assert_eq!(found.completeness().contains(&said), once > 0, "{}", found.completeness());
    }
    assert_eq!((survey(0).met_once(), survey(300).met_once()), (1, 0));
    assert!(survey(300).completeness().contains("no proof that there are no others"));
}

#[test]
fn matrix_factorisation_ends_at_twice_the_nuclear_norm() {
    for (m, n, width, true_rank, seed) in [(3, 4, 3, 3, 1), (5, 5, 5, 5, 2), (6, 4, 4, 2, 3)] {
        let mut stream = Stream::new(seed, "test");
        let matrix = normal_matrix(&mut stream, m, true_rank) * normal_matrix(&mut stream, true_rank, n);
        let nuclear = dense::singular_values(&matrix).expect("a finite matrix").sum();
        let loss = factorisation(&matrix, width);
        let start = normal_vector(&mut stream, loss.dim());
        let point = min_norm::solve(&loss, &HALF, &start, &Options::default()).expect("a minimum");
        assert!((point.norm_squared / (2.0 * nuclear) - 1.0).abs() < 1e-10);
        let found = min_norm::classify(&loss, &HALF, &point).expect("finite values");
        // U → UQ, V → VQ is an orbit of minima; a factor of lower rank makes J drop rank.
        let expected = if true_rank == m.min(n) { Kind::Minimum } else { Kind::Singular };
        assert_eq!(found.kind, expected, "{}", found.why);
        if expected == Kind::Minimum {
            assert_eq!(found.degenerate, width * (width - 1) / 2);
        }
    }
}

#[test]
fn diagonal_networks_with_generic_labels_end_in_strict_minima_and_sparse_teachers_in_singular_points() {
    for parametrisation in [Parametrisation::Product, Parametrisation::Difference] {
        let mut stream = Stream::new(21, "test");
        let (inputs, targets, _) = teacher(&mut stream, 8, 24, 24);
        let loss = diagonal(inputs, targets, parametrisation);
        let point = min_norm::solve(&loss, &HALF, &normal_vector(&mut stream, 48), &Options::default()).expect("a minimum");
        let found = min_norm::classify(&loss, &HALF, &point).expect("finite values");
        // β = u∘v has no orbit either: u² = v² fixes the scaling.
        assert_eq!(found.kind, Kind::StrictMinimum, "{}", found.why);

        let (inputs, targets, beta) = teacher(&mut stream, 16, 40, 2);
        let loss = diagonal(inputs, targets, parametrisation);
        let point = min_norm::solve(&loss, &HALF, &normal_vector(&mut stream, 80), &Options::default()).expect("a minimum");
        let found = min_norm::classify(&loss, &HALF, &point).expect("finite values");
        assert_eq!((found.kind, found.rank), (Kind::Singular, Some(2)), "{}", found.why);
        let per_weight = if parametrisation == Parametrisation::Product { 2.0 } else { 1.0 };
        assert!((point.norm_squared / (per_weight * beta.lp_norm(1)) - 1.0).abs() < 1e-10);
    }
}

#[test]
fn a_point_where_the_jacobian_vanishes_altogether_is_singular_and_no_minimum_of_its_own_scale() {
    // uv = 0 from the u-axis: both axes cross in the origin, where J = (v, u) = 0.
    let loss = bench("scalar-factorisation", Parameters::default().with("product", Value::Number(0.0)));
    for start in [[1.0, 0.0], [2.0, 0.3]] {
        let point = min_norm::solve(&loss, &HALF, &Weights::from_row_slice(&start), &Options::default()).expect("a point");
        assert!(point.w.norm() < 1e-6, "{}", point.w);
        let found = min_norm::classify(&loss, &HALF, &point).expect("finite values");
        assert_eq!((found.kind, found.rank), (Kind::Singular, Some(0)), "{}", found.why);
    }
}

#[test]
fn eigenvalues_and_inertia_agree_on_the_kind() {
    // Small enough for all eigenvalues, then padded with weights that only the regulariser sees.
    let mut stream = Stream::new(33, "test");
    let (inputs, targets, _) = teacher(&mut stream, 6, 18, 18);
    let wide = Matrix::from_fn(6, 260, |i, j| if j < 18 { inputs[(i, j)] } else { 1e-3 * stream.normal() });
    let small = diagonal(inputs, targets.clone(), Parametrisation::Difference);
    let large = diagonal(wide, targets, Parametrisation::Difference);
    let mut compared = 0;
    for _ in 0..4 {
        let start = normal_vector(&mut stream, 36);
        let options = Options { target: Target::Nearest, ..Options::default() };
        let Ok(point) = min_norm::solve(&small, &HALF, &start, &options) else { continue };
        let mut padded = point.clone();
        padded.w = Vector::from_fn(520, |i, _| match i {
            i if i < 18 => point.w[i],
            i if (260..278).contains(&i) => point.w[i - 260 + 18],
            _ => 0.0,
        });
        let a = min_norm::classify(&small, &HALF, &point).expect("finite values");
        let b = min_norm::classify(&large, &HALF, &padded).expect("finite values");
        assert_eq!(a.kind, b.kind, "{} / {}", a.why, b.why);
        let (x, y) = (a.smallest_eigenvalue.expect("a number"), b.smallest_eigenvalue.expect("a number"));
        assert!((x - y).abs() < 2e-3 * x.abs().max(y.abs()).max(1.0), "{x} {y}");
        // The weights that were added have eigenvalues near 1.
        let (x, y) = (a.rate.expect("a rate"), b.rate.expect("a rate"));
        assert!((x.min(0.99) - y.min(0.99)).abs() < 2e-3, "{x} {y}");
        compared += 1;
    }
    assert!(compared >= 2);
}
