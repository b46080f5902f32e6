//! Up to eight vectors side by side, row by row: the stages of one step.
//!
//! A matrix is read once for all of them, and a row fills the registers of the processor.

use super::simd::{Loops, Simd, dispatch};
use super::{Matrix, Vector};

/// Columns of a bundle.
pub const LANES: usize = 8;
/// One row.
pub type Row = [f64; LANES];
/// Rows of the result that a product holds in registers.
const TILE: usize = 8;

/// An n × 8 matrix, row by row. Columns that are not in use are zero.
#[derive(Debug, Clone, PartialEq)]
pub struct Bundle {
    /// The rows.
    pub rows: Vec<Row>,
}

/// A small matrix M that acts on the columns of a bundle: bᵢ = Σⱼ Mᵢⱼ aⱼ. Kept column by column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mix([Row; LANES]);

impl Mix {
    /// `factor` · M for a matrix of at most eight rows and columns.
    pub fn new(matrix: &Matrix, factor: f64) -> Mix {
        let mut columns = [[0.0; LANES]; LANES];
        for (j, column) in matrix.column_iter().enumerate() {
            column.iter().enumerate().for_each(|(i, x)| columns[j][i] = factor * x);
        }
        Mix(columns)
    }

    /// The row Σⱼ Mᵢⱼ rowⱼ + `start`.
    #[inline(always)]
    fn apply<S: Simd>(&self, simd: S, row: &Row, start: Row) -> Row {
        let mut out = start;
        for (column, x) in self.0.iter().zip(row) {
            add_multiple(simd, &mut out, *x, column);
        }
        out
    }
}

impl Bundle {
    /// n rows of zeros.
    pub fn zeros(n: usize) -> Bundle {
        Bundle { rows: vec![[0.0; LANES]; n] }
    }

    /// `vector` in each of the first `count` columns.
    pub fn repeat(vector: &Vector, count: usize) -> Bundle {
        let row = |x: &f64| std::array::from_fn(|k| if k < count { *x } else { 0.0 });
        Bundle { rows: vector.iter().map(row).collect() }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Column k.
    pub fn column(&self, k: usize) -> Vector {
        Vector::from_iterator(self.len(), self.rows.iter().map(|row| row[k]))
    }

    /// Puts `vector` into column k.
    pub fn set_column(&mut self, k: usize, vector: &Vector) {
        self.rows.iter_mut().zip(vector).for_each(|(row, x)| row[k] = *x);
    }

    /// Adds `factor` · `vector` to column k.
    pub fn add_to_column(&mut self, k: usize, factor: f64, vector: &Vector) {
        self.rows.iter_mut().zip(vector).for_each(|(row, x)| row[k] += factor * x);
    }

    /// Adds `vector` to the first `count` columns.
    pub fn add_to_each(&mut self, vector: &Vector, count: usize) {
        for (row, x) in self.rows.iter_mut().zip(vector) {
            row[..count].iter_mut().for_each(|y| *y += x);
        }
    }

    /// Subtracts `vector` from every column.
    pub fn subtract_from_each(&mut self, vector: &Vector) {
        for (row, x) in self.rows.iter_mut().zip(vector) {
            row.iter_mut().for_each(|y| *y -= x);
        }
    }

    /// All entries zero.
    pub fn clear(&mut self) {
        self.rows.fill([0.0; LANES]);
    }

    /// Adds another bundle.
    pub fn add(&mut self, other: &Bundle) {
        for (row, other) in self.rows.iter_mut().zip(&other.rows) {
            row.iter_mut().zip(other).for_each(|(x, y)| *x += y);
        }
    }

    /// Adds M applied to the columns of `input`.
    pub fn mix(&mut self, mix: &Mix, input: &Bundle) {
        dispatch(Mixing { mix, input: &input.rows, out: &mut self.rows });
    }

    /// Becomes M applied to the columns of `input` plus `factor` · `start`.
    pub fn mixed(&mut self, mix: &Mix, input: &Bundle, start: &Bundle, factor: f64) {
        for (row, start) in self.rows.iter_mut().zip(&start.rows) {
            *row = start.map(|x| factor * x);
        }
        self.mix(mix, input);
    }

    /// Norms of the columns.
    pub fn norms(&self) -> Row {
        let mut squares = [0.0; LANES];
        for row in &self.rows {
            squares.iter_mut().zip(row).for_each(|(sum, x)| *sum += x * x);
        }
        squares.map(f64::sqrt)
    }

    /// The largest norm of a column, NaN if one is.
    pub fn largest_norm(&self) -> f64 {
        self.norms().into_iter().fold(0.0, |a, b| if b > a || b.is_nan() { b } else { a })
    }

    /// The first of `count` columns with an entry that is not finite.
    pub fn not_finite(&self, count: usize) -> Option<usize> {
        let mut zeros = [0.0; LANES];
        for row in &self.rows {
            zeros.iter_mut().zip(row).for_each(|(zero, x)| *zero += 0.0 * x);
        }
        (0..count).find(|&k| zeros[k] != 0.0)
    }
}

/// out ← X · columns, for X of shape m × k.
pub fn product(x: &Matrix, columns: &Bundle, out: &mut Bundle) {
    out.clear();
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

/// out ← out + a∘b.
#[inline(always)]
fn add_product<S: Simd>(simd: S, out: &mut Row, a: &Row, b: &Row) {
    let inputs = S::as_simd_f64s(a).0.iter().zip(S::as_simd_f64s(b).0);
    for (out, (a, b)) in S::as_mut_simd_f64s(out).0.iter_mut().zip(inputs) {
        *out = simd.mul_add_e_f64s(*a, *b, *out);
    }
}

struct Mixing<'a> {
    mix: &'a Mix,
    input: &'a [Row],
    out: &'a mut [Row],
}

impl Loops for Mixing<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        for (out, row) in self.out.iter_mut().zip(self.input) {
            *out = self.mix.apply(simd, row, *out);
        }
    }
}

