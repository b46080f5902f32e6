//! Matrix factorisation and completion r_k(w) = ⟨U_{i(k)}, V_{j(k)}⟩ − y_k over observed entries (i(k), j(k)).
//!
//! Row k of J holds V_{j(k)} at the weights of U_{i(k)} and U_{i(k)} at those of V_{j(k)}, so
//! (JJᵀ)_{kl} = [i(k) = i(l)] ⟨V_{j(k)}, V_{j(l)}⟩ + [j(k) = j(l)] ⟨U_{i(k)}, U_{i(l)}⟩: n²·width at most. With G the matrix of the
//! μ_k at their entries, Σμₖ∇²rₖ = [[0, G], [Gᵀ, 0]] ⊗ I. UᵀU − VᵀV decays as e^{−2λt}.
//! Source: Boursier, Pesme, Dragomir (arXiv:2505.20172), figure 2.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::factor_pair::FactorPair;
use super::{Default, Entry, ModelError, Parameter};
use crate::data::DataSet;
use crate::field::{Curvature, FieldError, MatrixForm, Residual, Rotation, Weights};
use crate::numeric::bundle::{self, Bundle, LANES};
use crate::numeric::graph::{Graph, Node};
use crate::numeric::{Matrix, MatrixView, MatrixViewMut, Vector, dense, rank};

const NAME: &str = "matrix-factorisation";

/// Declaration for problem files.
pub const ENTRY: Entry = Entry {
    name: NAME,
    about: "r = (UVᵀ − Y) on the observed entries: matrix factorisation where all are, completion where some are",
    weights: "U (rows × width) row by row, then V (columns × width) row by row",
    inputs: "two columns, row and column of an observed entry, counted from 0; the target is its value",
    parameters: &[
        Parameter { name: "rows", default: Default::RequiredInteger, about: "rows of Y, ≥ 1" },
        Parameter { name: "columns", default: Default::RequiredInteger, about: "columns of Y, ≥ 1" },
        Parameter {
            name: "width",
            default: Default::RequiredInteger,
            about: "columns of U and of V, ≥ 1; with every entry observed at least the rank of Y",
        },
    ],
    build: |parameters, data| {
        let shape = FactorPair::given(NAME, parameters)?;
        Ok(Arc::new(MatrixFactorisation::new(shape, data)?))
    },
};

/// Residuals of UVᵀ on observed entries.
#[derive(Debug, Clone)]
pub struct MatrixFactorisation {
    /// Shape of the factors.
    pub shape: FactorPair,
    entries: Vec<(usize, usize)>,
    targets: Vector,
}

impl MatrixFactorisation {
    /// The residuals on the entries that `data` names. Fails on an entry that is outside the matrix or named twice.
    pub fn new(shape: FactorPair, data: &DataSet) -> Result<Self, ModelError> {
        let mut entries = Vec::with_capacity(data.samples());
        let mut seen = BTreeMap::new();
        let wrong = |found: String, needed: String| ModelError::Data { model: NAME, found, needed };
        if data.samples() == 0 || data.inputs.ncols() != 2 {
            let found = format!("{} samples with {} input columns", data.samples(), data.inputs.ncols());
            return Err(wrong(found, "at least one sample, and two input columns: row and column of the entry".into()));
        }
        for k in 0..data.samples() {
            let (i, j) = (data.inputs[(k, 0)], data.inputs[(k, 1)]);
            let inside = |x: f64, count: usize| x >= 0.0 && x.fract() == 0.0 && x < count as f64;
            if !(inside(i, shape.rows) && inside(j, shape.columns)) {
                let needed = format!("a row in 0..{} and a column in 0..{}", shape.rows, shape.columns);
                return Err(wrong(format!("sample {k} is the entry ({i}, {j})"), needed));
            }
            let (i, j) = (i as usize, j as usize);
            if let Some(first) = seen.insert((i, j), k) {
                return Err(wrong(
                    format!("samples {first} and {k} are both the entry ({i}, {j})"),
                    "every entry at most once".into(),
                ));
            }
            entries.push((i, j));
        }
        Ok(MatrixFactorisation { shape, entries, targets: data.targets.clone() })
    }

