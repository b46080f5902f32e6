//! A sparse Fourier series: features cos x, sin x, cos 2x, sin 2x, … of random angles, sparse coefficients.
//!
//! Source: Boursier, Pesme, Dragomir (arXiv:2505.20172), appendix D (the paper gives no sizes).

use super::linear::{coefficients, sign};
use super::{Checked, NOISE, SAMPLES, TEST_SAMPLES, Teacher};
use crate::numeric::Matrix;
use crate::numeric::seed::Stream;
use crate::problem::parameters::{Default, Parameter};

const NAME: &str = "sparse-fourier-teacher";

/// y = Σ βᵢ featureᵢ(x) with x uniform on the circle.
pub const TEACHER: Teacher = Teacher {
    name: NAME,
    about: "features cos kx, sin kx for k = 1 … frequencies of x uniform in [0, 2π), y a sum of ±magnitude times few of them",
    parameters: &[
        SAMPLES,
        Parameter { name: "frequencies", default: Default::RequiredInteger, about: "largest k, ≥ 1: twice as many features" },
        Parameter { name: "nonzero", default: Default::RequiredInteger, about: "features in the sum, 1 to 2·frequencies" },
        Parameter { name: "magnitude", default: Default::Number(1.0), about: "absolute value of their coefficients, ≥ 0" },
        NOISE,
        TEST_SAMPLES,
    ],
    generate: |parameters, seed| {
        let checked = Checked { teacher: NAME, parameters };
        let frequencies = checked.count("frequencies", 1_000_000_000)?;
        checked.fits(1, 2 * frequencies)?;
        let features = 2 * frequencies;
        let nonzero = checked.count("nonzero", features)?;
        let magnitude = checked.at_least("magnitude", 0.0)?;
        let beta = coefficients(seed, features, nonzero, |stream| sign(stream) * magnitude);
        let mut split = checked.split(seed, features, |stream, rows| series(stream, rows, frequencies), |x| x * &beta)?;
        let names: Vec<String> = (1..=frequencies).flat_map(|k| [format!("cos{k}"), format!("sin{k}")]).collect();
        split.train = split.train.with_names(names.clone());
        split.test = split.test.map(|test| test.with_names(names));
        Ok(split)
    },
};

/// cos x, sin x, cos 2x, sin 2x, … of `rows` random angles.
fn series(stream: &mut Stream, rows: usize, frequencies: usize) -> Matrix {
    let mut features = Matrix::zeros(rows, 2 * frequencies);
    for mut row in features.row_iter_mut() {
        let x = std::f64::consts::TAU * stream.uniform();
        for k in 0..frequencies {
            (row[2 * k + 1], row[2 * k]) = ((k + 1) as f64 * x).sin_cos();
        }
    }
    features
}
