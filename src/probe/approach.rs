use super::{Path, ProbeError};
use crate::field::{Loss, Regulariser};
use crate::min_norm::{self, Classification, Evidence, Kind, KktPoint, Options, Target};
use crate::numeric::fit;

/// Evaluations after which Newton's method from the end of the path is given up for a descent.
const NEAR: u64 = 20_000;

/// The equilibrium that the slow flow approaches, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Approach {
    /// The equilibrium: the KKT point nearest to the end of the path.
    pub point: KktPoint,
    /// Its kind and what is proved about it.
    pub evidence: Evidence,
    /// s at the end of the path.
    pub s: f64,
    /// ‖w°(s) − w*‖ there.
    pub distance: f64,
    /// ‖P∇R‖/ρ there, ρ the predicted rate: how far the linear flow still has to go. `None` without a positive rate.
    pub remaining: Option<f64>,
    /// ρ: the smallest positive eigenvalue of the Riemannian Hessian at w*, where the point is no singular one.
    /// With its round-off.
    pub predicted_rate: Option<(f64, f64)>,
    /// Minus the slope of ln‖w°(s) − w*‖ over the last decades above round-off, with its 95 % half width and what the error of
    /// the path can add.
    pub observed_rate: Option<(f64, f64)>,
}

/// The KKT point nearest to the end of `path`, and how far it is.
///
/// # Errors
/// No KKT point near the end.
pub fn arrival(loss: &dyn Loss, regulariser: &Regulariser, path: &Path) -> Result<(KktPoint, f64), ProbeError> {
    let Some(end) = path.end() else {
        return Err(ProbeError::StillMoving { s: 0.0, speed: f64::NAN, needed: 0.0 });
    };
    let reach = 0.3 * path.samples.iter().map(|sample| sample.w.norm()).fold(0.0, f64::max);
    let near = |point: &KktPoint| (&end.w - &point.w).norm() <= reach.max(0.3 * point.w.norm());
    let options = Options { target: Target::Nearest, max_evaluations: NEAR, ..Options::default() };
    let nearest = min_norm::solve(loss, regulariser, &end.w, &options).ok().filter(near);
    // A limit where J drops rank is no regular zero of the KKT system: there the descent finds it.
    let point = match nearest {
        Some(point) => point,
        None => min_norm::solve(loss, regulariser, &end.w, &Options::default())?,
    };
    let distance = (&end.w - &point.w).norm();
    if !near(&point) {
        return Err(ProbeError::NoneNear { s: end.s, speed: end.speed, distance, reach: reach.max(0.3 * point.w.norm()) });
    }
    // The search began near the limit: what J is measured by is its size where the path began.
    let foot_largest = match path.samples.first() {
        Some(foot) => point.foot_largest.max(min_norm::jacobian_norm(loss, &foot.w)?),
        None => point.foot_largest,
    };
    Ok((KktPoint { foot_largest, ..point }, distance))
}

/// ρ, the smallest positive eigenvalue of the Riemannian Hessian at `point`, with its round-off (in large dimensions what inertia
/// leaves open); `None` at singular points and where it is not known.
pub fn slowest_rate(point: &KktPoint, found: &Classification) -> Option<(f64, f64)> {
    if found.rank != Some(point.foot_rank) || found.kind == Kind::Undecided {
        return None;
    }
    let largest = found.eigenvalues.iter().fold(0.0_f64, |a, v| a.max(v.abs()));
    let round_off = 4.0 * f64::EPSILON * point.w.len() as f64 * largest;
    found.rate.map(|rate| (rate, if found.eigenvalues.is_empty() { 2e-3 * rate } else { round_off }))
}

/// Finds the equilibrium at the end of `path`, known to `numerical`, and compares the rate of approach with the linearisation.
///
/// # Errors
/// No KKT point near the end.
pub fn approach(loss: &dyn Loss, regulariser: &Regulariser, path: &Path, numerical: f64) -> Result<Approach, ProbeError> {
    let (point, distance) = arrival(loss, regulariser, path)?;
    let (s, speed) = path.end().map_or((0.0, 0.0), |end| (end.s, end.speed));
    let evidence = min_norm::evidence(loss, regulariser, &point)?;
    let predicted_rate = slowest_rate(&point, &evidence.classification);
    Ok(Approach {
        remaining: predicted_rate.map(|(rate, _)| speed / rate),
        observed_rate: observed_rate(path, &point, numerical),
        s,
        distance,
        predicted_rate,
        evidence,
        point,
    })
}

/// Over the last two decades above 1e-9·‖w*‖. The error of the path moves the lowest distance by `numerical`.
fn observed_rate(path: &Path, point: &KktPoint, numerical: f64) -> Option<(f64, f64)> {
    let distances: Vec<(f64, f64)> = path.samples.iter().map(|sample| (sample.s, (&sample.w - &point.w).norm())).collect();
    let floor = 1e-9 * point.w.norm().max(path.samples.first()?.w.norm());
    let lowest = distances.iter().map(|d| d.1).filter(|d| *d > floor).fold(f64::INFINITY, f64::min);
    let tail: Vec<(f64, f64)> = distances.into_iter().filter(|d| d.1 >= lowest && d.1 <= 100.0 * lowest).collect();
    let (origin, end) = (tail.first()?.0, tail.last()?.0);
    // log–log in (e^{s − s₀}, distance) is the straight line of ln distance in s.
    let pairs: Vec<(f64, f64)> =
        tail.into_iter().filter(|d| d.0 - origin < 600.0).map(|(s, d)| ((s - origin).exp(), d)).collect();
    let line = if pairs.len() < 4 { None } else { fit::log_log(&pairs) }?;
    Some((-line.slope, line.half_width + numerical / lowest / (end - origin)))
}
