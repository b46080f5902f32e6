//! Against what is known without integrating: closed forms and invariants measure the true error of every run.

use super::Setup;
use super::checks::{Check, Verdict};
use super::tracking::Tracked;
use crate::field::{Regulariser, Weights};
use crate::flow::exact::{ClosedForm, ExactError};
use crate::numeric::Vector;

fn below(name: &'static str, value: f64, limit: f64, why: &str) -> Check {
    Check {
        name,
        verdict: if value <= limit { Verdict::Holds } else { Verdict::Fails },
        value: Some(value),
        limit: format!("≤ {limit:.0e}"),
        why: why.into(),
    }
}

fn not_run(name: &'static str, why: String) -> Check {
    Check { name, verdict: Verdict::NotRun, value: None, limit: String::new(), why }
}

fn relative(a: &Weights, b: &Weights) -> f64 {
    (a - b).norm() / b.norm().max(f64::MIN_POSITIVE)
}

/// Against the closed form, where there is one: every trajectory, the foot point, the limit, the constant of the slow rate.
pub fn exact(setup: &Setup, tracked: &Tracked) -> Vec<Check> {
    let Some(form) = setup.exact.as_deref() else { return Vec::new() };
    let tight = 100.0 * setup.problem.rtol;
    let mut checks = match trajectories(form, tracked) {
        Ok((runs, foot)) => {
            // The end of a curved fast flow carries the error of its integration, an affine one only round-off.
            let affine = if setup.residual.is_affine() { 1e-12 } else { tight };
            vec![
                below("exact-trajectories", runs, tight, "every trajectory with a closed form, at every save point, relative"),
                below("exact-foot", foot, affine, "Φ(w₀) against its closed form, relative"),
            ]
        }
        Err(error) => vec![not_run("exact-trajectories", error.to_string())],
    };
    if let (Ok(limit), Some(known)) = (&tracked.limit, form.limit()) {
        // Either may be the origin.
        let scale = setup.start.norm().max(known.norm()).max(f64::MIN_POSITIVE);
        let (wrong, why) = ((&limit.point.w - known).norm() / scale, "relative to the larger of |w₀| and itself");
        checks.push(below("exact-limit", wrong, 1e-12, &format!("the minimum-norm point against its closed form, {why}")));
    }
    match (form.slow_constant(), tracked.rates.constant) {
        (None, _) => {}
        (Some(known), Some((measured, _))) => {
            let why = "slow gap/λ against its limit |H⁺X⁺y|, relative";
            checks.push(below("slow-constant", (measured - known).abs() / known.max(f64::MIN_POSITIVE), 0.01, why));
        }
        (Some(_), None) => {
            checks.push(not_run("slow-constant", "no row is asymptotic and clear of its numerical error".into()));
        }
    }
    checks
}

/// The largest relative distances of the trajectories and of the foot point.
fn trajectories(form: &dyn ClosedForm, tracked: &Tracked) -> Result<(f64, f64), ExactError> {
    let mut worst: f64 = 0.0;
    for point in &tracked.slow {
        worst = worst.max(relative(&point.w, &form.slow(point.s)?));
    }
    let runs = tracked.rows.iter().zip(&tracked.regularised).map(|(row, (_, run))| (row.lambda, run));
    for (lambda, run) in runs.chain([(0.0, &tracked.fast)]) {
        for point in &run.points {
            worst = worst.max(form.regularised(lambda, point.time).map_or(0.0, |w| relative(&point.w, &w)));
        }
    }
    Ok((worst, relative(&tracked.foot.w, &form.slow(0.0)?)))
}

/// Quantities q(w) that decay as e^{−2λt} along w^λ and the fast flow, as e^{−2s} along w°, whatever the loss.
///
/// They are quadratic in w, so a relative error ε of the weights changes them by 2ε‖w‖² at most: the largest deviation
/// over ‖w‖² at the start is a lower bound of the true error of the runs.
pub fn invariants(setup: &Setup, tracked: &Tracked) -> Option<Check> {
    if setup.objective.regulariser != Regulariser::HalfSquaredNorm {
        return None;
    }
    let at = |w: &Weights| setup.residual.invariants(w);
    let start = at(&setup.start)?;
    let scale = setup.start.norm_squared();
    let mut worst: f64 = 0.0;
    let mut compare = |w: &Weights, known: Vector| {
        if let Some(q) = at(w) {
            worst = worst.max((q - known).amax() / scale);
        }
    };
    for (row, (_, run)) in tracked.rows.iter().zip(&tracked.regularised) {
        run.points.iter().for_each(|point| compare(&point.w, &start * (-2.0 * row.lambda * point.time).exp()));
    }
    tracked.fast.points.iter().for_each(|point| compare(&point.w, start.clone()));
    tracked.slow.iter().for_each(|point| compare(&point.w, &start * (-2.0 * point.s).exp()));
    compare(&tracked.foot.w, start.clone());
    let why = "what decays as e^{−2λt} whatever the loss does so along every run: largest deviation over |w₀|²";
    Some(below("invariants", worst, 10.0 * setup.problem.rtol, why))
}
