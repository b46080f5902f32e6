//! The analysis of a slow flow: as a document for programs and as text for people.

use std::fmt::Write;

use serde_json::{Value, json};

use super::summarise::commit;
use super::summary::SCHEMA;
use crate::experiment::{Analysis, Setup};
use crate::field::Regulariser;
use crate::min_norm::{Certificate, Evidence, Found, Kind, KktPoint};
use crate::numeric::interval::Interval;

/// Groups of KKT points that the text lists.
const LISTED: usize = 12;

/// The document. `command` is what reproduces it.
pub fn analysis_document(setup: &Setup, analysis: &Analysis, command: &str, seconds: f64) -> Value {
    let approach = &analysis.approach;
    let hyperbolicity = &analysis.hyperbolicity;
    let point = |found: &Found| {
        json!({
            "norm_squared": found.point.norm_squared, "regulariser": found.point.value,
            "kkt_residual": found.point.kkt_residual, "classification": found.classification.kind.name(),
            "why": found.classification.why, "starts": found.starts,
        })
    };
    json!({
        "schema": SCHEMA,
        "program": {
            "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION"), "commit": commit(), "command": command,
        },
        "problem": {
            "title": setup.problem.title, "file": setup.problem.path.display().to_string(), "hash": setup.problem.hash,
            "seed": setup.problem.seed, "dimension": setup.start.len(), "samples": setup.residual.samples(),
        },
        "equilibrium": {
            "norm_squared": approach.point.norm_squared, "kkt_residual": approach.point.kkt_residual,
            "classification": approach.evidence.classification.kind.name(), "certificate": certificate(&approach.evidence),
            "slow_time": approach.s, "distance": approach.distance, "distance_error": analysis.path_error,
            "remaining": approach.remaining, "orbit": approach.evidence.classification.orbit,
            "predicted_rate": approach.predicted_rate,
            "observed_rate": approach.observed_rate.map(|rate| json!({"value": rate.0, "half_width": rate.1})),
            "path_stopped": analysis.path.stopped,
        },
        "hyperbolicity": {
            "points": hyperbolicity.points.iter().map(|p| json!({
                "s": p.s, "gap": p.gap, "tangential_rate": p.tangential, "slowest_rate": p.slowest,
            })).collect::<Vec<_>>(),
            "smallest_ratio": finite(hyperbolicity.limit),
            "smallest_ratio_on_window": finite(hyperbolicity.limit_on_window), "two_phase_lambda": finite(hyperbolicity.two_phase_lambda),
            "heuristic_ratio": hyperbolicity.heuristic, "observed_lambda": analysis.observed_lambda,
            "slow_gap_over_lambda": analysis.constants.iter().map(|c| json!({
                "lambda": c.lambda, "value": c.constant, "error": c.error,
            })).collect::<Vec<_>>(),
        },
        "passages": analysis.passages.iter().map(|p| json!({
            "s": p.s, "from": p.during.0, "to": p.during.1, "time_error": p.resolution, "speed": p.speed, "distance": p.distance,
            "norm_squared": p.saddle.norm_squared, "why": p.classification.why,
        })).collect::<Vec<_>>(),
        "kkt_points": analysis.survey.found.iter().map(point).collect::<Vec<_>>(),
        "kkt_starts": {"all": analysis.survey.starts, "failed": analysis.survey.failed},
        "basins": analysis.basins.iter().map(|b| json!({
            "size": b.size, "starts": b.starts, "same": b.same, "other": b.other, "alike": b.alike, "lost": b.lost,
            "amplification": b.amplification,
        })).collect::<Vec<_>>(),
        "timing": {"seconds": seconds},
    })
}

fn finite(x: f64) -> Option<f64> {
    x.is_finite().then_some(x)
}

