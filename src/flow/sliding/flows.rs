use std::sync::{Mutex, PoisonError};

use super::event::EventLog;
use super::mode::{Mode, Place};
use super::rest::Rest;
use super::run::{Slid, Sliding, SlidingCause, SlidingError};
use super::settle::cell;
use crate::field::{Fast, LeastSquares, Point, Regulariser, Slow, Trajectory, Weights};
use crate::flow::{FlowError, Flows, Foot, Phase};
use crate::integrate::Tolerance;
use crate::integrate::star::{Clock, Limits, Stages};
use crate::manifold::{CriticalManifold, ManifoldError, ZeroLoss};

/// The three flows of piecewise smooth residuals from one start, by the λ-uniform method within cells.
pub struct SlidingFlows<'a> {
    loss: &'a LeastSquares,
    regulariser: &'a Regulariser,
    start: &'a Weights,
    /// Allowed error a step: atol + rtol‖w‖, as a Euclidean norm of w.
    pub tolerance: Tolerance,
    /// The method within cells.
    pub stages: Stages,
    /// What bounds the run within one cell.
    pub limits: Limits,
    logs: Mutex<Vec<EventLog>>,
}

/// Newton distance to M, relative to ‖w‖, at which the fast flow hands over to the retraction.
const CLOSE: f64 = 1e-9;
/// Share of what the tolerance allows one step that a flow at rest has moved by in the second half of its time. A flow that
/// decays towards M has then less than the square of it left.
const STILL: f64 = 0.1;

impl<'a> SlidingFlows<'a> {
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
        ZeroLoss::new(loss)?;
        let (stages, limits) = (Stages::Five, Limits::default());
        Ok(SlidingFlows { loss, regulariser, start, tolerance, stages, limits, logs: Mutex::new(Vec::new()) })
    }

    /// The flow in a clock, to be run.
    pub fn in_clock(&self, clock: Clock) -> Sliding<'a> {
        let (tolerance, stages, limits) = (self.tolerance, self.stages, self.limits);
        Sliding { loss: self.loss, regulariser: self.regulariser, clock, tolerance, stages, limits }
    }

    fn flow(&self, phase: Phase, clock: Clock, start: &Weights, times: &[f64]) -> Result<Slid, FlowError> {
        let slid = self.in_clock(clock).run(start, times).map_err(|source| stopped(phase, source))?;
        self.log(phase, clock.symbol, &slid);
        Ok(slid)
    }

    /// Keeps the longest log of every flow.
    fn log(&self, phase: Phase, symbol: &'static str, slid: &Slid) {
        let mut logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        if logs.iter().any(|log| log.phase == phase && log.until >= slid.time) {
            return;
        }
        logs.retain(|log| log.phase != phase);
        logs.push(EventLog { phase, symbol, until: slid.time, events: slid.events.clone() });
    }
}

fn stopped(phase: Phase, source: SlidingError) -> FlowError {
    FlowError::Sliding { phase, source: Box::new(source) }
}

/// Newton distance to the zero-loss set of a cell, on the walls slid along; infinite where J has no full rank.
fn distance(loss: &LeastSquares, w: &Weights, time: f64) -> Result<f64, SlidingCause> {
    match ZeroLoss::new(loss).and_then(|manifold| manifold.distance(w)) {
        Ok(distance) => Ok(distance),
        Err(ManifoldError::Field(source)) => Err(SlidingCause::Field { symbol: "t", time, source }),
        Err(_) => Ok(f64::INFINITY),
    }
}

