use super::LANES;
use super::row::{add_multiple, add_outer, whole, wide};
use crate::numeric::Matrix;
use crate::numeric::simd::{Loops, Simd, dispatch};

/// Columns of X that a block goes through before the next one: what it reads of them stays in the nearest memory.
const PANEL: usize = 128;

/// X diag(weights) Xᵀ, n × n, for X of shape n × m: eight columns at a time, on and below the diagonal, the rest by symmetry.
pub fn gram(x: &Matrix, weights: &[f64]) -> Matrix {
    let n = x.nrows();
    let mut out = Matrix::zeros(n, n);
    if n > 0 {
        dispatch(Gram { x: x.as_slice(), weights, n, out: out.as_mut_slice() });
        out.fill_lower_triangle_with_upper_triangle();
    }
    out
}

struct Gram<'a> {
    x: &'a [f64],
    weights: &'a [f64],
    n: usize,
    out: &'a mut [f64],
}

impl Loops for Gram<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        if wide::<S>() { self.blocks::<S, 8>(simd) } else { self.blocks::<S, 4>(simd) }
    }
}

impl Gram<'_> {
    /// Tiles of R rows and eight columns.
    #[inline(always)]
    fn blocks<S: Simd, const R: usize>(self, simd: S) {
        let Gram { x, weights, n, out } = self;
        let mut scaled = [[0.0; LANES]; PANEL];
        for (panel, weights) in x.chunks(PANEL * n).zip(weights.chunks(PANEL)) {
            for left in (0..n).step_by(LANES) {
                // diag(weights) times eight rows of X, as columns.
                for ((row, column), weight) in scaled.iter_mut().zip(panel.chunks_exact(n)).zip(weights) {
                    *row = [0.0; LANES];
                    add_head(simd, *weight, &column[left..], row);
                }
                for from in (left..n).step_by(R) {
                    let (start, mut sums) = (whole::<R>(from, n), [[0.0; LANES]; R]);
                    for (column, row) in panel.chunks_exact(n).zip(&scaled) {
                        add_outer(simd, &mut sums, &column[start..], row);
                    }
                    // The sums of row r of the lower triangle belong to column r of the upper one.
                    for (sum, out) in sums[from - start..].iter().zip(out[from * n..].chunks_exact_mut(n)) {
                        add_head(simd, 1.0, sum, &mut out[left..]);
                    }
                }
            }
        }
    }
}

/// out ← out + x · y for as many entries as both have, eight at most.
#[inline(always)]
fn add_head<S: Simd>(simd: S, x: f64, y: &[f64], out: &mut [f64]) {
    match (y.first_chunk::<LANES>(), out.first_chunk_mut::<LANES>()) {
        (Some(y), Some(out)) => add_multiple(simd, out, x, y),
        _ => out.iter_mut().zip(y).for_each(|(out, y)| *out += x * y),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::Vector;
    use crate::numeric::seed::Stream;

    #[test]
    fn it_is_the_product_of_matrices() {
        let mut stream = Stream::new(11, "gram");
        for (n, m) in [(0, 3), (3, 0), (1, 1), (7, 5), (8, 8), (9, 130), (17, 300), (40, 128), (61, 129)] {
            let x = Matrix::from_fn(n, m, |_, _| stream.normal());
            let weights = Vector::from_fn(m, |_, _| stream.normal());
            let expected = &x * Matrix::from_diagonal(&weights) * x.transpose();
            let found = gram(&x, weights.as_slice());
            assert!((&found - expected).amax() <= 1e-13 * (1 + m) as f64, "{n} x {m}");
            assert_eq!(found, found.transpose(), "{n} x {m}");
        }
    }
}
