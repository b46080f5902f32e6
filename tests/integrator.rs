//! The λ-uniform method: orders, work against λ, the constant of the rate down to λ = 1e-12, the expansion, the hand-over,
//! invariants along every run, and every way of not arriving.

use std::sync::Arc;

use slowflow::data::DataSet;
use slowflow::field::{Curvature, FieldError, LeastSquares, Loss, Regulariser, Residual, Weights};
use slowflow::flow::{FlowError, Flows, RadauFlows};
use slowflow::integrate::Tolerance;
use slowflow::integrate::star::{Cause, Clock, Limits, Stages, Star, Stepper};
use slowflow::model::{Activation, DiagonalNetwork, Parameters, Parametrisation, TwoLayerNetwork, Value, find};
use slowflow::numeric::seed::Stream;
use slowflow::numeric::{Matrix, Vector, fit, grid};

const HALF: Regulariser = Regulariser::HalfSquaredNorm;
const SLOW: [f64; 4] = [0.1, 0.5, 1.0, 2.0];

struct Problem {
    loss: LeastSquares,
    start: Weights,
}

impl Problem {
    fn new(residual: Arc<dyn Residual>, start: Weights) -> Problem {
        let c = 1.0 / residual.samples() as f64;
        Problem { loss: LeastSquares { residual, c, offset: 0.0 }, start }
    }

    fn flows(&self, rtol: f64) -> RadauFlows<'_> {
        RadauFlows::new(&self.loss, &HALF, &self.start, tolerance(rtol)).expect("n ≤ d")
    }
}

fn tolerance(rtol: f64) -> Tolerance {
    Tolerance { rtol, atol: 1e-2 * rtol }
}

fn diagonal_network(n: usize, p: usize) -> Problem {
    let mut stream = Stream::new(11, "diagonal network");
    let inputs = Matrix::from_fn(n, p, |_, _| stream.normal());
    let teacher = Vector::from_fn(p, |i, _| if i < 3 { 1.0 + i as f64 } else { 0.0 });
    let targets = &inputs * teacher;
    let start = Weights::from_fn(2 * p, |_, _| 0.5 + 0.5 * stream.uniform());
    Problem::new(Arc::new(DiagonalNetwork { inputs, targets, parametrisation: Parametrisation::Product }), start)
}

fn matrix_completion() -> Problem {
    let mut stream = Stream::new(12, "matrix completion");
    let (left, right) = (Vector::from_fn(5, |_, _| stream.normal()), Vector::from_fn(5, |_, _| stream.normal()));
    let seen: Vec<(usize, usize)> =
        (0..5).flat_map(|i| (0..5).map(move |j| (i, j))).filter(|(i, j)| (i + 2 * j) % 3 != 0).collect();
    let inputs = Matrix::from_fn(seen.len(), 2, |k, c| if c == 0 { seen[k].0 as f64 } else { seen[k].1 as f64 });
    let targets = Vector::from_fn(seen.len(), |k, _| left[seen[k].0] * right[seen[k].1]);
    let parameters =
        ["rows", "columns", "width"].iter().fold(Parameters::default(), |all, name| all.with(name, Value::Integer(5)));
    let entry = find("matrix-factorisation").expect("listed");
    let residual = (entry.build)(&parameters, &DataSet::new(inputs, targets)).expect("valid");
    let start = Weights::from_fn(residual.dim(), |_, _| 0.7 * stream.normal());
    Problem::new(residual, start)
}

/// F = ½‖UVᵀ − Y‖² with every entry observed: timescales that separate from λ = 1e-2 on.
fn matrix_factorisation() -> Problem {
    let mut stream = Stream::new(14, "matrix factorisation");
    let (left, right) = (Matrix::from_fn(5, 2, |_, _| stream.normal()), Matrix::from_fn(5, 2, |_, _| stream.normal()));
    let product = left * right.transpose();
    let inputs = Matrix::from_fn(25, 2, |k, c| if c == 0 { (k / 5) as f64 } else { (k % 5) as f64 });
    let targets = Vector::from_fn(25, |k, _| product[(k / 5, k % 5)]);
    let parameters = [("rows", 5), ("columns", 5), ("width", 8)]
        .iter()
        .fold(Parameters::default(), |all, (name, size)| all.with(name, Value::Integer(*size)));
    let residual =
        (find("matrix-factorisation").expect("listed").build)(&parameters, &DataSet::new(inputs, targets)).expect("valid");
    let start = Weights::from_fn(residual.dim(), |_, _| 0.7 * stream.normal());
    Problem { loss: LeastSquares { residual, c: 1.0, offset: 0.0 }, start }
}

