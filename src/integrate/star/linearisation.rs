use super::curvature::Diagonalised;
use super::ldl::ComplexLdl;
use super::{Clock, Star, Tableau};
use crate::field::{Residual, Weights};
use crate::numeric::dense::Cholesky;
use crate::numeric::{Complex, Matrix, Vector};

/// Columns to which the stage matrices are padded: wide enough for the matrix kernel instead of s separate products.
pub(super) const WIDTH: usize = 8;
/// J is formed for its products up to this many entries; beyond, the model's own products are no dearer and need no memory.
const FORMED: usize = 40_000;

/// How well the Schur complement knows C. Each costs more than the one before and contracts Newton's iteration further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Knowledge {
    /// (I + hγC)⁻¹ by its value at the mean of C: one matrix JJᵀ for every γ.
    Mean,
    /// By its tangent at the mean: JJᵀ and J(C − mean)Jᵀ.
    Tangent,
    /// Exactly: two real matrices for every pair γ.
    Exact,
}

/// (★) linearised at one point: J there, and C = α∇²R + Σₖ μₖ∇²rₖ diagonalised.
pub(super) struct Linearisation<'a> {
    residual: &'a dyn Residual,
    point: Weights,
    curvature: Diagonalised,
    mean: f64,
    deviation: f64,
    gram: Matrix,
    /// S of a coupling, by which κ acts; `None` for the identity.
    compliance: Option<Matrix>,
    /// Rows whose Schur complement has the κ of the clock.
    soft: usize,
    /// J and Jᵀ, where they are formed.
    formed: Option<(Matrix, Matrix)>,
}

/// The factors of one step length: for each eigenvalue γ of A the Schur complement of (★) in δμ,
/// κS/(c h γ) + J (I + hγC)⁻¹ Jᵀ, S = I without a coupling.
pub(super) struct Factors {
    h: f64,
    gamma: f64,
    weights: Vec<f64>,
    real: Cholesky,
    pairs: Vec<Pair>,
    /// Smallest and largest pivot of the matrix of γ₀: near λ = 0 their ratio bounds that of the squared singular values of J.
    pub pivots: (f64, f64),
}

struct Pair {
    gamma: Complex<f64>,
    weights: Vec<Complex<f64>>,
    schur: Schur,
}

enum Schur {
    /// The factors of γ₀ times a number: where κ is so small that only the number differs.
    Shared(Complex<f64>),
    Own(ComplexLdl),
}

