//! Weights that are two factors: U (rows × width) row-major, then V (columns × width) row-major.
//!
//! A row-major factor is the transpose of a column-major one, so the views here are Uᵀ and Vᵀ (width × rows, width × columns).

use super::{ModelError, Parameters};
use crate::data::memory;
use crate::field::{Block, Curvature, MatrixForm, Rotation, Weights};
use crate::numeric::graph::{Graph, Node};
use crate::numeric::{Matrix, MatrixView, Vector};

/// The shape of U (rows × width) and V (columns × width).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactorPair {
    /// Rows of UVᵀ.
    pub rows: usize,
    /// Columns of UVᵀ.
    pub columns: usize,
    /// Columns of U and of V.
    pub width: usize,
}

impl FactorPair {
    /// The shape that a problem file gives as `rows`, `columns` and `width`.
    ///
    /// Errors: a size of 0, and (rows + columns)² numbers of curvature beyond memory.
    pub(super) fn given(model: &'static str, parameters: &Parameters) -> Result<Self, ModelError> {
        let size = |key| ModelError::positive(model, parameters, key);
        let shape = FactorPair { rows: size("rows")?, columns: size("columns")?, width: size("width")? };
        let side = (shape.rows + shape.columns) as u64;
        match memory::check(side, side, memory::LIMIT) {
            Ok(()) => Ok(shape),
            Err((found, allowed)) => {
                let key = if shape.rows >= shape.columns { "rows" } else { "columns" };
                Err(ModelError::Parameter { model, key, found: format!("curvature of {found}"), allowed })
            }
        }
    }

    /// Number of weights, (rows + columns)·width.
    pub fn dim(&self) -> usize {
        (self.rows + self.columns) * self.width
    }

    /// Uᵀ and Vᵀ as views of the weights.
    pub fn views<'a>(&self, w: &'a Weights) -> (MatrixView<'a>, MatrixView<'a>) {
        let (u, v) = w.as_slice().split_at(self.rows * self.width);
        (MatrixView::from_slice(u, self.width, self.rows), MatrixView::from_slice(v, self.width, self.columns))
    }

    /// UVᵀ, rows × columns.
    pub fn product(&self, w: &Weights) -> Matrix {
        let (ut, vt) = self.views(w);
        ut.transpose() * vt
    }

    /// The products whose sum is ⟨Uᵢ, Vⱼ⟩, one a column of the factors.
    pub fn entry_formula(&self, graph: &mut Graph, (i, j): (usize, usize)) -> Vec<Node> {
        let variable = |row: usize, a: usize| Graph::variable(row * self.width + a);
        (0..self.width).map(|a| graph.product(variable(i, a), variable(self.rows + j, a))).collect()
    }

    /// The curvature of ⟨G, UVᵀ⟩ for a fixed matrix G: [[0, G], [Gᵀ, 0]] ⊗ I, one copy a column of the factors.
    pub fn curvature(&self, g: &Matrix) -> Curvature {
        let (rows, k) = (self.rows, self.rows + self.columns);
        let mut matrix = Matrix::zeros(k, k);
        matrix.view_mut((0, rows), g.shape()).copy_from(g);
        matrix.view_mut((rows, 0), (self.columns, rows)).copy_from(&g.transpose());
        let copies = (0..self.width).map(|a| (0..k).map(|i| i * self.width + a).collect()).collect();
        Curvature::Blocks(vec![Block { matrix, copies }])
    }

    /// U → UQ, V → VQ leaves UVᵀ as it is: one rotation for every two columns.
    pub fn rotations(&self) -> Vec<Rotation> {
        let pairs = (0..self.width).flat_map(|b| (0..b).map(move |a| (a, b)));
        let planes = |(a, b)| (0..self.rows + self.columns).map(|i| (i * self.width + a, i * self.width + b)).collect();
        pairs.map(|pair| Rotation { planes: planes(pair) }).collect()
    }

    /// The problem in X = UVᵀ under these observations.
    pub fn matrix_form<'a>(
        &self,
        w: &Weights,
        observations: Vec<Vec<(usize, usize, f64)>>,
        targets: &'a Vector,
    ) -> MatrixForm<'a> {
        let (ut, vt) = self.views(w);
        MatrixForm { observations, targets, left: ut.transpose(), right: vt.transpose() }
    }

    /// The upper triangle of UᵀU − VᵀV, by columns: decays as e^{−2λt} for any loss of UVᵀ, because
    /// U̇ = −GV − λU and V̇ = −GᵀU − λV cancel in it, entry by entry, up to −2λ(UᵀU − VᵀV).
    pub fn imbalance(&self, w: &Weights) -> Vector {
        let (ut, vt) = self.views(w);
        let difference = ut * ut.transpose() - vt * vt.transpose();
        let k = self.width;
        Vector::from_iterator(k * (k + 1) / 2, (0..k).flat_map(|b| (0..=b).map(move |a| (a, b))).map(|ab| difference[ab]))
    }
}