fn tanh_network() -> Problem {
    let mut stream = Stream::new(13, "tanh network");
    let inputs = Matrix::from_fn(4, 4, |_, _| stream.normal());
    let targets = Vector::from_fn(4, |k, _| (0.7 * inputs[(k, 0)]).sin() + 0.3 * inputs[(k, 1)]);
    let residual = Arc::new(TwoLayerNetwork::new(24, Activation::Tanh, false, &DataSet::new(inputs, targets)));
    let start = Weights::from_fn(residual.dim(), |_, _| 0.8 * stream.normal());
    Problem::new(residual, start)
}

fn problems() -> [(&'static str, Problem); 3] {
    [("diagonal network", diagonal_network(8, 20)), ("matrix completion", matrix_completion()), ("tanh network", tanh_network())]
}

/// sup over the window of ‖a − b‖ (Euclidean).
fn gap(a: &[Weights], b: &[Weights]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(x, y)| (x - y).norm()).fold(0.0, f64::max)
}

fn weights<T: slowflow::field::Timescale>(run: &slowflow::flow::Run<T>) -> Vec<Weights> {
    run.trajectory.points.iter().map(|p| p.w.clone()).collect()
}

#[test]
fn fixed_steps_show_the_order_of_each_method_at_lambda_zero() {
    let problem = diagonal_network(8, 20);
    let foot = problem.flows(1e-13).foot().expect("a foot").w;
    let truth = weights(&problem.flows(1e-14).drift(&foot, &[1.0]).expect("arrives"));
    let star = Star { problem: &problem.loss, regulariser: &HALF };
    for (stages, steps, order) in [(Stages::Three, [5, 10, 20, 40], 5.0), (Stages::Five, [3, 4, 5, 6], 9.0)] {
        let errors: Vec<(f64, f64)> = steps
            .iter()
            .map(|&count| {
                let h = 1.0 / f64::from(count);
                let mut run = Stepper::new(star, Clock::slow(0.0), stages, tolerance(1e-14), Limits::default(), 0.0, &foot)
                    .expect("starts");
                for _ in 0..count {
                    run.fixed_step(h).unwrap_or_else(|e| panic!("{stages:?} h = {h}: {e}"));
                }
                (h, (run.weights() - &truth[0]).norm())
            })
            .collect();
        let observed = fit::log_log(&errors).expect("errors above zero").slope;
        assert!((observed - order).abs() < 0.3, "{stages:?}: order {observed} from {errors:?}");
    }
}

#[test]
fn dense_output_has_the_order_of_the_method() {
    let problem = diagonal_network(8, 20);
    let foot = problem.flows(1e-13).foot().expect("a foot").w;
    let star = Star { problem: &problem.loss, regulariser: &HALF };
    let inner = [0.13, 0.4, 0.77];
    for (stages, counts, order) in [(Stages::Three, [6, 12, 24, 48], 5.0), (Stages::Five, [3, 4, 5, 6], 9.0)] {
        let errors: Vec<(f64, f64)> = counts
            .iter()
            .map(|&count| {
                let h = 1.0 / f64::from(count);
                let mut run = Stepper::new(star, Clock::slow(0.0), stages, tolerance(1e-14), Limits::default(), 0.0, &foot)
                    .expect("starts");
                for _ in 1..count {
                    run.fixed_step(h).expect("arrives");
                }
                let before = run.clone();
                run.fixed_step(h).expect("arrives");
                let dense = run.dense(&before).expect("arrives");
                let times = inner.map(|x| before.time() + x * h);
                let truth = weights(&problem.flows(1e-14).drift(&foot, &times).expect("arrives"));
                (h, gap(&times.map(|t| dense.at(t).w), &truth))
            })
            .collect();
        let observed = fit::log_log(&errors).expect("errors above zero").slope;
        assert!((observed - order).abs() < 0.3, "{stages:?}: order {observed} from {errors:?}");
    }
}

