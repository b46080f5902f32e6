use super::lanes::{Parts, times};
use crate::numeric::Complex;
use crate::numeric::bundle::{Bundle, LANES, Row};
use crate::numeric::simd::{Loops, Simd, dispatch};
use crate::numeric::tridiagonal::Tridiagonal;

/// L D Lᵀ of T + τI for a tridiagonal T and the τ of every γ: real for the first column of a bundle, complex for each pair.
///
/// With Re τ ≥ 0 and T positive definite no pivoting is needed.
pub(super) struct Shifted {
    /// Lᵢ₊₁,ᵢ, one row fewer than T.
    below: Parts,
    /// 1/dᵢ.
    inverse_pivots: Parts,
}

impl Shifted {
    /// For the τ of column 0 and of each pair. `None` where a pivot of column 0 is not positive, or one of a pair not finite.
    pub fn new(reduced: &Tridiagonal, real: f64, pairs: &[Complex<f64>]) -> Option<Shifted> {
        let n = reduced.diagonal.len();
        let (mut below, mut inverse_pivots) = (Parts::zeros(n), Parts::zeros(n));
        for lane in 0..=pairs.len() {
            let tau = if lane == 0 { Complex::from(real) } else { pairs[lane - 1] };
            let mut pivot = Complex::from(1.0);
            for i in 0..n {
                let off = if i > 0 { reduced.off[i - 1] } else { 0.0 };
                let factor = Complex::from(off) / pivot;
                pivot = tau + reduced.diagonal[i] - factor * off;
                let inverse = pivot.inv();
                if !(inverse.re.is_finite() && inverse.im.is_finite()) || (lane == 0 && pivot.re <= 0.0) {
                    return None;
                }
                if i > 0 {
                    below.set(i, lane, factor);
                }
                inverse_pivots.set(i, lane, inverse);
            }
        }
        Some(Shifted { below, inverse_pivots })
    }

    /// x ← (T + τI)⁻¹ x for the τ of column 0.
    pub fn solve_real(&self, x: &mut [f64]) {
        let Shifted { below, inverse_pivots } = self;
        for i in 1..x.len() {
            x[i] -= below.re.rows[i][0] * x[i - 1];
        }
        for i in (0..x.len()).rev() {
            x[i] *= inverse_pivots.re.rows[i][0];
            if i + 1 < x.len() {
                x[i] -= below.re.rows[i + 1][0] * x[i + 1];
            }
        }
    }

    /// columns ← (T + τI)⁻¹ · columns.
    pub fn solve(&self, columns: &mut Bundle) {
        dispatch(Sweep { of: self, rows: &mut columns.rows });
    }
}

struct Sweep<'a> {
    of: &'a Shifted,
    rows: &'a mut [Row],
}

impl Loops for Sweep<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Shifted { below, inverse_pivots } = self.of;
        let mut before = [0.0; LANES];
        for (i, row) in self.rows.iter_mut().enumerate() {
            times(simd, &mut before, &below.re.rows[i], &below.im.rows[i]);
            row.iter_mut().zip(&before).for_each(|(x, y)| *x -= y);
            before = *row;
        }
        before = [0.0; LANES];
        for (i, row) in self.rows.iter_mut().enumerate().rev() {
            times(simd, row, &inverse_pivots.re.rows[i], &inverse_pivots.im.rows[i]);
            row.iter_mut().zip(&before).for_each(|(x, y)| *x -= y);
            before = *row;
            times(simd, &mut before, &below.re.rows[i], &below.im.rows[i]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::Matrix;
    use crate::numeric::dense::ComplexMatrix;
    use crate::numeric::seed::Stream;

    #[test]
    fn it_solves_the_shifted_systems() {
        let mut stream = Stream::new(9, "shifted");
        for n in [1, 2, 17] {
            let b = Matrix::from_fn(n, n, |_, _| stream.normal());
            let a = &b * b.transpose() + Matrix::identity(n, n) * 1e-3;
            let reduced = Tridiagonal::new(&a);
            let pairs = [Complex::new(0.2, 0.7), Complex::new(0.0, -0.3)];
            let shifted = Shifted::new(&reduced, 0.5, &pairs).expect("positive definite");
            let x = Matrix::from_fn(n, 5, |_, _| stream.normal());
            let mut columns = Bundle { rows: vec![[0.0; LANES]; n] };
            columns.set_column(0, &(&a * x.column(0) + x.column(0) * 0.5));
            for (k, tau) in pairs.iter().enumerate() {
                let amplitude = ComplexMatrix::from_fn(n, 1, |i, _| Complex::new(x[(i, 1 + 2 * k)], -x[(i, 2 + 2 * k)]));
                let image = a.map(Complex::from) * &amplitude + amplitude * *tau;
                columns.set_column(1 + 2 * k, &image.map(|z| z.re).column(0).into_owned());
                columns.set_column(2 + 2 * k, &image.map(|z| -z.im).column(0).into_owned());
            }
            reduced.to_basis(&mut columns);
            shifted.solve(&mut columns);
            reduced.from_basis(&mut columns);
            let mut one = &a * x.column(0) + x.column(0) * 0.5;
            reduced.vector_to_basis(one.as_mut_slice());
            shifted.solve_real(one.as_mut_slice());
            reduced.vector_from_basis(one.as_mut_slice());
            assert!((one - x.column(0)).norm() < 1e-10, "size {n}, one column");
            (0..5).for_each(|k| assert!((columns.column(k) - x.column(k)).norm() < 1e-10, "size {n}, column {k}"));
            assert!(Shifted::new(&reduced, -a.trace(), &pairs).is_none());
        }
    }
}
