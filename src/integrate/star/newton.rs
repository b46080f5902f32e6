use super::linearisation::{Factors, Linearisation};
use super::{Clock, Star, Tableau};
use crate::field::{FieldError, Weights, Work};
use crate::numeric::bundle::{Bundle, Mix};

/// Stage unknowns of one step: zᵢ = Wᵢ − w and μᵢ, one column a stage.
#[derive(Debug, Clone)]
pub(super) struct StageValues {
    pub z: Bundle,
    pub mu: Bundle,
}

/// Least contraction that the first two corrections are trusted with: what the last step measured was that of z alone, and may have
/// been round-off, while the starting values of μ amplify what is left in them from step to step; and the first correction is mostly
/// the error of the starting values, which one solve removes further than later ones remove what is left of it.
const UNSEEN: f64 = 0.1;

/// Last correction of μ, relative to μ, in units of the allowed error relative to ‖w‖.
const SETTLED: f64 = 1e3;

/// Corrections are clear of round-off above this many times its floor.
const CLEAR: f64 = 50.0;

/// Allowed error of the stages, in units of what the step is allowed. The error estimate of a step is mostly far below that, so the
/// stages would be what is left of the error; and the start of the next step is off M by it, which its estimate sees divided by h.
const STAGES: f64 = 3e-3;

/// The most that it may be where corrections no longer shrink below [`LIFTED`]: an ill conditioned J lifts round-off above its floor, and
/// no shorter step brings it down.
pub(super) const SHARE: f64 = 0.2;

/// Corrections that no longer shrink are round-off below this, in units of ‖w‖.
const LIFTED: f64 = 1e-11;

/// How Newton's method ended.
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
    /// What the step is allowed, as a norm of w.
    pub allowed: f64,
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
        let noise = (CLEAR * floor).max((SHARE * self.allowed).min(LIFTED * self.w.norm()));
        let tolerance = STAGES * self.allowed;
        let stages = Mix::new(&self.tableau.a, self.h);
        let (into, back) = (Mix::new(&self.tableau.t_inverse, 1.0), Mix::new(&self.tableau.t, 1.0));
        let (mut points, mut slopes, mut first) = (Bundle::zeros(d), Bundle::zeros(d), Bundle::zeros(d));
        let (mut defects, mut second) = (Bundle::zeros(n), Bundle::zeros(n));
        let (mut earlier, mut before) = (f64::INFINITY, f64::INFINITY);
        let mut contraction = 0.0_f64;
        for iteration in 1..=self.patience {
            points.sum_with_each(&values.z, self.w, s);
            self.star.evaluate_each(self.clock, s, (&points, &values.mu), (&mut slopes, &mut defects))?;
            work.evaluations += s as u64;
            first.misfit(&into, (&stages, &slopes), &values.z);
            second.clear();
            second.mix(&into, &defects);
            self.linearisation.solve(self.factors, c, &mut first, &mut second);
            work.linear_solves += 1;
            let correction = values.z.add_mixed(&back, &first);
            let turned = values.mu.add_mixed(&back, &second);
            if !correction.is_finite() {
                return Ok(Outcome::Failed { correction });
            }
            let ratio = correction / before;
            // A stall at round-off is convergence, and says nothing of the contraction; a stall above it is none.
            let stalled = iteration > 1 && ratio > 0.5 && correction <= noise;
            if iteration > 1 && correction > CLEAR * floor && !stalled {
                contraction = if iteration == 2 { ratio } else { (contraction * ratio).sqrt().max(ratio) };
            }
            let rate = match iteration {
                1 => self.expected.max(UNSEEN),
                2 => ratio.max(UNSEEN),
                _ => ratio,
            };
            let remaining = correction * (rate / (1.0 - rate).max(1e-3)).min(if iteration == 1 { 1.0 } else { f64::INFINITY });
            // A short step hardly feels μ, but its error grows from step to step by the extrapolation of the starting values:
            // μ must settle too, to a thousand times the relative tolerance or in three iterations.
            let settled = iteration >= 3 || turned * self.w.norm() <= SETTLED * self.allowed * values.mu.largest_norm();
            if stalled || (remaining <= tolerance || correction <= floor) && settled {
                return Ok(Outcome::Converged { iterations: iteration, contraction });
            }
            // Corrections that alternate in size do not diverge yet.
            if ratio > 0.9 && iteration > 2 && correction > 0.81 * earlier {
                return Ok(Outcome::Failed { correction });
            }
            (earlier, before) = (before, correction);
        }
        Ok(Outcome::Failed { correction: before })
    }
}
