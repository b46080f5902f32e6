use super::{Path, ProbeError, Sample};
use crate::field::{Loss, Regulariser};
use crate::min_norm::{self, Classification, Kind, KktPoint, Options, Target};

/// A saddle counts as left where the speed has grown by this factor.
const LEFT: f64 = 1.2;

/// A saddle that the slow flow passes.
#[derive(Debug, Clone, PartialEq)]
pub struct Passage {
    /// The slow time at which ‖P∇R‖ is smallest.
    pub s: f64,
    /// From when to when ‖P∇R‖ is at most 1.2 times that: the time spent near the saddle.
    pub during: (f64, f64),
    /// The distance of the samples around it: the times are known to this.
    pub resolution: f64,
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
/// Decompositions that fail; a slow stretch without a saddle nearby is left out.
pub fn passages(loss: &dyn Loss, regulariser: &Regulariser, path: &Path) -> Result<Vec<Passage>, ProbeError> {
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
        let distance = (&here.w - &saddle.w).norm();
        let classification = min_norm::classify(loss, regulariser, &saddle)?;
        if matches!(classification.kind, Kind::Saddle { .. }) && distance < 0.5 * here.w.norm() {
            let during = (time(samples[..=k].iter().rev(), here), time(samples[k..].iter(), here));
            let resolution = (samples[k + 1].s - here.s).max(before.map_or(0.0, |before| here.s - before.s));
            found.push(Passage { s: here.s, during, resolution, speed: here.speed, distance, saddle, classification });
        }
    }
    Ok(found)
}

/// The last time, going on from `here`, at which the speed is at most `LEFT` times that of `here`.
fn time<'a>(samples: impl Iterator<Item = &'a Sample>, here: &Sample) -> f64 {
    samples.take_while(|sample| sample.speed <= LEFT * here.speed).last().map_or(here.s, |sample| sample.s)
}
