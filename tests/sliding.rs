//! Flows of networks with kinks: across cell walls, and along them.

use std::sync::Arc;

use slowflow::data::DataSet;
use slowflow::field::{LeastSquares, Loss, Regulariser, Residual, Weights};
use slowflow::flow::sliding::{EventKind, Mode, Slid, SlidingFlows};
use slowflow::flow::{FlowError, Flows};
use slowflow::integrate::Tolerance;
use slowflow::integrate::star::Clock;
use slowflow::model::{Activation, TwoLayerNetwork};
use slowflow::numeric::seed::Stream;
use slowflow::numeric::{Matrix, Vector};

const R: Regulariser = Regulariser::HalfSquaredNorm;

/// Neurons with bias on points of [−2, 2] and targets of normal size; all weights normal.
fn network(seed: u64, width: usize, samples: usize, slope: f64) -> (LeastSquares, Weights) {
    let mut stream = Stream::new(seed, "sliding");
    let inputs = Matrix::from_fn(samples, 1, |_, _| -2.0 + 4.0 * stream.uniform());
    let targets = Vector::from_fn(samples, |_, _| stream.normal());
    let model = TwoLayerNetwork::new(width, Activation::Rectifier { slope }, true, &DataSet::new(inputs, targets));
    let start = Weights::from_fn(model.dim(), |_, _| stream.normal());
    (LeastSquares { residual: Arc::new(model), c: 1.0 / samples as f64, offset: 0.0 }, start)
}

fn run(loss: &LeastSquares, start: &Weights, clock: Clock, rtol: f64, times: &[f64]) -> Slid {
    let flows = SlidingFlows::new(loss, &R, start, Tolerance { rtol, atol: 1e-3 * rtol }).expect("fewer samples than weights");
    flows.in_clock(clock).run(start, times).unwrap_or_else(|e| panic!("{e}"))
}

fn count(slid: &Slid, kind: EventKind) -> usize {
    slid.events.iter().filter(|event| event.kind == kind).count()
}

/// Gradient descent on F + λR, step h, which knows nothing of walls.
fn descent(loss: &LeastSquares, start: &Weights, lambda: f64, until: f64, h: f64) -> Weights {
    let (mut w, mut gradient) = (start.clone(), Weights::zeros(start.len()));
    for _ in 0..(until / h).round() as usize {
        loss.gradient(&w, &mut gradient).expect("finite");
        gradient.axpy(lambda, &w, 1.0);
        w.axpy(-h, &gradient, 1.0);
    }
    w
}

/// Tiny networks with events of every kind among them.
const TINY: [(u64, usize, usize, f64); 6] =
    [(0, 3, 3, 0.0), (1, 3, 3, 0.0), (4, 3, 3, 0.1), (5, 3, 3, 0.0), (8, 3, 3, 0.0), (2, 6, 4, 0.0)];

#[test]
fn gradient_descent_with_small_steps_agrees_to_first_order_in_its_step() {
    let mut kinds = [0; 3];
    for (seed, width, samples, slope) in TINY {
        let (loss, start) = network(seed, width, samples, slope);
        let (lambda, until) = (0.05, 20.0);
        let slid = run(&loss, &start, Clock::fast(lambda), 1e-10, &[until]);
        let all = [EventKind::Crossing, EventKind::SlideBegins, EventKind::SlideEnds];
        all.iter().zip(&mut kinds).for_each(|(kind, total)| *total += count(&slid, *kind));
        let gaps = [4e-3, 1e-3, 2.5e-4].map(|h| (descent(&loss, &start, lambda, until, h) - &slid.w).norm());
        assert!(gaps[0] < 0.1 * slid.w.norm(), "seed {seed}: {gaps:?}");
        for pair in gaps.windows(2) {
            assert!((2.5..6.5).contains(&(pair[0] / pair[1])), "seed {seed}: not of first order: {gaps:?}");
        }
    }
    assert!(kinds.iter().all(|total| *total > 0), "crossings, slides begun, slides ended: {kinds:?}");
}

#[test]
fn every_tiny_network_has_a_foot_point_or_a_named_reason_for_none() {
    // Feet, samples that no neuron sees, corners of F on walls, saddles and local minima within a cell.
    let mut counts = [0; 4];
    for (width, samples) in [(3, 3), (6, 4), (10, 5), (4, 6)] {
        for (slope, seed) in [0.0, 0.1].into_iter().flat_map(|slope| (0..6).map(move |seed| (slope, seed))) {
            let (loss, start) = network(seed, width, samples, slope);
            let name = format!("width {width}, {samples} samples, slope {slope}, seed {seed}");
            let flows = SlidingFlows::new(&loss, &R, &start, Tolerance { rtol: 1e-9, atol: 1e-12 }).expect("M");
            let rest = match flows.foot() {
                Ok(foot) => {
                    assert!(foot.defect <= 1e-8 && foot.spectrum.smallest > 0.0, "{name}: |r| = {:e}", foot.defect);
                    counts[0] += 1;
                    continue;
                }
                Err(FlowError::Rest(rest)) => rest,
                Err(other) => panic!("{name}: {other}"),
            };
            assert!(rest.rank < rest.rows, "{name}: at rest although the rows of J and of the walls are independent: {rest}");
            let kind = if !rest.unseen.is_empty() { 1 } else { 3 - usize::from(!rest.walls.is_empty()) };
            counts[kind] += 1;
            assert!(slope == 0.0 || rest.unseen.is_empty(), "{name}: a leaky neuron sees every sample: {rest}");
            // Gradient descent, which knows nothing of walls and ranks, does not come lower either.
            let mut r = Vector::zeros(samples);
            loss.residual.residual(&descent(&loss, &start, 0.0, rest.time.min(100.0), 5e-3), &mut r).expect("finite");
            assert!(r.norm() >= 0.98 * rest.defect, "{name}: descent reaches |r| = {:e}; {rest}", r.norm());
        }
    }
    assert_eq!(counts.iter().sum::<usize>(), 48);
    assert!(counts[0] >= 20 && counts.iter().all(|count| *count > 0), "{counts:?}");
}

