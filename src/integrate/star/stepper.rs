use std::sync::Arc;

use super::contraction::Contraction;
use super::curvature::Structure;
use super::linearisation::Linearisation;
use super::newton::StageValues;
use super::tangent::Followed;
use super::{Cause, Clock, Star, StarError, Tableau};
use crate::field::{Weights, Work};
use crate::integrate::Tolerance;
use crate::numeric::Vector;

/// What bounds a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Most steps, accepted and rejected together.
    pub steps: u64,
    /// Hand-over from fast to slow steps: made when the velocity dw/ds changes by less than this, relatively, from one step to
    /// the next. The error estimate judges the first slow step as any other; 0 never hands over, steps then grow by themselves.
    pub steadiness: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { steps: 20_000, steadiness: 1e-2 }
    }
}

/// Weights and multipliers at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// The time, in the run's clock.
    pub time: f64,
    /// w there.
    pub w: Weights,
    /// μ there: of the last stage, accurate to the order s of the stages.
    pub mu: Vector,
}

/// The stage polynomial of the last step: starting values for the next one.
#[derive(Debug, Clone)]
pub(super) struct History {
    pub h: f64,
    pub start: Weights,
    pub values: StageValues,
}

/// An adaptive run of (★) in one clock. A clone is a point to come back to.
#[derive(Clone)]
pub struct Stepper<'a> {
    pub(super) star: Star<'a>,
    pub(super) clock: Clock,
    pub(super) tableau: Tableau,
    pub(super) tolerance: Tolerance,
    pub(super) limits: Limits,
    pub(super) time: f64,
    pub(super) w: Weights,
    pub(super) mu: Vector,
    pub(super) step: f64,
    pub(super) history: Option<History>,
    /// Mean dw/dτ of the last step.
    pub(super) velocity: Weights,
    /// The step that was proposed before the hand-over, until a slow step has been accepted.
    pub(super) before_hand_over: Option<f64>,
    /// Whether the clock is slow time and the steps are still those of the fast phase.
    pub(super) fast_phase: bool,
    /// What is known of C, learned with the first step.
    pub(super) structure: Structure,
    /// The linearisation of the last step.
    pub(super) kept: Option<Arc<Linearisation<'a>>>,
    /// Of Newton's method, as the last step has shown it that could.
    pub(super) contraction: Option<Contraction>,
    pub(super) tangent: Option<Followed>,
    /// Whether steps are accepted whatever their error estimate.
    pub(super) fixed: bool,
    /// What it cost so far.
    pub work: Work,
}

impl<'a> Stepper<'a> {
    /// The time reached.
    pub fn time(&self) -> f64 {
        self.time
    }

    /// The weights reached.
    pub fn weights(&self) -> &Weights {
        &self.w
    }

    /// The multipliers reached.
    pub fn multipliers(&self) -> &Vector {
        &self.mu
    }

    /// The length proposed for the next step.
    pub fn step(&self) -> f64 {
        self.step
    }

    /// Proposes the length of the next step: that of a run which this one goes on with.
    pub fn propose(&mut self, step: f64) {
        self.step = step;
    }

    /// What the tolerance allows a step, as a norm of w.
    pub fn allowed(&self) -> f64 {
        self.tolerance.atol + self.tolerance.rtol * self.w.norm()
    }

    /// ‖dw/dτ‖, mean of the last step: how fast the weights still move (infinite before the first step).
    pub fn speed(&self) -> f64 {
        if self.work.steps == 0 { f64::INFINITY } else { self.velocity.norm() }
    }

    /// Rate 1/h of the last step.
    pub fn rate(&self) -> f64 {
        self.history.as_ref().map_or(0.0, |history| 1.0 / history.h)
    }

    /// This run's end as an error that carries the point reached.
    pub fn stopped(&self, cause: Cause) -> StarError {
        let last = Saved { time: self.time, w: self.w.clone(), mu: self.mu.clone() };
        StarError { cause, symbol: self.clock.symbol, time: self.time, partial: vec![last], work: self.work }
    }

    /// The states at each of `times` in turn. Steps end at the times; where more of them fall into one step than its dense
    /// output has points, they are read off that.
    ///
    /// # Errors
    /// Every way of not arriving, with the states reached before it.
    pub fn run(&mut self, times: &[f64]) -> Result<Vec<Saved>, StarError> {
        let mut saved = Vec::with_capacity(times.len());
        if let Err(cause) = self.save(times, &mut saved) {
            return Err(StarError { cause, symbol: self.clock.symbol, time: self.time, partial: saved, work: self.work });
        }
        Ok(saved)
    }

    fn save(&mut self, times: &[f64], saved: &mut Vec<Saved>) -> Result<(), Cause> {
        while let Some(&time) = times.get(saved.len()) {
            let left = &times[saved.len()..];
            if !(time.is_finite() && time >= self.time) {
                return Err(Cause::Times { index: saved.len(), value: time, start: self.time });
            }
            let crowd = left.get(self.dense_nodes());
            if crowd.is_some_and(|&last| last < self.time + self.step) && left.is_sorted() && left[left.len() - 1].is_finite() {
                let before = self.clone();
                self.step_towards(left[left.len() - 1])?;
                let inside = left.partition_point(|&t| t < self.time);
                let dense = self.dense(&before)?;
                saved.extend(left[..inside].iter().map(|&t| dense.at(t)));
            } else {
                self.advance(time)?;
                saved.push(Saved { time, w: self.w.clone(), mu: self.mu.clone() });
            }
        }
        Ok(())
    }

    fn advance(&mut self, target: f64) -> Result<(), Cause> {
        while self.time < target {
            self.step_towards(target)?;
        }
        Ok(())
    }

    /// One accepted step on the way to `target`, which is met exactly: the last steps are stretched or evened out so that none
    /// is a sliver.
    ///
    /// # Errors
    /// Every way of not arriving.
    pub fn step_towards(&mut self, target: f64) -> Result<(), Cause> {
        let left = target - self.time;
        let proposed = self.step;
        let (h, lands) = if left <= 1.05 * proposed {
            (left, true)
        } else if left < 2.0 * proposed {
            (0.5 * left, false)
        } else {
            (proposed, false)
        };
        self.accepted_step(h, lands.then_some(target))?;
        // A step cut short by a save time says nothing against the longer one proposed before it.
        if h < proposed && self.step < proposed && lands {
            self.step = proposed.min(self.step * 8.0).max(self.step);
        }
        Ok(())
    }
}
