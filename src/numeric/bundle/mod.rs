//! Up to eight vectors side by side, row by row: the stages of one step.
//!
//! A matrix is read once for all of them, and a row fills the registers of the processor.

mod gram;
mod products;
mod row;
mod spare;

pub use gram::gram;
pub use products::{add_products, cholesky_solve, inner_products, product, transposed_product};
pub use row::{add_multiple, add_product, combination};

use super::simd::{Loops, Simd, dispatch};
use super::{Matrix, Vector};

/// Columns of a bundle.
pub const LANES: usize = 8;
/// One row.
pub type Row = [f64; LANES];
/// An n × 8 matrix, row by row. Columns that are not in use are zero.
#[derive(Debug, PartialEq)]
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
        let mut rows = spare::take(n);
        rows.resize(n, [0.0; LANES]);
        Bundle { rows }
    }

    /// `vector` in each of the first `count` columns.
    pub fn repeat(vector: &Vector, count: usize) -> Bundle {
        let row = |x: &f64| std::array::from_fn(|k| if k < count { *x } else { 0.0 });
        let mut rows = spare::take(vector.len());
        rows.extend(vector.iter().map(row));
        Bundle { rows }
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

    /// Adds M applied to the columns of `input`.
    pub fn mix(&mut self, mix: &Mix, input: &Bundle) {
        dispatch(Mixing { mix, input: &input.rows, out: &mut self.rows });
    }

    /// Becomes M (N `input` − `start`), column mixes both.
    pub fn misfit(&mut self, outer: &Mix, (inner, input): (&Mix, &Bundle), start: &Bundle) {
        dispatch(Misfit { outer, inner, input: &input.rows, start: &start.rows, out: &mut self.rows });
    }

    /// Adds M applied to the columns of `input`; the largest norm of a column of what was added, NaN if one is.
    pub fn add_mixed(&mut self, mix: &Mix, input: &Bundle) -> f64 {
        largest(dispatch(AddMixed { mix, input: &input.rows, out: &mut self.rows }))
    }

    /// Becomes `start` with `vector` added to its first `count` columns.
    pub fn sum_with_each(&mut self, start: &Bundle, vector: &Vector, count: usize) {
        for ((row, start), x) in self.rows.iter_mut().zip(&start.rows).zip(vector) {
            *row = *start;
            row[..count].iter_mut().for_each(|y| *y += x);
        }
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
        largest(self.norms())
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

impl Clone for Bundle {
    fn clone(&self) -> Bundle {
        let mut rows = spare::take(self.len());
        rows.extend_from_slice(&self.rows);
        Bundle { rows }
    }
}

impl Drop for Bundle {
    fn drop(&mut self) {
        spare::give_back(std::mem::take(&mut self.rows));
    }
}

fn largest(norms: Row) -> f64 {
    norms.into_iter().fold(0.0, |a, b| if b > a || b.is_nan() { b } else { a })
}

/// Rows that two mixes go over one after the other.
const BLOCK: usize = 16;

struct Misfit<'a> {
    outer: &'a Mix,
    inner: &'a Mix,
    input: &'a [Row],
    start: &'a [Row],
    out: &'a mut [Row],
}

impl Loops for Misfit<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        // A row is read number by number, which has to wait where it has just been written as one: so a block is written, then read.
        let blocks = self.out.chunks_mut(BLOCK).zip(self.input.chunks(BLOCK)).zip(self.start.chunks(BLOCK));
        for ((out, rows), starts) in blocks {
            let mut inside = [[0.0; LANES]; BLOCK];
            for ((inside, row), start) in inside.iter_mut().zip(rows).zip(starts) {
                *inside = self.inner.apply(simd, row, start.map(|x| -x));
            }
            out.iter_mut().zip(&inside).for_each(|(out, row)| *out = self.outer.apply(simd, row, [0.0; LANES]));
        }
    }
}

struct AddMixed<'a> {
    mix: &'a Mix,
    input: &'a [Row],
    out: &'a mut [Row],
}

impl Loops for AddMixed<'_> {
    type Output = Row;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Row {
        let mut squares = [0.0; LANES];
        for (out, row) in self.out.iter_mut().zip(self.input) {
            let change = self.mix.apply(simd, row, [0.0; LANES]);
            add_product(simd, &mut squares, &change, &change);
            add_multiple(simd, out, 1.0, &change);
        }
        squares.map(f64::sqrt)
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

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::numeric::seed::Stream;

    pub fn random(n: usize, stream: &mut Stream) -> (Bundle, Matrix) {
        let matrix = Matrix::from_fn(n, LANES, |_, _| stream.normal());
        let mut bundle = Bundle::zeros(n);
        (0..LANES).for_each(|k| bundle.set_column(k, &matrix.column(k).into_owned()));
        (bundle, matrix)
    }

    pub fn distance(bundle: &Bundle, matrix: &Matrix) -> f64 {
        (0..LANES).map(|k| (bundle.column(k) - matrix.column(k)).norm()).fold(0.0, f64::max)
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
