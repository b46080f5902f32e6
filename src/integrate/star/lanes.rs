//! The eigenvalues γ of A as factors of the columns of a bundle: column 0 belongs to the real one, columns 1 + 2k and 2 + 2k,
//! with the amplitude p − iq, to pair k. A complex number a + ib acts on such a pair as p ← ap + bq, q ← aq − bp.

use super::Tableau;
use crate::numeric::bundle::{Bundle, LANES, Row};
use crate::numeric::simd::{Loops, Simd, dispatch, madd};
use crate::numeric::{Complex, Vector};

/// A complex factor for each column: real parts, and imaginary parts with the sign of the column that they act on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lanes {
    re: Row,
    im: Row,
}

/// Such factors for every row.
pub(super) struct Parts {
    pub re: Bundle,
    pub im: Bundle,
}

impl Lanes {
    /// Every γ of a method.
    pub fn new(tableau: &Tableau) -> Lanes {
        Lanes::of(tableau.gamma_real, tableau.gamma_pairs.iter().copied())
    }

    /// A complex factor for column 0, of which the real part acts, and for each pair.
    pub fn of(real: f64, pairs: impl Iterator<Item = Complex<f64>>) -> Lanes {
        let mut parts = Parts::zeros(1);
        parts.set(0, 0, real.into());
        pairs.enumerate().for_each(|(k, factor)| parts.set(0, k + 1, factor));
        Lanes { re: parts.re.rows[0], im: parts.im.rows[0] }
    }

    /// The factor of column 0.
    pub fn real(&self) -> f64 {
        self.re[0]
    }

    /// Number of columns.
    pub fn count(&self) -> usize {
        self.re.iter().filter(|x| **x != 0.0).count()
    }

    /// hγ for every γ.
    pub fn scaled(&self, h: f64) -> Lanes {
        Lanes { re: self.re.map(|x| x * h), im: self.im.map(|x| x * h) }
    }

    /// row ← γ · row.
    #[inline(always)]
    pub fn act<S: Simd>(&self, simd: S, row: &mut Row) {
        times(simd, row, &self.re, &self.im);
    }

    /// columns ← γ · columns.
    pub fn multiply(&self, columns: &mut Bundle) {
        dispatch(Same { re: &self.re, im: &self.im, rows: &mut columns.rows });
    }

    /// columns ← γ⁻¹ · columns.
    pub fn divide(&self, columns: &mut Bundle) {
        let (mut re, mut im) = ([0.0; LANES], [0.0; LANES]);
        for k in (0..LANES).filter(|&k| self.re[k] != 0.0) {
            let inverse = Complex::new(self.re[k], self.im[k]).inv();
            (re[k], im[k]) = (inverse.re, inverse.im);
        }
        dispatch(Same { re: &re, im: &im, rows: &mut columns.rows });
    }

    /// 1/(1 + hγx) for every x of `values`.
    pub fn inverses(&self, values: &Vector, h: f64) -> Parts {
        let mut parts = Parts::zeros(values.len());
        dispatch(Inverses { lanes: *self, values: values.as_slice(), h, parts: &mut parts });
        parts
    }
}

impl Parts {
    /// n rows of zeros.
    pub fn zeros(n: usize) -> Parts {
        Parts { re: Bundle::zeros(n), im: Bundle::zeros(n) }
    }

    /// The factor of row i and column 0 (`lane` 0, its real part alone) or pair `lane` − 1.
    pub fn set(&mut self, i: usize, lane: usize, factor: Complex<f64>) {
        if lane == 0 {
            self.re.rows[i][0] = factor.re;
            return;
        }
        let (p, q) = (2 * lane - 1, 2 * lane);
        let (re, im) = (&mut self.re.rows[i], &mut self.im.rows[i]);
        (re[p], re[q], im[p], im[q]) = (factor.re, factor.re, factor.im, -factor.im);
    }

    /// row ← factor of row i · row.
    #[inline(always)]
    pub fn act<S: Simd>(&self, simd: S, i: usize, row: &mut Row) {
        times(simd, row, &self.re.rows[i], &self.im.rows[i]);
    }
}

/// The other column of each pair in the place of each.
#[inline(always)]
fn swapped(row: &Row) -> Row {
    [row[0], row[2], row[1], row[4], row[3], row[6], row[5], row[7]]
}

/// row ← (re + i·im) row.
#[inline(always)]
pub(super) fn times<S: Simd>(simd: S, row: &mut Row, re: &Row, im: &Row) {
    let other = swapped(row);
    let factors = S::as_simd_f64s(re).0.iter().zip(S::as_simd_f64s(im).0);
    for ((x, other), (re, im)) in S::as_mut_simd_f64s(row).0.iter_mut().zip(S::as_simd_f64s(&other).0).zip(factors) {
        *x = simd.mul_add_e_f64s(*other, *im, simd.mul_f64s(*x, *re));
    }
}

struct Same<'a> {
    re: &'a Row,
    im: &'a Row,
    rows: &'a mut [Row],
}

impl Loops for Same<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        self.rows.iter_mut().for_each(|row| times(simd, row, self.re, self.im));
    }
}

struct Inverses<'a> {
    lanes: Lanes,
    values: &'a [f64],
    h: f64,
    parts: &'a mut Parts,
}

impl Loops for Inverses<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        for ((re, im), x) in self.parts.re.rows.iter_mut().zip(&mut self.parts.im.rows).zip(self.values) {
            for k in 0..LANES {
                let (a, b) = (madd::<S>(self.h * x, self.lanes.re[k], 1.0), self.h * x * self.lanes.im[k]);
                let scale = 1.0 / madd::<S>(a, a, b * b);
                (re[k], im[k]) = (a * scale, -b * scale);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrate::star::Stages;

    struct Act<'a> {
        parts: &'a Parts,
        rows: &'a mut [Row],
    }

    impl Loops for Act<'_> {
        type Output = ();

        #[inline(always)]
        fn run<S: Simd>(self, simd: S) {
            self.rows.iter_mut().enumerate().for_each(|(i, row)| self.parts.act(simd, i, row));
        }
    }

    #[test]
    fn columns_are_multiplied_as_complex_numbers() {
        let tableau = Tableau::radau(Stages::Seven).expect("a tableau");
        let lanes = Lanes::new(&tableau);
        let (h, x) = (0.3, -0.7);
        let parts = lanes.inverses(&Vector::repeat(2, x), h);
        let row: Row = std::array::from_fn(|k| 1.0 + k as f64);
        let mut columns = Bundle { rows: vec![row; 2] };
        lanes.scaled(h).multiply(&mut columns);
        dispatch(Act { parts: &parts, rows: &mut columns.rows });
        let real = tableau.gamma_real;
        assert!((columns.rows[1][0] - row[0] * h * real / (1.0 + h * real * x)).abs() < 1e-15);
        for (k, gamma) in tableau.gamma_pairs.iter().enumerate() {
            let amplitude = Complex::new(row[1 + 2 * k], -row[2 + 2 * k]) * gamma * h / (gamma * (h * x) + 1.0);
            let found = Complex::new(columns.rows[1][1 + 2 * k], -columns.rows[1][2 + 2 * k]);
            assert!((found - amplitude).norm() < 1e-14, "pair {k}");
        }
        let before = columns.clone();
        lanes.multiply(&mut columns);
        lanes.divide(&mut columns);
        (0..7).for_each(|k| assert!((columns.rows[0][k] - before.rows[0][k]).abs() < 1e-14));
    }
}