    /// The matrix with cₖ at entry k and 0 elsewhere, rows × columns.
    fn scatter(&self, c: &Vector) -> Matrix {
        let mut matrix = Matrix::zeros(self.shape.rows, self.shape.columns);
        for (&entry, value) in self.entries.iter().zip(c) {
            matrix[entry] += value;
        }
        matrix
    }
}

impl MatrixFactorisation {
    /// Rows of Uᵢ and of Vⱼ in a bundle of weights.
    fn places(&self, (i, j): (usize, usize)) -> (Range<usize>, Range<usize>) {
        let FactorPair { rows, width, .. } = self.shape;
        (i * width..(i + 1) * width, (rows + j) * width..(rows + j + 1) * width)
    }

    /// Jᵀ·factors, each column at the same column of `points`.
    fn pull_back_columns(&self, points: &Bundle, factors: &Bundle, out: &mut Bundle) {
        out.clear();
        for (&entry, factor) in self.entries.iter().zip(&factors.rows) {
            let (u, v) = self.places(entry);
            bundle::add_products(&mut out.rows[u.clone()], factor, &points.rows[v.clone()]);
            bundle::add_products(&mut out.rows[v], factor, &points.rows[u]);
        }
    }
}

impl Residual for MatrixFactorisation {
    fn dim(&self) -> usize {
        self.shape.dim()
    }

    fn samples(&self) -> usize {
        self.targets.len()
    }

    fn unobserved(&self) -> Option<String> {
        let FactorPair { rows, columns, .. } = self.shape;
        let mut seen = (vec![false; rows], vec![false; columns]);
        for &(i, j) in &self.entries {
            (seen.0[i], seen.1[j]) = (true, true);
        }
        let first = |name: &'static str, seen: &[bool]| seen.iter().position(|seen| !seen).map(|index| (name, index));
        let (line, index) = first("row", &seen.0).or_else(|| first("column", &seen.1))?;
        let count = self.entries.len();
        Some(format!("{line} {index} of the {rows} x {columns} matrix has none of the {count} observed entries"))
    }

    fn residual(&self, w: &Weights, r: &mut Vector) -> Result<(), FieldError> {
        let (ut, vt) = self.shape.views(w);
        for (k, &(i, j)) in self.entries.iter().enumerate() {
            r[k] = ut.column(i).dot(&vt.column(j)) - self.targets[k];
        }
        FieldError::check("the residual", r.as_slice(), w)
    }

    fn push_forward(&self, w: &Weights, v: &Weights, out: &mut Vector) {
        let ((ut, vt), (du, dv)) = (self.shape.views(w), self.shape.views(v));
        for (k, &(i, j)) in self.entries.iter().enumerate() {
            out[k] = du.column(i).dot(&vt.column(j)) + ut.column(i).dot(&dv.column(j));
        }
    }

