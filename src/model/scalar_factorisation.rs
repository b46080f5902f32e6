//! Scalar factorisation r(u, v) = uv − c: M is a hyperbola. u² − v² = (u₀² − v₀²)e^{−2λt} exactly, for every λ ≥ 0.

use std::sync::Arc;

use super::{Default, Entry, Parameter};
use crate::field::{Block, Curvature, FieldError, Residual, Weights};
use crate::numeric::graph::{Graph, Node};
use crate::numeric::{Matrix, Vector};

/// Declaration for problem files.
pub const ENTRY: Entry = Entry {
    name: "scalar-factorisation",
    about: "r = uv − c: M is a hyperbola, u² − v² decays as e^{−2λt} exactly",
    weights: "u, v",
    inputs: "",
    parameters: &[Parameter { name: "product", default: Default::RequiredNumber, about: "c, any finite number" }],
    build: |parameters, _| Ok(Arc::new(ScalarFactorisation { product: parameters.number("product") })),
};

struct ScalarFactorisation {
    product: f64,
}

impl Residual for ScalarFactorisation {
    fn dim(&self) -> usize {
        2
    }

    fn samples(&self) -> usize {
        1
    }

    fn residual(&self, w: &Weights, r: &mut Vector) -> Result<(), FieldError> {
        r[0] = w[0] * w[1] - self.product;
        FieldError::check("the residual", r.as_slice(), w)
    }

    fn push_forward(&self, w: &Weights, v: &Weights, out: &mut Vector) {
        out[0] = w[1] * v[0] + w[0] * v[1];
    }

    fn pull_back(&self, w: &Weights, c: &Vector, out: &mut Weights) {
        out[0] = w[1] * c[0];
        out[1] = w[0] * c[0];
    }

    fn formula(&self, graph: &mut Graph) -> Option<Vec<Node>> {
        let product = graph.product(Graph::variable(0), Graph::variable(1));
        Some(vec![graph.linear(-self.product, [(1.0, product)])])
    }

    fn curvature_product(&self, _w: &Weights, mu: &Vector, v: &Weights, out: &mut Weights) {
        out[0] = mu[0] * v[1];
        out[1] = mu[0] * v[0];
    }

    fn curvature(&self, _w: &Weights, mu: &Vector) -> Curvature {
        let matrix = Matrix::from_row_slice(2, 2, &[0.0, mu[0], mu[0], 0.0]);
        Curvature::Blocks(vec![Block { matrix, copies: vec![vec![0, 1]] }])
    }

    fn invariants(&self, w: &Weights) -> Option<Vector> {
        Some(Vector::repeat(1, (w[0] - w[1]) * (w[0] + w[1])))
    }
}
