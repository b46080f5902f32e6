//! Teachers: data sets drawn from a rule with a known truth, and the list [`TEACHERS`] that tests walk over.
//!
//! Random numbers come from the named streams of a seed: `data` for the inputs (or the observed entries), `teacher` for the
//! truth, `noise` for the noise on the training targets, `test` for the test inputs. Inputs are drawn sample by sample, so
//! more samples keep the first ones, and neither noise nor a test set changes them. Test targets carry no noise: the test
//! loss measures the distance to the truth.

use super::{DataError, DataSet, Split, memory};
use crate::numeric::seed::Stream;
use crate::numeric::{Matrix, Vector};
use crate::problem::parameters::{Default, Kind, Parameter, Parameters};

mod fourier;
mod linear;
mod matrix;
mod network;

/// Every teacher, in the order in which they are listed.
pub const TEACHERS: &[&Teacher] = &[
    &linear::GAUSSIAN,
    &linear::SPARSE,
    &fourier::TEACHER,
    &matrix::LOW_RANK,
    &matrix::SENSING,
    &network::RELU_SUM,
    &network::TANH,
];

/// A teacher as problem files name it: `data = { kind = "…", … }`.
pub struct Teacher {
    /// The value of `kind`.
    pub name: &'static str,
    /// One sentence with the formula.
    pub about: &'static str,
    /// Its parameters.
    pub parameters: &'static [Parameter],
    /// Draws the data for a seed.
    pub generate: fn(&Parameters, u64) -> Result<Split, DataError>,
}

impl Teacher {
    /// Its name, sentence and parameters.
    pub const fn kind(&self) -> Kind {
        Kind { name: self.name, about: self.about, parameters: self.parameters }
    }
}

/// The teacher of that name.
pub fn find(name: &str) -> Option<&'static Teacher> {
    TEACHERS.iter().copied().find(|teacher| teacher.name == name)
}

const SAMPLES: Parameter = Parameter { name: "samples", default: Default::RequiredInteger, about: "training samples n, ≥ 1" };
const NOISE: Parameter =
    Parameter { name: "noise", default: Default::Number(0.0), about: "standard deviation of the training targets' noise, ≥ 0" };
const TEST_SAMPLES: Parameter =
    Parameter { name: "test-samples", default: Default::Integer(0), about: "size of the test set; 0 for none" };

/// Checked access to the parameters of one teacher.
struct Checked<'a> {
    teacher: &'static str,
    parameters: &'a Parameters,
}

impl Checked<'_> {
    fn refuse(&self, key: &'static str, found: impl ToString, allowed: impl Into<String>) -> DataError {
        DataError::Parameter { teacher: self.teacher, key, found: found.to_string(), allowed: allowed.into() }
    }

    /// A whole number from 1 to `most`.
    fn count(&self, key: &'static str, most: usize) -> Result<usize, DataError> {
        let found = self.parameters.integer(key);
        if (1..=most).contains(&found) {
            return Ok(found);
        }
        let allowed = if most == usize::MAX { "a whole number ≥ 1".into() } else { format!("a whole number from 1 to {most}") };
        Err(self.refuse(key, found, allowed))
    }

    /// A finite number above or at `least`.
    fn at_least(&self, key: &'static str, least: f64) -> Result<f64, DataError> {
        let found = self.parameters.number(key);
        if found >= least && found.is_finite() {
            Ok(found)
        } else {
            Err(self.refuse(key, found, format!("a number ≥ {least}")))
        }
    }

    /// Whether a table of that size may be drawn.
    fn fits(&self, rows: usize, columns: usize) -> Result<(), DataError> {
        memory::check(rows as u64, columns as u64, memory::LIMIT).map_err(|(found, allowed)| DataError::TooLarge {
            teacher: self.teacher,
            found,
            allowed,
        })
    }

    /// The training and test sets of a function of a row of inputs, from rules for the inputs of either.
    fn split(
        &self,
        seed: u64,
        columns: usize,
        inputs: impl Fn(&mut Stream, usize) -> Matrix,
        truth: impl Fn(&Matrix) -> Vector,
    ) -> Result<Split, DataError> {
        let (samples, tests) = (self.count("samples", usize::MAX)?, self.parameters.integer("test-samples"));
        self.fits(samples.max(tests), columns)?;
        let noise = self.at_least("noise", 0.0)?;
        let inputs_of = |name, rows| inputs(&mut Stream::new(seed, name), rows);
        let train = inputs_of("data", samples);
        let targets = with_noise(truth(&train), noise, seed);
        let test = (tests > 0).then(|| inputs_of("test", tests)).map(|x| DataSet::new(x.clone(), truth(&x)));
        Ok(Split { train: DataSet::new(train, targets), test })
    }
}

fn with_noise(mut targets: Vector, noise: f64, seed: u64) -> Vector {
    let mut stream = Stream::new(seed, "noise");
    targets.apply(|y| *y += noise * stream.normal());
    targets
}

/// Standard normal numbers, row by row.
fn normal(stream: &mut Stream, rows: usize, columns: usize) -> Matrix {
    Matrix::from_row_iterator(rows, columns, (0..rows * columns).map(|_| stream.normal()))
}

/// `count` different indices in 0..n, ascending, uniformly among all such sets.
fn subset(stream: &mut Stream, n: usize, count: usize) -> Vec<usize> {
    let mut indices: Vec<usize> = (0..n).collect();
    for k in 0..count {
        indices.swap(k, k + stream.index(n - k));
    }
    indices.truncate(count);
    indices.sort_unstable();
    indices
}
