use crate::numeric::bundle::{LANES, Row, add_multiple, add_product};
use crate::numeric::simd::Simd;

/// An 8 × 8 piece of a matrix, column by column.
pub type Tile = [Row; LANES];

/// Rows that begin where the widest vector can be fetched by one access to the cache.
#[derive(Debug, Clone)]
pub struct Aligned {
    numbers: Vec<f64>,
    skip: usize,
}

impl Aligned {
    /// Rows of zeros.
    pub fn zeros(rows: usize) -> Aligned {
        let numbers = vec![0.0; (rows + 1) * LANES];
        let skip = numbers.as_ptr().align_offset(size_of::<Row>()) % LANES;
        Aligned { numbers, skip }
    }

    /// The rows, eight to a tile.
    #[inline(always)]
    pub fn tiles(&self) -> &[Tile] {
        self.numbers[self.skip..].as_chunks().0.as_chunks().0
    }

    /// The rows, to write to.
    #[inline(always)]
    pub fn rows_mut(&mut self) -> &mut [Row] {
        self.numbers[self.skip..].as_chunks_mut().0
    }
}

/// Tiles in the first j of `height` columns of a lower triangle of tiles.
#[inline(always)]
pub fn tiles_before(height: usize, j: usize) -> usize {
    j * (2 * height + 1 - j) / 2
}

/// a + b.
#[inline(always)]
pub fn add<S: Simd>(simd: S, a: &Row, b: &Row) -> Row {
    let mut out = [0.0; LANES];
    let inputs = S::as_simd_f64s(a).0.iter().zip(S::as_simd_f64s(b).0);
    for (out, (a, b)) in S::as_mut_simd_f64s(&mut out).0.iter_mut().zip(inputs) {
        *out = simd.add_f64s(*a, *b);
    }
    out
}

/// x · row.
#[inline(always)]
pub fn multiple<S: Simd>(simd: S, x: f64, row: &Row) -> Row {
    let mut out = [0.0; LANES];
    let x = simd.splat_f64s(x);
    for (out, row) in S::as_mut_simd_f64s(&mut out).0.iter_mut().zip(S::as_simd_f64s(row).0) {
        *out = simd.mul_f64s(x, *row);
    }
    out
}

/// out + Σᵢ factorsᵢ tileᵢ over the first N columns of a tile.
#[inline(always)]
pub fn add_columns<S: Simd, const N: usize>(simd: S, mut out: Row, tile: &Tile, factors: &Row) -> Row {
    for (x, column) in factors[..N].iter().zip(tile) {
        add_multiple(simd, &mut out, *x, column);
    }
    out
}

/// sumsᵢ ← sumsᵢ + columnᵢ∘row over as many columns of a tile as there are sums.
#[inline(always)]
pub fn add_to_dots<S: Simd>(simd: S, sums: &mut [Row], tile: &[Row], row: &Row) {
    for (sum, column) in sums.iter_mut().zip(tile) {
        add_product(simd, sum, column, row);
    }
}

/// The sum of the entries of a row.
#[inline(always)]
pub fn sum<S: Simd>(simd: S, row: &Row) -> f64 {
    let mut all = simd.splat_f64s(0.0);
    for part in S::as_simd_f64s(row).0 {
        all = simd.add_f64s(all, *part);
    }
    simd.reduce_sum_f64s(all)
}

/// The sums of the entries of up to eight rows, and zeros.
#[inline(always)]
pub fn sums<S: Simd>(simd: S, rows: &[Row]) -> Row {
    let mut out = [0.0; LANES];
    for (out, row) in out.iter_mut().zip(rows) {
        *out = sum(simd, row);
    }
    out
}
