use super::linearisation::{Factors, Linearisation, WIDTH};
use super::{Clock, Star, Tableau};
use crate::field::{FieldError, Weights, Work};
use crate::numeric::{Matrix, Vector};

/// Stage unknowns of one step: zᵢ = Wᵢ − w and μᵢ, one column a stage.
#[derive(Debug, Clone)]
pub(super) struct StageValues {
    pub z: Matrix,
    pub mu: Matrix,
}

/// Least contraction that a single correction is trusted with: what the last step measured was that of z alone, and may have been
/// round-off, while the starting values of μ amplify what is left in them from step to step.
const UNSEEN: f64 = 0.1;

/// How Newton's method ended.
/// Last correction of μ, relative to μ, in units of the tolerance of the stages relative to ‖w‖ (a twentieth of the allowed error).
const SETTLED: f64 = 2e4;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Outcome {
    /// The remaining error of the stages is below the tolerance or at round-off.
    Converged { iterations: usize, contraction: f64 },
    /// It diverges or would take too long.
    Failed { correction: f64 },
}

/// What one Newton solve works on.
pub(super) struct NewtonProblem<'a> {
    pub star: Star<'a>,
    pub clock: Clock,
    pub tableau: &'a Tableau,
    pub linearisation: &'a Linearisation<'a>,
    pub factors: &'a Factors,
    pub w: &'a Weights,
    pub h: f64,
    /// Allowed norm of the error of the stage values.
    pub tolerance: f64,
    /// Contraction that the last step makes likely: decides whether the first correction may be the last. 1 where nothing is known.
    pub expected: f64,
    /// Most iterations.
    pub patience: usize,
}

impl NewtonProblem<'_> {
    /// Simplified Newton: zᵢ = h Σⱼ aᵢⱼ F(Wⱼ, μⱼ), c r(Wᵢ) = κ μᵢ.
    pub fn solve(&self, values: &mut StageValues, work: &mut Work) -> Result<Outcome, FieldError> {
        let (d, n, s) = (self.w.len(), self.star.samples(), self.tableau.stages());
        let c = self.star.problem.c;
        let floor = 4.0 * f64::EPSILON * self.w.norm();
        let (mut w, mut out, mut scratch) = (Weights::zeros(d), Weights::zeros(d), Weights::zeros(d));
        let (mut mu, mut r) = (Vector::zeros(n), Vector::zeros(n));
        let mut slopes = Matrix::zeros(d, s);
        let (mut first, mut second) = (Matrix::zeros(d, WIDTH), Matrix::zeros(n, WIDTH));
        let (mut misfit, mut step, mut defects) = (Matrix::zeros(d, s), Matrix::zeros(d, s), Matrix::zeros(n, s));
        let mut before = f64::INFINITY;
        let mut contraction = 0.0_f64;
        for iteration in 1..=self.patience {
            first.fill(0.0);
            second.fill(0.0);
            step.fill(0.0);
            for i in 0..s {
                w.copy_from(self.w);
                w += values.z.column(i);
                mu.copy_from(&values.mu.column(i));
                self.star.evaluate(self.clock, &w, &mu, &mut r, &mut scratch, &mut out)?;
                slopes.set_column(i, &out);
                defects.set_column(i, &self.star.defect(self.clock, &mu, &r));
            }
            work.evaluations += s as u64;
            misfit.zip_apply(&values.z, |m, z| *m = -z);
            mix(&self.tableau.a, self.h, &slopes, &mut misfit);
            mix(&self.tableau.t_inverse, 1.0, &misfit, &mut first);
            mix(&self.tableau.t_inverse, 1.0, &defects, &mut second);
            self.linearisation.solve(self.factors, c, &mut first, &mut second);
            work.linear_solves += 1;
            mix(&self.tableau.t, 1.0, &first, &mut step);
            values.z += &step;
            let mut turned = Matrix::zeros(n, s);
            mix(&self.tableau.t, 1.0, &second, &mut turned);
            values.mu += &turned;
            let correction = step.column_iter().map(|column| column.norm()).fold(0.0, f64::max);
            if !correction.is_finite() {
                return Ok(Outcome::Failed { correction });
            }
            let ratio = correction / before;
            if iteration > 1 {
                contraction = if iteration == 2 { ratio } else { (contraction * ratio).sqrt().max(ratio) };
            }
            let rate = if iteration == 1 { self.expected.max(UNSEEN) } else { ratio };
            let remaining = correction * (rate / (1.0 - rate).max(1e-3)).min(if iteration == 1 { 1.0 } else { f64::INFINITY });
            // A short step hardly feels μ, but its error grows from step to step by the extrapolation of the starting values:
            // μ must settle too, to a thousand times the relative tolerance or in three iterations.
            let longest = |m: &Matrix| m.column_iter().map(|column| column.norm()).fold(0.0, f64::max);
            let settled = iteration >= 3 || longest(&turned) * self.w.norm() <= SETTLED * self.tolerance * longest(&values.mu);
            if (remaining <= self.tolerance || correction <= floor) && settled {
                return Ok(Outcome::Converged { iterations: iteration, contraction });
            }
            if iteration > 1 && ratio > 0.5 {
                // A stall at round-off is convergence, a stall above it is not.
                let stalled = correction <= 50.0 * floor;
                if stalled {
                    return Ok(Outcome::Converged { iterations: iteration, contraction });
                }
                if ratio > 0.9 && iteration > 2 {
                    return Ok(Outcome::Failed { correction });
                }
            }
            before = correction;
        }
        Ok(Outcome::Failed { correction: before })
    }
}

/// out ← out + factor · `input` · coefficientsᵀ over the first s columns.
pub(super) fn mix(coefficients: &Matrix, factor: f64, input: &Matrix, out: &mut Matrix) {
    let rows = input.nrows();
    let s = coefficients.ncols();
    let input = input.as_slice();
    let out = out.as_mut_slice();
    for i in 0..coefficients.nrows() {
        let target = &mut out[i * rows..(i + 1) * rows];
        for j in 0..s {
            let factor = factor * coefficients[(i, j)];
            for (x, y) in target.iter_mut().zip(&input[j * rows..(j + 1) * rows]) {
                *x += factor * y;
            }
        }
    }
}
