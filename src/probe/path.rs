use super::ProbeError;
use crate::field::{Regulariser, Weights};
use crate::flow::sliding::SlidingCause;
use crate::flow::{FlowError, Flows};
use crate::integrate::star::Cause;
use crate::manifold::{CriticalManifold, ManifoldError};

/// Doublings of the legs.
const LEGS: usize = 12;
/// The path ends where ‖P∇R‖ has fallen below this share of ‖∇R‖ at the foot point.
const SLOW: f64 = 1e-8;

/// A point of the slow flow.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Slow time s.
    pub s: f64,
    /// w°(s).
    pub w: Weights,
    /// ‖P∇R‖ = ‖dw°/ds‖.
    pub speed: f64,
}

/// The slow flow from the foot point until it hardly moves.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// Slow time of the first sample.
    pub begins: f64,
    /// Samples, s ascending from 0, counted from there.
    pub samples: Vec<Sample>,
    /// Why it stopped before it came to rest, in slow time from Φ(w₀) on; `None` where it did.
    pub stopped: Option<String>,
}

impl Path {
    /// The last sample.
    pub fn end(&self) -> Option<&Sample> {
        self.samples.last()
    }
}

impl Sample {
    /// w° = `w` at `s` with its speed.
    pub fn at(manifold: &dyn CriticalManifold, regulariser: &Regulariser, s: f64, w: Weights) -> Result<Self, ManifoldError> {
        let mut pull = Weights::zeros(w.len());
        regulariser.gradient(&w, &mut pull);
        let speed = manifold.project_tangent(&w, &pull)?.norm();
        Ok(Sample { s, w, speed })
    }
}

/// Why a flow stopped that had started at slow time `by`: what it says of its own clock becomes slow time from Φ(w₀) on.
fn later(error: FlowError, by: f64) -> String {
    let cause = |mut cause: Cause| {
        match &mut cause {
            Cause::Field { time, .. }
            | Cause::StepLimit { time, .. }
            | Cause::Newton { time, .. }
            | Cause::StepUnderflow { time, .. }
            | Cause::RoundOff { time, .. }
            | Cause::RankLost { time, .. } => *time += by,
            _ => {}
        }
        cause
    };
    match error {
        FlowError::Star { phase, source } => format!("{phase}: {}", cause(source.cause)),
        FlowError::Manifold { phase, time, source } => FlowError::Manifold { phase, time: time + by, source }.to_string(),
        FlowError::Sliding { phase, source } => match source.cause {
            SlidingCause::Star(own) => format!("{phase}: {}", cause(own)),
            other => format!("{phase}, counted from s = {by:.6e} on: {other}"),
        },
        other => other.to_string(),
    }
}

/// Follows the slow flow from `foot`, where the slow time is `begins`, over legs of doubling length, the first of length `first`, with
/// `points` samples each.
///
/// A leg on which the flow fails, as where M loses its rank, ends the path with what it had reached: the limit is then singular.
///
/// # Errors
/// Flows that fail for another reason.
pub fn follow(
    flows: &dyn Flows,
    manifold: &dyn CriticalManifold,
    regulariser: &Regulariser,
    (foot, begins): (&Weights, f64),
    first: f64,
    points: usize,
) -> Result<Path, ProbeError> {
    let mut pull = Weights::zeros(foot.len());
    regulariser.gradient(foot, &mut pull);
    let mut path = Path { begins, samples: vec![Sample::at(manifold, regulariser, 0.0, foot.clone())?], stopped: None };
    let (mut s, mut w, mut leg) = (0.0, foot.clone(), first);
    for _ in 0..LEGS {
        let times: Vec<f64> = (1..=points).map(|k| leg * k as f64 / points as f64).collect();
        let reached: Vec<(f64, Weights)> = match flows.slow(&w, &times) {
            Ok(trajectory) => trajectory.points.into_iter().map(|point| (point.time, point.w)).collect(),
            Err(error @ (FlowError::Star { .. } | FlowError::Manifold { .. } | FlowError::Sliding { .. })) => {
                let reached = match &error {
                    FlowError::Star { source, .. } => source.partial.iter().map(|saved| (saved.time, saved.w.clone())).collect(),
                    _ => Vec::new(),
                };
                path.stopped = Some(later(error, begins + s));
                reached
            }
            Err(error) => return Err(error.into()),
        };
        for (time, w) in reached {
            match Sample::at(manifold, regulariser, s + time, w) {
                Ok(sample) => path.samples.push(sample),
                Err(error) => {
                    path.stopped = Some(format!("at s = {:.6e} {error}", begins + s + time));
                    break;
                }
            }
        }
        if path.stopped.is_some() {
            return Ok(path);
        }
        let Some(last) = path.end() else { break };
        (s, w) = (last.s, last.w.clone());
        if last.speed <= SLOW * pull.norm() {
            return Ok(path);
        }
        leg *= 2.0;
    }
    path.stopped = Some(format!("the flow still moves at s = {:.3e}", begins + s));
    Ok(path)
}

/// Where another flow from `start` is at the end of the path, which is cut to the samples that this flow reaches too.
///
/// The distance of the two ends is an estimate of the numerical error, where the other flow is of tighter tolerance.
///
/// # Errors
/// Flows that fail for another reason than those that end a path.
pub fn confirm(other: &dyn Flows, start: &Weights, path: &mut Path) -> Result<Weights, ProbeError> {
    let times: Vec<f64> = path.samples.iter().map(|sample| sample.s).filter(|s| *s > 0.0).collect();
    if times.is_empty() {
        return Ok(start.clone());
    }
    let moved = match other.slow(start, &times) {
        Ok(run) => run.points.into_iter().next_back().map(|point| point.w),
        Err(FlowError::Star { phase, source }) => {
            path.samples.truncate(source.partial.len() + 1);
            let last = source.partial.last().map(|saved| saved.w.clone());
            path.stopped =
                Some(format!("by its companion at another tolerance, {}", later(FlowError::Star { phase, source }, path.begins)));
            last
        }
        Err(error) => return Err(error.into()),
    };
    Ok(moved.unwrap_or_else(|| start.clone()))
}
