//! The limit s → ∞ by two witnesses: the slow flow, continued until its linear rate bounds what is left, and the KKT point found
//! without a flow.
//!
//! Near an equilibrium w* whose Riemannian Hessian has the smallest positive eigenvalue ρ, ‖w°(s) − w*‖ ≤ ‖P∇R‖/ρ to first
//! order. Where w* has an orbit of rotations the flow may end anywhere on it. Where J drops rank at w* there is no such rate.

use super::Setup;
use super::checks::{Check, Verdict};
use super::fixed;
use crate::compare::SAFETY;
use crate::field::Weights;
use crate::flow::Flows;
use crate::manifold::CriticalManifold;
use crate::min_norm::{self, Certificate, Classification, Evidence, Kind, KktPoint, MinNormError};
use crate::numeric::interval::Interval;
use crate::probe::{self, ProbeError};

/// A bound on what is left of the way, in |w|, above which it says nothing.
const MEANINGFUL: f64 = 0.01;
/// Residuals times weights up to which the slow flow is continued.
const FOLLOWED: usize = 2_000_000;
/// Samples a leg of the continued flow: only its end counts, and how far it came where it fails.
const POINTS: usize = 8;
/// Residuals times weights up to which many starts are tried.
const SURVEYED: usize = 20_000;
/// Random starts of the search for a smaller KKT point.
const STARTS: usize = 8;
/// Evaluations of one of them.
const BUDGET: u64 = 20_000;
/// Values of R closer than the first, relative, or than the second of R(Φ(w₀)) are one value.
const SAME: (f64, f64) = (1e-8, 1e-12);

/// The point that the drift heads for, found independently of the flow, and what the flow says about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// The KKT point.
    pub point: KktPoint,
    /// What kind of point it is.
    pub classification: Classification,
    /// Whether its existence is proved.
    pub certificate: Certificate,
    /// Proved bounds of the least ‖w‖² over M, where duality gives some.
    pub least_norm_squared: Option<Interval>,
    /// Values of R closer than this are one value.
    pub same: f64,
    /// ‖w°(S) − w*‖ at the end S of the window.
    pub distance_from_slow_end: f64,
    /// The slow flow beyond the window, or why it was not followed.
    pub continued: Result<Continued, String>,
    /// The least R among the KKT points that many starts led to, or why they were not tried.
    pub least: Result<Least, String>,
}

/// The end of the continued slow flow.
#[derive(Debug, Clone, PartialEq)]
pub struct Continued {
    /// Slow time s there.
    pub s: f64,
    /// w°(s).
    pub w: Weights,
    /// R(w°(s)).
    pub value: f64,
    /// Distance to the independently found KKT point.
    pub distance: f64,
    /// The KKT point of any kind nearest to it, and how far that is.
    pub nearest: (KktPoint, f64),
    /// Its kind.
    pub kind: Kind,
    /// Bound of what is left to the limit and of the numerical error; `None` without a positive rate.
    pub error: Option<f64>,
    /// Where it ended.
    pub reached: Reached,
    /// Why it was left before it came to rest.
    pub stopped: Option<String>,
}

/// Which KKT point the slow flow went to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// The one that the search found.
    Independent,
    /// Another one with the same R: of its orbit, or a mirror image.
    SameValue,
    /// One with another value of R.
    Other,
}

impl Reached {
    /// As in the machine-readable output.
    pub fn name(self) -> &'static str {
        match self {
            Reached::Independent => "independent",
            Reached::SameValue => "same-value",
            Reached::Other => "other",
        }
    }
}

/// The least R found by many starts.
#[derive(Debug, Clone, PartialEq)]
pub struct Least {
    /// R.
    pub value: f64,
    /// Starts, the foot point included.
    pub starts: usize,
    /// Starts that led to no KKT point.
    pub failed: usize,
    /// What those did instead.
    pub lost: String,
    /// Values of R that one start alone led to.
    pub met_once: usize,
    /// How complete the list of points is, in words.
    pub completeness: String,
    /// Distinct KKT points.
    pub points: usize,
}

/// The slow flow at the end of the window, by the reported flows and by their companion.
pub struct Window<'a> {
    /// The reported flows, and where they end.
    pub reported: (&'a dyn Flows, &'a Weights),
    /// The companion, and where it ends.
    pub companion: (&'a dyn Flows, &'a Weights),
    /// S.
    pub until: f64,
}

