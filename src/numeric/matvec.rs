//! Products of a matrix with one vector, with the widest vectors of the processor.

use super::simd::{Loops, Simd, dispatch, madd};
use super::{Matrix, Vector};

/// X v, for X of shape m × k.
pub fn product(x: &Matrix, v: &Vector) -> Vector {
    let mut out = Vector::zeros(x.nrows());
    dispatch(Product { x: x.as_slice(), v: v.as_slice(), out: out.as_mut_slice() });
    out
}

/// Xᵀ c, for X of shape m × k.
pub fn transposed_product(x: &Matrix, c: &Vector) -> Vector {
    let mut out = Vector::zeros(x.ncols());
    dispatch(TransposedProduct { x: x.as_slice(), c: c.as_slice(), out: out.as_mut_slice() });
    out
}

/// Columns that are read together.
const TOGETHER: usize = 4;

struct Product<'a> {
    x: &'a [f64],
    v: &'a [f64],
    out: &'a mut [f64],
}

impl Loops for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let m = self.out.len();
        if m == 0 {
            return;
        }
        let (fours, rest) = self.v.as_chunks::<TOGETHER>();
        let (block, last) = self.x.split_at(fours.len() * TOGETHER * m);
        let (out, out_tail) = S::as_mut_simd_f64s(self.out);
        for (columns, v) in block.chunks_exact(TOGETHER * m).zip(fours) {
            let parts: [_; TOGETHER] = std::array::from_fn(|k| S::as_simd_f64s(&columns[k * m..(k + 1) * m]));
            let wide = v.map(|v| simd.splat_f64s(v));
            for (r, out) in out.iter_mut().enumerate() {
                let mut sum = *out;
                for k in 0..TOGETHER {
                    sum = simd.mul_add_e_f64s(parts[k].0[r], wide[k], sum);
                }
                *out = sum;
            }
            for k in 0..TOGETHER {
                out_tail.iter_mut().zip(parts[k].1).for_each(|(out, x)| *out = madd::<S>(*x, v[k], *out));
            }
        }
        for (column, v) in last.chunks_exact(m).zip(rest) {
            let ((head, tail), wide) = (S::as_simd_f64s(column), simd.splat_f64s(*v));
            out.iter_mut().zip(head).for_each(|(out, x)| *out = simd.mul_add_e_f64s(*x, wide, *out));
            out_tail.iter_mut().zip(tail).for_each(|(out, x)| *out += x * v);
        }
    }
}

struct TransposedProduct<'a> {
    x: &'a [f64],
    c: &'a [f64],
    out: &'a mut [f64],
}

impl Loops for TransposedProduct<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let m = self.c.len();
        if m == 0 {
            return;
        }
        let (c, c_tail) = S::as_simd_f64s(self.c);
        let (fours, rest) = self.out.as_chunks_mut::<TOGETHER>();
        let (block, last) = self.x.split_at(fours.len() * TOGETHER * m);
        for (columns, out) in block.chunks_exact(TOGETHER * m).zip(fours) {
            let parts: [_; TOGETHER] = std::array::from_fn(|k| S::as_simd_f64s(&columns[k * m..(k + 1) * m]));
            let mut sums = [simd.splat_f64s(0.0); TOGETHER];
            for (r, c) in c.iter().enumerate() {
                for k in 0..TOGETHER {
                    sums[k] = simd.mul_add_e_f64s(parts[k].0[r], *c, sums[k]);
                }
            }
            for k in 0..TOGETHER {
                out[k] = simd.reduce_sum_f64s(sums[k]) + parts[k].1.iter().zip(c_tail).map(|(x, c)| x * c).sum::<f64>();
            }
        }
        for (column, out) in last.chunks_exact(m).zip(rest) {
            let ((head, tail), mut sum) = (S::as_simd_f64s(column), simd.splat_f64s(0.0));
            head.iter().zip(c).for_each(|(x, c)| sum = simd.mul_add_e_f64s(*x, *c, sum));
            *out = simd.reduce_sum_f64s(sum) + tail.iter().zip(c_tail).map(|(x, c)| x * c).sum::<f64>();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::seed::Stream;

    #[test]
    fn they_are_the_products_of_matrices() {
        let mut stream = Stream::new(12, "matvec");
        for (m, k) in [(0, 4), (4, 0), (1, 1), (3, 17), (17, 3), (8, 8), (16, 24), (31, 41)] {
            let x = Matrix::from_fn(m, k, |_, _| stream.normal());
            let (v, c) = (Vector::from_fn(k, |_, _| stream.normal()), Vector::from_fn(m, |_, _| stream.normal()));
            assert!((product(&x, &v) - &x * &v).amax() <= 1e-13, "{m} x {k}");
            assert!((transposed_product(&x, &c) - x.tr_mul(&c)).amax() <= 1e-13, "{m} x {k}, transposed");
        }
    }
}
