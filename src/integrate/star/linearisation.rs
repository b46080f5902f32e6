use super::ldl::ComplexLdl;
use super::{Clock, Star, Tableau};
use crate::field::{Block, Curvature, Regulariser, Weights};
use crate::numeric::dense::{Cholesky, symmetric_eigen};
use crate::numeric::{Complex, Matrix, Vector};

/// Columns to which the stage matrices are padded: wide enough for the matrix kernel instead of s separate products.
pub(super) const WIDTH: usize = 8;

/// (★) linearised at one point: J and C = α∇²R + Σₖ μₖ∇²rₖ, in an orthonormal basis in which C is diagonal.
pub(super) struct Linearisation {
    basis: Vec<(Matrix, Vec<Vec<usize>>)>,
    /// Diagonal of C in the basis.
    curvature: Vector,
    /// The one value of `curvature`, where there is only one.
    uniform: Option<f64>,
    jacobian: Matrix,
    transposed: Matrix,
    gram: Option<Matrix>,
}

/// The factors of one step length: for each eigenvalue γ of A the Schur complement of (★) in δμ,
/// κ/(c h γ) + J (I + hγC)⁻¹ Jᵀ.
pub(super) struct Factors {
    h: f64,
    real: (f64, Vector, Cholesky),
    pairs: Vec<(Complex<f64>, Vec<Complex<f64>>, ComplexLdl)>,
}

impl Linearisation {
    /// At `w` with multipliers `mu`.
    pub fn at(star: &Star, clock: Clock, w: &Weights, mu: &Vector) -> Option<Linearisation> {
        let residual = star.problem.residual.as_ref();
        let mut jacobian = residual.jacobian(w);
        let second = star.regulariser.hessian_diagonal(w) * clock.alpha;
        let dense = matches!(star.regulariser, Regulariser::Quadratic(_));
        let (basis, curvature) = match residual.curvature(w, mu) {
            Curvature::Zero if !dense => (Vec::new(), second),
            Curvature::Blocks(blocks) if !dense => diagonalise(blocks, second)?,
            _ => diagonalise(vec![dense_block(star, clock, w, mu)], Vector::zeros(w.len()))?,
        };
        rotate_columns(&basis, &mut jacobian);
        let first = curvature.get(0).copied();
        let uniform = first.filter(|x| curvature.iter().all(|y| y == x));
        let transposed = jacobian.transpose();
        let gram = uniform.map(|_| gram(&jacobian, &transposed));
        Some(Linearisation { basis, curvature, uniform, jacobian, transposed, gram })
    }

    /// Factors for steps of length `h`; `None` when h is too long for the curvature (1 + hγC not safely positive) or J has lost rank.
    pub fn factorise(&self, tableau: &Tableau, clock: Clock, c: f64, h: f64) -> Option<Factors> {
        let n = self.jacobian.nrows();
        let scale = |gamma: Complex<f64>| -> Option<Vec<Complex<f64>>> {
            let safe = self.curvature.iter().all(|x| 1.0 + h * gamma.re * x > 0.1);
            safe.then(|| self.curvature.iter().map(|x| (gamma * (h * x) + 1.0).inv()).collect())
        };
        let gamma = tableau.gamma_real;
        let weights = scale(Complex::new(gamma, 0.0))?;
        let weights = Vector::from_iterator(weights.len(), weights.iter().map(|z| z.re));
        let mut matrix = self.weighted_gram(|i| weights[i]);
        for k in 0..n {
            matrix[(k, k)] += clock.kappa / (c * h * gamma);
        }
        let real = (gamma, weights, Cholesky::new(matrix)?);
        let mut pairs = Vec::with_capacity(tableau.gamma_pairs.len());
        for &gamma in &tableau.gamma_pairs {
            let weights = scale(gamma)?;
            let mut re = self.weighted_gram(|i| weights[i].re);
            let mut im = self.weighted_gram(|i| weights[i].im);
            let shift = gamma.inv() * (clock.kappa / (c * h));
            for k in 0..n {
                re[(k, k)] += shift.re;
                im[(k, k)] += shift.im;
            }
            pairs.push((gamma, weights, ComplexLdl::new(re, im)?));
        }
        Some(Factors { h, real, pairs })
    }

    /// J diag(weight) Jᵀ; the lower triangle counts.
    fn weighted_gram(&self, weight: impl Fn(usize) -> f64) -> Matrix {
        if let (Some(_), Some(g)) = (self.uniform, &self.gram) {
            return g * weight(0);
        }
        let mut scaled = self.jacobian.clone();
        for (i, mut column) in scaled.column_iter_mut().enumerate() {
            column *= weight(i);
        }
        gram(&scaled, &self.transposed)
    }