/// The KKT point that is found from `foot` without any flow, and what is known about it.
///
/// # Errors
/// No KKT point from the foot point.
pub fn search(setup: &Setup, foot: &Weights) -> Result<(KktPoint, Evidence), MinNormError> {
    let (loss, regulariser) = (&*setup.objective.loss, &setup.objective.regulariser);
    let point = min_norm::solve(loss, regulariser, foot, &min_norm::Options::default())?;
    let evidence = min_norm::evidence(loss, regulariser, &point)?;
    Ok((point, evidence))
}

/// Compares the slow flow with the point that was found without it.
///
/// # Errors
/// Values that are not finite in the search of many starts.
pub fn limit(
    setup: &Setup,
    manifold: &dyn CriticalManifold,
    foot: &Weights,
    (point, evidence): (KktPoint, Evidence),
    window: &Window<'_>,
) -> Result<Limit, MinNormError> {
    let (loss, regulariser) = (&*setup.objective.loss, &setup.objective.regulariser);
    // A general loss has its gradient in the place of residuals.
    let rows = loss.least_squares().map_or(loss.dim(), |squares| squares.residual.samples());
    let size = rows.saturating_mul(loss.dim());
    let what = if loss.least_squares().is_some() { "residuals" } else { "entries of ∇F" };
    let same = SAME.0 * point.value.abs() + SAME.1 * regulariser.value(foot).abs();
    let continued = if size > FOLLOWED {
        Err(format!("{what} times weights are {size}, more than the {FOLLOWED} up to which the slow flow is followed to its end"))
    } else {
        follow(setup, manifold, (&point, &evidence.classification, same), window).map_err(|error| error.to_string())
    };
    let least = if size > SURVEYED {
        Err(format!("{what} times weights are {size}, more than the {SURVEYED} up to which many starts are tried"))
    } else {
        let options = min_norm::Options { max_evaluations: BUDGET, ..min_norm::Options::default() };
        let survey = min_norm::survey(loss, regulariser, foot, STARTS, setup.problem.seed, &options)?;
        let value = survey.found.first().map_or(point.value, |found| found.point.value.min(point.value));
        Ok(Least {
            value,
            starts: survey.starts,
            failed: survey.failed,
            lost: survey.lost_in_words(),
            met_once: survey.met_once(),
            completeness: survey.completeness(),
            points: survey.found.len(),
        })
    };
    Ok(Limit {
        distance_from_slow_end: (window.reported.1 - &point.w).norm(),
        classification: evidence.classification,
        certificate: evidence.certificate,
        least_norm_squared: evidence.least_norm_squared,
        same,
        continued,
        least,
        point,
    })
}

fn follow(
    setup: &Setup,
    manifold: &dyn CriticalManifold,
    (point, found, same): (&KktPoint, &Classification, f64),
    window: &Window<'_>,
) -> Result<Continued, ProbeError> {
    let (loss, regulariser) = (&*setup.objective.loss, &setup.objective.regulariser);
    let (flows, start) = window.reported;
    let mut path = probe::follow(flows, manifold, regulariser, (start, window.until), window.until, POINTS)?;
    let moved = probe::confirm(window.companion.0, window.companion.1, &mut path)?;
    let Some(end) = path.end() else {
        return Err(ProbeError::StillMoving { s: window.until, speed: f64::NAN, needed: 0.0 });
    };
    let numerical = SAFETY * (moved - &end.w).norm();
    let scale = end.w.norm().max(start.norm());
    let distance = (&end.w - &point.w).norm();
    // At rest without a rate (no slow phase) nothing is left; else the linear rate bounds it, 5 % kept for what is not linear.
    let still = end.speed <= 1e-12 * scale;
    let bound = |rate: Option<(f64, f64)>| {
        let left = rate.map(|(rate, error)| 1.05 * end.speed / (rate - error)).or_else(|| still.then_some(0.0));
        left.map(|left| left + numerical + 1e-12 * scale).filter(|bound| *bound <= MEANINGFUL * scale)
    };
    let own = bound(probe::slowest_rate(point, found));
    // Within its linear rate of the independent point, or near one where J drops rank, no other search could say more.
    let singular = found.rank != Some(point.foot_rank);
    let there = own.is_some_and(|error| distance <= error) || (singular && distance <= 0.1 * scale);
    let (nearest, kind, error) = if there {
        ((point.clone(), distance), found.kind, own)
    } else {
        let nearest = probe::arrival(loss, regulariser, &path)?;
        let found = min_norm::classify(loss, regulariser, &nearest.0)?;
        let error = bound(probe::slowest_rate(&nearest.0, &found));
        (nearest, found.kind, error)
    };
    let reached = match error {
        _ if (nearest.0.value - point.value).abs() > same => Reached::Other,
        Some(error) if distance > error && nearest.1 <= error => Reached::SameValue,
        _ => Reached::Independent,
    };
    Ok(Continued {
        s: window.until + end.s,
        value: regulariser.value(&end.w),
        distance,
        nearest,
        kind,
        error,
        reached,
        stopped: path.stopped.clone(),
        w: end.w.clone(),
    })
}

