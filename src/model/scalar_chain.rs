//! Scalar chain r(w) = w₁w₂…w_L − c: the deepest of the smallest models.
//!
//! ∂r/∂wᵢ is the product of the others, ∂²r/∂wᵢ∂wⱼ the product of all but two. wᵢ ∂r/∂wᵢ is the same for every i, so every
//! wᵢ² − wᵢ₊₁² decays as e^{−2λt}. On M the norm is least where all |wᵢ| = |c|^{1/L}.

use std::sync::Arc;

use super::{Default, Entry, ModelError, Parameter};
use crate::field::{Block, Curvature, FieldError, Residual, Weights};
use crate::numeric::graph::{Graph, Node};
use crate::numeric::{Matrix, Vector};

const NAME: &str = "scalar-chain";

/// Declaration for problem files.
pub const ENTRY: Entry = Entry {
    name: NAME,
    about: "r = w₁w₂…w_L − c: every wᵢ² − wⱼ² decays as e^{−2λt} exactly",
    weights: "w[0..depth], in the order of the product",
    inputs: "",
    parameters: &[
        Parameter { name: "depth", default: Default::RequiredInteger, about: "number of factors L, ≥ 1" },
        Parameter { name: "product", default: Default::RequiredNumber, about: "c, any finite number" },
    ],
    build: |parameters, _| {
        let depth = ModelError::positive(NAME, parameters, "depth")?;
        Ok(Arc::new(ScalarChain { depth, product: parameters.number("product") }))
    },
};

struct ScalarChain {
    depth: usize,
    product: f64,
}

/// The product of the weights but those at i and j. Never a quotient: a weight may be zero.
fn product_without(w: &Weights, i: usize, j: usize) -> f64 {
    w.iter().enumerate().filter(|(k, _)| *k != i && *k != j).map(|(_, x)| x).product()
}

fn gradient(w: &Weights) -> Vector {
    Vector::from_fn(w.len(), |i, _| product_without(w, i, i))
}

fn hessian(w: &Weights) -> Matrix {
    Matrix::from_fn(w.len(), w.len(), |i, j| if i == j { 0.0 } else { product_without(w, i, j) })
}

impl Residual for ScalarChain {
    fn dim(&self) -> usize {
        self.depth
    }

    fn samples(&self) -> usize {
        1
    }

    fn residual(&self, w: &Weights, r: &mut Vector) -> Result<(), FieldError> {
        r[0] = w.product() - self.product;
        FieldError::check("the residual", r.as_slice(), w)
    }

    fn push_forward(&self, w: &Weights, v: &Weights, out: &mut Vector) {
        out[0] = gradient(w).dot(v);
    }

    fn pull_back(&self, w: &Weights, c: &Vector, out: &mut Weights) {
        out.axpy(c[0], &gradient(w), 0.0);
    }

    fn formula(&self, graph: &mut Graph) -> Option<Vec<Node>> {
        let product = (1..self.depth).fold(Graph::variable(0), |so_far, i| graph.product(so_far, Graph::variable(i)));
        Some(vec![graph.linear(-self.product, [(1.0, product)])])
    }

    fn curvature_product(&self, w: &Weights, mu: &Vector, v: &Weights, out: &mut Weights) {
        out.gemv(mu[0], &hessian(w), v, 0.0);
    }

    fn curvature(&self, w: &Weights, mu: &Vector) -> Curvature {
        Curvature::Blocks(vec![Block { matrix: hessian(w) * mu[0], copies: vec![(0..self.depth).collect()] }])
    }

    fn is_affine(&self) -> bool {
        self.depth == 1
    }

    fn invariants(&self, w: &Weights) -> Option<Vector> {
        Some(Vector::from_fn(self.depth - 1, |i, _| (w[i] - w[i + 1]) * (w[i] + w[i + 1])))
    }
}
