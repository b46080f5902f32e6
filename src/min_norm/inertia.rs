use crate::field::{Curvature, Loss, Regulariser, Weights};
use crate::numeric::dense;
use crate::numeric::{Matrix, Vector};

/// A block-diagonal A = ∇²R + Σμₖ∇²rₖ, each block by its eigenvalues and eigenvectors.
#[derive(Debug, Clone)]
pub struct Blocks {
    blocks: Vec<(Vec<usize>, Vector, Matrix)>,
}

impl Blocks {
    /// `None` where the model knows no blocks or R couples weights across them.
    pub fn of(loss: &dyn Loss, regulariser: &Regulariser, w: &Weights, mu: &Vector) -> Option<Blocks> {
        if matches!(regulariser, Regulariser::Quadratic(_)) {
            return None;
        }
        let known = match loss.least_squares()?.residual.curvature(w, mu) {
            Curvature::Zero => Vec::new(),
            Curvature::Blocks(blocks) => blocks,
            Curvature::Operator => return None,
        };
        let own = regulariser.hessian_diagonal(w);
        let mut seen = vec![false; w.len()];
        let mut blocks = Vec::new();
        for block in &known {
            for indices in &block.copies {
                let mut matrix = block.matrix.clone();
                for (k, &i) in indices.iter().enumerate() {
                    matrix[(k, k)] += own[i];
                    seen[i] = true;
                }
                let (values, vectors) = match indices.len() {
                    1 => (Vector::repeat(1, matrix[(0, 0)]), Matrix::identity(1, 1)),
                    _ => dense::symmetric_eigen(&matrix).ok()?,
                };
                blocks.push((indices.clone(), values, vectors));
            }
        }
        let alone = |i: usize| (vec![i], Vector::repeat(1, own[i]), Matrix::identity(1, 1));
        blocks.extend((0..w.len()).filter(|&i| !seen[i]).map(alone));
        Some(Blocks { blocks })
    }

    /// Smallest and largest eigenvalue of A.
    pub fn bounds(&self) -> (f64, f64) {
        self.blocks
            .iter()
            .flat_map(|(_, values, _)| values.iter())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(*v), b.max(*v)))
    }

    /// |A| with eigenvalues below `floor` raised to it.
    pub fn positive(mut self, floor: f64) -> Blocks {
        for (_, values, _) in &mut self.blocks {
            values.apply(|value| *value = value.abs().max(floor));
        }
        self
    }

    /// A v.
    pub fn multiply(&self, v: &Weights) -> Weights {
        self.each(v, |x, value| x * value)
    }

    /// A⁻¹ v.
    pub fn divide(&self, v: &Weights) -> Weights {
        self.each(v, |x, value| x / value)
    }

    /// f of every coordinate in the eigenvectors and its eigenvalue.
    fn each(&self, v: &Weights, f: impl Fn(f64, f64) -> f64) -> Weights {
        let mut out = Weights::zeros(v.len());
        for (indices, values, vectors) in &self.blocks {
            match indices[..] {
                [i] => out[i] = f(v[i], values[0]),
                _ => {
                    let own = Vector::from_fn(indices.len(), |k, _| v[indices[k]]);
                    let image = vectors * vectors.tr_mul(&own).zip_map(values, &f);
                    indices.iter().zip(&image).for_each(|(&i, x)| out[i] = *x);
                }
            }
        }
        out
    }

    /// J in the eigenvectors of A, columns in the order of the eigenvalues, which come with it.
    pub fn turned(&self, jacobian: &Matrix) -> (Matrix, Vec<f64>) {
        let mut out = Matrix::zeros(jacobian.nrows(), jacobian.ncols());
        let mut all = Vec::with_capacity(jacobian.ncols());
        for (indices, values, vectors) in &self.blocks {
            let own = jacobian.select_columns(indices) * vectors;
            out.columns_mut(all.len(), indices.len()).copy_from(&own);
            all.extend(values.iter().copied());
        }
        (out, all)
    }
}

/// Number of eigenvalues of A on ker J below σ, from J in the eigenvectors of A and its eigenvalues; `None` where A − σ or the
/// Schur complement is singular to round-off.
pub fn below((turned, values): &(Matrix, Vec<f64>), sigma: f64, rank: usize) -> Option<usize> {
    let n = turned.nrows();
    if rank < n {
        return None;
    }
    let size = values.iter().fold(sigma.abs(), |a, v| a.max(v.abs()));
    if values.iter().any(|value| (value - sigma).abs() <= 1e-13 * size) {
        return None;
    }
    let mut scaled = turned.clone();
    for (mut column, value) in scaled.column_iter_mut().zip(values) {
        column /= sigma - value;
    }
    let (schur, _) = dense::symmetric_eigen(&(scaled * turned.transpose())).ok()?;
    let size = schur.iter().fold(0.0_f64, |a, v| a.max(v.abs()));
    if schur.iter().any(|v| v.abs() <= 1e-13 * size) {
        return None;
    }
    let negative = |all: &mut dyn Iterator<Item = f64>| all.filter(|v| *v < 0.0).count();
    (negative(&mut values.iter().map(|value| value - sigma)) + negative(&mut schur.iter().copied())).checked_sub(rank)
}