#[test]
fn many_save_times_cost_no_steps_and_lose_no_digit() {
    for (name, problem) in problems() {
        let (flows, exact) = (problem.flows(1e-10), problem.flows(1e-13));
        for lambda in [0.0, 1e-3, 1e-9] {
            let foot = exact.foot().unwrap_or_else(|e| panic!("{name}: {e}")).w;
            let at = |flows: &RadauFlows<'_>, times: &[f64]| match lambda {
                0.0 => flows.drift(&foot, times).expect("arrives"),
                _ => flows.in_slow_time(lambda, times).expect("arrives"),
            };
            let many = at(&flows, &grid::linear(0.1, 2.0, 100_001));
            assert_eq!(many.trajectory.points.len(), 100_001);
            let few: Vec<usize> = (0..=7).map(|k| 14_142 * k).collect();
            let times: Vec<f64> = few.iter().map(|&k| many.trajectory.points[k].time).collect();
            let truth = weights(&at(&exact, &times));
            let read: Vec<Weights> = few.iter().map(|&k| many.trajectory.points[k].w.clone()).collect();
            let wrong = gap(&read, &truth) / truth[0].norm();
            let plain = at(&flows, &[0.1, 2.0]).trajectory.work;
            assert!(wrong < 1e-8, "{name}, λ = {lambda:e}: {wrong:.1e}");
            assert!(many.trajectory.work.steps <= 2 * plain.steps, "{name}: {:?} and {plain:?}", many.trajectory.work);
        }
    }
}

#[test]
fn work_and_error_do_not_depend_on_lambda() {
    for (name, problem) in problems().into_iter().chain([("matrix factorisation", matrix_factorisation())]) {
        let (flows, reference) = (problem.flows(1e-9), problem.flows(1e-13));
        let solves = |lambda: f64| {
            let run = flows.in_slow_time(lambda, &SLOW).unwrap_or_else(|e| panic!("{name} {lambda}: {e}"));
            let truth = weights(&reference.in_slow_time(lambda, &SLOW).expect("arrives"));
            (run.trajectory.work.linear_solves as f64, gap(&weights(&run), &truth))
        };
        let separated = flows.foot().unwrap_or_else(|e| panic!("{name}: {e}")).spectrum.smallest / 30.0;
        // At λ > h₊/30 fast phase and drift overlap and there is less to do: the work is compared where they are separate.
        let first = if separated >= 1e-3 { 1e-3 } else { 1e-4 };
        assert!(separated >= 1e-3 || name != "matrix factorisation", "{name}: h₊/30 = {separated:e}");
        let (plain, error) = solves(first);
        for lambda in [1e-6, 1e-9, 1e-12] {
            let (work, wrong) = solves(lambda);
            assert!(work <= 1.2 * plain, "{name}: {work} linear solves at λ = {lambda:e}, {plain} at {first:e}");
            assert!(wrong <= 3.0 * error.max(1e-9), "{name}: error {wrong:.1e} at λ = {lambda:e}, {error:.1e} at {first:e}");
        }
    }
}

