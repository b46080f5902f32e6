use super::tile::{Aligned, Tile, add, add_columns, add_to_dots, multiple, sum, sums, tiles_before};
use super::{Reflectors, Tridiagonal};
use crate::numeric::Matrix;
use crate::numeric::bundle::{LANES, Row, add_multiple, add_product, combination};
use crate::numeric::simd::{Loops, Simd, dispatch};

/// Below it a sum of squares has lost digits to underflow, and a reflection made of it would not be orthogonal.
const SMALLEST: f64 = f64::MIN_POSITIVE / f64::EPSILON;

/// The reduction, panel by panel.
pub fn reduce(matrix: &Matrix) -> Tridiagonal {
    let n = matrix.nrows();
    let height = n.div_ceil(LANES);
    let count = tiles_before(height, height);
    let mut scratch = Aligned::zeros((count + height) * LANES + 2 * height);
    let (a, rest) = scratch.rows_mut().split_at_mut(count * LANES);
    let (qs, rest) = rest.split_at_mut(height * LANES);
    let (v, p) = rest.split_at_mut(height);
    // Rows and columns beyond n stay zero.
    let mut columns = a.iter_mut();
    for first in (0..n).step_by(LANES) {
        for row in (first..n).step_by(LANES) {
            for (j, out) in (first..first + LANES).zip(&mut columns) {
                let from = matrix.as_slice().get(j * n + row..(j + 1) * n).unwrap_or_default();
                match from.first_chunk() {
                    Some(from) => *out = *from,
                    None => out.iter_mut().zip(from).for_each(|(out, x)| *out = *x),
                }
            }
        }
    }
    let mut out = Tridiagonal {
        reflectors: Reflectors { tiles: Aligned::zeros((count + height) * LANES), height },
        diagonal: vec![0.0; n],
        off: vec![0.0; n.saturating_sub(1)],
    };
    let (a, qs) = (a.as_chunks_mut().0, qs.as_chunks_mut().0);
    dispatch(Reduce { a, qs, v, p: &mut p[..height], out: &mut out });
    out
}

struct Reduce<'a> {
    /// The lower triangle.
    a: &'a mut [Tile],
    /// Room for Q̂, v and p.
    qs: &'a mut [Tile],
    v: &'a mut [Row],
    p: &'a mut [Row],
    out: &'a mut Tridiagonal,
}

impl Loops for Reduce<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Reduce { mut a, qs, v, p, out: Tridiagonal { reflectors, diagonal, off } } = self;
        let (n, height) = (diagonal.len(), reflectors.height);
        let (mut reflectors, mixes) = reflectors.parts_mut();
        for (panel, mix) in mixes.iter_mut().enumerate() {
            let (first, height) = (panel * LANES, height - panel);
            let (vs, later) = reflectors.split_at_mut(height);
            let (qs, v, p) = (&mut qs[..height], &mut v[..height], &mut p[..height]);
            qs.fill([[0.0; LANES]; LANES]);
            for s in 0..LANES.min(n - first) {
                let (k, mut panel) = (first + s, Panel { s, vs, qs });
                let column = match s {
                    0 => panel.next_column::<S, 0>(simd, a, v),
                    1..=3 => panel.next_column::<S, 3>(simd, a, v),
                    _ => panel.next_column::<S, 7>(simd, a, v),
                };
                diagonal[k] = column.diagonal;
                let (row, lane) = ((s + 1) / LANES, (s + 1) % LANES);
                let Some(off) = off.get_mut(k) else { break };
                let x = v[row][lane];
                *off = x;
                if k + 2 >= n || column.square < SMALLEST {
                    continue;
                }
                let norm = column.square.sqrt();
                let beta = (norm + x.abs()) / norm;
                *off = -norm.copysign(x);
                let inverse = 1.0 / (x - *off);
                v.iter_mut().for_each(|row| *row = multiple(simd, inverse, row));
                v[row][lane] = 1.0;
                // Vᵀv and Q̂ᵀv from Vᵀx and Q̂ᵀx.
                let (mut with_v, mut with_q) = (column.with_v, column.with_q);
                for i in 0..LANES {
                    with_v[i] = inverse * (with_v[i] - *off * panel.vs[row][i][lane]);
                    with_q[i] = inverse * (with_q[i] - *off * panel.qs[row][i][lane]);
                }
                multiply(simd, a, v, p);
                match s {
                    0 => panel.finish::<S, 0>(simd, v, p, beta, (&with_v, &with_q)),
                    1..=3 => panel.finish::<S, 3>(simd, v, p, beta, (&with_v, &with_q)),
                    _ => panel.finish::<S, 7>(simd, v, p, beta, (&with_v, &with_q)),
                }
                let factors = multiple(simd, -beta, &with_v);
                mix[s] = add_columns::<S, LANES>(simd, [0.0; LANES], mix, &factors);
                mix[s][s] = beta;
            }
            let (_, trailing) = std::mem::take(&mut a).split_at_mut(height);
            update(simd, vs, qs, trailing);
            (a, reflectors) = (trailing, later);
        }
    }
}

