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
        let mut inverse_pivots: Vec<Complex<f64>> = Vec::with_capacity(n);
        let mut pivots: Vec<Complex<f64>> = Vec::with_capacity(n);
        {
            let (re, im) = (re.as_mut_slice(), im.as_mut_slice());
            for j in 0..n {
                let (re_done, re_rest) = re.split_at_mut(j * n);
                let (im_done, im_rest) = im.split_at_mut(j * n);
                let (re_j, im_j) = (&mut re_rest[j..n], &mut im_rest[j..n]);
                for k in 0..j {
                    let (re_k, im_k) = (&re_done[k * n + j..(k + 1) * n], &im_done[k * n + j..(k + 1) * n]);
                    let factor = Complex::new(re_k[0], im_k[0]) * pivots[k];
                    for (((a, b), x), y) in re_j.iter_mut().zip(im_j.iter_mut()).zip(re_k).zip(im_k) {
                        *a -= factor.re * x - factor.im * y;
                        *b -= factor.re * y + factor.im * x;
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
        }
        Some(ComplexLdl { re, im, inverse_pivots })
    }

    /// Solves in place; the right-hand side is `x` + i `y`.
    pub fn solve(&self, x: &mut [f64], y: &mut [f64]) {
        let n = self.inverse_pivots.len();
        let (re, im) = (self.re.as_slice(), self.im.as_slice());
        for k in 0..n {
            let (a, b) = (x[k], y[k]);
            let range = k * n + k + 1..(k + 1) * n;
            let (tail_x, tail_y) = (&mut x[k + 1..], &mut y[k + 1..]);
            for (((p, q), l), m) in tail_x.iter_mut().zip(tail_y.iter_mut()).zip(&re[range.clone()]).zip(&im[range]) {
                *p -= l * a - m * b;
                *q -= l * b + m * a;
            }
        }
        for ((a, b), p) in x.iter_mut().zip(y.iter_mut()).zip(&self.inverse_pivots) {
            (*a, *b) = (*a * p.re - *b * p.im, *a * p.im + *b * p.re);
        }
        for k in (0..n).rev() {
            let range = k * n + k + 1..(k + 1) * n;
            let (mut a, mut b) = (0.0, 0.0);
            for (((p, q), l), m) in x[k + 1..].iter().zip(&y[k + 1..]).zip(&re[range.clone()]).zip(&im[range]) {
                a += l * p - m * q;
                b += l * q + m * p;
            }
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