    /// Solves the transformed Newton system in place: (I + hγC) δz + hγ Jᵀ δμ = b₁ and c J δz − κ δμ = b₂ for every γ.
    ///
    /// `first` is d × WIDTH (b₁, then δz), `second` n × WIDTH (b₂, then δμ); unused columns must be zero.
    pub fn solve(&self, factors: &Factors, c: f64, first: &mut Matrix, second: &mut Matrix) {
        let (d, n, h) = (first.nrows(), second.nrows(), factors.h);
        rotate_rows(&self.basis, first, true);
        let (gamma, weights, cholesky) = &factors.real;
        for (x, w) in first.as_mut_slice()[..d].iter_mut().zip(weights.iter()) {
            *x *= w;
        }
        for (k, (_, weights, _)) in factors.pairs.iter().enumerate() {
            let (p, q) = pair(first.as_mut_slice(), d, k);
            for ((p, q), w) in p.iter_mut().zip(q).zip(weights) {
                (*p, *q) = (*p * w.re + *q * w.im, *q * w.re - *p * w.im);
            }
        }
        let mut image = Matrix::zeros(n, WIDTH);
        image.gemm(1.0, &self.jacobian, first, 0.0);
        let rhs = second.as_mut_slice();
        for (b, y) in rhs.iter_mut().zip(image.as_slice()) {
            *b = (y - *b / c) / h;
        }
        let mut head = Vector::from_column_slice(&rhs[..n]) / *gamma;
        cholesky.solve_mut(&mut head);
        rhs[..n].copy_from_slice(head.as_slice());
        for (k, (gamma, _, ldl)) in factors.pairs.iter().enumerate() {
            let inverse = gamma.inv();
            let (p, q) = pair(rhs, n, k);
            // The amplitude is p − iq: the factors take real and imaginary part.
            for (p, q) in p.iter_mut().zip(q.iter_mut()) {
                (*p, *q) = (*p * inverse.re + *q * inverse.im, *p * inverse.im - *q * inverse.re);
            }
            ldl.solve(p, q);
            q.iter_mut().for_each(|q| *q = -*q);
        }
        let mut pulled = Matrix::zeros(d, WIDTH);
        pulled.gemm(1.0, &self.transposed, second, 0.0);
        let step = h * gamma;
        for ((x, u), w) in first.as_mut_slice()[..d].iter_mut().zip(pulled.as_slice()).zip(weights.iter()) {
            *x -= step * w * u;
        }
        for (k, (gamma, weights, _)) in factors.pairs.iter().enumerate() {
            let (p, q) = pair(first.as_mut_slice(), d, k);
            let (u, v) = pair(pulled.as_mut_slice(), d, k);
            for ((((p, q), u), v), w) in p.iter_mut().zip(q).zip(u).zip(v).zip(weights) {
                let z = gamma * w * h;
                *p -= z.re * *u + z.im * *v;
                *q -= z.re * *v - z.im * *u;
            }
        }
        rotate_rows(&self.basis, first, false);
    }

    /// Solves the real system of the factors for one pair of right-hand sides: used to damp error estimates.
    pub fn solve_real(&self, factors: &Factors, b: &Vector) -> Vector {
        let (d, n, h) = (b.len(), self.jacobian.nrows(), factors.h);
        let (gamma, weights, cholesky) = &factors.real;
        let mut x = Matrix::from_column_slice(d, 1, b.as_slice());
        rotate_rows(&self.basis, &mut x, true);
        let mut x = x.column(0).component_mul(weights);
        let mut mu = Vector::zeros(n);
        mu.gemv(1.0 / (h * gamma), &self.jacobian, &x, 0.0);
        cholesky.solve_mut(&mut mu);
        let pulled = &self.transposed * mu;
        for ((x, u), w) in x.iter_mut().zip(pulled.iter()).zip(weights.iter()) {
            *x -= h * gamma * w * u;
        }
        let mut x = Matrix::from_column_slice(d, 1, x.as_slice());
        rotate_rows(&self.basis, &mut x, false);
        x.column(0).into_owned()
    }
}

/// Columns 1 + 2k and 2 + 2k of a column-major array with `rows` rows.
fn pair(data: &mut [f64], rows: usize, k: usize) -> (&mut [f64], &mut [f64]) {
    let start = (1 + 2 * k) * rows;
    data[start..start + 2 * rows].split_at_mut(rows)
}

/// `left` · `right` for a symmetric product: blocks on and below the diagonal, mirrored into the upper triangle.
fn gram(left: &Matrix, right: &Matrix) -> Matrix {
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
    for column in 0..n {
        for row in 0..column {
            out[(row, column)] = out[(column, row)];
        }
    }
    out
}