#[test]
fn the_invariant_of_every_neuron_decays_exactly_across_kinks_and_along_walls() {
    for (seed, width, samples) in [(0, 20, 6), (8, 20, 6), (3, 20, 6), (2, 6, 4)] {
        for (clock, lambda) in [(Clock::slow(0.01), 0.01), (Clock::fast(0.05), 0.05)] {
            let (loss, start) = network(seed, width, samples, 0.0);
            let (rtol, until) = (1e-9, if clock.kappa == 1.0 { 20.0 } else { 2.0 });
            let slid = run(&loss, &start, clock, rtol, &[until]);
            assert!(slid.events.len() > 5);
            let slow = if clock.kappa == 1.0 { lambda * until } else { until };
            let invariants = |w: &Weights| loss.residual.invariants(w).expect("homogeneous");
            let off = (invariants(&slid.w) - invariants(&start) * (-2.0 * slow).exp()).amax();
            assert!(off <= 10.0 * rtol * start.norm_squared(), "seed {seed}: {off:e}");
        }
    }
}

#[test]
fn event_times_converge_with_the_tolerance() {
    for (seed, width, samples, slope) in TINY {
        let (loss, start) = network(seed, width, samples, slope);
        let at = |rtol: f64| run(&loss, &start, Clock::slow(0.05), rtol, &[1.0]).events;
        let best = at(1e-12);
        let off = [1e-6, 1e-8, 1e-10].map(|rtol| {
            let events = at(rtol);
            let same = |(a, b): (&_, &_)| -> f64 {
                let (a, b): (&slowflow::flow::sliding::Event, &slowflow::flow::sliding::Event) = (a, b);
                assert_eq!((a.switch, a.kind), (b.switch, b.kind), "seed {seed}, rtol {rtol:e}");
                (a.time - b.time).abs()
            };
            assert_eq!(events.len(), best.len(), "seed {seed}, rtol {rtol:e}");
            events.iter().zip(&best).map(same).fold(0.0, f64::max)
        });
        for (off, rtol) in off.iter().zip([1e-6, 1e-8, 1e-10]) {
            assert!(*off <= 1e3 * rtol, "seed {seed}: event times off by {off:e} at rtol {rtol:e}");
        }
    }
}

#[test]
fn walls_slid_along_stay_at_zero_and_gradient_descent_stays_near_them() {
    let mut seen = 0;
    for (seed, width, samples, slope) in TINY {
        let (loss, start) = network(seed, width, samples, slope);
        let slid = run(&loss, &start, Clock::fast(0.05), 1e-9, &[20.0]);
        let heights = |w: &Weights| {
            let mut z = Vec::new();
            loss.residual.switches(w, &mut z);
            z
        };
        let (z, by_descent) = (heights(&slid.w), heights(&descent(&loss, &start, 0.05, 20.0, 1e-3)));
        for wall in slid.mode.walls() {
            seen += 1;
            assert!(z[wall].abs() <= 8.0 * f64::EPSILON * slid.w.norm(), "seed {seed}: z = {:e} on the wall", z[wall]);
            assert!(by_descent[wall].abs() <= 2e-2, "seed {seed}: descent has z = {:e}", by_descent[wall]);
        }
        // Off the walls the cell is that of the signs.
        let signs = Mode::of(loss.residual.as_ref(), &slid.w);
        let walls = slid.mode.walls();
        let apart = |i: &usize| !walls.contains(i) && slid.mode.places[*i] != signs.places[*i] && z[*i].abs() > 1e-10;
        assert_eq!((0..z.len()).find(apart), None, "seed {seed}");
    }
    assert!(seen >= 3, "only {seen} walls slid along");
}

#[test]
fn the_slow_flow_with_its_slides_is_the_limit_of_the_regularised_ones_at_order_one() {
    for seed in [0, 4, 8] {
        let (loss, start) = network(seed, 3, 3, 0.0);
        let flows = SlidingFlows::new(&loss, &R, &start, Tolerance { rtol: 1e-10, atol: 1e-12 }).expect("M");
        let foot = flows.foot().unwrap_or_else(|e| panic!("{e}"));
        let slow = flows.slow(&foot.w, &[1.0]).unwrap_or_else(|e| panic!("{e}"));
        let gaps = [1e-4, 1e-5, 1e-6].map(|lambda| {
            let run = flows.regularised(lambda, &[1.0 / lambda]).unwrap_or_else(|e| panic!("{e}"));
            (&run.points[0].w - &slow.points[0].w).norm() / lambda
        });
        assert!((gaps[2] / gaps[1] - 1.0).abs() < 0.05, "seed {seed}: gap/λ = {gaps:?}");
        let reached = run(&loss, &foot.w, Clock::slow(0.0), 1e-10, &[0.25, 0.5, 1.0, 2.0]);
        let sizes: Vec<f64> = reached.saved.iter().map(|point| point.w.norm()).collect();
        assert!(sizes.windows(2).all(|pair| pair[1] <= pair[0] * (1.0 + 1e-9)), "‖w°‖ rises: {sizes:?}");
        let mut r = Vector::zeros(3);
        loss.residual.residual(&reached.w, &mut r).expect("finite");
        assert!(r.norm() <= 1e-8, "off M: {:e}", r.norm());
    }
}