/// The same for people.
pub fn analysis_text(setup: &Setup, analysis: &Analysis) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let mut line = |content: String| {
        let _ = writeln!(text, "{content}");
    };
    let short = |x: Option<f64>| x.map_or("–".into(), |x| format!("{x:.4e}"));
    let approach = &analysis.approach;
    let half = setup.objective.regulariser == Regulariser::HalfSquaredNorm;
    let size = |point: &KktPoint| {
        if half {
            format!("|w|² {:.9}", point.norm_squared)
        } else {
            format!("R {:.9} (|w|² {:.9})", point.value, point.norm_squared)
        }
    };
    line(format!("{}: the slow flow as a dynamical system", setup.problem.title));
    line(String::new());
    line(format!(
        "equilibrium  {}   {}, {}   KKT residual {:.0e}",
        size(&approach.point),
        approach.evidence.classification.kind.name(),
        approach.evidence.certificate.name(),
        approach.point.kkt_residual
    ));
    line(format!("             {}", approach.evidence.classification.why));
    if let Certificate::Proved(enclosure) = &approach.evidence.certificate {
        let size = enclosure.norm_squared;
        line(format!("             proved: |w|² within [{}, {}]", size.lo(), size.hi()));
    }
    if let Some(least) = approach.evidence.least_norm_squared {
        line(format!("             no point of M has |w|² below {} (proved by duality)", least.lo()));
    }
    let still = analysis.path.samples.iter().all(|p| p.speed <= 1e-10 * p.w.norm());
    if still {
        line("             there is no slow phase: ∇R is normal to M".into());
    }
    line(format!(
        "approach     at s = {:.3} the flow is {:.3e} ± {:.0e} away; by its linear rate {} is left",
        approach.s,
        approach.distance,
        analysis.path_error + 1e-12 * approach.point.w.norm(),
        short(approach.remaining)
    ));
    let observed = approach.observed_rate.map_or("–".into(), |(rate, half)| format!("{rate:.5} ± {half:.0e}"));
    line(format!(
        "rate         predicted {}   observed {observed}",
        approach.predicted_rate.map_or("–".into(), |r| format!("{r:.5}"))
    ));
    if let Some(why) = &analysis.path.stopped {
        line(format!("             the path ends early: {why}"));
    }
    line(String::new());
    line(format!("{:>10} {:>12} {:>14} {:>14}", "s", "h₊", "fastest rate", "slowest rate"));
    for p in &analysis.hyperbolicity.points {
        line(format!("{:>10.3} {:>12.4e} {:>14.4e} {:>14.4e}", p.s, p.gap, p.tangential, p.slowest));
    }
    line(format!(
        "two phases   for λ ≤ {} on the window by the spectral gap, min h₊/(30 rate); along the whole path for λ ≤ {}",
        short(finite(analysis.hyperbolicity.two_phase_lambda)),
        short(finite(analysis.hyperbolicity.limit / 30.0)),
    ));
    line(format!(
        "             observed on the window: gap/λ is within 10 % of its limit for λ ≤ {} (of a grid with two λ a decade)",
        short(analysis.observed_lambda)
    ));
    let ratio = analysis.hyperbolicity.heuristic;
    line(format!(
        "             heuristic: no plateau from λ = {:.1e} to {ratio:.1e} on, 0.01 to 1 times |∇F(w₀)|/|Φ(w₀)|",
        0.01 * ratio
    ));
    line(String::new());
    for p in &analysis.passages {
        line(format!(
            "saddle       passed at s = {:.3} ± {:.3} ({:.3} to {:.3}) at distance {:.3e}; |w|² {:.9}, {}",
            p.s, p.resolution, p.during.0, p.during.1, p.distance, p.saddle.norm_squared, p.classification.why
        ));
    }
    if analysis.passages.is_empty() {
        line("saddle       none is passed".into());
    }
    let survey = &analysis.survey;
    line(format!("KKT points   {} distinct from {} starts ({} led nowhere)", survey.found.len(), survey.starts, survey.failed));
    let groups = grouped(&survey.found);
    for (found, points, starts) in groups.iter().take(LISTED) {
        let kind = match (found.classification.kind, found.classification.orbit) {
            (Kind::Saddle { index }, _) => format!("saddle, index {index}"),
            (kind, 0) => kind.name().to_string(),
            (kind, orbit) => format!("{}, orbits of dimension {orbit}", kind.name()),
        };
        line(format!("             {:>20}   {kind:<15} {points:>3} points   {starts:>3} starts", size(&found.point)));
    }
    if let Some(lowest) = survey.found.first()
        && lowest.point.value < approach.point.value * (1.0 - 1e-9)
    {
        line(format!("             the flow ends at another point than the least one found, {}", size(&lowest.point)));
    }
    for b in &analysis.basins {
        line(format!(
            "basin        start moved by {:.0e}|w₀|: {} of {} end in the same point, {} in another ({} with the same R), {} did not arrive; |Δw*|/|Δw₀| ≤ {:.2e}",
            b.size, b.same, b.starts, b.other, b.alike, b.lost, b.amplification
        ));
    }
    text
}

/// The verdict of the interval test with its reason or its bounds, and the bounds of the global minimum where there are some.
fn certificate(evidence: &Evidence) -> serde_json::Value {
    let bounds = |x: Interval| vec![x.lo(), x.hi()];
    let (reason, norm_squared, distance) = match &evidence.certificate {
        Certificate::Proved(enclosure) => (None, Some(bounds(enclosure.norm_squared)), Some(enclosure.distance)),
        Certificate::Refuted { reason } | Certificate::Undecided { reason } => (Some(reason), None, None),
    };
    serde_json::json!({
        "verdict": evidence.certificate.name(),
        "reason": reason,
        "norm_squared": norm_squared,
        "distance": distance,
        "kind": evidence.classification.why,
        "least_norm_squared": evidence.least_norm_squared.map(bounds),
    })
}

/// Points of one kind and one value of R (to nine digits): the first of them, how many, from how many starts.
fn grouped(found: &[Found]) -> Vec<(&Found, usize, usize)> {
    let mut groups: Vec<(&Found, usize, usize)> = Vec::new();
    for point in found {
        let alike = |known: &&mut (&Found, usize, usize)| {
            known.0.classification.kind == point.classification.kind
                && (known.0.point.value - point.point.value).abs() <= 1e-9 * known.0.point.value.abs()
        };
        match groups.iter_mut().find(alike) {
            Some(known) => {
                known.1 += 1;
                known.2 += point.starts;
            }
            None => groups.push((point, 1, point.starts)),
        }
    }
    groups
}
