//! What the theorem asks for, with the numbers that speak for or against it.

use super::Setup;
use super::checks::{Check, Verdict};
use super::tracking::Tracked;
use crate::compare::{SEPARATION, layer_end};

/// Assumptions of the theorem as they were found along this run. The rest, a start in general position among them, has no
/// number.
pub fn assumptions(setup: &Setup, tracked: &Tracked) -> Vec<Check> {
    let mut all = vec![rank(tracked), separation(tracked, tracked.smallest.0)];
    all.extend(layer(setup, tracked));
    all.extend(smooth(tracked));
    all
}

/// M is a manifold along w°: rank ∇²F does not change.
fn rank(tracked: &Tracked) -> Check {
    let (gap, error) = tracked.smallest;
    let rank = tracked.foot.spectrum.rank;
    let same = tracked.slow.iter().all(|p| p.spectrum.rank == rank);
    Check {
        name: "constant-rank",
        verdict: match same {
            false => Verdict::Fails,
            true if 2.0 * error >= gap => Verdict::LimitedBySolver,
            true => Verdict::Holds,
        },
        value: Some(gap),
        limit: "> 0".into(),
        why: format!(
            "rank ∇²F = {rank} at Φ(w₀) and at {} points of w°; the value is the smallest h₊, the smallest positive eigenvalue, among them",
            tracked.slow.len()
        ),
    }
}

/// λ ≪ h₊ along w°: otherwise the two clocks do not part.
fn separation(tracked: &Tracked, gap: f64) -> Check {
    let limit = gap / SEPARATION;
    let smallest = tracked.rows.iter().map(|row| row.lambda).fold(f64::INFINITY, f64::min);
    let apart = tracked.rows.iter().filter(|row| row.lambda <= limit).count();
    Check {
        name: "timescales-separate",
        verdict: if apart > 0 { Verdict::Holds } else { Verdict::Fails },
        value: Some(smallest).filter(|l| l.is_finite()),
        limit: format!("≤ {limit:.1e}"),
        why: format!(
            "λ is far below h₊ on the window (λ ≤ h₊/{SEPARATION}): at {apart} of {} λ; the value is the smallest λ",
            tracked.rows.len()
        ),
    }
}

/// The window starts after the fast phase has died out.
fn layer(setup: &Setup, tracked: &Tracked) -> Option<Check> {
    let first = *setup.problem.slow_times.first()?;
    let lambda = setup.problem.lambda.iter().copied().fold(f64::INFINITY, f64::min);
    let needed = layer_end(lambda, tracked.foot.spectrum.smallest);
    Some(Check {
        name: "window-after-layer",
        verdict: if first >= needed { Verdict::Holds } else { Verdict::Fails },
        value: Some(first),
        limit: format!("≥ {needed:.1e}"),
        why: "the window of slow times starts outside of the initial layer, at s ≥ 2λ log(max(1, h₊)/λ)/h₊, for the smallest λ"
            .into(),
    })
}

/// F is twice differentiable along the flows; said only of residuals that can have kinks.
fn smooth(tracked: &Tracked) -> Option<Check> {
    let events: usize = tracked.events.iter().map(|log| log.events.len()).sum();
    (!tracked.events.is_empty()).then(|| Check {
        name: "smooth-along-flows",
        verdict: if events == 0 { Verdict::Holds } else { Verdict::Fails },
        value: Some(events as f64),
        limit: "0".into(),
        why: "F is twice differentiable along the flows: cell walls that they met, where a residual has a kink".into(),
    })
}
