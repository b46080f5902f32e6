use std::sync::Arc;

use super::mode::{Mode, switches};
use crate::field::{Curvature, FieldError, LeastSquares, Residual, Weights};
use crate::numeric::{Matrix, Vector, dense};

/// Share of a normal squared that must be left outside of the span of the others.
const DEPENDENT: f64 = 1e-12;

/// The residuals of a cell, followed by one row zᵢ(w) for every wall slid along: constraints with κ = 0.
///
/// The walls are hyperplanes: zᵢ affine in w, its gradient constant.
#[derive(Clone)]
pub struct Walled {
    model: Arc<dyn Residual>,
    cell: Arc<dyn Residual>,
    walls: Vec<usize>,
    /// ∇zᵢ as columns, d × walls.
    normals: Matrix,
}

impl Walled {
    /// The residuals of `model` in a cell and on walls; `None` where the model knows no continuation of the cell.
    pub fn new(model: &Arc<dyn Residual>, mode: &Mode) -> Option<Walled> {
        let cell = model.in_cell(&mode.pattern())?;
        let walls = mode.walls();
        let (w, mu) = (Weights::zeros(model.dim()), Vector::zeros(model.samples()));
        let mut normals = Matrix::zeros(model.dim(), walls.len());
        let mut normal = Weights::zeros(model.dim());
        for (column, &wall) in walls.iter().enumerate() {
            model.wall(&w, &mu, wall, &mut normal);
            normals.set_column(column, &normal);
        }
        Some(Walled { model: model.clone(), cell, walls, normals })
    }

    /// As a loss with the factor of `loss`.
    pub fn loss(self, loss: &LeastSquares) -> LeastSquares {
        LeastSquares { residual: Arc::new(self), c: loss.c, offset: loss.offset }
    }

    /// The point nearest to `w` on all the walls; `w` itself where their normals are dependent.
    pub fn onto(&self, w: &Weights) -> Weights {
        let mut on = w.clone();
        if self.walls.is_empty() || !self.independent() {
            return on;
        }
        // Twice: what the first leaves is its own rounding.
        for _ in 0..2 {
            let mut z = self.heights(&on);
            let Some(factor) = dense::Cholesky::new(self.normals.tr_mul(&self.normals)) else { return on };
            factor.solve_mut(&mut z);
            on.gemv(-1.0, &self.normals, &z, 1.0);
        }
        on
    }

    /// Whether the normals of the walls are linearly independent, in double precision.
    pub fn independent(&self) -> bool {
        let gram = self.normals.tr_mul(&self.normals);
        let Some(factor) = dense::Cholesky::new(gram.clone()) else { return false };
        let kept = factor.l_dirty().diagonal().map(|x| x * x).component_div(&gram.diagonal());
        kept.iter().all(|share| *share > DEPENDENT)
    }

    fn heights(&self, w: &Weights) -> Vector {
        let z = switches(self.model.as_ref(), w);
        Vector::from_iterator(self.walls.len(), self.walls.iter().map(|&wall| z[wall]))
    }
}

impl Residual for Walled {
    fn dim(&self) -> usize {
        self.cell.dim()
    }

    fn samples(&self) -> usize {
        self.cell.samples() + self.walls.len()
    }

    fn rigid(&self) -> usize {
        self.walls.len()
    }

    fn residual(&self, w: &Weights, r: &mut Vector) -> Result<(), FieldError> {
        let n = self.cell.samples();
        let mut first = Vector::zeros(n);
        self.cell.residual(w, &mut first)?;
        r.rows_mut(0, n).copy_from(&first);
        if !self.walls.is_empty() {
            r.rows_mut(n, self.walls.len()).copy_from(&self.heights(w));
        }
        Ok(())
    }

    fn push_forward(&self, w: &Weights, v: &Weights, out: &mut Vector) {
        let n = self.cell.samples();
        let mut first = Vector::zeros(n);
        self.cell.push_forward(w, v, &mut first);
        out.rows_mut(0, n).copy_from(&first);
        out.rows_mut(n, self.walls.len()).copy_from(&self.normals.tr_mul(v));
    }

    fn pull_back(&self, w: &Weights, c: &Vector, out: &mut Weights) {
        let n = self.cell.samples();
        self.cell.pull_back(w, &c.rows(0, n).into_owned(), out);
        out.gemv(1.0, &self.normals, &c.rows(n, self.walls.len()), 1.0);
    }

    fn curvature_product(&self, w: &Weights, mu: &Vector, v: &Weights, out: &mut Weights) {
        self.cell.curvature_product(w, &mu.rows(0, self.cell.samples()).into_owned(), v, out);
    }

    fn jacobian(&self, w: &Weights) -> Matrix {
        let (n, walls) = (self.cell.samples(), self.walls.len());
        let mut jacobian = Matrix::zeros(n + walls, self.dim());
        jacobian.rows_mut(0, n).copy_from(&self.cell.jacobian(w));
        jacobian.rows_mut(n, walls).copy_from(&self.normals.transpose());
        jacobian
    }

    fn gram(&self, w: &Weights) -> Matrix {
        if self.walls.is_empty() {
            return self.cell.gram(w);
        }
        let jacobian = self.jacobian(w);
        &jacobian * jacobian.transpose()
    }

    fn curvature(&self, w: &Weights, mu: &Vector) -> Curvature {
        self.cell.curvature(w, &mu.rows(0, self.cell.samples()).into_owned())
    }
}
