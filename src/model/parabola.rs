//! The parabola r(x, y) = y − x², the smallest curved M with no symmetry (loss (y − x²)² with factor 1).
//!
//! Gradient flow keeps x²e^{4y} (factor 1): Φ has x∞² = W(4x₀²e^{4y₀})/4 with Lambert's W.

use std::sync::Arc;

use super::Entry;
use crate::field::{Block, Curvature, FieldError, Residual, Weights};
use crate::numeric::graph::{Function, Graph, Node};
use crate::numeric::{Matrix, Vector};

/// Declaration for problem files.
pub const ENTRY: Entry = Entry {
    name: "parabola",
    about: "r = y − x²: M is a parabola, its minimum-norm point the origin",
    weights: "x, y",
    inputs: "",
    parameters: &[],
    build: |_, _| Ok(Arc::new(Parabola)),
};

struct Parabola;

impl Residual for Parabola {
    fn dim(&self) -> usize {
        2
    }

    fn samples(&self) -> usize {
        1
    }

    fn residual(&self, w: &Weights, r: &mut Vector) -> Result<(), FieldError> {
        r[0] = w[1] - w[0] * w[0];
        FieldError::check("the residual", r.as_slice(), w)
    }

    fn push_forward(&self, w: &Weights, v: &Weights, out: &mut Vector) {
        out[0] = v[1] - 2.0 * w[0] * v[0];
    }

    fn pull_back(&self, w: &Weights, c: &Vector, out: &mut Weights) {
        out[0] = -2.0 * w[0] * c[0];
        out[1] = c[0];
    }

    fn formula(&self, graph: &mut Graph) -> Option<Vec<Node>> {
        let square = graph.apply(Function::Square, Graph::variable(0));
        Some(vec![graph.linear(0.0, [(1.0, Graph::variable(1)), (-1.0, square)])])
    }

    fn curvature_product(&self, _w: &Weights, mu: &Vector, v: &Weights, out: &mut Weights) {
        out[0] = -2.0 * mu[0] * v[0];
        out[1] = 0.0;
    }

    fn curvature(&self, _w: &Weights, mu: &Vector) -> Curvature {
        Curvature::Blocks(vec![Block { matrix: Matrix::repeat(1, 1, -2.0 * mu[0]), copies: vec![vec![0]] }])
    }
}
