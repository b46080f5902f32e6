//! Problems written as formulas: derivatives against hyper-dual numbers, models and whole tables against the built-in ones, hostile text.

mod enclosure;
mod against_built_in;
mod files;
mod hostile;
mod hyper_dual;
mod kinks;
mod loss_and_structure;
mod twin_tables;

use slowflow::data::DataSet;
use slowflow::model::expression::{Expression, Formulas};
use slowflow::numeric::seed::Stream;
use slowflow::numeric::{Matrix, Vector};

pub fn normal(stream: &mut Stream, n: usize) -> Vector {
    Vector::from_fn(n, |_, _| stream.normal())
}

pub fn gaussian(seed: u64, samples: usize, features: usize) -> DataSet {
    let mut stream = Stream::new(seed, "data");
    let inputs = Matrix::from_fn(samples, features, |_, _| stream.normal());
    DataSet::new(inputs, normal(&mut stream, samples))
}

pub fn formulas(weights: &[&str], residuals: &[&str], data: &DataSet) -> Formulas {
    Expression::new(weights, data).and_then(|e| e.residuals(residuals)).unwrap_or_else(|e| panic!("{e}"))
}
