//! Matrix sensing r_k(w) = ⟨A_k, UVᵀ⟩ − y_k: factors of any width under n linear observations.
//!
//! Row k of J is A_kV at the weights of U and A_kᵀU at those of V. With G = Σμ_kA_k, Σμₖ∇²rₖ = [[0, G], [Gᵀ, 0]] ⊗ I. UᵀU − VᵀV
//! decays as e^{−2λt}. Completion is the case A_k = e_i e_jᵀ and has its own model, which never stores A_k.
//! Source: Boursier, Pesme, Dragomir (arXiv:2505.20172), section on matrix factorisation.

use std::sync::Arc;

use super::factor_pair::FactorPair;
use super::{Default, Entry, ModelError, Parameter};
use crate::data::DataSet;
use crate::field::{Curvature, FieldError, MatrixForm, Residual, Rotation, Weights};
use crate::numeric::graph::{Graph, Node};
use crate::numeric::{Matrix, MatrixViewMut, Vector, dense, matvec};

const NAME: &str = "matrix-sensing";

/// Declaration for problem files.
pub const ENTRY: Entry = Entry {
    name: NAME,
    about: "r_k = ⟨A_k, UVᵀ⟩ − y_k: a matrix seen through linear observations",
    weights: "U (rows × width) row by row, then V (columns × width) row by row",
    inputs: "a sensing matrix A_k, row by row: rows·columns numbers",
    parameters: &[
        Parameter { name: "rows", default: Default::RequiredInteger, about: "rows of UVᵀ, ≥ 1" },
        Parameter { name: "columns", default: Default::RequiredInteger, about: "columns of UVᵀ, ≥ 1" },
        Parameter { name: "width", default: Default::RequiredInteger, about: "columns of U and of V, ≥ 1" },
    ],
    build: |parameters, data| {
        let shape = FactorPair::given(NAME, parameters)?;
        Ok(Arc::new(MatrixSensing::new(shape, data)?))
    },
};

/// Residuals of UVᵀ under linear observations.
#[derive(Debug, Clone)]
pub struct MatrixSensing {
    /// Shape of the factors.
    pub shape: FactorPair,
    /// Row k is A_k row by row.
    by_rows: Matrix,
    /// Row k is A_k column by column.
    by_columns: Matrix,
    targets: Vector,
}

impl MatrixSensing {
    /// The residuals of the observations of `data`. Fails where a row of the inputs is no rows × columns matrix.
    pub fn new(shape: FactorPair, data: &DataSet) -> Result<Self, ModelError> {
        let FactorPair { rows, columns, .. } = shape;
        if data.samples() == 0 || data.inputs.ncols() != rows * columns {
            return Err(ModelError::Data {
                model: NAME,
                found: format!("{} samples with {} input columns", data.samples(), data.inputs.ncols()),
                needed: format!("at least one sample, and {rows}·{columns} = {} input columns", rows * columns),
            });
        }
        let order: Vec<usize> = (0..columns).flat_map(|j| (0..rows).map(move |i| i * columns + j)).collect();
        let by_columns = data.inputs.select_columns(&order);
        Ok(MatrixSensing { shape, by_rows: data.inputs.clone(), by_columns, targets: data.targets.clone() })
    }

    /// Σ c_kA_k, rows × columns.
    fn combine(&self, c: &Vector) -> Matrix {
        Matrix::from_column_slice(self.shape.rows, self.shape.columns, matvec::transposed_product(&self.by_columns, c).as_slice())
    }

    /// ⟨A_k, P⟩ for every k.
    fn observe(&self, p: &Matrix, out: &mut Vector) {
        out.copy_from(&matvec::product(&self.by_columns, &Vector::from_column_slice(p.as_slice())));
    }
}

impl Residual for MatrixSensing {
    fn dim(&self) -> usize {
        self.shape.dim()
    }

    fn samples(&self) -> usize {
        self.targets.len()
    }

    fn residual(&self, w: &Weights, r: &mut Vector) -> Result<(), FieldError> {
        self.observe(&self.shape.product(w), r);
        *r -= &self.targets;
        FieldError::check("the residual", r.as_slice(), w)
    }

    fn push_forward(&self, w: &Weights, v: &Weights, out: &mut Vector) {
        let ((ut, vt), (du, dv)) = (self.shape.views(w), self.shape.views(v));
        let mut change = du.transpose() * vt;
        change.gemm(1.0, &ut.transpose(), &dv, 1.0);
        self.observe(&change, out);
    }

    fn pull_back(&self, w: &Weights, c: &Vector, out: &mut Weights) {
        let FactorPair { rows, columns, width } = self.shape;
        let (ut, vt) = self.shape.views(w);
        let g = self.combine(c);
        let (du, dv) = out.as_mut_slice().split_at_mut(rows * width);
        MatrixViewMut::from_slice(du, width, rows).gemm(1.0, &vt, &g.transpose(), 0.0);
        MatrixViewMut::from_slice(dv, width, columns).gemm(1.0, &ut, &g, 0.0);
    }

    fn formula(&self, graph: &mut Graph) -> Option<Vec<Node>> {
        let FactorPair { rows, columns, .. } = self.shape;
        let mut entries = Vec::with_capacity(rows * columns);
        for entry in (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))) {
            let products = self.shape.entry_formula(graph, entry);
            entries.push(graph.linear(0.0, products.into_iter().map(|product| (1.0, product))));
        }
        let row =
            |k: usize| graph.linear(-self.targets[k], entries.iter().enumerate().map(|(e, node)| (self.by_rows[(k, e)], *node)));
        Some((0..self.samples()).map(row).collect())
    }

    fn curvature_product(&self, _w: &Weights, mu: &Vector, v: &Weights, out: &mut Weights) {
        // r is bilinear: its second derivative along v is the pull-back with v in the place of w.
        self.pull_back(v, mu, out);
    }

    fn jacobian(&self, w: &Weights) -> Matrix {
        let FactorPair { rows, columns, width } = self.shape;
        let n = self.samples();
        let (u, v) = {
            let (ut, vt) = self.shape.views(w);
            (ut.transpose(), vt.transpose())
        };
        let mut jacobian = Matrix::zeros(n, self.dim());
        for i in 0..rows {
            jacobian.view_mut((0, i * width), (n, width)).gemm(1.0, &self.by_rows.columns(i * columns, columns), &v, 0.0);
        }
        for j in 0..columns {
            jacobian.view_mut((0, (rows + j) * width), (n, width)).gemm(1.0, &self.by_columns.columns(j * rows, rows), &u, 0.0);
        }
        jacobian
    }

    fn curvature(&self, _w: &Weights, mu: &Vector) -> Curvature {
        self.shape.curvature(&self.combine(mu))
    }

    fn matrix_form(&self, w: &Weights) -> Option<MatrixForm<'_>> {
        let FactorPair { rows, columns, .. } = self.shape;
        let entries = |k: usize| {
            let all = (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j)));
            all.map(|(i, j)| (i, j, self.by_rows[(k, i * columns + j)])).filter(|entry| entry.2 != 0.0).collect()
        };
        Some(self.shape.matrix_form(w, (0..self.samples()).map(entries).collect(), &self.targets))
    }

    fn rotations(&self) -> Vec<Rotation> {
        self.shape.rotations()
    }

    fn invariants(&self, w: &Weights) -> Option<Vector> {
        Some(self.shape.imbalance(w))
    }

    fn singular_values(&self, w: &Weights) -> Option<Vector> {
        dense::singular_values(&self.shape.product(w)).ok()
    }
}
