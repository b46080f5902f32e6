//! Every flow of a least-squares objective from one method: Radau IIA on the multiplier form (★) of [`crate::integrate::star`].
//!
//! One run covers the fast phase and the drift: with h_s = λ h_t a step in slow time is the same computation as one in fast
//! time, so only the length of the step changes when the fast modes have died. For λ = 0 the two phases are two runs: the fast
//! flow to its foot point Φ(w₀), finished along the normal space, and the slow flow from there.

use crate::field::{Fast, LeastSquares, Point, Regulariser, Slow, Timescale, Trajectory, Weights, Work};
use crate::integrate::Tolerance;
use crate::integrate::star::{Cause, Clock, Limits, Saved, Stages, Star, StarError, Stepper};
use crate::numeric::{Vector, dense};

/// What is integrated, how, and how accurately.
#[derive(Clone)]
pub struct Flows<'a> {
    /// r and c.
    pub problem: &'a LeastSquares,
    /// R.
    pub regulariser: &'a Regulariser,
    /// w₀.
    pub start: Weights,
    /// Allowed error a step: atol + rtol‖w‖, as a norm.
    pub tolerance: Tolerance,
    /// The method.
    pub stages: Stages,
    /// What bounds every run.
    pub limits: Limits,
}

/// The foot point Φ(w₀): the limit of the fast flow.
#[derive(Debug, Clone, PartialEq)]
pub struct Foot {
    /// Φ(w₀).
    pub w: Weights,
    /// ‖r(Φ)‖ after the finish.
    pub defect: f64,
    /// Distance that the Newton finish bridged; its square bounds the tangential error of the finish.
    pub finish: f64,
    /// Fast time at which the finish took over.
    pub time: f64,
    /// h₊ = c σ_min(J)², the slowest normal rate at Φ.
    pub slowest_rate: f64,
    /// h_max = c σ_max(J)².
    pub fastest_rate: f64,
    /// What it cost.
    pub work: Work,
}

/// A trajectory together with the multipliers at its points.
#[derive(Debug, Clone, PartialEq)]
pub struct Run<T: Timescale> {
    /// The weights.
    pub trajectory: Trajectory<T>,
    /// μ at each point.
    pub multipliers: Vec<Vector>,
}

impl<'a> Flows<'a> {
    /// The flows of F + λR from `start`, with the five-stage method.
    pub fn new(problem: &'a LeastSquares, regulariser: &'a Regulariser, start: Weights, tolerance: Tolerance) -> Self {
        Flows { problem, regulariser, start, tolerance, stages: Stages::Five, limits: Limits::default() }
    }

