use super::row::{add_multiple, add_outer, add_product, whole, wide};
use super::{Bundle, LANES, Row};
use crate::numeric::Matrix;
use crate::numeric::simd::{Loops, Simd, dispatch};

/// Columns of X that a product goes through before the next rows: few enough pages of memory to stay at hand.
const PANEL: usize = 64;

/// out ← X · columns, for X of shape m × k.
pub fn product(x: &Matrix, columns: &Bundle, out: &mut Bundle) {
    dispatch(Product { x: x.as_slice(), columns: &columns.rows, out: &mut out.rows });
}

/// out ← Xᵀ · columns, for X of shape m × k.
pub fn transposed_product(x: &Matrix, columns: &Bundle, out: &mut Bundle) {
    dispatch(TransposedProduct { x: x.as_slice(), columns: &columns.rows, out: &mut out.rows });
}

/// columns ← (LLᵀ)⁻¹ · columns, for the lower triangle L of a matrix.
pub fn cholesky_solve(l: &Matrix, columns: &mut Bundle) {
    dispatch(CholeskySolve { l: l.as_slice(), columns: &mut columns.rows });
}

/// Σᵢ aᵢ∘bᵢ, column by column.
pub fn inner_products(a: &[Row], b: &[Row]) -> Row {
    dispatch(InnerProducts { a, b })
}

/// outᵢ ← outᵢ + factor∘bᵢ, column by column.
pub fn add_products(out: &mut [Row], factor: &Row, b: &[Row]) {
    dispatch(AddProducts { out, factor, b });
}

struct InnerProducts<'a> {
    a: &'a [Row],
    b: &'a [Row],
}

impl Loops for InnerProducts<'_> {
    type Output = Row;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Row {
        let mut sum = [0.0; LANES];
        self.a.iter().zip(self.b).for_each(|(a, b)| add_product(simd, &mut sum, a, b));
        sum
    }
}

struct AddProducts<'a> {
    out: &'a mut [Row],
    factor: &'a Row,
    b: &'a [Row],
}

impl Loops for AddProducts<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        self.out.iter_mut().zip(self.b).for_each(|(out, b)| add_product(simd, out, self.factor, b));
    }
}

struct Product<'a> {
    x: &'a [f64],
    columns: &'a [Row],
    out: &'a mut [Row],
}

impl Loops for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        if wide::<S>() { self.tiles::<S, 8>(simd) } else { self.tiles::<S, 4>(simd) }
    }
}

impl Product<'_> {
    #[inline(always)]
    fn tiles<S: Simd, const R: usize>(self, simd: S) {
        let m = self.out.len();
        self.out.fill([0.0; LANES]);
        if m == 0 {
            return;
        }
        for (block, columns) in self.x.chunks(PANEL * m).zip(self.columns.chunks(PANEL)) {
            for first in (0..m).step_by(R) {
                let (start, mut sums) = (whole::<R>(first, m), [[0.0; LANES]; R]);
                for (column, row) in block.chunks_exact(m).zip(columns) {
                    add_outer(simd, &mut sums, &column[start..], row);
                }
                for (out, sum) in self.out[first..].iter_mut().zip(&sums[first - start..]) {
                    add_multiple(simd, out, 1.0, sum);
                }
            }
        }
    }
}

struct TransposedProduct<'a> {
    x: &'a [f64],
    columns: &'a [Row],
    out: &'a mut [Row],
}

impl Loops for TransposedProduct<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        if wide::<S>() { self.tiles::<S, 8>(simd) } else { self.tiles::<S, 4>(simd) }
    }
}

