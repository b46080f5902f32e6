//! Linear regression r(w) = Xw − y, J = X, no curvature. Any shape and rank of X (n × d).
//!
//! Source: theory of the constrained flow in Boursier, Pesme, Dragomir (arXiv:2505.20172), section on linear regression.

use std::sync::Arc;

use super::{Entry, ModelError};
use crate::field::{Curvature, FieldError, Residual, Weights};
use crate::numeric::bundle::{self, Bundle};
use crate::numeric::graph::{Graph, Node};
use crate::numeric::{Matrix, Vector, matvec};

/// Declaration for problem files.
pub const ENTRY: Entry = Entry {
    name: "linear-regression",
    about: "r = Xw − y: M is the affine space of least-squares solutions",
    weights: "w[0..d], one a feature",
    inputs: "a row of X, one column a feature",
    parameters: &[],
    build: |_, data| {
        ModelError::not_empty("linear-regression", data)?;
        Ok(Arc::new(LinearRegression { inputs: data.inputs.clone(), targets: data.targets.clone() }))
    },
};

/// Residuals Xw − y.
#[derive(Debug, Clone)]
pub struct LinearRegression {
    /// X, n × d.
    pub inputs: Matrix,
    /// y, length n.
    pub targets: Vector,
}

impl Residual for LinearRegression {
    fn dim(&self) -> usize {
        self.inputs.ncols()
    }

    fn samples(&self) -> usize {
        self.targets.len()
    }

    fn residual(&self, w: &Weights, r: &mut Vector) -> Result<(), FieldError> {
        r.copy_from(&(matvec::product(&self.inputs, w) - &self.targets));
        FieldError::check("the residual", r.as_slice(), w)
    }

    fn push_forward(&self, _w: &Weights, v: &Weights, out: &mut Vector) {
        out.copy_from(&matvec::product(&self.inputs, v));
    }

    fn pull_back(&self, _w: &Weights, c: &Vector, out: &mut Weights) {
        out.copy_from(&matvec::transposed_product(&self.inputs, c));
    }

    fn evaluate_each(
        &self,
        _count: usize,
        points: &Bundle,
        factors: &Bundle,
        residuals: &mut Bundle,
        pulled: &mut Bundle,
    ) -> Result<(), FieldError> {
        bundle::product(&self.inputs, points, residuals);
        residuals.subtract_from_each(&self.targets);
        bundle::transposed_product(&self.inputs, factors, pulled);
        Ok(())
    }

    fn push_forward_each(&self, _count: usize, _w: &Weights, columns: &Bundle, out: &mut Bundle) {
        bundle::product(&self.inputs, columns, out);
    }

    fn pull_back_each(&self, _count: usize, _w: &Weights, columns: &Bundle, out: &mut Bundle) {
        bundle::transposed_product(&self.inputs, columns, out);
    }

    fn formula(&self, graph: &mut Graph) -> Option<Vec<Node>> {
        let row = |k: usize| graph.linear(-self.targets[k], (0..self.dim()).map(|i| (self.inputs[(k, i)], Graph::variable(i))));
        Some((0..self.samples()).map(row).collect())
    }

    fn curvature_product(&self, _w: &Weights, _mu: &Vector, _v: &Weights, out: &mut Weights) {
        out.fill(0.0);
    }

    fn jacobian(&self, _w: &Weights) -> Matrix {
        self.inputs.clone()
    }

    fn curvature(&self, _w: &Weights, _mu: &Vector) -> Curvature {
        Curvature::Zero
    }

    fn is_affine(&self) -> bool {
        true
    }
}
