//! The three flows by Radau IIA on the multiplier form (★) of [`crate::integrate::star`]: work and error do not depend on λ.
//!
//! One run covers the fast phase and the drift: with h_s = λ h_t a step in slow time is the same computation as one in fast
//! time, so only the length of the steps changes as the fast modes die. For λ = 0 the two phases are two runs: the fast flow
//! to its foot point Φ(w₀), finished in the normal space, and the slow flow from there.

use super::{FlowError, Flows, Foot, Phase};
use crate::field::{Fast, LeastSquares, Point, Regulariser, Slow, Timescale, Trajectory, Weights, Work};
use crate::integrate::Tolerance;
use crate::integrate::star::{Cause, Clock, Limits, Saved, Stages, Star, StarError, Stepper};
use crate::manifold::{CriticalManifold, ManifoldError, ZeroLoss};
use crate::numeric::Vector;

/// Flows of ½c‖r‖² + λR from one start, by the λ-uniform method.
pub struct RadauFlows<'a> {
    star: Star<'a>,
    manifold: ZeroLoss<'a>,
    start: &'a Weights,
    /// Allowed error a step: atol + rtol‖w‖, as a Euclidean norm of w.
    pub tolerance: Tolerance,
    /// The method.
    pub stages: Stages,
    /// What bounds every run.
    pub limits: Limits,
}

/// A trajectory together with the multipliers at its points.
#[derive(Debug, Clone, PartialEq)]
pub struct Run<T: Timescale> {
    /// The weights.
    pub trajectory: Trajectory<T>,
    /// μ at each point (of the clock that the run was in).
    pub multipliers: Vec<Vector>,
}

impl<'a> RadauFlows<'a> {
    /// Flows of ½c‖r‖² + λR from `start`, with the five-stage method.
    ///
    /// # Errors
    /// More residuals than weights: M is then no zero-loss set.
    pub fn new(
        loss: &'a LeastSquares,
        regulariser: &'a Regulariser,
        start: &'a Weights,
        tolerance: Tolerance,
    ) -> Result<Self, ManifoldError> {
        Ok(RadauFlows {
            star: Star { problem: loss, regulariser },
            manifold: ZeroLoss::new(loss)?,
            start,
            tolerance,
            stages: Stages::Five,
            limits: Limits::default(),
        })
    }

    fn stepper(&self, clock: Clock, w: &Weights) -> Result<Stepper<'a>, StarError> {
        Stepper::new(self.star, clock, self.stages, self.tolerance, self.limits, 0.0, w).map_err(|cause| StarError {
            cause,
            symbol: clock.symbol,
            time: 0.0,
            partial: Vec::new(),
            work: Work::default(),
        })
    }

    /// w^λ(t) at fast times, for λ ≥ 0; λ = 0 is the fast flow.
    ///
    /// # Errors
    /// Every way of not arriving, with the points reached before it.
    pub fn in_fast_time(&self, lambda: f64, times: &[f64]) -> Result<Run<Fast>, StarError> {
        let mut stepper = self.stepper(Clock::fast(lambda), self.start)?;
        let saved = stepper.run(times)?;
        Ok(gather(saved, stepper.work))
    }

    /// w^λ(s/λ) at slow times, for λ > 0: one run through the fast phase and the drift.
    ///
    /// # Errors
    /// Every way of not arriving, with the points reached before it.
    pub fn in_slow_time(&self, lambda: f64, times: &[f64]) -> Result<Run<Slow>, StarError> {
        let mut stepper = self.stepper(Clock::slow(lambda), self.start)?;
        let saved = stepper.run(times)?;
        Ok(gather(saved, stepper.work))
    }

    /// w°(s) at slow times from a point of M, with its multipliers.
    ///
    /// # Errors
    /// Every way of not arriving, with the points reached before it.
    pub fn drift(&self, foot: &Weights, times: &[f64]) -> Result<Run<Slow>, StarError> {
        let mut stepper = self.stepper(Clock::slow(0.0), foot)?;
        let saved = stepper.run(times)?;
        Ok(gather(saved, stepper.work))
    }
}

