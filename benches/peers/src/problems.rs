//! The problems of the comparison, from the problem files of the repository and as families that grow.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use slowflow::experiment::Setup;
use slowflow::field::{LeastSquares, Weights};
use slowflow::model::{DiagonalNetwork, Parametrisation};
use slowflow::numeric::seed::Stream;
use slowflow::numeric::{Matrix, Vector};
use slowflow::problem::ProblemFile;

/// Slow times at which every run is compared.
pub const SLOW: [f64; 5] = [0.1, 0.5, 1.0, 2.0, 5.0];

/// A least-squares problem with its start, and what the C program needs of it.
pub struct Problem {
    pub name: String,
    pub loss: LeastSquares,
    pub start: Weights,
    /// Header, inputs and targets for the C program: kind 0 linear, 1 diagonal network, 2 completion.
    pub raw: Vec<f64>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The problems that [`named`] knows.
pub const NAMES: [&str; 4] = ["lr50", "dln80", "dln1000", "mc800"];

/// One of [`NAMES`].
pub fn named(name: &str) -> Problem {
    let file = match name {
        "lr50" => "linear_regression/lr50.toml",
        "dln80" => "diagonal_network/dln80.toml",
        "dln1000" => "diagonal_network/dln1000.toml",
        "mc800" => "matrix_factorisation/completion_20x20.toml",
        other => panic!("no problem {other}: choose from {NAMES:?}"),
    };
    let setup = Setup::new(ProblemFile::read(&root().join("problems").join(file)).expect("a problem file")).expect("a setup");
    let (n, d) = (setup.residual.samples(), setup.residual.dim());
    let (inputs, targets) = (&setup.train.inputs, &setup.train.targets);
    let raw = if name == "mc800" {
        let mut cells = vec![0.0; 800];
        for k in 0..n {
            let place = inputs[(k, 0)] as usize * 20 + inputs[(k, 1)] as usize;
            (cells[place], cells[400 + place]) = (targets[k], 1.0);
        }
        [vec![2.0, n as f64, d as f64, d as f64, 20.0, 20.0, 0.0, 0.0], cells].concat()
    } else {
        let kind = if name == "lr50" { 0.0 } else { 1.0 };
        dense(kind, inputs, targets, d)
    };
    let loss = setup.squares().unwrap_or_else(|| panic!("{name}: no residuals that vanish on M")).clone();
    Problem { name: name.into(), loss, start: setup.start, raw }
}

fn dense(kind: f64, inputs: &Matrix, targets: &Vector, dim: usize) -> Vec<f64> {
    let (n, p) = inputs.shape();
    let header = vec![kind, n as f64, p as f64, dim as f64, 0.0, 0.0, 0.0, 0.0];
    [header, inputs.transpose().as_slice().to_vec(), targets.as_slice().to_vec()].concat()
}

/// A diagonal network β = u∘v with n samples and d weights, 5-sparse teacher.
pub fn diagonal(n: usize, d: usize) -> Problem {
    let mut stream = Stream::new(21, "growth");
    let p = d / 2;
    let inputs = Matrix::from_fn(n, p, |_, _| stream.normal());
    let targets = &inputs * Vector::from_fn(p, |i, _| if i < 5 { 1.0 } else { 0.0 });
    let start = Weights::from_fn(d, |_, _| stream.normal());
    let raw = dense(1.0, &inputs, &targets, d);
    let residual = Arc::new(DiagonalNetwork { inputs, targets, parametrisation: Parametrisation::Product });
    Problem { name: format!("dln-{n}-{d}"), loss: LeastSquares { residual, c: 1.0 / n as f64, offset: 0.0 }, start, raw }
}
