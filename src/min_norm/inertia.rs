use crate::field::{Curvature, Loss, Regulariser, Weights};
use crate::numeric::dense;
use crate::numeric::{Matrix, Vector};

/// A block-diagonal A = ∇²R + Σμₖ∇²rₖ, each block by its eigenvalues and eigenvectors.
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
                let (values, vectors) = dense::symmetric_eigen(&matrix).ok()?;
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

    /// Number of eigenvalues of A on ker J below σ; `None` where A − σ or the Schur complement is singular to round-off.
    pub fn below(&self, jacobian: &Matrix, sigma: f64, rank: usize) -> Option<usize> {
        let n = jacobian.nrows();
        if rank < n {
            return None;
        }
        let (low, high) = self.bounds();
        let tiny = 1e-13 * low.abs().max(high.abs()).max(sigma.abs());
        let mut negative = 0;
        let mut schur = Matrix::zeros(n, n);
        for (indices, values, vectors) in &self.blocks {
            let mut columns = Matrix::zeros(n, indices.len());
            for (k, &i) in indices.iter().enumerate() {
                columns.set_column(k, &jacobian.column(i));
            }
            let turned = &columns * vectors;
            for (k, value) in values.iter().enumerate() {
                let shifted = value - sigma;
                if shifted.abs() <= tiny {
                    return None;
                }
                negative += usize::from(shifted < 0.0);
                schur.ger(-1.0 / shifted, &turned.column(k), &turned.column(k), 1.0);
            }
        }
        let (values, _) = dense::symmetric_eigen(&schur).ok()?;
        let size = values.iter().fold(0.0_f64, |a, v| a.max(v.abs()));
        if values.iter().any(|v| v.abs() <= 1e-13 * size) {
            return None;
        }
        (negative + values.iter().filter(|v| **v < 0.0).count()).checked_sub(rank)
    }
}
