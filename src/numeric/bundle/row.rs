use super::{LANES, Row};
use crate::numeric::simd::Simd;

/// Whether the processor has registers of eight numbers, and 32 of them; half as many rows of a result fit into others.
#[inline(always)]
pub(super) fn wide<S: Simd>() -> bool {
    S::F64_LANES == LANES
}

/// Where the tile of R rows begins that holds row `first` of `count`: the last one further up, over rows that were done before, so
/// that it is whole too.
#[inline(always)]
pub(super) fn whole<const R: usize>(first: usize, count: usize) -> usize {
    first.min(count.saturating_sub(R))
}

/// sums ← sums + x ⊗ row, for the first R entries of x.
#[inline(always)]
pub(super) fn add_outer<S: Simd, const R: usize>(simd: S, sums: &mut [Row; R], x: &[f64], row: &Row) {
    match x.first_chunk::<R>() {
        Some(x) => sums.iter_mut().zip(x).for_each(|(sum, x)| add_multiple(simd, sum, *x, row)),
        None => sums.iter_mut().zip(x).for_each(|(sum, x)| add_multiple(simd, sum, *x, row)),
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

/// out ← out + a∘b.
#[inline(always)]
pub fn add_product<S: Simd>(simd: S, out: &mut Row, a: &Row, b: &Row) {
    let inputs = S::as_simd_f64s(a).0.iter().zip(S::as_simd_f64s(b).0);
    for (out, (a, b)) in S::as_mut_simd_f64s(out).0.iter_mut().zip(inputs) {
        *out = simd.mul_add_e_f64s(*a, *b, *out);
    }
}
