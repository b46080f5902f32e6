//! Orthogonal reduction of a symmetric matrix to tridiagonal form, A = Q T Qᵀ, by Householder reflections.
//!
//! One reduction, of the price of a few Cholesky factorisations, serves every shift: (A + σI)⁻¹ = Q (T + σI)⁻¹ Qᵀ costs O(n)
//! beside the products with Q, for real and complex σ alike.
//!
//! Step k takes v = (x ∓ ‖x‖e₁)/(x₁ ∓ ‖x‖) for the column x of A below the diagonal, and β = 2/‖v‖² = 1 + |x₁|/‖x‖. The
//! reflection H = I − βvvᵀ makes x a multiple of e₁, and HAH = A − vqᵀ − qvᵀ with p = Av, q = βp − ½β²(pᵀv)v.
//!
//! Eight steps are a panel (Dongarra, Sorensen and Hammarling 1989). Their v and q, the columns of V and Q̂, wait: the matrix
//! of a step is A − VQ̂ᵀ − Q̂Vᵀ with the A of the panel's start, of which only the next column is formed, and
//! p = Av − V(Q̂ᵀv) − Q̂(Vᵀv). So a step only reads A, and only its lower triangle; the panel's end changes all that is left of
//! A at once. The lower triangle lies in tiles of 8 × 8, column of tiles after column of tiles, those on the diagonal whole.
//!
//! The product of a panel's reflections is I − VMVᵀ, M upper triangular (Schreiber and Van Loan 1989): from
//! (I − VMVᵀ)(I − βvvᵀ) the next column of M is β on the diagonal and −βM(Vᵀv) above it. A step without a reflection has
//! β = 0 and v = 0. The transposed product has Mᵀ in the place of M.

mod reduce;
mod reflect;
mod tile;

use super::Matrix;
use super::bundle::Bundle;
use super::simd::dispatch;
use reflect::{ReflectRows, ReflectVector, Side};
use tile::{Aligned, Tile, tiles_before};

/// A = Q T Qᵀ, Q the product of the panels' I − VMVᵀ.
#[derive(Debug, Clone)]
pub struct Tridiagonal {
    reflectors: Reflectors,
    /// Diagonal of T, length n.
    pub diagonal: Vec<f64>,
    /// T below its diagonal, length n − 1.
    pub off: Vec<f64>,
}

/// V and M of every panel.
#[derive(Debug, Clone)]
struct Reflectors {
    /// The tiles of V of panel after panel, from the panel's first row on, and then the M.
    tiles: Aligned,
    /// Number of panels, and of rows of tiles.
    height: usize,
}

impl Reflectors {
    /// V and M of all panels.
    #[inline(always)]
    fn parts(&self) -> (&[Tile], &[Tile]) {
        self.tiles.tiles().split_at(tiles_before(self.height, self.height))
    }

    /// The same, to write to.
    #[inline(always)]
    fn parts_mut(&mut self) -> (&mut [Tile], &mut [Tile]) {
        let count = tiles_before(self.height, self.height);
        let (vs, mixes) = self.tiles.rows_mut().as_chunks_mut().0.split_at_mut(count);
        (vs, &mut mixes[..self.height])
    }
}

impl Tridiagonal {
    /// The reduction of a symmetric matrix.
    pub fn new(matrix: &Matrix) -> Tridiagonal {
        reduce::reduce(matrix)
    }

    /// columns ← Qᵀ · columns.
    pub fn to_basis(&self, columns: &mut Bundle) {
        dispatch(ReflectRows(&self.reflectors, Side::ToBasis, &mut columns.rows));
    }

    /// columns ← Q · columns.
    pub fn from_basis(&self, columns: &mut Bundle) {
        dispatch(ReflectRows(&self.reflectors, Side::FromBasis, &mut columns.rows));
    }

    /// x ← Qᵀx, for one vector.
    pub fn vector_to_basis(&self, x: &mut [f64]) {
        dispatch(ReflectVector(&self.reflectors, Side::ToBasis, x));
    }

    /// x ← Qx, for one vector.
    pub fn vector_from_basis(&self, x: &mut [f64]) {
        dispatch(ReflectVector(&self.reflectors, Side::FromBasis, x));
    }