/// out ← out + x · row.
#[inline(always)]
pub fn add_multiple<S: Simd>(simd: S, out: &mut Row, x: f64, row: &Row) {
    let x = simd.splat_f64s(x);
    for (out, y) in S::as_mut_simd_f64s(out).0.iter_mut().zip(S::as_simd_f64s(row).0) {
        *out = simd.mul_add_e_f64s(x, *y, *out);
    }
}

/// x · a + y · b.
#[inline(always)]
pub fn combination<S: Simd>(simd: S, (x, a): (f64, &Row), (y, b): (f64, &Row)) -> Row {
    let mut out = [0.0; LANES];
    let (x, y) = (simd.splat_f64s(x), simd.splat_f64s(y));
    let inputs = S::as_simd_f64s(a).0.iter().zip(S::as_simd_f64s(b).0);
    for (out, (a, b)) in S::as_mut_simd_f64s(&mut out).0.iter_mut().zip(inputs) {
        *out = simd.mul_add_e_f64s(y, *b, simd.mul_f64s(x, *a));
    }
    out
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
        let m = self.out.len();
        if m == 0 {
            return;
        }
        let mut first = 0;
        let (tiles, rest) = self.out.as_chunks_mut::<TILE>();
        for tile in tiles {
            let mut sums = [[0.0; LANES]; TILE];
            for (column, row) in self.x.chunks_exact(m).zip(self.columns) {
                if let Some(part) = column[first..].first_chunk::<TILE>() {
                    for (sum, x) in sums.iter_mut().zip(part) {
                        add_multiple(simd, sum, *x, row);
                    }
                }
            }
            *tile = sums;
            first += TILE;
        }
        for out in rest {
            let mut sum = [0.0; LANES];
            for (column, row) in self.x.chunks_exact(m).zip(self.columns) {
                add_multiple(simd, &mut sum, column[first], row);
            }
            *out = sum;
            first += 1;
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
        let m = self.columns.len();
        if m == 0 {
            return self.out.fill([0.0; LANES]);
        }
        let mut first = 0;
        let (tiles, rest) = self.out.as_chunks_mut::<TILE>();
        for tile in tiles {
            let mut sums = [[0.0; LANES]; TILE];
            let block: [&[f64]; TILE] = std::array::from_fn(|k| &self.x[(first + k) * m..(first + k + 1) * m]);
            for r in 0..m {
                for (sum, column) in sums.iter_mut().zip(&block) {
                    add_multiple(simd, sum, column[r], &self.columns[r]);
                }
            }
            *tile = sums;
            first += TILE;
        }
        for out in rest {
            let mut sum = [0.0; LANES];
            for (x, row) in self.x[first * m..].iter().zip(self.columns) {
                add_multiple(simd, &mut sum, *x, row);
            }
            *out = sum;
            first += 1;
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
    use super::*;
    use crate::numeric::dense::Cholesky;
    use crate::numeric::seed::Stream;

    fn random(n: usize, stream: &mut Stream) -> (Bundle, Matrix) {
        let matrix = Matrix::from_fn(n, LANES, |_, _| stream.normal());
        let mut bundle = Bundle::zeros(n);
        (0..LANES).for_each(|k| bundle.set_column(k, &matrix.column(k).into_owned()));
        (bundle, matrix)
    }

    fn distance(bundle: &Bundle, matrix: &Matrix) -> f64 {
        (0..LANES).map(|k| (bundle.column(k) - matrix.column(k)).norm()).fold(0.0, f64::max)
    }

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
    fn mixing_acts_on_columns() {
        let mut stream = Stream::new(6, "mixing");
        let small = Matrix::from_fn(5, 5, |_, _| stream.normal());
        let ((input, a), (mut out, b)) = (random(9, &mut stream), random(9, &mut stream));
        out.mix(&Mix::new(&small, -2.0), &input);
        let mut expected = b.clone();
        expected.columns_mut(0, 5).gemm(-2.0, &a.columns(0, 5), &small.transpose(), 1.0);
        assert!(distance(&out, &expected) < 1e-13);
        assert!((out.norms()[3] - expected.column(3).norm()).abs() < 1e-13);
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

    #[test]
    fn what_is_not_finite_is_found() {
        let mut bundle = Bundle::zeros(4);
        assert_eq!(bundle.not_finite(LANES), None);
        bundle.rows[2][5] = f64::INFINITY;
        assert_eq!((bundle.not_finite(5), bundle.not_finite(6)), (None, Some(5)));
        bundle.rows[3][1] = f64::NAN;
        assert_eq!(bundle.not_finite(LANES), Some(1));
        assert!(bundle.largest_norm().is_nan());
    }
}
