use std::sync::{Arc, OnceLock};

use super::curvature::Diagonalised;
use super::lanes::{Lanes, Parts};
use super::schur::Schur;
use super::{Clock, Star, Tableau};
use crate::field::{Residual, Weights};
use crate::numeric::bundle::{self, Bundle};
use crate::numeric::tridiagonal::Tridiagonal;
use crate::numeric::{Matrix, Vector, matvec};

/// J is formed for its products up to this many entries; beyond, the model's own products are no dearer and need no memory.
const FORMED: usize = 40_000;

/// Up to this spread of hγC its mean serves: an iteration more costs less than matrices of its own for every γ.
const SPREAD: f64 = 0.1;

/// How well the Schur complement knows C.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Knowledge {
    /// (I + hγC)⁻¹ by its value at the mean of C: one matrix JJᵀ for every γ.
    Mean,
    /// Exactly: two real matrices for every pair γ. Dearer, and Newton's iteration contracts further.
    Exact,
}

/// (★) linearised at one point: J there, and C = α∇²R + Σₖ μₖ∇²rₖ diagonalised.
pub(super) struct Linearisation<'a> {
    residual: &'a dyn Residual,
    point: Weights,
    pub curvature: Diagonalised,
    pub mean: f64,
    deviation: f64,
    pub gram: Matrix,
    /// JJᵀ in tridiagonal form, from the first step that asks for it.
    pub reduced: OnceLock<Arc<Tridiagonal>>,
    /// S of a coupling, by which κ acts; `None` for the identity.
    pub compliance: Option<Matrix>,
    /// Rows whose Schur complement has the κ of the clock.
    pub soft: usize,
    /// J and Jᵀ, where they are formed.
    formed: Option<(Matrix, Matrix)>,
}

