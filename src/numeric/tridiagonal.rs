//! Orthogonal reduction of a symmetric matrix to tridiagonal form, A = Q T Qᵀ, by Householder reflections.
//!
//! One reduction, of the price of a few Cholesky factorisations, serves every shift: (A + σI)⁻¹ = Q (T + σI)⁻¹ Qᵀ costs O(n)
//! beside the products with Q, for real and complex σ alike.

use super::Matrix;
use super::bundle::{Bundle, LANES, Row, add_multiple};
use super::simd::{Loops, Simd, dispatch};

/// A = Q T Qᵀ, Q = H₀H₁…, Hₖ = I − βₖvₖvₖᵀ.
#[derive(Debug, Clone)]
pub struct Tridiagonal {
    /// vₖ in column k from row k + 1 on; columns have `stride` rows.
    reflectors: Vec<f64>,
    stride: usize,
    /// βₖ, length n.
    scales: Vec<f64>,
    /// Diagonal of T, length n.
    pub diagonal: Vec<f64>,
    /// T below its diagonal, length n − 1.
    pub off: Vec<f64>,
}

impl Tridiagonal {
    /// The reduction of a symmetric matrix.
    ///
    /// Step k takes v = x ∓ ‖x‖e₁ for the column x below the diagonal, and with p = βAv, β = 2/‖v‖²,
    /// A ← A − vqᵀ − qvᵀ, q = p − ½β(pᵀv)v. A column is changed and multiplied in one pass.
    pub fn new(matrix: &Matrix) -> Tridiagonal {
        let n = matrix.nrows();
        let stride = n.next_multiple_of(LANES);
        // Rows beyond n stay zero, so that whole rows of registers can be read.
        let mut a = vec![0.0; n * stride];
        for (column, from) in a.chunks_exact_mut(stride.max(1)).zip(matrix.column_iter()) {
            column.iter_mut().zip(from.iter()).for_each(|(x, y)| *x = *y);
        }
        let (scales, off) = dispatch(Reduce { a: &mut a, n, stride });
        let diagonal = (0..n).map(|k| a[k * stride + k]).collect();
        Tridiagonal { reflectors: a, stride, scales, diagonal, off }
    }

    /// columns ← Qᵀ · columns.
    pub fn to_basis(&self, columns: &mut Bundle) {
        dispatch(Reflect { of: self, rows: &mut columns.rows, forward: true });
    }

    /// columns ← Q · columns.
    pub fn from_basis(&self, columns: &mut Bundle) {
        dispatch(Reflect { of: self, rows: &mut columns.rows, forward: false });
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

struct Reduce<'a> {
    a: &'a mut [f64],
    n: usize,
    stride: usize,
}

/// Columns that are read together.
const TOGETHER: usize = 4;

impl Loops for Reduce<'_> {
    type Output = (Vec<f64>, Vec<f64>);

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Self::Output {
        let Reduce { a, n, stride } = self;
        let (mut scales, mut off) = (vec![0.0; n], vec![0.0; n.saturating_sub(1)]);
        // v and q of the step before, zero above their first row: their change of A waits until a column is read again.
        let (mut v, mut q, mut next) = (vec![0.0; stride], vec![0.0; stride], vec![0.0; stride]);
        let mut p = vec![0.0; n];
        for k in 0..n {
            let first = k / LANES * LANES;
            let column = &mut a[k * stride..(k + 1) * stride];
            change_and_multiply(simd, [&mut column[first..]], [[v[k], q[k]]], [&v[first..], &q[first..], &next[first..]]);
            let x = &mut column[k + 1..];
            let norm = x.iter().map(|x| x * x).sum::<f64>().sqrt();
            if k + 2 >= n || norm == 0.0 {
                off.iter_mut().skip(k).take(1).for_each(|off| *off = x[0]);
                continue;
            }
            off[k] = -norm.copysign(x[0]);
            x[0] -= off[k];
            let beta = 2.0 / x.iter().map(|x| x * x).sum::<f64>();
            scales[k] = beta;
            next[..=k].fill(0.0);
            next[k + 1..].copy_from_slice(x);
            let first = (k + 1) / LANES * LANES;
            let vectors = [&v[first..], &q[first..], &next[first..]];
            let mut j = k + 1;
            while j + TOGETHER <= n {
                let (c0, rest) = a[j * stride..].split_at_mut(stride);
                let (c1, rest) = rest.split_at_mut(stride);
                let (c2, rest) = rest.split_at_mut(stride);
                let columns = [&mut c0[first..], &mut c1[first..], &mut c2[first..], &mut rest[first..stride]];
                let heads = std::array::from_fn(|i| [v[j + i], q[j + i]]);
                p[j..j + TOGETHER].copy_from_slice(&change_and_multiply::<S, TOGETHER>(simd, columns, heads, vectors));
                j += TOGETHER;
            }
            for j in j..n {
                let column = &mut a[j * stride + first..(j + 1) * stride];
                [p[j]] = change_and_multiply(simd, [column], [[v[j], q[j]]], vectors);
            }
            let products = p[k + 1..].iter().zip(&next[k + 1..]);
            let share = -0.5 * beta * beta * products.map(|(p, v)| p * v).sum::<f64>();
            for i in 0..n {
                (v[i], q[i]) = if i > k { (next[i], beta * p[i] + share * next[i]) } else { (0.0, 0.0) };
            }
        }
        (scales, off)
    }
}

