//! Data sets: inputs and targets, from a seeded teacher or from CSV files.

use crate::numeric::{Matrix, Vector};

pub mod csv_file;
mod error;
mod load;
pub mod memory;
pub mod teacher;

pub use error::DataError;
pub use load::{Split, load, start};

/// Inputs (one row a sample) and targets (one a sample).
///
/// What a row means is the model's: features of a regression, the pair (row, column) of an observed matrix entry, the
/// entries of a sensing matrix. A model without data takes the empty set.
#[derive(Debug, Clone, PartialEq)]
pub struct DataSet {
    /// Samples × features.
    pub inputs: Matrix,
    /// One target a sample.
    pub targets: Vector,
    /// One name a column of the inputs: the header of its CSV file, else `x0`, `x1`, …
    pub names: Vec<String>,
}

impl DataSet {
    /// A data set whose columns are named `x0`, `x1`, …
    pub fn new(inputs: Matrix, targets: Vector) -> Self {
        let names = (0..inputs.ncols()).map(|k| format!("x{k}")).collect();
        DataSet { inputs, targets, names }
    }

    /// The same with column names of its own, one a column.
    pub fn with_names(mut self, names: Vec<String>) -> Self {
        self.names = names;
        self
    }

    /// The data set of a model that needs none.
    pub fn empty() -> Self {
        DataSet::new(Matrix::zeros(0, 0), Vector::zeros(0))
    }

    /// Number of samples.
    pub fn samples(&self) -> usize {
        self.targets.len()
    }
}