#[test]
fn the_constant_of_the_rate_is_stable_down_to_1e_12_and_predicted_without_any_regularised_flow() {
    for (name, problem) in problems() {
        let flows = problem.flows(1e-13);
        let expansion = flows.expansion(&SLOW).unwrap_or_else(|e| panic!("{name}: {e}"));
        let slow: Vec<Weights> = expansion.points.iter().map(|p| p.w.clone()).collect();
        let at = |lambda: f64| gap(&weights(&flows.in_slow_time(lambda, &SLOW).expect("arrives")), &slow);
        let gaps: Vec<(f64, f64)> = [1e-5, 1e-6, 1e-7, 1e-8, 1e-10].map(|lambda| (lambda, at(lambda))).into();
        let predicted = expansion.constant();
        for (lambda, gap) in &gaps {
            assert!(
                (gap / lambda / predicted - 1.0).abs() < 0.01,
                "{name}: gap/λ = {} at {lambda:e}, predicted {predicted}",
                gap / lambda
            );
        }
        let (lambda, gap) = gaps[3];
        assert!((gap / lambda / predicted - 1.0).abs() < 1e-4, "{name}: {} and {predicted}", gap / lambda);
        let last = at(1e-12) / 1e-12;
        assert!((last / predicted - 1.0).abs() < 0.02, "{name}: gap/λ = {last} at 1e-12, predicted {predicted}");
        let line = fit::log_log(&gaps).expect("five rows");
        assert!((line.slope - 1.0).abs() < 0.003, "{name}: slow order {}", line.slope);
    }
}

#[test]
fn to_first_order_the_gap_is_quadratic() {
    let problem = diagonal_network(8, 20);
    let flows = problem.flows(1e-13);
    let expansion = flows.expansion(&SLOW).expect("arrives");
    let gaps: Vec<(f64, f64)> = [1e-3, 1e-4, 1e-5]
        .map(|lambda| {
            let predicted: Vec<Weights> = expansion.points.iter().map(|p| &p.w + &p.first * lambda).collect();
            (lambda, gap(&weights(&flows.in_slow_time(lambda, &SLOW).expect("arrives")), &predicted))
        })
        .into();
    let line = fit::log_log(&gaps).expect("three rows");
    assert!((line.slope - 2.0).abs() < 0.02, "order {} from {gaps:?}", line.slope);
}

#[test]
fn numbers_predicted_at_finite_lambda_err_by_the_next_order() {
    let problem = matrix_completion();
    let flows = problem.flows(1e-13);
    let expansion = flows.expansion(&SLOW).expect("arrives");
    let mut errors: [Vec<(f64, f64)>; 4] = Default::default();
    for lambda in [1e-4, 1e-5] {
        let run = weights(&flows.in_slow_time(lambda, &SLOW).expect("arrives"));
        let (train, norm) = (problem.loss.value(&run[2]).expect("finite"), run[2].norm_squared());
        let (loss, square) =
            (expansion.train_loss(2, lambda).expect("a point"), expansion.norm_squared(2, lambda).expect("a point"));
        for (k, error) in
            [loss.leading / train - 1.0, loss.corrected / train - 1.0, square.leading - norm, square.corrected - norm]
                .iter()
                .enumerate()
        {
            errors[k].push((lambda, error.abs()));
        }
    }
    for (rows, order) in errors.iter().zip([1.0, 2.0, 1.0, 2.0]) {
        let slope = fit::log_log(rows).expect("two rows").slope;
        assert!((slope - order).abs() < 0.1, "order {slope} instead of {order}: {rows:?}");
    }
}

/// ½‖w − a‖²: an observable whose crossing is known to be where it is found.
struct Distance(Weights);

impl Loss for Distance {
    fn dim(&self) -> usize {
        self.0.len()
    }
    fn value(&self, w: &Weights) -> Result<f64, FieldError> {
        Ok(0.5 * (w - &self.0).norm_squared())
    }
    fn gradient(&self, w: &Weights, out: &mut Weights) -> Result<(), FieldError> {
        out.copy_from(&(w - &self.0));
        Ok(())
    }
    fn hessian_product(&self, _w: &Weights, v: &Weights, out: &mut Weights) -> Result<(), FieldError> {
        out.copy_from(v);
        Ok(())
    }
}