/// Step s of a panel: V and Q̂ from the panel's first row on, of which the columns before s are there and the others zero.
struct Panel<'a> {
    s: usize,
    vs: &'a mut [Tile],
    qs: &'a mut [Tile],
}

/// The next column: its entry on the diagonal, and of x, the entries below:
struct Column {
    diagonal: f64,
    /// ‖x‖².
    square: f64,
    /// Vᵀx.
    with_v: Row,
    /// Q̂ᵀx.
    with_q: Row,
}

impl Panel<'_> {
    /// x ← column s of A − VQ̂ᵀ − Q̂Vᵀ below the diagonal. The first N ≥ s columns of V and Q̂ are read.
    #[inline(always)]
    fn next_column<S: Simd, const N: usize>(&self, simd: S, a: &[Tile], x: &mut [Row]) -> Column {
        let s = self.s;
        let (mut heads_v, mut heads_q) = ([0.0; LANES], [0.0; LANES]);
        for i in 0..N {
            (heads_v[i], heads_q[i]) = (-self.vs[0][i][s], -self.qs[0][i][s]);
        }
        let (mut with_v, mut with_q) = ([[0.0; LANES]; N], [[0.0; LANES]; N]);
        let (mut squares, mut diagonal) = ([0.0; LANES], 0.0);
        for (r, (((x, a), v), q)) in x.iter_mut().zip(a).zip(&*self.vs).zip(&*self.qs).enumerate() {
            let other = add_columns::<S, N>(simd, [0.0; LANES], q, &heads_v);
            let mut row = add(simd, &add_columns::<S, N>(simd, a[s], v, &heads_q), &other);
            if r == 0 {
                diagonal = row[s];
                clear(&mut row, s);
            }
            add_to_dots(simd, &mut with_v, v, &row);
            add_to_dots(simd, &mut with_q, q, &row);
            add_product(simd, &mut squares, &row, &row);
            *x = row;
        }
        Column { diagonal, square: sum(simd, &squares), with_v: sums(simd, &with_v), with_q: sums(simd, &with_q) }
    }

    /// Column s of V and Q̂, from the product p of v with the A of the panel's start. N as above.
    #[inline(always)]
    fn finish<S: Simd, const N: usize>(&mut self, simd: S, v: &[Row], p: &mut [Row], beta: f64, (with_v, with_q): (&Row, &Row)) {
        let (mut minus_v, mut minus_q) = ([0.0; LANES], [0.0; LANES]);
        for i in 0..N {
            (minus_v[i], minus_q[i]) = (-with_v[i], -with_q[i]);
        }
        let mut products = [0.0; LANES];
        for (((p, v), vs), qs) in p.iter_mut().zip(v).zip(&*self.vs).zip(&*self.qs) {
            let other = add_columns::<S, N>(simd, [0.0; LANES], qs, &minus_v);
            *p = add(simd, &add_columns::<S, N>(simd, *p, vs, &minus_q), &other);
            add_product(simd, &mut products, p, v);
        }
        clear(&mut p[0], self.s);
        let share = -0.5 * beta * beta * sum(simd, &products);
        for (((p, v), vs), qs) in p.iter().zip(v).zip(&mut *self.vs).zip(&mut *self.qs) {
            qs[self.s] = combination(simd, (beta, p), (share, v));
            vs[self.s] = *v;
        }
    }
}

