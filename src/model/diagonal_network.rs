//! Diagonal linear network r(w) = Xβ − y, X of shape n × p, with β = u∘v or β = u∘u − v∘v.
//!
//! With g = Xᵀμ and ∘ the product by components:
//!
//! | | β = u∘v | β = u∘u − v∘v |
//! |---|---|---|
//! | J | [X diag(v), X diag(u)] | [2X diag(u), −2X diag(v)] |
//! | JJᵀ | X diag(u² + v²) Xᵀ | 4X diag(u² + v²) Xᵀ |
//! | Σμₖ∇²rₖ | gᵢ between uᵢ and vᵢ | 2gᵢ on uᵢ, −2gᵢ on vᵢ |
//! | decays as e^{−2λt} | u∘u − v∘v | u∘v |
//!
//! Last line: for β = u∘v, d(u²)/dt = −2cβ∘g − 2λu² and d(v²)/dt = −2cβ∘g − 2λv²; the other is its rotation by 45°.
//! Source: Boursier, Pesme, Dragomir (arXiv:2505.20172), appendix D; Woodworth et al. (arXiv:2002.09277).

use std::sync::Arc;

use super::{Default, Entry, ModelError, Parameter};
use crate::field::{BasisPursuit, Block, Curvature, FieldError, Residual, Weights};
use crate::numeric::bundle::{self, Bundle, Row};
use crate::numeric::graph::{Function, Graph, Node};
use crate::numeric::{Matrix, Vector, matvec};

const PRODUCT: &str = "product";
const DIFFERENCE: &str = "difference-of-squares";

/// Declaration for problem files.
pub const ENTRY: Entry = Entry {
    name: "diagonal-network",
    about: "r = Xβ − y with β = u∘v or β = u∘u − v∘v: the slow flow ends in an ℓ₁-minimal interpolator",
    weights: "u[0..p], then v[0..p], one pair a feature",
    inputs: "a row of X, one column a feature",
    parameters: &[Parameter {
        name: "parametrisation",
        default: Default::Choice(&[PRODUCT, DIFFERENCE]),
        about: "product: β = u∘v; difference-of-squares: β = u∘u − v∘v",
    }],
    build: |parameters, data| {
        ModelError::not_empty("diagonal-network", data)?;
        let parametrisation =
            if parameters.word("parametrisation") == DIFFERENCE { Parametrisation::Difference } else { Parametrisation::Product };
        Ok(Arc::new(DiagonalNetwork { inputs: data.inputs.clone(), targets: data.targets.clone(), parametrisation }))
    },
};

/// How the coefficients β are made from the weights (u, v).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parametrisation {
    /// β = u∘v.
    Product,
    /// β = u∘u − v∘v.
    Difference,
}

/// Residuals Xβ(u, v) − y.
#[derive(Debug, Clone)]
pub struct DiagonalNetwork {
    /// X, n × p.
    pub inputs: Matrix,
    /// y, length n.
    pub targets: Vector,
    /// β(u, v).
    pub parametrisation: Parametrisation,
}

impl DiagonalNetwork {
    /// β(w), length p.
    pub fn coefficients(&self, w: &Weights) -> Vector {
        self.pairs(w, |u, v| match self.parametrisation {
            Parametrisation::Product => u * v,
            Parametrisation::Difference => (u - v) * (u + v),
        })
    }

    fn pairs(&self, w: &Weights, f: impl Fn(f64, f64) -> f64) -> Vector {
        let p = self.inputs.ncols();
        Vector::from_fn(p, |i, _| f(w[i], w[p + i]))
    }

    /// X times a bundle of p rows, made from the rows of u and v.
    fn image(&self, weights: &Bundle, out: &mut Bundle, f: impl Fn(usize, &Row, &Row) -> Row) {
        let p = self.inputs.ncols();
        let (u, v) = weights.rows.split_at(p);
        let mut values = Bundle::zeros(p);
        values.rows.iter_mut().zip(u).zip(v).enumerate().for_each(|(i, ((value, u), v))| *value = f(i, u, v));
        bundle::product(&self.inputs, &values, out);
    }