impl Flows for SlidingFlows<'_> {
    fn method(&self) -> &'static str {
        "radau9-sliding"
    }

    fn foot(&self) -> Result<Foot, FlowError> {
        let clock = Clock::fast(0.0);
        let (mut gap, mut moved) = (f64::INFINITY, f64::INFINITY);
        let (mut half_time, mut half_way) = (0.0, self.start.clone());
        let mut stop = |loss: &LeastSquares, stepper: &crate::integrate::star::Stepper<'_>| {
            let (time, w) = (stepper.time(), stepper.weights());
            gap = distance(loss, w, time)?;
            if gap <= CLOSE * w.norm() {
                return Ok(true);
            }
            if time < 2.0 * half_time {
                return Ok(false);
            }
            moved = if half_time > 0.0 { (w - &half_way).norm() } else { f64::INFINITY };
            (half_time, half_way) = (time, w.clone());
            Ok(moved <= STILL * stepper.allowed() && gap > moved)
        };
        let slid = self.in_clock(clock).run_until(self.start, &[], &mut stop).map_err(|source| stopped(Phase::Fast, source))?;
        self.log(Phase::Fast, clock.symbol, &slid);
        let time = slid.time;
        if gap > CLOSE * slid.w.norm() {
            let unknown = |cause| stopped(Phase::Fast, SlidingError { cause, partial: Box::new(slid.clone()) });
            return Err(FlowError::Rest(Box::new(Rest::of(self.loss, self.start, &slid, moved).map_err(unknown)?)));
        }
        let wrap = |source| FlowError::Manifold { phase: Phase::Fast, time, source };
        let failed = |cause| stopped(Phase::Fast, SlidingError { cause, partial: Box::new(slid.clone()) });
        let on_walls = cell(self.loss, &slid.mode, clock, time).map_err(failed)?;
        let (w, retracted) = ZeroLoss::new(&on_walls).and_then(|manifold| manifold.retract(&slid.w)).map_err(wrap)?;
        // The spectrum is that of the cell, from below where walls are slid along: they add no loss.
        let lower = |place: &Place| if *place == Place::On { Place::Below } else { *place };
        let mode = Mode { places: slid.mode.places.iter().map(lower).collect() };
        let inside = cell(self.loss, &mode, clock, time).map_err(failed)?;
        let manifold = ZeroLoss::new(&inside).map_err(wrap)?;
        let spectrum = *manifold.at(&w).map_err(wrap)?.spectrum();
        let defect = manifold.defect(&w)?;
        Ok(Foot { w, time, retracted, defect, spectrum, work: slid.work })
    }

    fn fast(&self, times: &[f64]) -> Result<Trajectory<Fast>, FlowError> {
        let slid = self.flow(Phase::Fast, Clock::fast(0.0), self.start, times)?;
        let points = slid.saved.into_iter().map(|saved| Point { time: saved.time, w: saved.w }).collect();
        Ok(Trajectory::new(points, slid.work))
    }

    fn slow(&self, foot: &Weights, times: &[f64]) -> Result<Trajectory<Slow>, FlowError> {
        let slid = self.flow(Phase::Slow, Clock::slow(0.0), foot, times)?;
        let points = slid.saved.into_iter().map(|saved| Point { time: saved.time, w: saved.w }).collect();
        Ok(Trajectory::new(points, slid.work))
    }

    fn regularised(&self, lambda: f64, times: &[f64]) -> Result<Trajectory<Fast>, FlowError> {
        let slow: Vec<f64> = times.iter().map(|t| lambda * t).collect();
        let slid = self.flow(Phase::Regularised(lambda), Clock::slow(lambda), self.start, &slow)?;
        let points = slid.saved.into_iter().zip(times).map(|(saved, &time)| Point { time, w: saved.w }).collect();
        Ok(Trajectory::new(points, slid.work))
    }

    fn events(&self) -> Vec<EventLog> {
        let mut logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // Fast, slow, then λ descending: whatever the order in which the runs ended.
        let rank = |log: &EventLog| match log.phase {
            Phase::Fast => (0, 0.0),
            Phase::Slow => (1, 0.0),
            Phase::Regularised(lambda) => (2, -lambda),
        };
        logs.sort_by(|a, b| rank(a).0.cmp(&rank(b).0).then(rank(a).1.total_cmp(&rank(b).1)));
        logs
    }
}