/// Zeros from the first entry of a row to entry s.
#[inline(always)]
fn clear(row: &mut Row, s: usize) {
    for (i, x) in row.iter_mut().enumerate() {
        *x = if i <= s { 0.0 } else { *x };
    }
}

/// p ← Av, for the A of the panel's start.
#[inline(always)]
fn multiply<S: Simd>(simd: S, a: &[Tile], v: &[Row], p: &mut [Row]) {
    let height = v.len();
    p.fill([0.0; LANES]);
    for j in 0..height {
        let start = tiles_before(height, j);
        multiply_block(simd, &a[start..start + height - j], &v[j..], &mut p[j..]);
    }
}

/// What the columns of one column of tiles and their mirror images add to p.
#[inline(always)]
fn multiply_block<S: Simd>(simd: S, block: &[Tile], v: &[Row], p: &mut [Row]) {
    let parts = (block.split_first(), v.split_first(), p.split_first_mut());
    let (Some((top, block)), Some((head, v)), Some((out, p))) = parts else { return };
    // A copy, so that its entries can stay in registers.
    let head = *head;
    // Ahead of the loop, so that no sum waits at its end.
    let own = add(simd, out, &multiple_columns(simd, top, &head));
    let mut products = [[0.0; LANES]; LANES];
    for ((tile, v), p) in block.iter().zip(v).zip(p) {
        *p = add(simd, p, &multiple_columns(simd, tile, &head));
        add_to_dots(simd, &mut products, tile, v);
    }
    *out = add(simd, &own, &sums(simd, &products));
}

/// Σᵢ factorsᵢ tileᵢ, by two sums that do not wait for each other.
#[inline(always)]
fn multiple_columns<S: Simd>(simd: S, tile: &Tile, factors: &Row) -> Row {
    let mut sums = [[0.0; LANES]; 2];
    for i in 0..LANES {
        add_multiple(simd, &mut sums[i % 2], factors[i], &tile[i]);
    }
    add(simd, &sums[0], &sums[1])
}

/// A ← A − VQ̂ᵀ − Q̂Vᵀ beyond the panel.
#[inline(always)]
fn update<S: Simd>(simd: S, vs: &[Tile], qs: &[Tile], trailing: &mut [Tile]) {
    let height = vs.len();
    for i in 1..height {
        let (mut minus_v, mut minus_q) = (vs[i], qs[i]);
        for (v, q) in minus_v.iter_mut().zip(&mut minus_q) {
            *v = multiple(simd, -1.0, v);
            *q = multiple(simd, -1.0, q);
        }
        for (j, (v, q)) in vs[1..=i].iter().zip(&qs[1..=i]).enumerate() {
            let tile = &mut trailing[tiles_before(height - 1, j) + i - 1 - j];
            let mut out = *tile;
            for (minus_v, heads) in minus_v.iter().zip(q) {
                for (out, x) in out.iter_mut().zip(heads) {
                    add_multiple(simd, out, *x, minus_v);
                }
            }
            for (minus_q, heads) in minus_q.iter().zip(v) {
                for (out, x) in out.iter_mut().zip(heads) {
                    add_multiple(simd, out, *x, minus_q);
                }
            }
            *tile = out;
        }
    }
}