#[test]
fn the_time_of_a_crossing_moves_with_lambda_as_predicted() {
    let problem = diagonal_network(8, 20);
    let flows = problem.flows(1e-12);
    let expansion = flows.expansion(&grid::linear(0.1, 2.0, 6)).expect("arrives");
    let observable = Distance(Weights::zeros(problem.start.len()));
    let ends = [0, 5].map(|k| observable.value(&expansion.points[k].w).expect("finite"));
    let level = 0.5 * (ends[0] + ends[1]);
    let crossing = flows.crossing(&expansion, &observable, level).expect("arrives").expect("crosses");
    let on = weights(&flows.drift(&expansion.foot.w, &[crossing.s]).expect("arrives"));
    assert!((observable.value(&on[0]).expect("finite") / level - 1.0).abs() < 1e-10);
    // At the corrected time the observable misses the level by O(λ²), at the leading one by O(λ).
    let miss = |lambda: f64, s: f64| {
        let w = weights(&flows.in_slow_time(lambda, &[s]).expect("arrives"));
        (observable.value(&w[0]).expect("finite") - level).abs()
    };
    let rows = [1e-3, 1e-4].map(|lambda| (lambda, miss(lambda, crossing.at(lambda).corrected)));
    let plain = [1e-3, 1e-4].map(|lambda| (lambda, miss(lambda, crossing.at(lambda).leading)));
    let orders = [&rows, &plain].map(|rows| fit::log_log(rows).expect("two rows").slope);
    assert!((orders[0] - 2.0).abs() < 0.1 && (orders[1] - 1.0).abs() < 0.1, "{orders:?}");
    assert!(flows.crossing(&expansion, &observable, 10.0 * ends[0]).expect("arrives").is_none());
}

#[test]
fn moving_the_hand_over_changes_nothing_above_the_tolerance() {
    for (name, problem) in problems() {
        for lambda in [1e-3, 1e-5, 1e-8] {
            let at = |steadiness: f64| {
                let mut flows = problem.flows(1e-10);
                flows.limits = Limits { steadiness, ..Limits::default() };
                weights(&flows.in_slow_time(lambda, &SLOW).unwrap_or_else(|e| panic!("{name}: {e}")))
            };
            let never = at(0.0);
            for steadiness in [1e-1, 1e-2, 1e-4] {
                let moved = gap(&at(steadiness), &never) / never[0].norm();
                assert!(moved < 1e-9, "{name}, λ = {lambda:e}, steadiness {steadiness:e}: {moved:.1e}");
            }
        }
    }
}

#[test]
fn a_fast_phase_with_rates_six_decades_apart_is_crossed_in_a_bounded_number_of_steps() {
    // Linear regression with singular values 1 … 1e-3: rates 1 … 1e-6, everything known in closed form.
    let mut stream = Stream::new(14, "stiff");
    let (n, d) = (6, 12);
    let basis = slowflow::numeric::dense::orthonormal_range(&Matrix::from_fn(d, n, |_, _| stream.normal())).expect("full rank");
    let sigma = grid::logarithmic(1.0, 1e-3, n);
    let inputs = Matrix::from_fn(n, d, |k, i| sigma[k] * basis[(i, k)]);
    let targets = Vector::from_fn(n, |k, _| sigma[k] * stream.normal());
    let start = Weights::from_fn(d, |_, _| stream.normal());
    let exact = slowflow::flow::exact::LinearRegression::new(&inputs, &targets, 1.0, &start).expect("closed form");
    let loss = LeastSquares { residual: Arc::new(slowflow::model::LinearRegression { inputs, targets }), c: 1.0, offset: 0.0 };
    let flows = RadauFlows::new(&loss, &HALF, &start, tolerance(1e-11)).expect("n ≤ d");
    let foot = flows.foot().expect("a foot");
    assert!((&foot.w - exact.foot()).norm() < 1e-9 * foot.w.norm() && foot.work.steps < 400, "{:?}", foot.work);
    for lambda in [1e-3, 1e-6, 1e-9] {
        let run = flows.in_slow_time(lambda, &SLOW).expect("arrives");
        for point in &run.trajectory.points {
            let truth = exact.regularised(lambda, point.time / lambda);
            assert!((&point.w - &truth).norm() < 1e-9 * truth.norm(), "λ = {lambda:e}, s = {}", point.time);
        }
        assert!(run.trajectory.work.steps < 500, "{:?}", run.trajectory.work);
    }
}