/// The slow flow arrives at a KKT point: the independent one, one on its orbit, or another that is named.
pub fn check(limit: &Limit) -> Check {
    let name = "limit-reached";
    let claim = "every limit point of the slow flow is a KKT point: distance of w°(s), followed to its end, from";
    let open = |value, why| Check { name, verdict: Verdict::NotRun, value, limit: "≤ error".into(), why };
    let end = match &limit.continued {
        Ok(end) => end,
        Err(why) => return open(None, why.clone()),
    };
    let (distance, which) = match end.reached {
        Reached::Independent => (end.distance, "the KKT point found without it".to_string()),
        Reached::SameValue if limit.classification.orbit > 0 => {
            (end.nearest.1, "the orbit of the KKT point found without it".to_string())
        }
        Reached::SameValue => {
            (end.nearest.1, "a KKT point with the same R as the one found without it, as its mirror image has,".to_string())
        }
        Reached::Other => (
            end.nearest.1,
            format!(
                "another KKT point (R = {}) than the one found without it (R = {})",
                fixed(end.nearest.0.value, 9),
                fixed(limit.point.value, 9)
            ),
        ),
    };
    let Some(error) = end.error else {
        let stopped = end.stopped.as_ref().map_or(String::new(), |why| format!("; {why}"));
        let kind = end.kind.name();
        let why = format!(
            "{claim} {which}, up to s = {}: no linear rate bounds what is left to a hundredth of |w| ({kind} point), where R is {:.1e} above its value there{stopped}",
            fixed(end.s, 3),
            end.value - end.nearest.0.value
        );
        return open(Some(distance), why);
    };
    let verdict = match distance <= error {
        true => Verdict::Holds,
        // Where the Hessian decides nothing its zeros leave open where along them the search has ended.
        false if end.stopped.is_some() || end.kind == Kind::Undecided => Verdict::NotRun,
        false => Verdict::Fails,
    };
    let reason = match (&end.stopped, verdict) {
        (Some(why), Verdict::NotRun) => format!("; {why}"),
        (None, Verdict::NotRun) => "; zeros of the Hessian leave the place of that point open".to_string(),
        _ => String::new(),
    };
    let why = format!("{claim} {which} at s = {}{reason}", fixed(end.s, 3));
    Check { name, verdict, value: Some(distance), limit: format!("≤ {error:.1e}"), why }
}

/// What a reader should know about where the flow went.
pub fn remarks(limit: &Limit) -> Vec<String> {
    let mut remarks = Vec::new();
    let above = |value: f64, least: f64| value > least + limit.same;
    if let (Ok(end), Ok(least)) = (&limit.continued, &limit.least)
        && end.error.is_some_and(|error| end.nearest.1 <= error)
        && above(end.nearest.0.value, least.value)
    {
        remarks.push(format!(
            "The slow flow went to another KKT point than the least one found: R = {} where it ends, {} at the least of {} KKT points that {} starts led to.",
            fixed(end.nearest.0.value, 9),
            fixed(least.value, 9),
            least.points,
            least.starts
        ));
    }
    if let Ok(least) = &limit.least
        && above(limit.point.value, least.value)
    {
        remarks.push(format!(
            "The KKT point found from Φ(w₀) has R = {}; another start led to one with {}.",
            fixed(limit.point.value, 9),
            fixed(least.value, 9)
        ));
    }
    if let Some(least) = limit.least_norm_squared
        && limit.point.norm_squared <= least.lo() * (1.0 + SAME.0)
    {
        remarks.push(format!(
            "|w|² = {} is the global minimum over M up to {:.0e}: no point of M has less than {} (proved by duality).",
            fixed(limit.point.norm_squared, 12),
            (limit.point.norm_squared - least.lo()).max(0.0),
            fixed(least.lo(), 12)
        ));
    }
    remarks
}