impl<'a> Linearisation<'a> {
    /// At `w`, with C diagonalised there.
    pub fn at(star: &Star<'a>, w: Weights, curvature: Diagonalised) -> Linearisation<'a> {
        let residual = star.problem.residual.as_ref();
        let (n, d) = (star.samples(), w.len());
        let formed = (n * d <= FORMED).then(|| {
            let jacobian = residual.jacobian(&w);
            let transposed = jacobian.transpose();
            (jacobian, transposed)
        });
        let gram = match &formed {
            Some((jacobian, transposed)) => half_product(jacobian, transposed),
            None => residual.gram(&w),
        };
        let compliance = residual.coupling().map(|coupling| match &formed {
            Some((jacobian, _)) => coupling.compliance(jacobian),
            None => coupling.compliance(&residual.jacobian(&w)),
        });
        let mut probe = Weights::zeros(d);
        // Signs without a pattern: multiples of an irrational number.
        let signs = Vector::from_fn(n, |k, _| if (k as f64 * 0.618_033_988_749_895).fract() < 0.5 { 1.0 } else { -1.0 });
        residual.pull_back(&w, &signs, &mut probe);
        let (mean, deviation) = curvature.spread(&probe);
        Linearisation { residual, point: w, curvature, mean, deviation, gram, compliance, soft: star.soft(), formed }
    }

    /// What the Schur complement should know of C for steps of length `h`.
    pub fn advised(&self, tableau: &Tableau, h: f64) -> Knowledge {
        let largest = tableau.gamma_pairs.iter().map(|g| g.norm()).fold(tableau.gamma_real, f64::max);
        match largest * h * self.deviation {
            x if x <= 0.05 => Knowledge::Mean,
            x if x <= 0.25 => Knowledge::Tangent,
            _ => Knowledge::Exact,
        }
    }

    /// Factors for steps of length `h`; `None` when h is too long for the curvature (1 + hγC not safely positive) or J has no
    /// full rank.
    pub fn factorise(&mut self, tableau: &Tableau, clock: Clock, c: f64, h: f64, knowledge: Knowledge) -> Option<Factors> {
        let values = &self.curvature.values;
        let slowest = values.iter().copied().fold(self.mean, f64::min);
        let gamma = tableau.gamma_real;
        let steepest = tableau.gamma_pairs.iter().map(|g| g.re).fold(gamma, f64::max);
        let safe = 1.0 + h * steepest * slowest;
        if safe.is_nan() || safe <= 0.1 {
            return None;
        }
        let shift = clock.kappa / (c * h);
        let weights: Vec<f64> = values.iter().map(|x| 1.0 / (1.0 + h * gamma * x)).collect();
        let schur = match knowledge {
            Knowledge::Mean => Parts::Mean,
            Knowledge::Tangent => Parts::Tangent(self.weighted(|i| values[i] - self.mean)),
            Knowledge::Exact => Parts::Exact(self.rotated()),
        };
        let at_mean = |gamma: Complex<f64>| (gamma * (h * self.mean) + 1.0).inv();
        let real_matrix = match &schur {
            Parts::Mean => &self.gram * at_mean(gamma.into()).re,
            Parts::Tangent(tilt) => {
                let w = at_mean(gamma.into()).re;
                &self.gram * w - tilt * (h * gamma * w * w)
            }
            Parts::Exact(rotated) => rotated.product(|i| weights[i]),
        };
        let real = Cholesky::new(self.shifted(real_matrix, shift / gamma))?;
        let diagonal = real.l_dirty().diagonal();
        let lowest = diagonal.iter().map(|x| x * x).fold(f64::INFINITY, f64::min);
        let highest = diagonal.iter().map(|x| x * x).fold(0.0, f64::max);
        let mut pairs = Vec::with_capacity(tableau.gamma_pairs.len());
        for &other in &tableau.gamma_pairs {
            let weights: Vec<Complex<f64>> = values.iter().map(|x| (other * (h * x) + 1.0).inv()).collect();
            let (w0, w) = (at_mean(gamma.into()), at_mean(other));
            let offset = other.inv() * shift;
            let difference = (offset / w - w0.inv() * (shift / gamma)).norm() * w0.re;
            let schur = if matches!(schur, Parts::Mean) && difference <= 0.01 * lowest {
                Schur::Shared(w / w0)
            } else {
                let (re, im) = match &schur {
                    Parts::Mean => (&self.gram * w.re, &self.gram * w.im),
                    Parts::Tangent(tilt) => {
                        let slope = w * w * other * h;
                        (&self.gram * w.re - tilt * slope.re, &self.gram * w.im - tilt * slope.im)
                    }
                    Parts::Exact(rotated) => (rotated.product(|i| weights[i].re), rotated.product(|i| weights[i].im)),
                };
                Schur::Own(ComplexLdl::new(self.shifted(re, offset.re), self.shifted(im, offset.im))?)
            };
            pairs.push(Pair { gamma: other, weights, schur });
        }
        Some(Factors { h, gamma, weights, real, pairs, pivots: (lowest, highest) })
    }

    /// `shift` times S added, or to the first `soft` entries of the diagonal.
    fn shifted(&self, mut matrix: Matrix, shift: f64) -> Matrix {
        match &self.compliance {
            Some(compliance) => matrix += compliance * shift,
            None => (0..self.soft).for_each(|k| matrix[(k, k)] += shift),
        }
        matrix
    }

    fn jacobian(&self) -> (Matrix, Matrix) {
        self.formed.clone().unwrap_or_else(|| {
            let jacobian = self.residual.jacobian(&self.point);
            let transposed = jacobian.transpose();
            (jacobian, transposed)
        })
    }

    fn rotated(&self) -> Rotated {
        let (mut jacobian, _) = self.jacobian();
        self.curvature.rotate_columns(&mut jacobian);
        let transposed = jacobian.transpose();
        Rotated { jacobian, transposed }
    }

    fn weighted(&self, weight: impl Fn(usize) -> f64) -> Matrix {
        self.rotated().product(weight)
    }

    /// out ← J · columns.
    fn push(&self, columns: &Matrix, used: usize, out: &mut Matrix) {
        match &self.formed {
            Some((jacobian, _)) => out.gemm(1.0, jacobian, columns, 0.0),
            None => {
                let (mut v, mut image) = (Weights::zeros(columns.nrows()), Vector::zeros(out.nrows()));
                for k in 0..used {
                    v.copy_from(&columns.column(k));
                    self.residual.push_forward(&self.point, &v, &mut image);
                    out.set_column(k, &image);
                }
            }
        }
    }

    /// out ← Jᵀ · columns.
    fn pull(&self, columns: &Matrix, used: usize, out: &mut Matrix) {
        match &self.formed {
            Some((_, transposed)) => out.gemm(1.0, transposed, columns, 0.0),
            None => {
                let (mut c, mut image) = (Vector::zeros(columns.nrows()), Weights::zeros(out.nrows()));
                for k in 0..used {
                    c.copy_from(&columns.column(k));
                    self.residual.pull_back(&self.point, &c, &mut image);
                    out.set_column(k, &image);
                }
            }
        }
    }

    /// Solves the transformed Newton system in place: (I + hγC) δz + hγ Jᵀ δμ = b₁ and c J δz − κ S δμ = b₂ for every γ.
    ///
    /// `first` is d × WIDTH (b₁, then δz), `second` n × WIDTH (b₂, then δμ); unused columns must be zero.
    pub fn solve(&self, factors: &Factors, c: f64, first: &mut Matrix, second: &mut Matrix) {
        let (d, n, h) = (first.nrows(), second.nrows(), factors.h);
        let used = 1 + 2 * factors.pairs.len();
        self.curvature.rotate(first.as_mut_slice(), used, true);
        for (x, w) in first.as_mut_slice()[..d].iter_mut().zip(&factors.weights) {
            *x *= w;
        }
        for (k, pair) in factors.pairs.iter().enumerate() {
            let (p, q) = columns(first.as_mut_slice(), d, k);
            for ((p, q), w) in p.iter_mut().zip(q).zip(&pair.weights) {
                (*p, *q) = (*p * w.re + *q * w.im, *q * w.re - *p * w.im);
            }
        }
        let mut moved = first.clone();
        self.curvature.rotate(moved.as_mut_slice(), used, false);
        let mut image = Matrix::zeros(n, WIDTH);
        self.push(&moved, used, &mut image);
        let rhs = second.as_mut_slice();
        for (b, y) in rhs.iter_mut().zip(image.as_slice()) {
            *b = (y - *b / c) / h;
        }
        let mut head = Vector::from_column_slice(&rhs[..n]) / factors.gamma;
        factors.real.solve_mut(&mut head);
        rhs[..n].copy_from_slice(head.as_slice());
        for (k, pair) in factors.pairs.iter().enumerate() {
            let inverse = pair.gamma.inv();
            let (p, q) = columns(rhs, n, k);
            // The amplitude is p − iq; p and q become its real and imaginary part, and back.
            rotate_complex(p, q, inverse, true);
            pair.solve(&factors.real, p, q);
            q.iter_mut().for_each(|q| *q = -*q);
        }
        let mut pulled = moved;
        self.pull(second, used, &mut pulled);
        self.curvature.rotate(pulled.as_mut_slice(), used, true);
        let step = h * factors.gamma;
        for ((x, u), w) in first.as_mut_slice()[..d].iter_mut().zip(pulled.as_slice()).zip(&factors.weights) {
            *x -= step * w * u;
        }
        for (k, pair) in factors.pairs.iter().enumerate() {
            let (p, q) = columns(first.as_mut_slice(), d, k);
            let (u, v) = columns(pulled.as_mut_slice(), d, k);
            let scale = pair.gamma * h;
            for ((((p, q), u), v), w) in p.iter_mut().zip(q).zip(u).zip(v).zip(&pair.weights) {
                let z = scale * w;
                *p -= z.re * *u + z.im * *v;
                *q -= z.re * *v - z.im * *u;
            }
        }
        self.curvature.rotate(first.as_mut_slice(), used, false);
    }

    /// Solves the system of γ₀ for b₁ = `b` and b₂ = `off` (or 0): what damps an error estimate in the fast modes.
    pub fn damp(&self, factors: &Factors, c: f64, b: &Vector, off: Option<&Vector>) -> Vector {
        let n = self.gram.nrows();
        let mut x = b.clone();
        self.curvature.rotate(x.as_mut_slice(), 1, true);
        x.iter_mut().zip(&factors.weights).for_each(|(x, w)| *x *= w);
        let mut moved = x.clone();
        self.curvature.rotate(moved.as_mut_slice(), 1, false);
        let mut mu = Vector::zeros(n);
        self.residual.push_forward(&self.point, &moved, &mut mu);
        if let Some(off) = off {
            mu.axpy(-1.0 / c, off, 1.0);
        }
        mu /= factors.h * factors.gamma;
        factors.real.solve_mut(&mut mu);
        self.residual.pull_back(&self.point, &mu, &mut moved);
        self.curvature.rotate(moved.as_mut_slice(), 1, true);
        let step = factors.h * factors.gamma;
        for ((x, u), w) in x.iter_mut().zip(moved.iter()).zip(&factors.weights) {
            *x -= step * w * u;
        }
        self.curvature.rotate(x.as_mut_slice(), 1, false);
        x
    }
}

enum Parts {
    Mean,
    Tangent(Matrix),
    Exact(Rotated),
}

/// J in the basis of C, and its transpose.
struct Rotated {
    jacobian: Matrix,
    transposed: Matrix,
}

impl Rotated {
    /// J diag(weight) Jᵀ.
    fn product(&self, weight: impl Fn(usize) -> f64) -> Matrix {
        let mut scaled = self.jacobian.clone();
        for (i, mut column) in scaled.column_iter_mut().enumerate() {
            column *= weight(i);
        }
        half_product(&scaled, &self.transposed)
    }
}

impl Pair {
    fn solve(&self, real: &Cholesky, x: &mut [f64], y: &mut [f64]) {
        match &self.schur {
            Schur::Own(ldl) => ldl.solve(x, y),
            Schur::Shared(number) => {
                let n = x.len();
                let mut both = Matrix::zeros(n, 2);
                both.column_mut(0).copy_from_slice(x);
                both.column_mut(1).copy_from_slice(y);
                real.solve_mut(&mut both);
                x.copy_from_slice(&both.as_slice()[..n]);
                y.copy_from_slice(&both.as_slice()[n..]);
                rotate_complex(x, y, number.inv(), false);
            }
        }
    }
}

/// x + iy (or x − iy, `conjugate`) times a number, as real and imaginary part.
fn rotate_complex(x: &mut [f64], y: &mut [f64], number: Complex<f64>, conjugate: bool) {
    let sign = if conjugate { -1.0 } else { 1.0 };
    for (x, y) in x.iter_mut().zip(y) {
        let v = sign * *y;
        (*x, *y) = (*x * number.re - v * number.im, *x * number.im + v * number.re);
    }
}

/// Columns 1 + 2k and 2 + 2k of a column-major array with `rows` rows.
fn columns(data: &mut [f64], rows: usize, k: usize) -> (&mut [f64], &mut [f64]) {
    let start = (1 + 2 * k) * rows;
    data[start..start + 2 * rows].split_at_mut(rows)
}

/// `left` · `right` for a symmetric product: blocks on and below the diagonal, mirrored above it.
fn half_product(left: &Matrix, right: &Matrix) -> Matrix {
    const BLOCK: usize = 48;
    let n = left.nrows();
    let mut out = Matrix::zeros(n, n);
    let mut from = 0;
    while from < n {
        let size = BLOCK.min(n - from);
        let rest = n - from;
        out.view_mut((from, from), (rest, size)).gemm(1.0, &left.rows(from, rest), &right.columns(from, size), 0.0);
        from += size;
    }
    out.fill_upper_triangle_with_lower_triangle();
    out
}
