use super::ProbeError;
use super::path::{Path, Sample};
use crate::field::{Loss, Regulariser};
use crate::flow::Flows;
use crate::manifold::CriticalManifold;
use crate::min_norm::{self, Classification, Kind, KktPoint, Options, Target};

/// A saddle counts as left where the speed has grown by this factor.
const LEFT: f64 = 1.2;
/// Points of the flow between two samples where its speed is least, and how often they are laid closer.
const FINE: (usize, usize) = (20, 3);

/// A saddle that the slow flow passes.
#[derive(Debug, Clone, PartialEq)]
pub struct Passage {
    /// The slow time at which ‖P∇R‖ is smallest.
    pub s: f64,
    /// The distance of the points around it: it is known to this.
    pub resolution: f64,
    /// From when to when ‖P∇R‖ is at most 1.2 times that, interpolated: the time spent near the saddle.
    pub during: (f64, f64),
    /// The distance of the samples around these two times: they are known to this.
    pub spacing: f64,
    /// ‖P∇R‖ there.
    pub speed: f64,
    /// ‖w°(s) − saddle‖.
    pub distance: f64,
    /// The saddle.
    pub saddle: KktPoint,
    /// Its index and lowest eigenvalue.
    pub classification: Classification,
}

/// Looks for a saddle at every minimum of the speed along the path, its start included.
///
/// # Errors
/// Decompositions and flows that fail; a slow stretch without a saddle nearby is left out.
pub fn passages(
    loss: &dyn Loss,
    regulariser: &Regulariser,
    flows: &dyn Flows,
    manifold: &dyn CriticalManifold,
    path: &Path,
) -> Result<Vec<Passage>, ProbeError> {
    let samples = &path.samples;
    let mut found = Vec::new();
    for k in 0..samples.len().saturating_sub(1) {
        let here = &samples[k];
        let before = k.checked_sub(1).map(|k| &samples[k]);
        let lowest = before.is_none_or(|before| here.speed < before.speed) && here.speed <= samples[k + 1].speed;
        // A dip that the flow leaves again: somewhere later it is clearly faster.
        let leaves = samples[k..].iter().any(|later| later.speed > LEFT * here.speed);
        if !(lowest && leaves) {
            continue;
        }
        let options = Options { target: Target::Nearest, ..Options::default() };
        let Ok(saddle) = min_norm::solve(loss, regulariser, &here.w, &options) else { continue };
        let classification = min_norm::classify(loss, regulariser, &saddle)?;
        if !matches!(classification.kind, Kind::Saddle { .. }) || (&here.w - &saddle.w).norm() >= 0.5 * here.w.norm() {
            continue;
        }
        let around = (before.unwrap_or(here).clone(), samples[k + 1].s);
        let (slowest, resolution) = slowest(flows, manifold, regulariser, around)?;
        let (from, first) = leaving(samples[..=k].iter().rev(), slowest.speed);
        let (to, second) = leaving(samples[k..].iter(), slowest.speed);
        let during = (from.min(slowest.s), to.max(slowest.s));
        let distance = (&slowest.w - &saddle.w).norm();
        let (s, speed, spacing) = (slowest.s, slowest.speed, first.max(second));
        found.push(Passage { s, during, spacing, resolution, speed, distance, saddle, classification });
    }
    Ok(found)
}

/// The slowest point of the flow from a sample until a time, and the distance of the points among which it was chosen.
fn slowest(
    flows: &dyn Flows,
    manifold: &dyn CriticalManifold,
    regulariser: &Regulariser,
    (mut from, mut until): (Sample, f64),
) -> Result<(Sample, f64), ProbeError> {
    let (mut best, mut step) = (from.clone(), until - from.s);
    for _ in 0..FINE.1 {
        step = (until - from.s) / FINE.0 as f64;
        let times: Vec<f64> = (1..=FINE.0).map(|k| step * k as f64).collect();
        let points = flows.slow(&from.w, &times)?.points.into_iter();
        let mut fine = vec![from.clone()];
        for point in points {
            fine.push(Sample::at(manifold, regulariser, from.s + point.time, point.w)?);
        }
        let least = (0..fine.len()).min_by(|a, b| fine[*a].speed.total_cmp(&fine[*b].speed)).unwrap_or(0);
        until = fine[(least + 1).min(FINE.0)].s;
        best = fine[least].clone();
        from = fine.swap_remove(least.saturating_sub(1));
    }
    Ok((best, step))
}

/// When, going on from the slowest point, the speed passes `LEFT` times the `least`, and between samples how far apart.
fn leaving<'a>(mut samples: impl Iterator<Item = &'a Sample>, least: f64) -> (f64, f64) {
    let Some(mut last) = samples.next() else { return (f64::NAN, f64::NAN) };
    for next in samples {
        if next.speed > LEFT * least {
            let share = (LEFT * least / last.speed).ln() / (next.speed / last.speed).ln();
            return (last.s + share.clamp(0.0, 1.0) * (next.s - last.s), (next.s - last.s).abs());
        }
        last = next;
    }
    (last.s, 0.0)
}
