use super::{Path, ProbeError};
use crate::field::{Loss, Regulariser};
use crate::manifold::CriticalManifold;
use crate::min_norm;

/// Points at which the spectra are computed, on the window and beyond it.
const POINTS: (usize, usize) = (6, 8);

/// M at one point of the slow flow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PathPoint {
    /// Slow time s.
    pub s: f64,
    /// h₊: the smallest positive eigenvalue of ∇²F, the normal rate in fast time.
    pub gap: f64,
    /// ρ: the largest rate of the slow flow along M, in slow time.
    pub tangential: f64,
    /// The smallest rate along M: negative where the flow expands.
    pub slowest: f64,
}

/// Normal hyperbolicity along the slow flow.
#[derive(Debug, Clone, PartialEq)]
pub struct Hyperbolicity {
    /// The points.
    pub points: Vec<PathPoint>,
    /// min h₊/ρ up to the end of the window.
    pub limit_on_window: f64,
    /// min h₊/ρ along the path: with weight decay λ the normal rate h₊/λ exceeds the tangential one while λ is below it.
    pub limit: f64,
    /// limit_on_window/30: below it the two rates are a factor 30 apart, and the slow gap is within about 3 % of its asymptote.
    pub two_phase_lambda: f64,
    /// A27: ‖∇F(w₀)‖/‖Φ(w₀)‖; the plateau disappears where λ reaches 0.01 to 1 of it (a heuristic of the paper).
    pub heuristic: f64,
}

/// Spectra at points spread evenly over the samples of the path up to `window` and over those beyond.
///
/// # Errors
/// A rank that changes on the path; decompositions that fail.
pub fn hyperbolicity(
    loss: &dyn Loss,
    manifold: &dyn CriticalManifold,
    regulariser: &Regulariser,
    path: &Path,
    heuristic: f64,
    window: f64,
) -> Result<Hyperbolicity, ProbeError> {
    let last = path.samples.len().saturating_sub(1);
    let inside = path.samples.iter().rposition(|sample| sample.s <= window * (1.0 + 1e-12)).unwrap_or(last);
    let mut chosen: Vec<usize> = (0..POINTS.0).map(|k| k * inside / (POINTS.0 - 1)).collect();
    chosen.extend((1..=POINTS.1).map(|k| inside + k * (last - inside) / POINTS.1));
    chosen.dedup();
    let mut points = Vec::with_capacity(chosen.len());
    for k in chosen {
        let sample = &path.samples[k];
        let gap = manifold.at(&sample.w)?.spectrum().smallest;
        let spectrum = min_norm::tangent_spectrum(loss, regulariser, &sample.w)?;
        let rate = |rate: f64| if rate.abs() > spectrum.zero { rate } else { 0.0 };
        let (tangential, slowest) = (rate(spectrum.fastest()), rate(spectrum.slowest().unwrap_or(0.0)));
        points.push(PathPoint { s: sample.s, gap, tangential, slowest });
    }
    let ratio = |p: &PathPoint| if p.tangential > 0.0 { p.gap / p.tangential } else { f64::INFINITY };
    let least = |until: f64| points.iter().filter(|p| p.s <= until).map(ratio).fold(f64::INFINITY, f64::min);
    let (limit, limit_on_window) = (least(f64::INFINITY), least(window * (1.0 + 1e-12)));
    Ok(Hyperbolicity { points, limit, limit_on_window, two_phase_lambda: limit_on_window / 30.0, heuristic })
}