impl TransposedProduct<'_> {
    #[inline(always)]
    fn tiles<S: Simd, const R: usize>(self, simd: S) {
        let (m, count) = (self.columns.len(), self.out.len());
        if m == 0 {
            return self.out.fill([0.0; LANES]);
        }
        for first in (0..count).step_by(R) {
            let (start, mut sums) = (whole::<R>(first, count), [[0.0; LANES]; R]);
            if count >= R {
                let block: [&[f64]; R] = std::array::from_fn(|k| &self.x[(start + k) * m..(start + k + 1) * m]);
                for r in 0..m {
                    for (sum, column) in sums.iter_mut().zip(&block) {
                        add_multiple(simd, sum, column[r], &self.columns[r]);
                    }
                }
            } else {
                for (sum, column) in sums.iter_mut().zip(self.x.chunks_exact(m)) {
                    column.iter().zip(self.columns).for_each(|(x, row)| add_multiple(simd, sum, *x, row));
                }
            }
            self.out[first..].iter_mut().zip(&sums[first - start..]).for_each(|(out, sum)| *out = *sum);
        }
    }
}

struct CholeskySolve<'a> {
    l: &'a [f64],
    columns: &'a mut [Row],
}

impl Loops for CholeskySolve<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let n = self.columns.len();
        for k in 0..n {
            let column = &self.l[k * n + k..(k + 1) * n];
            let (head, tail) = self.columns[k..].split_at_mut(1);
            head[0] = head[0].map(|x| x / column[0]);
            for (row, l) in tail.iter_mut().zip(&column[1..]) {
                add_multiple(simd, row, -l, &head[0]);
            }
        }
        for k in (0..n).rev() {
            let column = &self.l[k * n + k..(k + 1) * n];
            let (head, tail) = self.columns[k..].split_at_mut(1);
            // Four sums, so that no addition waits for the one before.
            let mut sums = [[0.0; LANES]; 4];
            let (rows, last_rows) = tail.as_chunks::<4>();
            let (factors, last_factors) = column[1..].as_chunks::<4>();
            for (rows, factors) in rows.iter().zip(factors) {
                for ((sum, row), l) in sums.iter_mut().zip(rows).zip(factors) {
                    add_multiple(simd, sum, *l, row);
                }
            }
            for (row, l) in last_rows.iter().zip(last_factors) {
                add_multiple(simd, &mut sums[0], *l, row);
            }
            for (j, x) in head[0].iter_mut().enumerate() {
                *x = (*x - (sums[0][j] + sums[1][j]) - (sums[2][j] + sums[3][j])) / column[0];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{distance, random};
    use super::*;
    use crate::numeric::dense::Cholesky;
    use crate::numeric::seed::Stream;

    #[test]
    fn its_products_are_those_of_matrices() {
        let mut stream = Stream::new(5, "bundles");
        for (m, k) in [(1, 1), (3, 17), (17, 3), (8, 8), (16, 24), (31, 40), (0, 4), (4, 0)] {
            let x = Matrix::from_fn(m, k, |_, _| stream.normal());
            let ((wide, v), (tall, c)) = (random(k, &mut stream), random(m, &mut stream));
            let (mut image, mut pulled) = (random(m, &mut stream).0, random(k, &mut stream).0);
            product(&x, &wide, &mut image);
            transposed_product(&x, &tall, &mut pulled);
            assert!(distance(&image, &(&x * v)) < 1e-13, "{m} x {k}");
            assert!(distance(&pulled, &(x.transpose() * c)) < 1e-13, "{m} x {k}, transposed");
        }
    }

    #[test]
    fn it_is_solved_with_a_cholesky_factor() {
        let mut stream = Stream::new(7, "cholesky");
        for n in [1, 2, 6, 33] {
            let b = Matrix::from_fn(n, n, |_, _| stream.normal());
            let a = &b * b.transpose() + Matrix::identity(n, n);
            let (_, x) = random(n, &mut stream);
            let (mut bundle, rhs) = (Bundle::zeros(n), &a * &x);
            (0..LANES).for_each(|k| bundle.set_column(k, &rhs.column(k).into_owned()));
            let factor = Cholesky::new(a).expect("positive definite");
            cholesky_solve(factor.l_dirty(), &mut bundle);
            assert!(distance(&bundle, &x) < 1e-10, "size {n}");
        }
    }
}