#[test]
fn invariants_decay_exactly_along_every_run() {
    let [diagonal, completion, _] = problems();
    for (name, problem) in [diagonal, completion] {
        let rtol = 1e-11;
        let flows = problem.flows(rtol);
        let at_start = problem.loss.residual.invariants(&problem.start).expect("known");
        let scale = problem.start.norm_squared();
        let hold = |what: &str, w: &Weights, s: f64| {
            let here = problem.loss.residual.invariants(w).expect("known");
            let wrong = (here - &at_start * (-2.0 * s).exp()).amax() / scale;
            assert!(wrong < 10.0 * rtol, "{name}, {what}, s = {s}: {wrong:.1e}");
        };
        let foot = flows.foot().expect("a foot");
        hold("foot", &foot.w, 0.0);
        for point in flows.drift(&foot.w, &SLOW).expect("arrives").trajectory.points {
            hold("slow flow", &point.w, point.time);
            let mut r = Vector::zeros(problem.loss.residual.samples());
            problem.loss.residual.residual(&point.w, &mut r).expect("finite");
            assert!(r.norm() < 1e-12 * scale, "{name}: off M by {:.1e}", r.norm());
        }
        for lambda in [1e-1, 1e-3, 1e-6, 1e-10] {
            for point in flows.in_slow_time(lambda, &SLOW).expect("arrives").trajectory.points {
                hold("regularised flow", &point.w, point.time);
            }
        }
    }
}

#[test]
fn other_regularisers_keep_the_uniformity() {
    let problem = diagonal_network(5, 10);
    let d = problem.start.len();
    let diagonal = Regulariser::Diagonal(Vector::from_fn(d, |i, _| 1.0 + 0.1 * i as f64));
    let mut matrix = Matrix::identity(d, d) * 2.0;
    (1..d).for_each(|i| (matrix[(i, i - 1)], matrix[(i - 1, i)]) = (-0.5, -0.5));
    for regulariser in [diagonal, Regulariser::Quadratic(matrix), Regulariser::SmoothPower { p: 1.5, epsilon: 0.1 }] {
        let flows = RadauFlows::new(&problem.loss, &regulariser, &problem.start, tolerance(1e-12)).expect("n ≤ d");
        let expansion = flows.expansion(&SLOW).expect("arrives");
        let slow: Vec<Weights> = expansion.points.iter().map(|p| p.w.clone()).collect();
        let run = flows.in_slow_time(1e-7, &SLOW).expect("arrives");
        let ratio = gap(&weights(&run), &slow) / 1e-7 / expansion.constant();
        assert!((ratio - 1.0).abs() < 1e-4, "{regulariser:?}: {ratio}");
    }
}

#[test]
fn tolerances_and_times_out_of_range_are_refused_with_the_limits() {
    let problem = diagonal_network(3, 6);
    let cause = problem.flows(1e-17).in_slow_time(1e-3, &SLOW).expect_err("below round-off").cause;
    assert!(matches!(cause, Cause::Tolerance { smallest, .. } if smallest <= 1e-13), "{cause}");
    let cause = problem.flows(1e-9).in_slow_time(-1.0, &SLOW).expect_err("no weight decay").cause;
    assert!(matches!(cause, Cause::Lambda { lambda } if lambda == -1.0), "{cause}");
    let cause = problem.flows(1e-9).drift(&problem.start, &SLOW).expect_err("off M").cause;
    assert!(matches!(cause, Cause::OffManifold { distance, allowed } if distance > allowed), "{cause}");
    let error = problem.flows(1e-9).in_slow_time(1e-3, &[0.1, 0.05]).expect_err("backwards");
    assert!(matches!(error.cause, Cause::Times { index: 1, .. }) && error.partial.len() == 1, "{error}");
    let mut flows = problem.flows(1e-9);
    flows.limits.steps = 12;
    let error = flows.in_slow_time(1e-6, &[1e-6, 1.0]).expect_err("twelve steps");
    assert!(matches!(error.cause, Cause::StepLimit { limit: 12, .. }) && error.time > 0.0 && error.work.steps > 0, "{error}");
}

