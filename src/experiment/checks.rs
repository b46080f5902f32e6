//! What holds: each check with its value, its limit and why.

use super::Setup;
use super::known;
use super::tracking::{TrackError, Tracked};
use crate::compare::{Fit, Row, SEPARATION, Standing};
use crate::field::Weights;
use crate::flow::sliding::EventKind;

/// The verdict on one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The value is within its limit.
    Holds,
    /// It is not.
    Fails,
    /// There was nothing to judge.
    NotRun,
    /// The numerical error is too large to judge.
    LimitedBySolver,
}

impl Verdict {
    /// As in the machine-readable output.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::Fails => "fails",
            Verdict::NotRun => "not-run",
            Verdict::LimitedBySolver => "limited-by-solver",
        }
    }
}

/// A statement that was checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Its name, kebab-case.
    pub name: &'static str,
    /// The verdict.
    pub verdict: Verdict,
    /// The measured value.
    pub value: Option<f64>,
    /// The interval or bound it is held against, as text.
    pub limit: String,
    /// What is claimed, in words.
    pub why: String,
}

/// Rows that a fit needs before it is judged.
const ROWS: usize = 3;

/// Every check of a verification.
pub fn all(setup: &Setup, tracked: &Tracked) -> Vec<Check> {
    let mut checks = vec![
        order(
            "slow-order",
            1.0,
            tracked.rates.slow,
            &tracked.rows,
            "sup over the window of |w^λ(s/λ) − w°(s)| vanishes at order one in λ",
        ),
        order(
            "composite-order",
            1.0,
            tracked.rates.composite,
            &tracked.rows,
            "w^fast(t) + w°(λt) − Φ(w₀) is within O(λ) on all of [0, S/λ]",
        ),
        order(
            "fast-order",
            1.0,
            tracked.rates.fast,
            &tracked.rows,
            "sup over [0, T] of |w^λ(t) − w^fast(t)| vanishes at order one in λ",
        ),
        regulariser_decreases(setup, tracked),
    ];
    checks.extend(beyond(tracked));
    checks.extend(limit(setup, tracked));
    checks.extend(known::exact(setup, tracked));
    checks.extend(known::invariants(setup, tracked));
    checks
}

fn order(name: &'static str, expected: f64, fit: Option<Fit>, rows: &[Row], why: &str) -> Check {
    let enough = fit.filter(|fit| fit.rows >= ROWS);
    let limited = rows.iter().filter(|row| row.standing == Standing::SolverLimited).count();
    let verdict = match enough {
        Some(fit) if (fit.order / expected - 1.0).abs() <= 0.05 => Verdict::Holds,
        Some(_) => Verdict::Fails,
        None if limited > 0 => Verdict::LimitedBySolver,
        None => Verdict::NotRun,
    };
    let why = match enough {
        Some(_) => why.to_string(),
        None => format!("{why}: fewer than {ROWS} rows are asymptotic (λ ≤ h₊/{SEPARATION}) and clear of their numerical error"),
    };
    Check { name, verdict, value: fit.map(|fit| fit.order), limit: format!("{}..{}", 0.95 * expected, 1.05 * expected), why }
}

/// The expansion: its order, and the constant of the rate that it predicts.
fn beyond(tracked: &Tracked) -> Vec<Check> {
    let Some((predicted, _)) = tracked.predicted_constant else { return Vec::new() };
    let why = "sup over the window of |w^λ(s/λ) − w°(s) − λw₁(s)| vanishes at order two in λ";
    let mut checks = vec![order("expansion-order", 2.0, tracked.rates.expansion, &tracked.rows, why)];
    let why = "slow gap/λ against sup|w₁| over the window, predicted without any regularised flow, relative";
    // Both sides carry an error: the measured one that of its gap and of the next order of the expansion.
    if let Some((measured, error)) = tracked.rates.constant {
        let scale = predicted.max(f64::MIN_POSITIVE);
        let (off, limit) = ((measured - predicted).abs() / scale, 0.01 + error / scale);
        let (off, limit) = if predicted == 0.0 { ((measured - predicted).abs(), 0.01 + error) } else { (off, limit) };
        let verdict = if off <= limit { Verdict::Holds } else { Verdict::Fails };
        checks.push(Check {
            name: "predicted-constant",
            verdict,
            value: Some(off),
            limit: format!("≤ {limit:.1e}"),
            why: why.into(),
        });
    }
    checks
}

/// Along w° the regulariser decreases at rate ‖P∇R‖²: it may rise by round-off only.
fn regulariser_decreases(setup: &Setup, tracked: &Tracked) -> Check {
    let values: Vec<f64> = std::iter::once(&tracked.foot.w)
        .chain(tracked.slow.iter().map(|p| &p.w))
        .map(|w| setup.objective.regulariser.value(w))
        .collect();
    let rise = values
        .windows(2)
        .map(|pair| (pair[1] - pair[0]) / pair[0].abs().max(f64::MIN_POSITIVE))
        .fold(f64::NEG_INFINITY, f64::max);
    let limit = 100.0 * setup.problem.rtol;
    Check {
        name: "regulariser-decreases",
        verdict: if rise <= limit { Verdict::Holds } else { Verdict::Fails },
        value: Some(rise),
        limit: format!("≤ {limit:.0e}"),
        why: "along the slow flow R decreases at rate |P∇R|²: largest relative rise between window points".into(),
    }
}

