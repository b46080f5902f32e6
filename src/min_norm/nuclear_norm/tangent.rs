use super::Entry;
use crate::min_norm::MinNormError;
use crate::numeric::rank::decide;
use crate::numeric::{Matrix, Vector, dense};

/// The matrices of rank r near X = U diag(σ) Vᵀ: their tangent space T = {AVᵀ + UBᵀ} seen on the observed entries.
///
/// K p is AVᵀ + UBᵀ on them, p = (A, B) row by row; a matrix D on the observed entries has P_T D = UVᵀ exactly if Kᵀd = (U, V).
pub(super) struct Tangent {
    pub u: Matrix,
    pub v: Matrix,
    /// K = W diag(s) Zᵀ, cut to its rank.
    w: Matrix,
    s: Vector,
    z: Matrix,
}

impl Tangent {
    /// At the matrix cut to that rank; `None` where the rank of K is ambiguous.
    pub fn at(matrix: &Matrix, rank: usize, entries: &[Entry]) -> Result<Option<Tangent>, MinNormError> {
        let svd = dense::svd(matrix)?;
        let (u, v) = (svd.u.columns(0, rank).into_owned(), svd.v.columns(0, rank).into_owned());
        let mut k = Matrix::zeros(entries.len(), (matrix.nrows() + matrix.ncols()) * rank);
        for (row, &(i, j, _)) in entries.iter().enumerate() {
            for a in 0..rank {
                k[(row, i * rank + a)] = v[(j, a)];
                k[(row, (matrix.nrows() + j) * rank + a)] = u[(i, a)];
            }
        }
        let k = dense::svd(&k)?;
        let Ok(cut) = decide(k.values.as_slice()) else { return Ok(None) };
        let first = |m: &Matrix| m.columns(0, cut.rank).into_owned();
        Ok(Some(Tangent { u, v, w: first(&k.u), s: k.values.rows(0, cut.rank).into_owned(), z: first(&k.v) }))
    }

    /// AVᵀ + UBᵀ of least norm (A, B) that is `r` on the observed entries, as nearly as there is one.
    pub fn step(&self, r: &Vector) -> Matrix {
        let p = &self.z * self.w.tr_mul(r).component_div(&self.s);
        let rank = self.u.ncols();
        let a = Matrix::from_fn(self.u.nrows(), rank, |i, a| p[i * rank + a]);
        let b = Matrix::from_fn(self.v.nrows(), rank, |j, a| p[(self.u.nrows() + j) * rank + a]);
        a * self.v.transpose() + &self.u * b.transpose()
    }

    /// The d nearest to `d` with Kᵀd = (U, V), as nearly as there is one; from d = 0 the one of least norm.
    pub fn certify(&self, d: &Vector) -> Vector {
        let rank = self.u.ncols();
        let factor = |k: usize| if k < self.u.nrows() { self.u.row(k) } else { self.v.row(k - self.u.nrows()) };
        let goal = Vector::from_fn(self.z.nrows(), |k, _| factor(k / rank)[k % rank]);
        let mut found = d.clone();
        // Twice: what the first leaves is its own rounding.
        for _ in 0..2 {
            let off = self.z.tr_mul(&goal) - self.w.tr_mul(&found).component_mul(&self.s);
            found += &self.w * off.component_div(&self.s);
        }
        found
    }

    /// (I − UUᵀ) D (I − VVᵀ): the part of D normal to T.
    pub fn normal(&self, matrix: &Matrix) -> Matrix {
        let left = matrix - &self.u * self.u.tr_mul(matrix);
        &left - &left * &self.v * self.v.transpose()
    }
}