fn at(phase: Phase, source: StarError) -> FlowError {
    FlowError::Star { phase, source: Box::new(source) }
}

/// Newton distance to M, relative to ‖w‖, at which the fast flow hands over to the retraction: its tangential error is the
/// square. Between two normal modes of rates h_i, h_j the flow moves along M by δ_i δ_j h_j/(h_i + h_j) at most, so this
/// holds whatever the spread of the rates.
const CLOSE: f64 = 1e-9;

impl Flows for RadauFlows<'_> {
    fn method(&self) -> &'static str {
        match self.stages {
            Stages::Three => "radau5",
            Stages::Five => "radau9",
            Stages::Seven => "radau13",
        }
    }

    fn foot(&self) -> Result<Foot, FlowError> {
        let mut stepper = self.stepper(Clock::fast(0.0), self.start).map_err(|e| at(Phase::Fast, e))?;
        loop {
            let w = stepper.weights();
            let here = stepper.time();
            let stopped = stepper.drift_norm() <= 1e-15 * w.norm() * stepper.rate_scale();
            let distance = match self.manifold.distance(w) {
                Ok(distance) => distance,
                Err(ManifoldError::RankDrop { .. }) => f64::INFINITY,
                Err(source) => return Err(FlowError::Manifold { phase: Phase::Fast, time: here, source }),
            };
            if distance <= CLOSE * w.norm() {
                let wrap = |source| FlowError::Manifold { phase: Phase::Fast, time: here, source };
                let (on, retracted) = self.manifold.retract(w).map_err(wrap)?;
                let spectrum = *self.manifold.at(&on).map_err(wrap)?.spectrum();
                let defect = self.manifold.defect(&on)?;
                return Ok(Foot { w: on, time: here, retracted, defect, spectrum, work: stepper.work });
            }
            if stopped {
                let defect = self.manifold.defect(w)?;
                return Err(FlowError::Saddle { time: here, gradient: stepper.drift_norm(), defect });
            }
            let h = stepper.step();
            if let Err(cause) = stepper.accepted_step(h, None) {
                if let Cause::StepLimit { .. } = cause {
                    return Err(FlowError::NoFoot {
                        time: stepper.time(),
                        distance,
                        gradient: stepper.drift_norm(),
                        start_norm: self.start.norm(),
                        norm: stepper.weights().norm(),
                    });
                }
                return Err(at(Phase::Fast, stepper.stopped(cause)));
            }
        }
    }

    fn fast(&self, times: &[f64]) -> Result<Trajectory<Fast>, FlowError> {
        Ok(self.in_fast_time(0.0, times).map_err(|e| at(Phase::Fast, e))?.trajectory)
    }

    fn slow(&self, foot: &Weights, times: &[f64]) -> Result<Trajectory<Slow>, FlowError> {
        Ok(self.drift(foot, times).map_err(|e| at(Phase::Slow, e))?.trajectory)
    }

    fn regularised(&self, lambda: f64, times: &[f64]) -> Result<Trajectory<Fast>, FlowError> {
        let slow: Vec<f64> = times.iter().map(|t| lambda * t).collect();
        let run = self.in_slow_time(lambda, &slow).map_err(|e| at(Phase::Regularised(lambda), e))?.trajectory;
        let points = run.points.into_iter().zip(times).map(|(point, &time)| Point { time, w: point.w }).collect();
        Ok(Trajectory::new(points, run.work))
    }
}

fn gather<T: Timescale>(saved: Vec<Saved>, work: Work) -> Run<T> {
    let (mut points, mut multipliers) = (Vec::with_capacity(saved.len()), Vec::with_capacity(saved.len()));
    for Saved { time, w, mu } in saved {
        points.push(Point { time, w });
        multipliers.push(mu);
    }
    Run { trajectory: Trajectory::new(points, work), multipliers }
}