    /// The rows of u and v of `out` from those of Xᵀ times `factors`.
    fn pulled(&self, factors: &Bundle, out: &mut Bundle, f: impl Fn(usize, &Row) -> (Row, Row)) {
        let p = self.inputs.ncols();
        let mut g = Bundle::zeros(p);
        bundle::transposed_product(&self.inputs, factors, &mut g);
        let (u, v) = out.rows.split_at_mut(p);
        for (i, ((u, v), g)) in u.iter_mut().zip(v).zip(&g.rows).enumerate() {
            (*u, *v) = f(i, g);
        }
    }

    /// (∂βᵢ/∂uᵢ, ∂βᵢ/∂vᵢ).
    fn slopes(&self, u: f64, v: f64) -> (f64, f64) {
        match self.parametrisation {
            Parametrisation::Product => (v, u),
            Parametrisation::Difference => (2.0 * u, -2.0 * v),
        }
    }
}

fn each(f: impl FnMut(usize) -> f64) -> Row {
    std::array::from_fn(f)
}

impl Residual for DiagonalNetwork {
    fn dim(&self) -> usize {
        2 * self.inputs.ncols()
    }

    fn samples(&self) -> usize {
        self.targets.len()
    }

    fn residual(&self, w: &Weights, r: &mut Vector) -> Result<(), FieldError> {
        r.copy_from(&(matvec::product(&self.inputs, &self.coefficients(w)) - &self.targets));
        FieldError::check("the residual", r.as_slice(), w)
    }

    fn push_forward(&self, w: &Weights, v: &Weights, out: &mut Vector) {
        let p = self.inputs.ncols();
        let change = Vector::from_fn(p, |i, _| {
            let (du, dv) = self.slopes(w[i], w[p + i]);
            du * v[i] + dv * v[p + i]
        });
        out.copy_from(&matvec::product(&self.inputs, &change));
    }

    fn pull_back(&self, w: &Weights, c: &Vector, out: &mut Weights) {
        let p = self.inputs.ncols();
        let g = matvec::transposed_product(&self.inputs, c);
        for i in 0..p {
            let (du, dv) = self.slopes(w[i], w[p + i]);
            out[i] = du * g[i];
            out[p + i] = dv * g[i];
        }
    }

    fn evaluate_each(
        &self,
        _count: usize,
        points: &Bundle,
        factors: &Bundle,
        residuals: &mut Bundle,
        pulled: &mut Bundle,
    ) -> Result<(), FieldError> {
        let p = self.inputs.ncols();
        match self.parametrisation {
            Parametrisation::Product => self.image(points, residuals, |_, u, v| each(|k| u[k] * v[k])),
            Parametrisation::Difference => self.image(points, residuals, |_, u, v| each(|k| (u[k] - v[k]) * (u[k] + v[k]))),
        }
        residuals.subtract_from_each(&self.targets);
        self.pulled(factors, pulled, |i, g| {
            let (u, v) = (&points.rows[i], &points.rows[p + i]);
            match self.parametrisation {
                Parametrisation::Product => (each(|k| v[k] * g[k]), each(|k| u[k] * g[k])),
                Parametrisation::Difference => (each(|k| 2.0 * u[k] * g[k]), each(|k| -2.0 * v[k] * g[k])),
            }
        });
        Ok(())
    }

    fn push_forward_each(&self, _count: usize, w: &Weights, columns: &Bundle, out: &mut Bundle) {
        let p = self.inputs.ncols();
        self.image(columns, out, |i, u, v| {
            let (du, dv) = self.slopes(w[i], w[p + i]);
            each(|k| du * u[k] + dv * v[k])
        });
    }