    fn pull_back(&self, w: &Weights, c: &Vector, out: &mut Weights) {
        let (ut, vt) = self.shape.views(w);
        out.fill(0.0);
        let (du, dv) = out.as_mut_slice().split_at_mut(self.shape.rows * self.shape.width);
        let mut du = MatrixViewMut::from_slice(du, self.shape.width, self.shape.rows);
        let mut dv = MatrixViewMut::from_slice(dv, self.shape.width, self.shape.columns);
        for (k, &(i, j)) in self.entries.iter().enumerate() {
            du.column_mut(i).axpy(c[k], &vt.column(j), 1.0);
            dv.column_mut(j).axpy(c[k], &ut.column(i), 1.0);
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
        for (&entry, r) in self.entries.iter().zip(&mut residuals.rows) {
            let (u, v) = self.places(entry);
            *r = bundle::inner_products(&points.rows[u], &points.rows[v]);
        }
        residuals.subtract_from_each(&self.targets);
        self.pull_back_columns(points, factors, pulled);
        Ok(())
    }

    fn push_forward_each(&self, _count: usize, w: &Weights, columns: &Bundle, out: &mut Bundle) {
        let point = Bundle::repeat(w, LANES);
        for (&entry, image) in self.entries.iter().zip(&mut out.rows) {
            let (u, v) = self.places(entry);
            let first = bundle::inner_products(&columns.rows[u.clone()], &point.rows[v.clone()]);
            let second = bundle::inner_products(&point.rows[u], &columns.rows[v]);
            *image = std::array::from_fn(|k| first[k] + second[k]);
        }
    }

    fn pull_back_each(&self, _count: usize, w: &Weights, columns: &Bundle, out: &mut Bundle) {
        self.pull_back_columns(&Bundle::repeat(w, LANES), columns, out);
    }

    fn formula(&self, graph: &mut Graph) -> Option<Vec<Node>> {
        let formula = |(&(i, j), y): (&(usize, usize), &f64)| {
            let products = self.shape.entry_formula(graph, (i, j));
            graph.linear(-y, products.into_iter().map(|product| (1.0, product)))
        };
        Some(self.entries.iter().zip(&self.targets).map(formula).collect())
    }

    fn curvature_product(&self, _w: &Weights, mu: &Vector, v: &Weights, out: &mut Weights) {
        // r is bilinear: its second derivative along v is the pull-back with v in the place of w.
        self.pull_back(v, mu, out);
    }

    fn jacobian(&self, w: &Weights) -> Matrix {
        let FactorPair { rows, width, .. } = self.shape;
        let (ut, vt) = self.shape.views(w);
        let mut jacobian = Matrix::zeros(self.samples(), self.dim());
        for (k, &(i, j)) in self.entries.iter().enumerate() {
            for a in 0..width {
                jacobian[(k, i * width + a)] = vt[(a, j)];
                jacobian[(k, (rows + j) * width + a)] = ut[(a, i)];
            }
        }
        jacobian
    }

    fn gram(&self, w: &Weights) -> Matrix {
        let (ut, vt) = self.shape.views(w);
        let square = |factor: MatrixView<'_>| factor.transpose() * factor;
        let (uu, vv) = (square(ut), square(vt));
        Matrix::from_fn(self.samples(), self.samples(), |k, l| {
            let ((ik, jk), (il, jl)) = (self.entries[k], self.entries[l]);
            let same_row = if ik == il { vv[(jk, jl)] } else { 0.0 };
            let same_column = if jk == jl { uu[(ik, il)] } else { 0.0 };
            same_row + same_column
        })
    }

    fn curvature(&self, _w: &Weights, mu: &Vector) -> Curvature {
        self.shape.curvature(&self.scatter(mu))
    }

    /// With every entry observed, factors narrower than the rank of Y where its singular values show one with a gap.
    fn unattainable(&self) -> Option<(String, String)> {
        let FactorPair { rows, columns, width } = self.shape;
        if rows.checked_mul(columns) != Some(self.entries.len()) {
            return None;
        }
        let values = dense::singular_values(&self.scatter(&self.targets)).ok()?;
        let rank = rank::decide(values.as_slice()).ok()?.rank;
        let found = format!("all entries of a matrix of rank {rank} with width {width}");
        (width < rank).then(|| (found, format!("a width ≥ the rank, {rank}; or fewer observed entries")))
    }

    fn matrix_form(&self, w: &Weights) -> Option<MatrixForm<'_>> {
        let observations = self.entries.iter().map(|&(i, j)| vec![(i, j, 1.0)]).collect();
        Some(self.shape.matrix_form(w, observations, &self.targets))
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
