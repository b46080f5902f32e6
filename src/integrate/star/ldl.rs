use crate::numeric::bundle::LANES;
use crate::numeric::simd::{Loops, Simd, dispatch, madd};
use crate::numeric::{Complex, Matrix};

/// L D Lᵀ of a complex symmetric matrix whose real part is positive definite: no pivoting is needed (the growth of the
/// factors is bounded then: Higham, Factorizing complex symmetric matrices with positive definite real and imaginary parts,
/// Math. Comp. 67, 1998). Real and imaginary parts are kept apart, so that the inner loops are plain real ones.
#[derive(Debug, Clone)]
pub(super) struct ComplexLdl {
    re: Matrix,
    im: Matrix,
    inverse_pivots: Vec<Complex<f64>>,
}

impl ComplexLdl {
    /// Factors of `re` + i `im` (lower triangles count); `None` when a pivot is not finite or vanishes.
    pub fn new(mut re: Matrix, mut im: Matrix) -> Option<ComplexLdl> {
        let n = re.nrows();
        let inverse_pivots = dispatch(Factor { re: re.as_mut_slice(), im: im.as_mut_slice(), n })?;
        Some(ComplexLdl { re, im, inverse_pivots })
    }

    /// Solves in place; the right-hand side is `x` + i `y`.
    pub fn solve(&self, x: &mut [f64], y: &mut [f64]) {
        dispatch(Solve { factors: self, x, y });
    }
}

struct Factor<'a> {
    re: &'a mut [f64],
    im: &'a mut [f64],
    n: usize,
}

impl Loops for Factor<'_> {
    type Output = Option<Vec<Complex<f64>>>;

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> Option<Vec<Complex<f64>>> {
        let Factor { re, im, n } = self;
        let (mut pivots, mut inverse_pivots) = (Vec::<Complex<f64>>::with_capacity(n), Vec::with_capacity(n));
        for j in 0..n {
            let (re_done, re_rest) = re.split_at_mut(j * n);
            let (im_done, im_rest) = im.split_at_mut(j * n);
            let (re_j, im_j) = (&mut re_rest[j..n], &mut im_rest[j..n]);
            for (k, pivot) in pivots.iter().enumerate() {
                let (re_k, im_k) = (&re_done[k * n + j..(k + 1) * n], &im_done[k * n + j..(k + 1) * n]);
                let factor = Complex::new(re_k[0], im_k[0]) * pivot;
                for (((a, b), x), y) in re_j.iter_mut().zip(im_j.iter_mut()).zip(re_k).zip(im_k) {
                    *a = madd::<S>(factor.im, *y, madd::<S>(-factor.re, *x, *a));
                    *b = madd::<S>(-factor.im, *x, madd::<S>(-factor.re, *y, *b));
                }
            }
            let pivot = Complex::new(re_j[0], im_j[0]);
            let inverse = pivot.inv();
            if !(inverse.re.is_finite() && inverse.im.is_finite()) {
                return None;
            }
            for (a, b) in re_j.iter_mut().zip(im_j.iter_mut()).skip(1) {
                (*a, *b) = (*a * inverse.re - *b * inverse.im, *a * inverse.im + *b * inverse.re);
            }
            pivots.push(pivot);
            inverse_pivots.push(inverse);
        }
        Some(inverse_pivots)
    }
}

struct Solve<'a> {
    factors: &'a ComplexLdl,
    x: &'a mut [f64],
    y: &'a mut [f64],
}

impl Loops for Solve<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Solve { factors, x, y } = self;
        let n = factors.inverse_pivots.len();
        let (re, im) = (factors.re.as_slice(), factors.im.as_slice());
        for k in 0..n {
            let (a, b) = (x[k], y[k]);
            let range = k * n + k + 1..(k + 1) * n;
            let (tail_x, tail_y) = (&mut x[k + 1..], &mut y[k + 1..]);
            for (((p, q), l), m) in tail_x.iter_mut().zip(tail_y.iter_mut()).zip(&re[range.clone()]).zip(&im[range]) {
                *p = madd::<S>(*m, b, madd::<S>(-*l, a, *p));
                *q = madd::<S>(-*m, a, madd::<S>(-*l, b, *q));
            }
        }
        for ((a, b), p) in x.iter_mut().zip(y.iter_mut()).zip(&factors.inverse_pivots) {
            (*a, *b) = (*a * p.re - *b * p.im, *a * p.im + *b * p.re);
        }
        for k in (0..n).rev() {
            let range = k * n + k + 1..(k + 1) * n;
            let (mut a, mut b) = ([0.0; LANES], [0.0; LANES]);
            let (tail_x, tail_y, re, im) = (&x[k + 1..], &y[k + 1..], &re[range.clone()], &im[range]);
            let whole = tail_x.len() / LANES * LANES;
            for i in (0..whole).step_by(LANES) {
                let part = i..i + LANES;
                let (p, q, l, m) = (&tail_x[part.clone()], &tail_y[part.clone()], &re[part.clone()], &im[part]);
                for j in 0..LANES {
                    a[j] = madd::<S>(-m[j], q[j], madd::<S>(l[j], p[j], a[j]));
                    b[j] = madd::<S>(m[j], p[j], madd::<S>(l[j], q[j], b[j]));
                }
            }
            for i in whole..tail_x.len() {
                a[0] += re[i] * tail_x[i] - im[i] * tail_y[i];
                b[0] += re[i] * tail_y[i] + im[i] * tail_x[i];
            }
            let (a, b): (f64, f64) = (a.iter().sum(), b.iter().sum());
            x[k] -= a;
            y[k] -= b;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::seed::Stream;

    #[test]
    fn it_solves_what_it_factored() {
        let n = 23;
        let mut stream = Stream::new(3, "ldl");
        let b = Matrix::from_fn(n, n, |_, _| stream.normal());
        let re = &b * b.transpose() + Matrix::identity(n, n) * 0.1;
        let c = Matrix::from_fn(n, n, |_, _| stream.normal());
        let im = &c + c.transpose();
        let x0 = Matrix::from_fn(n, 2, |_, _| stream.normal());
        let (mut x, mut y) = (&re * x0.column(0) - &im * x0.column(1), &re * x0.column(1) + &im * x0.column(0));
        let factors = ComplexLdl::new(re, im).expect("positive definite real part");
        factors.solve(x.as_mut_slice(), y.as_mut_slice());
        assert!((x - x0.column(0)).norm() + (y - x0.column(1)).norm() < 1e-9);
        assert!(ComplexLdl::new(Matrix::zeros(2, 2), Matrix::zeros(2, 2)).is_none());
    }
}