    fn pull_back_each(&self, _count: usize, w: &Weights, columns: &Bundle, out: &mut Bundle) {
        let p = self.inputs.ncols();
        self.pulled(columns, out, |i, g| {
            let (du, dv) = self.slopes(w[i], w[p + i]);
            (each(|k| du * g[k]), each(|k| dv * g[k]))
        });
    }

    fn formula(&self, graph: &mut Graph) -> Option<Vec<Node>> {
        let p = self.inputs.ncols();
        let beta: Vec<Node> = (0..p)
            .map(|i| {
                let (u, v) = (Graph::variable(i), Graph::variable(p + i));
                match self.parametrisation {
                    Parametrisation::Product => graph.product(u, v),
                    Parametrisation::Difference => {
                        let squares = [u, v].map(|x| graph.apply(Function::Square, x));
                        graph.linear(0.0, [(1.0, squares[0]), (-1.0, squares[1])])
                    }
                }
            })
            .collect();
        let row = |k: usize| graph.linear(-self.targets[k], (0..p).map(|i| (self.inputs[(k, i)], beta[i])));
        Some((0..self.samples()).map(row).collect())
    }

    fn curvature_product(&self, _w: &Weights, mu: &Vector, v: &Weights, out: &mut Weights) {
        let p = self.inputs.ncols();
        let g = matvec::transposed_product(&self.inputs, mu);
        for i in 0..p {
            (out[i], out[p + i]) = match self.parametrisation {
                Parametrisation::Product => (g[i] * v[p + i], g[i] * v[i]),
                Parametrisation::Difference => (2.0 * g[i] * v[i], -2.0 * g[i] * v[p + i]),
            };
        }
    }

    fn jacobian(&self, w: &Weights) -> Matrix {
        let (n, p) = self.inputs.shape();
        let mut jacobian = Matrix::zeros(n, 2 * p);
        for i in 0..p {
            let (du, dv) = self.slopes(w[i], w[p + i]);
            jacobian.column_mut(i).axpy(du, &self.inputs.column(i), 0.0);
            jacobian.column_mut(p + i).axpy(dv, &self.inputs.column(i), 0.0);
        }
        jacobian
    }

    fn gram(&self, w: &Weights) -> Matrix {
        let squares = self.pairs(w, |u, v| {
            let (du, dv) = self.slopes(u, v);
            du * du + dv * dv
        });
        bundle::gram(&self.inputs, squares.as_slice())
    }

    fn curvature(&self, _w: &Weights, mu: &Vector) -> Curvature {
        let p = self.inputs.ncols();
        let g = matvec::transposed_product(&self.inputs, mu);
        Curvature::Blocks(match self.parametrisation {
            Parametrisation::Product => (0..p)
                .map(|i| Block { matrix: Matrix::from_row_slice(2, 2, &[0.0, g[i], g[i], 0.0]), copies: vec![vec![i, p + i]] })
                .collect(),
            Parametrisation::Difference => (0..2 * p)
                .map(|i| if i < p { (i, 2.0 * g[i]) } else { (i, -2.0 * g[i - p]) })
                .map(|(i, value)| Block { matrix: Matrix::repeat(1, 1, value), copies: vec![vec![i]] })
                .collect(),
        })
    }

    /// u² + v² ≥ 2|uv| and u² + v² ≥ |u² − v²|, with equality for some (u, v) of every β.
    fn basis_pursuit(&self, w: &Weights) -> Option<BasisPursuit<'_>> {
        let factor = if self.parametrisation == Parametrisation::Product { 2.0 } else { 1.0 };
        Some(BasisPursuit { inputs: &self.inputs, targets: &self.targets, factor, coefficients: self.coefficients(w) })
    }

    fn invariants(&self, w: &Weights) -> Option<Vector> {
        Some(self.pairs(w, |u, v| match self.parametrisation {
            Parametrisation::Product => (u - v) * (u + v),
            Parametrisation::Difference => u * v,
        }))
    }
}
