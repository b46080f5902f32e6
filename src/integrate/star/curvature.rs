use super::{Clock, Star};
use crate::field::{Block, Curvature, Regulariser, Weights};
use crate::numeric::dense::symmetric_eigen;
use crate::numeric::{Matrix, Vector, matvec};

/// C = α∇²R + Σₖ μₖ∇²rₖ in an orthonormal basis in which it is diagonal, or a multiple of the identity in its place.
#[derive(Debug, Clone)]
pub(super) struct Diagonalised {
    /// Blocks of two weights (i, j): the rotation by (cos, sin) that diagonalises each.
    pub pairs: Vec<(usize, usize, f64, f64)>,
    /// Larger blocks: their eigenvectors and the places of their copies.
    pub basis: Vec<(Matrix, Vec<Vec<usize>>)>,
    /// The other weights.
    pub single: Vec<usize>,
    /// Diagonal of C in the basis, length d.
    pub values: Vector,
}

/// What is known of C, and at which price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Structure {
    /// Diagonalised for less than a few products with J.
    Cheap,
    /// Diagonalised for more: worth it only where the step feels that C is no multiple of the identity.
    Costly,
    /// Not at all: the mean of α∇²R stands for it.
    Unknown,
}

/// Σk³ of cheap blocks, in products n·d with J.
const CHEAP: usize = 2;
/// Blocks are diagonalised where their Σk³ stays below this many times n·d, the price of a product with J.
const EFFORT: usize = 200;
/// Largest C without known structure that is formed and diagonalised as one block.
const DENSE: usize = 100;

impl Diagonalised {
    /// C at `w`. Where its blocks would cost more than the iterations they save, or are unknown, the mean of α∇²R stands for
    /// it (its structure is unknown then): Newton's iteration contracts by h|γ|‖C − mean‖ instead.
    pub fn at(star: &Star, clock: Clock, w: &Weights, mu: &Vector) -> Option<(Diagonalised, Structure)> {
        let residual = star.problem.residual.as_ref();
        let d = w.len();
        let second = star.regulariser.hessian_diagonal(w) * clock.alpha;
        let plain = |values: Vector| Diagonalised::new(Vec::new(), Vec::new(), values);
        if matches!(star.regulariser, Regulariser::Quadratic(_)) {
            return Some(match d <= DENSE {
                true => (diagonalise(vec![dense_block(star, clock, w, mu)], Vector::zeros(d))?, Structure::Cheap),
                false => (Self::mean(second), Structure::Unknown),
            });
        }
        match residual.curvature(w, mu) {
            Curvature::Zero => Some((plain(second), Structure::Cheap)),
            Curvature::Blocks(blocks) => {
                let effort: usize = blocks.iter().map(|block| block.matrix.nrows().pow(3)).sum();
                let affordable = EFFORT * (star.samples() * d).max(DENSE * DENSE);
                // Without residuals C is all that makes the flow stiff.
                Some(if effort <= affordable || star.samples() == 0 {
                    let cheap = effort <= CHEAP * (star.samples() * d).max(DENSE * DENSE);
                    (diagonalise(blocks, second)?, if cheap { Structure::Cheap } else { Structure::Costly })
                } else {
                    (Self::mean(second), Structure::Unknown)
                })
            }
            Curvature::Operator if d <= DENSE => {
                Some((diagonalise(vec![dense_block(star, clock, w, mu)], Vector::zeros(d))?, Structure::Cheap))
            }
            Curvature::Operator => Some((Self::mean(second), Structure::Unknown)),
        }
    }

    /// The mean of `second` in place of C.
    pub fn mean(second: Vector) -> Diagonalised {
        Self::constant(second.len(), second.mean())
    }

    /// A multiple of the identity in place of C.
    pub fn constant(dim: usize, value: f64) -> Diagonalised {
        Diagonalised::new(Vec::new(), Vec::new(), Vector::repeat(dim, value))
    }

    fn new(pairs: Vec<(usize, usize, f64, f64)>, basis: Vec<(Matrix, Vec<Vec<usize>>)>, values: Vector) -> Diagonalised {
        let mut alone = vec![true; values.len()];
        pairs.iter().for_each(|&(i, j, ..)| (alone[i], alone[j]) = (false, false));
        basis.iter().flat_map(|(_, copies)| copies.iter().flatten()).for_each(|&i| alone[i] = false);
        let single = (0..values.len()).filter(|&i| alone[i]).collect();
        Diagonalised { pairs, basis, single, values }
    }