    /// Whether A has an eigenvalue below `bound` times its largest one, by the signs of the pivots of T − θI (Sturm).
    pub fn has_eigenvalue_below(&self, bound: f64) -> bool {
        let reach = |i: usize| self.off.get(i).map_or(0.0, |x| x.abs());
        let rows = self.diagonal.iter().enumerate();
        let largest = rows.map(|(i, x)| x + reach(i) + if i > 0 { reach(i - 1) } else { 0.0 }).fold(0.0, f64::max);
        let (mut pivot, mut before) = (1.0, 0.0);
        for (i, x) in self.diagonal.iter().enumerate() {
            pivot = x - bound * largest - before * before / pivot;
            if pivot.is_nan() || pivot <= 0.0 {
                return true;
            }
            before = reach(i);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::bundle::LANES;
    use crate::numeric::seed::Stream;

    fn random(n: usize, rank: usize, stream: &mut Stream) -> Matrix {
        let b = Matrix::from_fn(n, rank, |_, _| stream.normal());
        &b * b.transpose()
    }

    fn product(reduced: &Tridiagonal, x: &Matrix, through: impl Fn(&Tridiagonal, &mut Bundle)) -> Matrix {
        let n = x.nrows();
        let mut columns = Bundle { rows: (0..n).map(|i| std::array::from_fn(|k| x[(i, k)])).collect() };
        through(reduced, &mut columns);
        Matrix::from_fn(n, LANES, |i, k| columns.rows[i][k])
    }

    /// Reduces A; Qᵀ is orthogonal and QTQᵀ = A on eight vectors, and the products with one vector are the same.
    fn reduce(a: &Matrix, stream: &mut Stream, name: &str) -> Tridiagonal {
        let (n, reduced) = (a.nrows(), Tridiagonal::new(a));
        let t = Matrix::from_fn(n, n, |i, j| match i.abs_diff(j) {
            0 => reduced.diagonal[i],
            1 => reduced.off[i.min(j)],
            _ => 0.0,
        });
        let x = Matrix::from_fn(n, LANES, |_, _| stream.normal());
        let inside = product(&reduced, &x, Tridiagonal::to_basis);
        assert!(
            (inside.transpose() * &inside - x.transpose() * &x).amax() < 1e-13 * x.norm_squared(),
            "{name}: Q is not orthogonal"
        );
        let image = product(&reduced, &(&t * &inside), Tridiagonal::from_basis);
        assert!((&image - a * &x).amax() < 1e-13 * a.amax() * n as f64 + f64::MIN_POSITIVE, "{name}");
        let (mut one, mut back) = (x.column(3).into_owned(), (&t * &inside).column(5).into_owned());
        reduced.vector_to_basis(one.as_mut_slice());
        reduced.vector_from_basis(back.as_mut_slice());
        assert!((one - inside.column(3)).amax() < 1e-13 * x.amax() * n as f64, "{name}, one vector");
        assert!((back - image.column(5)).amax() <= 1e-13 * a.amax() * n as f64, "{name}, one vector");
        reduced
    }

    #[test]
    fn it_reduces_matrices_of_every_size_and_rank() {
        let mut stream = Stream::new(8, "tridiagonal");
        let whole = (1..=26).chain([61]).map(|n| (n, n));
        for (n, rank) in whole.chain([(3, 1), (17, 9), (40, 8), (61, 20), (30, 0)]) {
            let reduced = reduce(&random(n, rank, &mut stream), &mut stream, &format!("size {n}, rank {rank}"));
            assert_eq!(reduced.has_eigenvalue_below(1e-9), rank < n, "size {n}, rank {rank}");
        }
    }

    #[test]
    fn steps_without_a_reflection_are_skipped() {
        let mut stream = Stream::new(9, "decoupled");
        // Blocks without coupling, one of them diagonal: columns that are zero below the diagonal inside a panel, at its
        // end, and a whole panel of them.
        for sizes in [vec![3, 5, 1, 7], vec![8, 8, 3], vec![9, 6], vec![2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 6]] {
            let n = sizes.iter().sum();
            let (mut a, mut first) = (Matrix::zeros(n, n), 0);
            for size in sizes {
                a.view_mut((first, first), (size, size)).copy_from(&random(size, size, &mut stream));
                first += size;
            }
            reduce(&a, &mut stream, &format!("decoupled, size {n}"));
            // Entries whose squares underflow, of all sizes down to nothing.
            for scale in [1e-140, 1e-150, 1e-156, 1e-161, 1e-170] {
                let coupled = &a + random(n, n, &mut stream) * scale;
                reduce(&coupled, &mut stream, &format!("nearly decoupled by {scale}, size {n}"));
            }
        }
    }

    #[test]
    fn it_is_the_reduction_step_by_step() {
        let mut stream = Stream::new(10, "textbook");
        for n in [5, 8, 9, 19] {
            let mut a = random(n, n, &mut stream);
            let reduced = Tridiagonal::new(&a);
            for k in 0..n - 2 {
                let mut v = a.column(k).into_owned();
                v.rows_mut(0, k + 1).fill(0.0);
                v[k + 1] += v.norm().copysign(v[k + 1]);
                let h = Matrix::identity(n, n) - &v * v.transpose() * (2.0 / v.norm_squared());
                a = &h * a * &h;
            }
            for k in 0..n {
                assert!((reduced.diagonal[k] - a[(k, k)]).abs() < 1e-10 * a.amax(), "size {n}, diagonal {k}");
                assert!(k + 1 == n || (reduced.off[k] - a[(k + 1, k)]).abs() < 1e-10 * a.amax(), "size {n}, off {k}");
            }
        }
    }
}