#[test]
fn a_tolerance_that_round_off_does_not_allow_ends_with_one_that_it_does() {
    // Features whose sizes span five decades: J⁺ lifts round-off of r above 1e-13 of the weights.
    let mut stream = Stream::new(195, "ill conditioned");
    let inputs = Matrix::from_fn(12, 20, |_, j| stream.normal() * 10.0_f64.powf(-5.0 * j as f64 / 20.0));
    let targets = &inputs * Vector::from_fn(20, |i, _| if i < 3 { 1.0 + i as f64 } else { 0.0 });
    let start = Weights::from_fn(40, |_, _| 2.0 * stream.normal());
    let problem = Problem::new(Arc::new(DiagonalNetwork { inputs, targets, parametrisation: Parametrisation::Product }), start);
    let foot = problem.flows(1e-8).foot().expect("arrives").w;
    let (mut rtol, mut refusals) = (1e-13, 0);
    while let Err(error) = problem.flows(rtol).drift(&foot, &SLOW) {
        let Cause::RoundOff { moved, smallest, time, .. } = error.cause else { panic!("{error}") };
        assert!(moved < 1e-9 && smallest > rtol && time > 0.0, "{error}");
        (rtol, refusals) = (smallest, refusals + 1);
    }
    // What it names holds where it is named; J gets worse on the way.
    assert!((1..4).contains(&refusals) && rtol < 1e-9, "{refusals} refusals, {rtol:e}");
}

/// r = (w₀ w₁, w₂ − 1): at w₁ = 0 the first row of J is (0, w₀, 0), and R pulls w₀ to 0 along M.
struct Corner;

impl Residual for Corner {
    fn dim(&self) -> usize {
        3
    }
    fn samples(&self) -> usize {
        2
    }
    fn residual(&self, w: &Weights, r: &mut Vector) -> Result<(), FieldError> {
        (r[0], r[1]) = (w[0] * w[1], w[2] - 1.0);
        FieldError::check("the residual", r.as_slice(), w)
    }
    fn push_forward(&self, w: &Weights, v: &Weights, out: &mut Vector) {
        (out[0], out[1]) = (w[1] * v[0] + w[0] * v[1], v[2]);
    }
    fn pull_back(&self, w: &Weights, c: &Vector, out: &mut Weights) {
        (out[0], out[1], out[2]) = (w[1] * c[0], w[0] * c[0], c[1]);
    }
    fn curvature_product(&self, _w: &Weights, mu: &Vector, v: &Weights, out: &mut Weights) {
        (out[0], out[1], out[2]) = (mu[0] * v[1], mu[0] * v[0], 0.0);
    }
    fn curvature(&self, _w: &Weights, _mu: &Vector) -> Curvature {
        Curvature::Operator
    }
}

#[test]
fn loss_of_rank_on_the_way_names_the_time_and_the_singular_values() {
    let problem = Problem::new(Arc::new(Corner), Weights::from_vec(vec![1.0, 0.0, 1.0]));
    let error = problem.flows(1e-9).drift(&problem.start, &[1.0, 40.0]).expect_err("w₀ = e^{−s} → 0");
    assert_eq!(error.partial.len(), 1);
    let Cause::RankLost { time, smallest, largest, .. } = error.cause else { panic!("{error}") };
    // σ_min = e^{−s} counts as lost at 1e-7: s = 16.1.
    assert!((5.0..16.2).contains(&time) && smallest < 1e-7 && (largest - 1.0).abs() < 1e-6, "{time} {smallest} {largest}");
}

#[test]
fn a_start_that_belongs_to_no_foot_is_an_error_with_the_point_reached() {
    // uv = 1 from the saddle: the fast flow stays in the origin, where J = 0.
    let residual = (find("scalar-factorisation").expect("listed").build)(
        &Parameters::default().with("product", Value::Number(1.0)),
        &DataSet::empty(),
    )
    .expect("valid");
    let problem = Problem::new(residual, Weights::from_vec(vec![0.0, 0.0]));
    let error = problem.flows(1e-9).foot().expect_err("a saddle");
    assert!(matches!(error, FlowError::Saddle { .. } | FlowError::NoFoot { .. }), "{error}");
}