fn dense_block(star: &Star, clock: Clock, w: &Weights, mu: &Vector) -> Block {
    let d = w.len();
    let mut matrix = Matrix::zeros(d, d);
    let (mut unit, mut curved, mut pulled) = (Weights::zeros(d), Weights::zeros(d), Weights::zeros(d));
    for k in 0..d {
        unit[k] = 1.0;
        star.problem.residual.curvature_product(w, mu, &unit, &mut curved);
        star.regulariser.hessian_product(w, &unit, &mut pulled);
        curved.axpy(clock.alpha, &pulled, 1.0);
        matrix.set_column(k, &curved);
        unit[k] = 0.0;
    }
    Block { matrix, copies: vec![(0..d).collect()] }
}

/// Eigenvectors of every block, and the eigenvalues of block + diag(`second`) at the places of its weights.
#[allow(clippy::type_complexity)]
fn diagonalise(blocks: Vec<Block>, second: Vector) -> Option<(Vec<(Matrix, Vec<Vec<usize>>)>, Vector)> {
    let mut curvature = second.clone();
    let mut basis = Vec::with_capacity(blocks.len());
    for block in blocks {
        let k = block.matrix.nrows();
        if k == 1 {
            block.copies.iter().for_each(|copy| curvature[copy[0]] += block.matrix[(0, 0)]);
            continue;
        }
        let same = |copy: &Vec<usize>| copy.iter().all(|&i| second[i] == second[copy[0]]);
        let (shared, apart): (Vec<_>, Vec<_>) = block.copies.into_iter().partition(same);
        if !shared.is_empty() {
            let (values, vectors) = eigen(&block.matrix)?;
            for copy in &shared {
                copy.iter().zip(values.iter()).for_each(|(&i, x)| curvature[i] += x);
            }
            basis.push((vectors, shared));
        }
        for copy in apart {
            let mut matrix = block.matrix.clone();
            copy.iter().enumerate().for_each(|(a, &i)| matrix[(a, a)] += second[i]);
            let (values, vectors) = eigen(&matrix)?;
            copy.iter().zip(values.iter()).for_each(|(&i, x)| curvature[i] = *x);
            basis.push((vectors, vec![copy]));
        }
    }
    Some((basis, curvature))
}

/// Eigenvalues and eigenvectors; a 2 × 2 matrix by one Jacobi rotation.
fn eigen(matrix: &Matrix) -> Option<(Vector, Matrix)> {
    if matrix.nrows() != 2 {
        return symmetric_eigen(matrix).ok();
    }
    let (a, b, c) = (matrix[(0, 0)], matrix[(1, 0)], matrix[(1, 1)]);
    if !(a.is_finite() && b.is_finite() && c.is_finite()) {
        return None;
    }
    let angle = 0.5 * (2.0 * b).atan2(a - c);
    let (sin, cos) = angle.sin_cos();
    let (large, small) =
        (a * cos * cos + 2.0 * b * sin * cos + c * sin * sin, a * sin * sin - 2.0 * b * sin * cos + c * cos * cos);
    Some((Vector::from_vec(vec![large, small]), Matrix::from_vec(2, 2, vec![cos, sin, -sin, cos])))
}

/// J ← J V: each block mixes its own columns.
fn rotate_columns(basis: &[(Matrix, Vec<Vec<usize>>)], matrix: &mut Matrix) {
    for (vectors, copies) in basis {
        for copy in copies {
            let columns = Matrix::from_columns(&copy.iter().map(|&i| matrix.column(i)).collect::<Vec<_>>());
            let mixed = columns * vectors;
            copy.iter().enumerate().for_each(|(k, &i)| matrix.set_column(i, &mixed.column(k)));
        }
    }
}

/// Rows ← Vᵀ rows (`forward`) or V rows.
fn rotate_rows(basis: &[(Matrix, Vec<Vec<usize>>)], matrix: &mut Matrix, forward: bool) {
    let rows = matrix.nrows();
    let width = matrix.ncols();
    let data = matrix.as_mut_slice();
    for (vectors, copies) in basis {
        let k = vectors.nrows();
        if k == 2 {
            let (cos, sin) = (vectors[(0, 0)], if forward { vectors[(1, 0)] } else { -vectors[(1, 0)] });
            for copy in copies {
                for column in 0..width {
                    let (i, j) = (column * rows + copy[0], column * rows + copy[1]);
                    (data[i], data[j]) = (cos * data[i] + sin * data[j], cos * data[j] - sin * data[i]);
                }
            }
            continue;
        }
        let matrix = if forward { vectors.transpose() } else { vectors.clone() };
        for copy in copies {
            let part = Matrix::from_fn(k, width, |a, column| data[column * rows + copy[a]]);
            let mixed = &matrix * part;
            for (a, &i) in copy.iter().enumerate() {
                for column in 0..width {
                    data[column * rows + i] = mixed[(a, column)];
                }
            }
        }
    }
}
