//! The minimum-norm point against closed forms and independent witnesses.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use slowflow::data::DataSet;
use slowflow::field::{FieldError, LeastSquares, Loss, Regulariser, Residual, Weights};
use slowflow::min_norm::{self, MinNormError, Options, Target};
use slowflow::model::{self, LinearRegression, Parameters, Value};
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