    /// J ← J V: each block mixes its own columns.
    pub fn rotate_columns(&self, matrix: &mut Matrix) {
        for &(i, j, cos, sin) in &self.pairs {
            let (a, b) = (matrix.column(i).into_owned(), matrix.column(j).into_owned());
            matrix.set_column(i, &(&a * cos + &b * sin));
            matrix.set_column(j, &(b * cos - a * sin));
        }
        for (vectors, copies) in &self.basis {
            for copy in copies {
                let columns = Matrix::from_columns(&copy.iter().map(|&i| matrix.column(i)).collect::<Vec<_>>());
                let mixed = columns * vectors;
                copy.iter().enumerate().for_each(|(k, &i)| matrix.set_column(i, &mixed.column(k)));
            }
        }
    }

    /// Vᵀ x.
    pub fn coordinates(&self, mut x: Weights) -> Weights {
        for &(i, j, cos, sin) in &self.pairs {
            (x[i], x[j]) = (cos * x[i] + sin * x[j], cos * x[j] - sin * x[i]);
        }
        self.mix_blocks(&mut x, matvec::transposed_product);
        x
    }

    /// V x.
    pub fn combination(&self, mut x: Weights) -> Weights {
        for &(i, j, cos, sin) in &self.pairs {
            (x[i], x[j]) = (cos * x[i] - sin * x[j], cos * x[j] + sin * x[i]);
        }
        self.mix_blocks(&mut x, matvec::product);
        x
    }

    fn mix_blocks(&self, x: &mut Weights, mix: impl Fn(&Matrix, &Vector) -> Vector) {
        for (vectors, copies) in &self.basis {
            for copy in copies {
                let mixed = mix(vectors, &Vector::from_iterator(copy.len(), copy.iter().map(|&i| x[i])));
                copy.iter().zip(&mixed).for_each(|(&i, mixed)| x[i] = *mixed);
            }
        }
    }

    /// Mean and standard deviation of the diagonal of C, weighted by the squares of `probe` in the basis.
    pub fn spread(&self, probe: Weights) -> (f64, f64) {
        let weights = self.coordinates(probe).map(|x| x * x);
        let total = weights.sum();
        if total <= 0.0 || total.is_nan() {
            return (self.values.mean(), 0.0);
        }
        let mean = weights.dot(&self.values) / total;
        let square = weights.iter().zip(&self.values).map(|(w, x)| w * (x - mean) * (x - mean)).sum::<f64>() / total;
        (mean, square.max(0.0).sqrt())
    }
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
fn diagonalise(blocks: Vec<Block>, second: Vector) -> Option<Diagonalised> {
    let mut values = second.clone();
    let (mut pairs, mut basis) = (Vec::new(), Vec::new());
    for block in blocks {
        if block.matrix.nrows() == 2 {
            for copy in &block.copies {
                let (i, j) = (copy[0], copy[1]);
                let (a, b, c) = (block.matrix[(0, 0)] + second[i], block.matrix[(1, 0)], block.matrix[(1, 1)] + second[j]);
                let (cos, sin) = rotation(a, b, c)?;
                values[i] = a * cos * cos + 2.0 * b * sin * cos + c * sin * sin;
                values[j] = a * sin * sin - 2.0 * b * sin * cos + c * cos * cos;
                pairs.push((i, j, cos, sin));
            }
            continue;
        }
        if block.matrix.nrows() == 1 {
            block.copies.iter().for_each(|copy| values[copy[0]] += block.matrix[(0, 0)]);
            continue;
        }
        let same = |copy: &Vec<usize>| copy.iter().all(|&i| second[i] == second[copy[0]]);
        let (shared, apart): (Vec<_>, Vec<_>) = block.copies.into_iter().partition(same);
        if !shared.is_empty() {
            let (eigenvalues, vectors) = symmetric_eigen(&block.matrix).ok()?;
            for copy in &shared {
                copy.iter().zip(eigenvalues.iter()).for_each(|(&i, x)| values[i] += x);
            }
            basis.push((vectors, shared));
        }
        for copy in apart {
            let mut matrix = block.matrix.clone();
            copy.iter().enumerate().for_each(|(a, &i)| matrix[(a, a)] += second[i]);
            let (eigenvalues, vectors) = symmetric_eigen(&matrix).ok()?;
            copy.iter().zip(eigenvalues.iter()).for_each(|(&i, x)| values[i] = *x);
            basis.push((vectors, vec![copy]));
        }
    }
    Some(Diagonalised::new(pairs, basis, values))
}

/// cos and sin of the Jacobi rotation that diagonalises [[a, b], [b, c]].
fn rotation(a: f64, b: f64, c: f64) -> Option<(f64, f64)> {
    if !(a.is_finite() && b.is_finite() && c.is_finite()) {
        return None;
    }
    if b == 0.0 {
        return Some((1.0, 0.0));
    }
    // tan of the smaller angle, from the cotangent of twice the angle.
    let cotangent = (a - c) / (2.0 * b);
    let tangent = cotangent.signum() / (cotangent.abs() + (1.0 + cotangent * cotangent).sqrt());
    let cos = 1.0 / (1.0 + tangent * tangent).sqrt();
    Some((cos, cos * tangent))
}