/// Columns aⱼ ← aⱼ − v qⱼ − q vⱼ, and then their products with `next`.
#[inline(always)]
fn change_and_multiply<S: Simd, const N: usize>(
    simd: S,
    columns: [&mut [f64]; N],
    heads: [[f64; 2]; N],
    [v, q, next]: [&[f64]; 3],
) -> [f64; N] {
    // Plain loops: closures over arrays are not always inlined, and lose the wide instructions then.
    let zero = simd.splat_f64s(0.0);
    let (mut wide, mut sums, mut products) = ([[zero; 2]; N], [zero; N], [0.0; N]);
    for (wide, [v, q]) in wide.iter_mut().zip(heads) {
        *wide = [simd.splat_f64s(-v), simd.splat_f64s(-q)];
    }
    let (v, q, next) = (S::as_simd_f64s(v).0, S::as_simd_f64s(q).0, S::as_simd_f64s(next).0);
    for (r, ((v, q), next)) in v.iter().zip(q).zip(next).enumerate() {
        for i in 0..N {
            let entry = &mut S::as_mut_simd_f64s(columns[i]).0[r];
            let changed = simd.mul_add_e_f64s(*q, wide[i][0], simd.mul_add_e_f64s(*v, wide[i][1], *entry));
            *entry = changed;
            sums[i] = simd.mul_add_e_f64s(changed, *next, sums[i]);
        }
    }
    for (product, sum) in products.iter_mut().zip(sums) {
        *product = simd.reduce_sum_f64s(sum);
    }
    products
}

struct Reflect<'a> {
    of: &'a Tridiagonal,
    rows: &'a mut [Row],
    forward: bool,
}

impl Loops for Reflect<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let n = self.rows.len();
        let (reflectors, stride) = (&self.of.reflectors, self.of.stride);
        for step in 0..n {
            let k = if self.forward { step } else { n - 1 - step };
            let beta = self.of.scales[k];
            if beta == 0.0 {
                continue;
            }
            let (v, rows) = (&reflectors[k * stride + k + 1..k * stride + n], &mut self.rows[k + 1..]);
            let mut sums = [[0.0; LANES]; 4];
            let ((fours, rest), (factors, last)) = (rows.as_chunks::<4>(), v.as_chunks::<4>());
            for (four, factors) in fours.iter().zip(factors) {
                for i in 0..4 {
                    add_multiple(simd, &mut sums[i], factors[i], &four[i]);
                }
            }
            for (row, v) in rest.iter().zip(last) {
                add_multiple(simd, &mut sums[0], *v, row);
            }
            let sum: Row = std::array::from_fn(|i| beta * ((sums[0][i] + sums[1][i]) + (sums[2][i] + sums[3][i])));
            for (row, v) in rows.iter_mut().zip(v) {
                add_multiple(simd, row, -v, &sum);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::seed::Stream;

    #[test]
    fn it_reduces_matrices_of_every_size_and_rank() {
        let mut stream = Stream::new(8, "tridiagonal");
        for (n, rank) in [(1, 1), (2, 2), (3, 1), (24, 24), (61, 61), (61, 20), (30, 0)] {
            let b = Matrix::from_fn(n, rank, |_, _| stream.normal());
            let a = &b * b.transpose();
            let reduced = Tridiagonal::new(&a);
            let t = Matrix::from_fn(n, n, |i, j| match i.abs_diff(j) {
                0 => reduced.diagonal[i],
                1 => reduced.off[i.min(j)],
                _ => 0.0,
            });
            let x = Matrix::from_fn(n, LANES, |_, _| stream.normal());
            let bundle = |x: &Matrix| Bundle { rows: (0..n).map(|i| std::array::from_fn(|k| x[(i, k)])).collect() };
            let matrix = |b: &Bundle| Matrix::from_fn(n, LANES, |i, k| b.rows[i][k]);
            let mut columns = bundle(&x);
            reduced.to_basis(&mut columns);
            let inside = matrix(&columns);
            assert!((inside.norm() - x.norm()).abs() < 1e-12 * x.norm(), "size {n}, rank {rank}: Q is not orthogonal");
            let mut image = bundle(&(&t * inside));
            reduced.from_basis(&mut image);
            assert!((matrix(&image) - &a * &x).amax() < 1e-12 * (1.0 + a.amax()) * n as f64, "size {n}, rank {rank}");
            assert_eq!(reduced.has_eigenvalue_below(1e-9), rank < n, "size {n}, rank {rank}");
        }
    }
}