/// The factors of one step length.
pub(super) struct Factors {
    h: f64,
    lanes: Lanes,
    /// (I + hγC)⁻¹ in the basis of C, as a number for each weight and column.
    weights: Parts,
    /// Of the Schur complements.
    pub schur: Schur,
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
            Some((jacobian, _)) => bundle::gram(jacobian, &vec![1.0; d]),
            None => residual.gram(&w),
        };
        let compliance = residual.coupling().map(|coupling| match &formed {
            Some((jacobian, _)) => coupling.compliance(jacobian),
            None => coupling.compliance(&residual.jacobian(&w)),
        });
        let (mean, deviation) = curvature.spread(probe(residual, &w));
        Linearisation {
            residual,
            point: w,
            curvature,
            mean,
            deviation,
            gram,
            reduced: OnceLock::new(),
            compliance,
            soft: star.soft(),
            formed,
        }
    }

    /// What the Schur complement should know of C for steps of length `h`.
    pub fn advised(&self, tableau: &Tableau, h: f64) -> Knowledge {
        if tableau.reach(h) * self.deviation <= SPREAD { Knowledge::Mean } else { Knowledge::Exact }
    }

    /// Factors for steps of length `h`; `None` when h is too long for the curvature (1 + hγC not safely positive) or J has no
    /// full rank.
    pub fn factorise(&self, tableau: &Tableau, clock: Clock, c: f64, h: f64, knowledge: Knowledge) -> Option<Factors> {
        let values = &self.curvature.values;
        let slowest = values.iter().copied().fold(self.mean, f64::min);
        let gamma = tableau.gamma_real;
        let steepest = tableau.gamma_pairs.iter().map(|g| g.re).fold(gamma, f64::max);
        let safe = 1.0 + h * steepest * slowest;
        if safe.is_nan() || safe <= 0.1 {
            return None;
        }
        let schur = self.schur(tableau, clock.kappa / (c * h), h, knowledge)?;
        let lanes = Lanes::new(tableau);
        Some(Factors { h, weights: lanes.inverses(&self.curvature.values, h), lanes, schur })
    }

    /// J and Jᵀ.
    pub fn jacobian(&self) -> (Matrix, Matrix) {
        self.formed.clone().unwrap_or_else(|| {
            let jacobian = self.residual.jacobian(&self.point);
            let transposed = jacobian.transpose();
            (jacobian, transposed)
        })
    }

    /// out ← J · columns.
    fn push(&self, count: usize, columns: &Bundle, out: &mut Bundle) {
        match &self.formed {
            Some((_, transposed)) => bundle::transposed_product(transposed, columns, out),
            None => self.residual.push_forward_each(count, &self.point, columns, out),
        }
    }

    /// out ← Jᵀ · columns.
    fn pull(&self, count: usize, columns: &Bundle, out: &mut Bundle) {
        match &self.formed {
            Some((jacobian, _)) => bundle::transposed_product(jacobian, columns, out),
            None => self.residual.pull_back_each(count, &self.point, columns, out),
        }
    }

    /// Solves the system of γ₀ alone, for b₁ = `b` and b₂ = `off` (or 0), for δz: what damps an error estimate in the fast modes.
    pub fn damp(&self, factors: &Factors, c: f64, b: &Vector, off: Option<&Vector>) -> Vector {
        let scale = factors.h * factors.lanes.real();
        let invert = |mut x: Vector| {
            x.iter_mut().zip(&factors.weights.re.rows).for_each(|(x, inverse)| *x *= inverse[0]);
            x
        };
        let mut inside = invert(self.curvature.coordinates(b.clone()));
        let moved = self.curvature.combination(inside.clone());
        let mut second = match &self.formed {
            Some((_, transposed)) => matvec::transposed_product(transposed, &moved),
            None => {
                let mut image = Vector::zeros(self.gram.nrows());
                self.residual.push_forward(&self.point, &moved, &mut image);
                image
            }
        };
        if let Some(off) = off {
            second.axpy(-1.0 / c, off, 1.0);
        }
        second /= scale;
        factors.schur.solve_real(&mut second);
        let pulled = match &self.formed {
            Some((jacobian, _)) => matvec::transposed_product(jacobian, &second),
            None => {
                let mut pulled = moved;
                self.residual.pull_back(&self.point, &second, &mut pulled);
                pulled
            }
        };
        inside.axpy(-scale, &invert(self.curvature.coordinates(pulled)), 1.0);
        self.curvature.combination(inside)
    }

    /// Solves the transformed Newton system in place: (I + hγC) δz + hγ Jᵀ δμ = b₁ and c J δz − κ S δμ = b₂ for every γ.
    ///
    /// `first` has d rows (b₁, then δz), `second` n (b₂, then δμ); columns without a γ must be zero.
    pub fn solve(&self, factors: &Factors, c: f64, first: &mut Bundle, second: &mut Bundle) {
        let (h, count) = (factors.h, factors.lanes.count());
        let mut moved = Bundle::zeros(first.len());
        self.curvature.invert(&factors.weights, first, &mut moved);
        let mut image = Bundle::zeros(second.len());
        self.push(count, &moved, &mut image);
        for (row, y) in second.rows.iter_mut().zip(&image.rows) {
            row.iter_mut().zip(y).for_each(|(b, y)| *b = (y - *b / c) / h);
        }
        factors.lanes.divide(second);
        factors.schur.solve(second);
        let mut pulled = moved;
        self.pull(count, second, &mut pulled);
        self.curvature.finish(&factors.weights, &factors.lanes.scaled(h), &pulled, first);
    }
}

/// A direction normal to M in which nothing is special: Jᵀ times signs without a pattern.
fn probe(residual: &dyn Residual, w: &Weights) -> Weights {
    let mut probe = Weights::zeros(w.len());
    // Multiples of an irrational number.
    let sign = |k: usize| if (k as f64 * 0.618_033_988_749_895).fract() < 0.5 { 1.0 } else { -1.0 };
    residual.pull_back(w, &Vector::from_fn(residual.samples(), |k, _| sign(k)), &mut probe);
    probe
}

/// Mean and deviation of C in the direction p of [`probe`], pᵀCp/‖p‖² and ‖Cp − mean·p‖/‖p‖, by one product.
pub(super) fn spread_at(star: &Star, clock: Clock, w: &Weights, mu: &Vector) -> (f64, f64) {
    let p = probe(star.problem.residual.as_ref(), w);
    let (mut image, mut second) = (Weights::zeros(w.len()), Weights::zeros(w.len()));
    star.problem.residual.curvature_product(w, mu, &p, &mut image);
    star.regulariser.hessian_product(w, &p, &mut second);
    image.axpy(clock.alpha, &second, 1.0);
    let square = p.norm_squared();
    let mean = image.dot(&p) / square;
    image.axpy(-mean, &p, 1.0);
    (mean, image.norm() / square.sqrt())
}
