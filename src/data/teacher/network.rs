//! Two-layer networks as teachers.

use super::linear::sign;
use super::{Checked, NOISE, SAMPLES, TEST_SAMPLES, Teacher, normal};
use crate::numeric::seed::Stream;
use crate::numeric::{Matrix, Vector, grid};
use crate::problem::parameters::{Default, Parameter};

/// A piecewise linear function of one variable.
///
/// Source: Boursier, Pesme, Dragomir (arXiv:2505.20172), figure 3 (three neurons on [−2, 2]; coefficients not given).
pub const RELU_SUM: Teacher = Teacher {
    name: "relu-sum-teacher",
    about: "y = Σⱼ aⱼ max(±(x − cⱼ), 0) + noise, x and kinks cⱼ uniform in [from, to], aⱼ standard normal; test points evenly spaced",
    parameters: &[
        SAMPLES,
        Parameter { name: "neurons", default: Default::Integer(3), about: "number of kinks, ≥ 1" },
        Parameter { name: "from", default: Default::Number(-2.0), about: "left end of the inputs" },
        Parameter { name: "to", default: Default::Number(2.0), about: "right end of the inputs, > from" },
        NOISE,
        TEST_SAMPLES,
    ],
    generate: |parameters, seed| {
        let checked = Checked { teacher: "relu-sum-teacher", parameters };
        let neurons = checked.count("neurons", 1_000_000)?;
        let (from, to) = (parameters.number("from"), parameters.number("to"));
        if !(from < to && (to - from).is_finite()) {
            return Err(checked.refuse("to", to, format!("a number above `from`, {from}")));
        }
        let mut stream = Stream::new(seed, "teacher");
        let draw = |stream: &mut Stream| (stream.normal(), sign(stream), from + (to - from) * stream.uniform());
        let kinks: Vec<(f64, f64, f64)> = (0..neurons).map(|_| draw(&mut stream)).collect();
        let value = |x: f64| kinks.iter().map(|(a, side, c)| a * (side * (x - c)).max(0.0)).sum::<f64>();
        let inputs = |stream: &mut Stream, rows: usize| Matrix::from_fn(rows, 1, |_, _| from + (to - from) * stream.uniform());
        let truth = |x: &Matrix| Vector::from_iterator(x.nrows(), x.iter().map(|x| value(*x)));
        let mut split = checked.split(seed, 1, inputs, truth)?;
        if let Some(test) = &mut split.test {
            test.inputs = Matrix::from_vec(test.samples(), 1, grid::linear(from, to, test.samples()));
            test.targets = truth(&test.inputs);
        }
        Ok(split)
    },
};

/// A two-layer tanh network on standard normal inputs.
pub const TANH: Teacher = Teacher {
    name: "tanh-teacher",
    about: "y = Σⱼ aⱼ tanh⟨wⱼ, x⟩/√neurons + noise, x and aⱼ standard normal, wⱼ normal with variance 1/dimension",
    parameters: &[
        SAMPLES,
        Parameter { name: "dimension", default: Default::RequiredInteger, about: "features D, ≥ 1" },
        Parameter { name: "neurons", default: Default::Integer(3), about: "width of the teacher, ≥ 1" },
        NOISE,
        TEST_SAMPLES,
    ],
    generate: |parameters, seed| {
        let checked = Checked { teacher: "tanh-teacher", parameters };
        let dimension = checked.count("dimension", usize::MAX)?;
        let neurons = checked.count("neurons", usize::MAX)?;
        checked.fits(neurons, dimension)?;
        let mut stream = Stream::new(seed, "teacher");
        let readouts = normal(&mut stream, neurons, 1).column(0) / (neurons as f64).sqrt();
        let rows = normal(&mut stream, neurons, dimension) / (dimension as f64).sqrt();
        let truth = |x: &Matrix| (x * rows.transpose()).map(f64::tanh) * &readouts;
        checked.split(seed, dimension, |stream, rows| normal(stream, rows, dimension), truth)
    },
};