fn limit(setup: &Setup, tracked: &Tracked) -> Vec<Check> {
    let equations = match setup.squares() {
        Some(_) => "∇R + Jᵀμ = 0, r = 0",
        None => "∇R + ν = 0, ν ∈ range ∇²F, ∇F = 0",
    };
    let (verdict, value, why) = match &tracked.limit {
        Ok(limit) => (
            if limit.point.kkt_residual <= 1e-10 { Verdict::Holds } else { Verdict::Fails },
            Some(limit.point.kkt_residual),
            format!("the minimum-norm point solves {equations} (scaled residual)"),
        ),
        Err(error) => (Verdict::NotRun, None, error.to_string()),
    };
    let mut checks = vec![Check { name: "limit-kkt", verdict, value, limit: "≤ 1e-10".into(), why }];
    checks.extend(tracked.limit.as_ref().ok().map(super::limit::check));
    checks
}

/// What a reader should know beside the table.
pub fn remarks(setup: &Setup, tracked: &Tracked) -> Result<Vec<String>, TrackError> {
    let mut remarks = Vec::new();
    let manifold = setup.manifold()?;
    if setup.squares().is_none() {
        let least = setup.objective.loss.value(&tracked.foot.w)?;
        remarks.push(format!(
            "M is the set of critical points of F, which is {least:.6e} on it: rank and spectrum are those of the Hessian, `defect` is |∇F|."
        ));
        remarks.extend(floor(tracked));
    }
    let mut pull = Weights::zeros(setup.start.len());
    setup.objective.regulariser.gradient(&tracked.foot.w, &mut pull);
    let drift = manifold.project_tangent(&tracked.foot.w, &pull)?.norm();
    if drift <= 1e-10 * pull.norm() {
        remarks.push(format!(
            "No slow phase: |P∇R| = {drift:.1e} at Φ(w₀), so Φ(w₀) is already a KKT point of min R on M and w° stays there. Weight decay only shifts the end by O(λ)."
        ));
    }
    remarks.extend(tracked.limit.as_ref().map_or_else(|_| Vec::new(), super::limit::remarks));
    remarks.extend(walls(tracked));
    let excluded = tracked.rows.iter().filter(|row| row.standing == Standing::NotSeparated).count();
    let (gap, error) = tracked.smallest;
    if 2.0 * error >= gap {
        remarks.push(format!(
            "The smallest h₊ on the window, {gap:.1e} ± {error:.0e}, cannot be told from zero: the rank of ∇²F is not known to be constant there, and no λ can be named that is small beside it. End the window earlier, where h₊ is known (the column spectral_gap of slow.csv), or pose the residuals such that they stay independent."
        ));
    } else if excluded > 0 {
        remarks.push(format!(
            "{excluded} of {} rows have λ > h₊/{SEPARATION} = {:.2e}: the timescales do not separate there, and the rows stay out of the fit.",
            tracked.rows.len(),
            gap / SEPARATION
        ));
    }
    let out_of_step = tracked.rows.iter().filter(|row| row.standing == Standing::OutOfStep).count();
    if out_of_step > 0 {
        remarks.push(format!(
            "{out_of_step} of {} rows meet cell walls at times that differ from those of the slow flow by more than 1/{SEPARATION} of the distance between them: the gap is not of order one in λ before the walls are met in step, and the rows stay out of the fit.",
            tracked.rows.len()
        ));
    }
    for row in &tracked.rows {
        if let Standing::NotRun(why) = &row.standing {
            remarks.push(format!("λ = {:e} did not run: {why}", row.lambda));
        }
    }
    Ok(remarks)
}

/// What round-off of ∇F leaves of slow gap/λ: it moves M by |∇F|/h₊, the same for every λ.
fn floor(tracked: &Tracked) -> Option<String> {
    let (foot, constant) = (&tracked.foot, tracked.predicted_constant?.0);
    let lambda = tracked.rows.iter().map(|row| row.lambda).fold(f64::INFINITY, f64::min);
    let moved = foot.defect.max(f64::EPSILON * foot.spectrum.largest * foot.w.norm()) / foot.spectrum.smallest;
    Some(format!(
        "Round-off of ∇F moves M by about {moved:.1e}: the floor of slow gap/λ is {:.1e} at λ = {lambda:e}, {:.0e} of its value.",
        moved / lambda,
        moved / (lambda * constant.max(f64::MIN_POSITIVE))
    ))
}

/// What happened at cell walls, in one sentence a flow; at most three flows.
fn walls(tracked: &Tracked) -> Vec<String> {
    let logs = tracked.events.iter().filter(|log| !log.events.is_empty()).take(3);
    logs.map(|log| {
        let count = |kind: EventKind| log.events.iter().filter(|event| event.kind == kind).count();
        let last = log.events.last().map_or(0.0, |event| event.time);
        format!(
            "{}: the residuals have kinks. Up to {} = {:.4e} it crosses {} cell walls, starts to slide along one {} times (Filippov) and leaves one {} times, the last event at {} = {last:.6e}; every event is in events.csv.",
            log.phase,
            log.symbol,
            log.until,
            count(EventKind::Crossing),
            count(EventKind::SlideBegins),
            count(EventKind::SlideEnds),
            log.symbol,
        )
    })
    .collect()
}
