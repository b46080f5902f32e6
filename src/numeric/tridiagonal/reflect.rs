use super::Reflectors;
use super::tile::{Tile, add_columns, add_to_dots, sums, tiles_before};
use crate::numeric::bundle::{LANES, Row, add_multiple};
use crate::numeric::simd::{Loops, Simd};

/// Which of Q and Qᵀ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Side {
    /// Qᵀ.
    ToBasis,
    /// Q.
    FromBasis,
}

impl Side {
    /// The panel that acts at `step`, its V and its M.
    #[inline(always)]
    fn panel(self, of: &Reflectors, step: usize) -> (usize, &[Tile], &Tile) {
        let (tiles, mixes) = of.parts();
        let panel = if self == Side::ToBasis { step } else { of.height - 1 - step };
        let start = tiles_before(of.height, panel);
        (panel, &tiles[start..start + of.height - panel], &mixes[panel])
    }

    /// Entry (i, j) of −Mᵀ or −M.
    #[inline(always)]
    fn factor(self, mix: &Tile, i: usize, j: usize) -> f64 {
        if self == Side::ToBasis { -mix[i][j] } else { -mix[j][i] }
    }
}

/// Eight columns ← Q or Qᵀ times them.
pub struct ReflectRows<'a>(pub &'a Reflectors, pub Side, pub &'a mut [Row]);

impl Loops for ReflectRows<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let ReflectRows(of, side, rows) = self;
        for step in 0..of.height {
            let (panel, tiles, mix) = side.panel(of, step);
            let rows = &mut rows[panel * LANES..];
            let mut sums = [[0.0; LANES]; LANES];
            let (eights, rest) = rows.as_chunks::<LANES>();
            for (tile, rows) in tiles.iter().zip(eights) {
                add_transposed(simd, &mut sums, tile, rows);
            }
            for tile in &tiles[eights.len()..] {
                add_transposed(simd, &mut sums, tile, rest);
            }
            let mut mixed = [[0.0; LANES]; LANES];
            for (i, mixed) in mixed.iter_mut().enumerate() {
                for (j, sum) in sums.iter().enumerate() {
                    add_multiple(simd, mixed, side.factor(mix, i, j), sum);
                }
            }
            let (eights, rest) = rows.as_chunks_mut::<LANES>();
            let whole = eights.len();
            for (tile, rows) in tiles.iter().zip(eights) {
                add_product(simd, rows, tile, &mixed);
            }
            for tile in &tiles[whole..] {
                add_product(simd, rest, tile, &mixed);
            }
        }
    }
}

/// sums ← sums + tileᵀ · rows.
#[inline(always)]
fn add_transposed<S: Simd>(simd: S, sums: &mut Tile, tile: &Tile, rows: &[Row]) {
    for (r, row) in rows.iter().enumerate() {
        for (sum, column) in sums.iter_mut().zip(tile) {
            add_multiple(simd, sum, column[r], row);
        }
    }
}

/// rows ← rows + tile · mixed.
#[inline(always)]
fn add_product<S: Simd>(simd: S, rows: &mut [Row], tile: &Tile, mixed: &Tile) {
    for (r, row) in rows.iter_mut().enumerate() {
        let mut out = *row;
        for (column, mixed) in tile.iter().zip(mixed) {
            add_multiple(simd, &mut out, column[r], mixed);
        }
        *row = out;
    }
}

/// One vector ← Q or Qᵀ times it.
pub struct ReflectVector<'a>(pub &'a Reflectors, pub Side, pub &'a mut [f64]);

impl Loops for ReflectVector<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let ReflectVector(of, side, vector) = self;
        let mut rows = vec![[0.0; LANES]; of.height];
        rows.as_flattened_mut()[..vector.len()].copy_from_slice(vector);
        for step in 0..of.height {
            let (panel, tiles, mix) = side.panel(of, step);
            let rows = &mut rows[panel..];
            let mut products = [[0.0; LANES]; LANES];
            for (tile, row) in tiles.iter().zip(&*rows) {
                add_to_dots(simd, &mut products, tile, row);
            }
            let products = sums(simd, &products);
            let mut mixed = [0.0; LANES];
            for (i, mixed) in mixed.iter_mut().enumerate() {
                for (j, x) in products.iter().enumerate() {
                    *mixed += side.factor(mix, i, j) * x;
                }
            }
            for (tile, row) in tiles.iter().zip(rows) {
                *row = add_columns::<S, LANES>(simd, *row, tile, &mixed);
            }
        }
        vector.copy_from_slice(&rows.as_flattened()[..vector.len()]);
    }
}
