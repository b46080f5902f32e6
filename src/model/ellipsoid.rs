//! The ellipsoid r(w) = wᵀAw − 1 with A = diag(a), a > 0 (loss ¼(wᵀAw − 1)² with factor 1/4), and the sphere A = I.
//!
//! Φ(w) = e^{−Am}w with m the root of wᵀA e^{−2Am} w = 1. The KKT points of min ‖w‖² on M are ±eᵢ/√aᵢ; only those of the
//! largest aᵢ are minima. On the sphere ‖w‖ is constant on M: there is no slow phase.

use std::sync::Arc;

use super::{Default, Entry, ModelError, Parameter, Parameters};
use crate::field::{Block, Curvature, FieldError, Residual, Rotation, Weights};
use crate::numeric::graph::{Function, Graph, Node};
use crate::numeric::{Matrix, Vector};

/// Declaration for problem files.
pub const ENTRY: Entry = Entry {
    name: "ellipsoid",
    about: "r = wᵀAw − 1 with A = diag(axes): KKT points ±eᵢ/√aᵢ, only the largest axis is a minimum",
    weights: "w[0..d], one an axis",
    inputs: "",
    parameters: &[Parameter { name: "axes", default: Default::RequiredList, about: "the diagonal of A, all > 0" }],
    build: ellipsoid,
};

/// The sphere: the control without drift.
pub const SPHERE: Entry = Entry {
    name: "sphere",
    about: "r = ‖w‖² − 1: the control, M has constant norm and there is no slow phase",
    weights: "w[0..dimension]",
    inputs: "",
    parameters: &[Parameter { name: "dimension", default: Default::RequiredInteger, about: "d ≥ 1" }],
    build: sphere,
};

fn ellipsoid(parameters: &Parameters, _: &crate::data::DataSet) -> Result<Arc<dyn Residual>, ModelError> {
    let axes = Vector::from_column_slice(parameters.list("axes"));
    match axes.iter().find(|a| !(**a > 0.0 && a.is_finite())) {
        None if !axes.is_empty() => Ok(Arc::new(Ellipsoid { axes })),
        bad => Err(ModelError::Parameter {
            model: "ellipsoid",
            key: "axes",
            found: bad.map_or("an empty list".into(), |a| a.to_string()),
            allowed: "a list of finite numbers > 0".into(),
        }),
    }
}

fn sphere(parameters: &Parameters, _: &crate::data::DataSet) -> Result<Arc<dyn Residual>, ModelError> {
    let dimension = ModelError::positive("sphere", parameters, "dimension")?;
    Ok(Arc::new(Ellipsoid { axes: Vector::repeat(dimension, 1.0) }))
}

struct Ellipsoid {
    axes: Vector,
}

impl Residual for Ellipsoid {
    /// Of every two axes of equal length.
    fn rotations(&self) -> Vec<Rotation> {
        let pairs = (0..self.dim()).flat_map(|j| (0..j).map(move |i| (i, j)));
        let equal = pairs.filter(|&(i, j)| self.axes[i] == self.axes[j]);
        equal.map(|plane| Rotation { planes: vec![plane] }).collect()
    }

    fn dim(&self) -> usize {
        self.axes.len()
    }

    fn samples(&self) -> usize {
        1
    }

    fn residual(&self, w: &Weights, r: &mut Vector) -> Result<(), FieldError> {
        r[0] = self.axes.iter().zip(w).map(|(a, x)| a * x * x).sum::<f64>() - 1.0;
        FieldError::check("the residual", r.as_slice(), w)
    }

    fn push_forward(&self, w: &Weights, v: &Weights, out: &mut Vector) {
        out[0] = 2.0 * w.component_mul(&self.axes).dot(v);
    }

    fn pull_back(&self, w: &Weights, c: &Vector, out: &mut Weights) {
        out.zip_zip_apply(w, &self.axes, |o, x, a| *o = 2.0 * a * x * c[0]);
    }

    fn formula(&self, graph: &mut Graph) -> Option<Vec<Node>> {
        let squares: Vec<Node> = (0..self.dim()).map(|i| graph.apply(Function::Square, Graph::variable(i))).collect();
        Some(vec![graph.linear(-1.0, self.axes.iter().copied().zip(squares))])
    }

    fn curvature_product(&self, _w: &Weights, mu: &Vector, v: &Weights, out: &mut Weights) {
        out.zip_zip_apply(v, &self.axes, |o, v, a| *o = 2.0 * a * v * mu[0]);
    }

    fn curvature(&self, _w: &Weights, mu: &Vector) -> Curvature {
        let block = |i| Block { matrix: Matrix::repeat(1, 1, 2.0 * self.axes[i] * mu[0]), copies: vec![vec![i]] };
        Curvature::Blocks((0..self.dim()).map(block).collect())
    }
}
