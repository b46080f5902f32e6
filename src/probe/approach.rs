use super::{Path, ProbeError};
use crate::field::{Loss, Regulariser};
use crate::min_norm::{self, Evidence, KktPoint, Options, Target};
use crate::numeric::fit::{self, Line};

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
    pub predicted_rate: Option<f64>,
    /// Minus the slope of ln‖w°(s) − w*‖ over the last decades above round-off, with its 95 % half width.
    pub observed_rate: Option<(f64, f64)>,
}

/// Finds the equilibrium at the end of `path` and compares the rate of approach with the linearisation.
///
/// # Errors
/// No KKT point near the end.
pub fn approach(loss: &dyn Loss, regulariser: &Regulariser, path: &Path) -> Result<Approach, ProbeError> {
    let Some(end) = path.end() else {
        return Err(ProbeError::StillMoving { s: 0.0, speed: f64::NAN, needed: 0.0 });
    };
    let nearest = Options { target: Target::Nearest, ..Options::default() };
    // A limit where J drops rank is no regular zero of the KKT system: there the descent finds it.
    let point = min_norm::solve(loss, regulariser, &end.w, &nearest)
        .or_else(|_| min_norm::solve(loss, regulariser, &end.w, &Options::default()))?;
    let distance = (&end.w - &point.w).norm();
    let reach = 0.3 * path.samples.iter().map(|sample| sample.w.norm()).fold(point.w.norm(), f64::max);
    if distance > reach {
        return Err(ProbeError::StillMoving { s: end.s, speed: end.speed, needed: reach });
    }
    let evidence = min_norm::evidence(loss, regulariser, &point)?;
    let regular = evidence.classification.rank == Some(point.foot_rank);
    let predicted_rate = if regular {
        let spectrum = min_norm::tangent_spectrum(loss, regulariser, &point.w)?;
        spectrum.values.iter().copied().find(|v| *v > spectrum.zero).filter(|_| spectrum.complete)
    } else {
        None
    };
    let observed = observed_rate(path, &point);
    Ok(Approach {
        remaining: predicted_rate.map(|rate| end.speed / rate),
        observed_rate: observed.map(|line| (-line.slope, line.half_width)),
        s: end.s,
        distance,
        predicted_rate,
        evidence,
        point,
    })
}

/// The slope of ln distance against s over the last two decades above 1e-9·‖w*‖.
fn observed_rate(path: &Path, point: &KktPoint) -> Option<Line> {
    let distances: Vec<(f64, f64)> = path.samples.iter().map(|sample| (sample.s, (&sample.w - &point.w).norm())).collect();
    let floor = 1e-9 * point.w.norm().max(path.samples.first()?.w.norm());
    let lowest = distances.iter().map(|d| d.1).filter(|d| *d > floor).fold(f64::INFINITY, f64::min);
    let tail: Vec<(f64, f64)> = distances.into_iter().filter(|d| d.1 >= lowest && d.1 <= 100.0 * lowest).collect();
    // log–log in (e^{s − s₀}, distance) is the straight line of ln distance in s.
    let origin = tail.first()?.0;
    let pairs: Vec<(f64, f64)> =
        tail.into_iter().filter(|d| d.0 - origin < 600.0).map(|(s, d)| ((s - origin).exp(), d)).collect();
    if pairs.len() < 4 { None } else { fit::log_log(&pairs) }
}
