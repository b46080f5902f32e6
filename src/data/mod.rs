//! Data sets: inputs and targets, from a seeded teacher or from CSV files.

use crate::numeric::{Matrix, Vector};

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
}

impl DataSet {
    /// The data set of a model that needs none.
    pub fn empty() -> Self {
        DataSet { inputs: Matrix::zeros(0, 0), targets: Vector::zeros(0) }
    }

    /// Number of samples.
    pub fn samples(&self) -> usize {
        self.targets.len()
    }
}
