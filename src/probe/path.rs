use super::ProbeError;
use crate::field::{Regulariser, Weights};
use crate::flow::{FlowError, Flows};
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
    /// Samples, s ascending from 0.
    pub samples: Vec<Sample>,
    /// Why it stopped before it came to rest; `None` where it did.
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

/// Follows the slow flow from `foot` over legs of doubling length, the first of length `first`, with `points` samples each.
///
/// A leg on which the flow fails, as where M loses its rank, ends the path with what it had reached: the limit is then singular.
///
/// # Errors
/// Flows that fail for another reason.
pub fn follow(
    flows: &dyn Flows,
    manifold: &dyn CriticalManifold,
    regulariser: &Regulariser,
    foot: &Weights,
    first: f64,
    points: usize,
) -> Result<Path, ProbeError> {
    let mut pull = Weights::zeros(foot.len());
    regulariser.gradient(foot, &mut pull);
    let mut path = Path { samples: vec![Sample::at(manifold, regulariser, 0.0, foot.clone())?], stopped: None };
    let (mut s, mut w, mut leg) = (0.0, foot.clone(), first);
    for _ in 0..LEGS {
        let times: Vec<f64> = (1..=points).map(|k| leg * k as f64 / points as f64).collect();
        let reached: Vec<(f64, Weights)> = match flows.slow(&w, &times) {
            Ok(trajectory) => trajectory.points.into_iter().map(|point| (point.time, point.w)).collect(),
            Err(FlowError::Star { phase, source }) => {
                path.stopped = Some(format!("{phase}: {source}"));
                source.partial.into_iter().map(|saved| (saved.time, saved.w)).collect()
            }
            Err(error @ (FlowError::Manifold { .. } | FlowError::Sliding { .. })) => {
                path.stopped = Some(error.to_string());
                Vec::new()
            }
            Err(error) => return Err(error.into()),
        };
        for (time, w) in reached {
            match Sample::at(manifold, regulariser, s + time, w) {
                Ok(sample) => path.samples.push(sample),
                Err(error) => {
                    path.stopped.get_or_insert_with(|| error.to_string());
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
    path.stopped = Some(format!("the flow still moves at s = {s:.3e}"));
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
        Err(FlowError::Star { source, .. }) => {
            path.samples.truncate(source.partial.len() + 1);
            path.stopped = Some(format!("the companion of tighter tolerance: {source}"));
            source.partial.last().map(|saved| saved.w.clone())
        }
        Err(error) => return Err(error.into()),
    };
    Ok(moved.unwrap_or_else(|| start.clone()))
}