    fn star(&self) -> Star<'_> {
        Star { problem: self.problem, regulariser: self.regulariser }
    }

    fn stepper(&self, clock: Clock, w: &Weights) -> Result<Stepper<'_>, StarError> {
        Stepper::new(self.star(), clock, self.stages, self.tolerance, self.limits, 0.0, w).map_err(|cause| early(cause, clock))
    }

    /// w^λ(t) at fast times `times`, for λ ≥ 0; λ = 0 is the fast flow.
    ///
    /// # Errors
    /// Every way of not arriving, with the points reached before it.
    pub fn fast(&self, lambda: f64, times: &[f64]) -> Result<Run<Fast>, StarError> {
        let clock = Clock::fast(check(lambda)?);
        let mut stepper = self.stepper(clock, &self.start)?;
        let saved = stepper.run(times)?;
        Ok(gather(saved, stepper.work))
    }

    /// w^λ(s/λ) at slow times `times`, for λ > 0: one run through the fast phase and the drift.
    ///
    /// # Errors
    /// Every way of not arriving, with the points reached before it.
    pub fn regularised(&self, lambda: f64, times: &[f64]) -> Result<Run<Slow>, StarError> {
        let clock = Clock::slow(check(lambda)?);
        let mut stepper = self.stepper(clock, &self.start)?;
        let saved = stepper.run(times)?;
        Ok(gather(saved, stepper.work))
    }

    /// w°(s) at slow times `times`, from the foot point `foot`.
    ///
    /// # Errors
    /// Every way of not arriving, with the points reached before it.
    pub fn slow(&self, foot: &Foot, times: &[f64]) -> Result<Run<Slow>, StarError> {
        let mut stepper = self.stepper(Clock::slow(0.0), &foot.w)?;
        let saved = stepper.run(times)?;
        Ok(gather(saved, stepper.work))
    }

    /// Φ(w₀): the fast flow until the squared distance to M is below the tolerance, then Newton's method in the normal space.
    ///
    /// Between two normal modes of rates h_i, h_j the flow moves along M by δ_i δ_j h_j/(h_i + h_j) at most: the finish errs by
    /// the square of the distance it bridges, whatever the spread of the rates.
    ///
    /// # Errors
    /// Where the fast flow does not come to r = 0.
    pub fn foot(&self) -> Result<Foot, StarError> {
        let clock = Clock::fast(0.0);
        let mut stepper = self.stepper(clock, &self.start)?;
        let failed = |stepper: &Stepper, cause| StarError {
            cause,
            symbol: "t",
            time: stepper.time(),
            partial: vec![Saved { time: stepper.time(), w: stepper.weights().clone(), mu: stepper.multipliers().clone() }],
            work: stepper.work,
        };
        loop {
            let allowed = stepper.allowed();
            // ‖f‖ ≥ h₊·distance; the exact distance is asked only when this many steps could have brought it down.
            let w = stepper.weights().clone();
            if let Some((moved, finished, defect)) = self.finish(&w, (0.1 * allowed).sqrt() * w.norm().max(1.0).sqrt()) {
                let (smallest, largest) = stepper.singular_range();
                let c = self.problem.c;
                return Ok(Foot {
                    w: finished,
                    defect,
                    finish: moved,
                    time: stepper.time(),
                    slowest_rate: c * smallest * smallest,
                    fastest_rate: c * largest * largest,
                    work: stepper.work,
                });
            }
            let h = stepper.step();
            stepper.accepted_step(h, None).map_err(|cause| failed(&stepper, cause))?;
            let time = stepper.time();
            if !time.is_finite() || time > 1e15 {
                let (smallest, _) = stepper.singular_range();
                let residual = self.residual_norm(stepper.weights());
                return Err(failed(&stepper, Cause::Foot { time, residual, smallest }));
            }
        }
    }

    fn residual_norm(&self, w: &Weights) -> f64 {
        let mut r = Vector::zeros(self.problem.residual.samples());
        self.problem.residual.residual(w, &mut r).map_or(f64::NAN, |()| r.norm())
    }

    /// Newton in the normal space, w ← w − J⁺r, from within `reach` of M: distance moved, the point, ‖r‖ there.
    fn finish(&self, w: &Weights, reach: f64) -> Option<(f64, Weights, f64)> {
        let residual = self.problem.residual.as_ref();
        let mut point = w.clone();
        let mut total = 0.0;
        let mut before = f64::INFINITY;
        let mut r = Vector::zeros(residual.samples());
        let mut step = Weights::zeros(w.len());
        for iteration in 0..12 {
            residual.residual(&point, &mut r).ok()?;
            let defect = r.norm();
            if iteration > 1 && defect >= 0.5 * before {
                return Some((total, point, defect));
            }
            before = defect;
            // ‖J⁺r‖ ≥ ‖r‖/‖J‖: without a factorisation a far point is told by the slope JᵀR.
            dense::Cholesky::new(residual.gram(&point))?.solve_mut(&mut r);
            residual.pull_back(&point, &r, &mut step);
            total += step.norm();
            if !(total <= reach) {
                return None;
            }
            point -= &step;
        }
        Some((total, point, before))
    }
}

fn check(lambda: f64) -> Result<f64, StarError> {
    if lambda >= 0.0 && lambda.is_finite() { Ok(lambda) } else { Err(early(Cause::Lambda { lambda }, Clock::slow(0.0))) }
}

fn early(cause: Cause, clock: Clock) -> StarError {
    StarError { cause, symbol: clock.symbol, time: 0.0, partial: Vec::new(), work: Work::default() }
}

fn gather<T: Timescale>(saved: Vec<Saved>, work: Work) -> Run<T> {
    let (mut points, mut multipliers) = (Vec::with_capacity(saved.len()), Vec::with_capacity(saved.len()));
    for Saved { time, w, mu } in saved {
        points.push(Point { time, w });
        multipliers.push(mu);
    }
    Run { trajectory: Trajectory::new(points, work), multipliers }
}
