//! Linear teachers y = Xβ + noise with standard normal inputs.

use super::{Checked, NOISE, SAMPLES, TEST_SAMPLES, Teacher, normal, subset};
use crate::data::{DataError, Split};
use crate::numeric::Vector;
use crate::numeric::seed::Stream;
use crate::problem::parameters::{Default, Parameter, Parameters};

const DIMENSION: Parameter = Parameter { name: "dimension", default: Default::RequiredInteger, about: "features d, ≥ 1" };

/// β standard normal on a random support.
pub const GAUSSIAN: Teacher = Teacher {
    name: "linear-teacher",
    about: "y = Xβ + noise, X standard normal, β standard normal on a random support",
    parameters: &[
        SAMPLES,
        DIMENSION,
        Parameter { name: "nonzero", default: Default::Integer(0), about: "coefficients of β that are not zero; 0 for all" },
        NOISE,
        TEST_SAMPLES,
    ],
    generate: |parameters, seed| {
        let checked = Checked { teacher: "linear-teacher", parameters };
        let dimension = checked.count("dimension", usize::MAX)?;
        let nonzero = if parameters.integer("nonzero") == 0 { dimension } else { checked.count("nonzero", dimension)? };
        linear(&checked, seed, dimension, nonzero, Stream::normal)
    },
};

/// β = ±magnitude on a random support: the sparse truth of a diagonal network.
pub const SPARSE: Teacher = Teacher {
    name: "sparse-teacher",
    about: "y = Xβ + noise, X standard normal, β = ±magnitude on a random support and zero elsewhere",
    parameters: &[
        SAMPLES,
        DIMENSION,
        Parameter { name: "nonzero", default: Default::RequiredInteger, about: "coefficients of β that are not zero, 1 to d" },
        Parameter { name: "magnitude", default: Default::Number(1.0), about: "their absolute value, ≥ 0" },
        NOISE,
        TEST_SAMPLES,
    ],
    generate: |parameters: &Parameters, seed| -> Result<Split, DataError> {
        let checked = Checked { teacher: "sparse-teacher", parameters };
        let dimension = checked.count("dimension", usize::MAX)?;
        let nonzero = checked.count("nonzero", dimension)?;
        let magnitude = checked.at_least("magnitude", 0.0)?;
        linear(&checked, seed, dimension, nonzero, |stream| sign(stream) * magnitude)
    },
};

/// 1 or −1, each with probability one half.
pub fn sign(stream: &mut Stream) -> f64 {
    if stream.uniform() < 0.5 { 1.0 } else { -1.0 }
}

/// β with `nonzero` coefficients from `value` on a random support of the stream `teacher`.
pub fn coefficients(seed: u64, dimension: usize, nonzero: usize, value: impl Fn(&mut Stream) -> f64) -> Vector {
    let mut stream = Stream::new(seed, "teacher");
    let mut beta = Vector::zeros(dimension);
    for i in subset(&mut stream, dimension, nonzero) {
        beta[i] = value(&mut stream);
    }
    beta
}

fn linear(
    checked: &Checked<'_>,
    seed: u64,
    dimension: usize,
    nonzero: usize,
    value: impl Fn(&mut Stream) -> f64,
) -> Result<Split, DataError> {
    checked.fits(1, dimension)?;
    let beta = coefficients(seed, dimension, nonzero, value);
    checked.split(seed, dimension, |stream, rows| normal(stream, rows, dimension), |x| x * &beta)
}
