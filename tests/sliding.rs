//! Flows of networks with kinks: across cell walls, and along them.

use std::sync::Arc;

use slowflow::data::DataSet;
use slowflow::field::{LeastSquares, Regulariser, Residual, Weights};
use slowflow::flow::sliding::SlidingFlows;
use slowflow::flow::Flows;
use slowflow::integrate::Tolerance;
use slowflow::integrate::star::Clock;
use slowflow::model::{Activation, TwoLayerNetwork};
use slowflow::numeric::seed::Stream;
use slowflow::numeric::{Matrix, Vector};

/// Neurons with bias on points of [−2, 2] and targets of normal size; all weights normal.
fn network(seed: u64, width: usize, samples: usize, slope: f64, scale: f64) -> (LeastSquares, Weights) {
    let mut stream = Stream::new(seed, "sliding");
    let inputs = Matrix::from_fn(samples, 1, |_, _| -2.0 + 4.0 * stream.uniform());
    let targets = Vector::from_fn(samples, |_, _| stream.normal());
    let model = TwoLayerNetwork::new(width, Activation::Rectifier { slope }, true, &DataSet::new(inputs, targets));
    let start = Weights::from_fn(model.dim(), |_, _| scale * stream.normal());
    (LeastSquares { residual: Arc::new(model), c: 1.0 / samples as f64, offset: 0.0 }, start)
}

#[test]
fn explore() {
    for seed in 0..12 {
        for (width, samples) in [(3, 3), (6, 4), (20, 6)] {
            let (loss, start) = network(seed, width, samples, 0.0, 1.0);
            let flows = SlidingFlows::new(&loss, &Regulariser::HalfSquaredNorm, &start, Tolerance { rtol: 1e-9, atol: 1e-12 }).unwrap();
            let times: Vec<f64> = [0.01, 0.1, 1.0, 3.0].to_vec();
            let begun = std::time::Instant::now();
            match flows.in_clock(Clock::slow(0.01)).run(&start, &times) {
                Ok(slid) => {
                    let count = |kind: &str| slid.events.iter().filter(|e| e.kind.name() == kind).count();
                    let model = loss.residual.as_ref();
                    let drift = (model.invariants(&slid.w).unwrap() - model.invariants(&start).unwrap() * (-6.0f64).exp()).norm();
                    println!("{seed} {width}x{samples}: crossings {} slides {} ends {} steps {} ev {} drift {:.2e} {:?}", count("crossing"), count("slide-begins"), count("slide-ends"), slid.work.steps, slid.work.evaluations, drift, begun.elapsed());
                }
                Err(e) => println!("{seed} {width}x{samples}: {e} {:?}", begun.elapsed()),
            }
            match flows.foot() {
                Ok(foot) => {
                    print!("   foot t {:.2} h {:.2e} defect {:.1e}; ", foot.time, foot.spectrum.smallest, foot.defect);
                    match flows.in_clock(Clock::slow(0.0)).run(&foot.w, &times) {
                        Ok(slid) => println!("slow events {} steps {}", slid.events.len(), slid.work.steps),
                        Err(e) => println!("{e}"),
                    }
                }
                Err(e) => println!("   {e}"),
            }
        }
    }
}
