//! The analysis of a slow flow as a document for programs.

use serde_json::{Value, json};

use super::summarise::commit;
use super::summary::SCHEMA;
use crate::experiment::{Analysis, Setup};
use crate::min_norm::{Certificate, Evidence, Found};
use crate::numeric::interval::Interval;

/// The document. `command` is what reproduces it.
pub fn analysis_document(setup: &Setup, analysis: &Analysis, command: &str, seconds: f64) -> Value {
    let approach = &analysis.approach;
    let hyperbolicity = &analysis.hyperbolicity;
    let point = |found: &Found| {
        json!({
            "norm_squared": found.point.norm_squared, "regulariser": found.point.value,
            "kkt_residual": found.point.kkt_residual, "classification": found.classification.kind.name(),
            "why": found.classification.why, "starts": found.starts, "eigenvalues": found.classification.eigenvalues,
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
            "slow_time": approach.s, "distance": approach.distance, "distance_error": analysis.distance_error(),
            "remaining": approach.remaining, "orbit": approach.evidence.classification.orbit,
            "predicted_rate": approach.predicted_rate.map(|rate| rate.0), "predicted_rate_error": approach.predicted_rate.map(|rate| rate.1),
            "eigenvalues": approach.evidence.classification.eigenvalues,
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
            "s": p.s, "from": p.during.0, "to": p.during.1, "time_error": p.resolution, "during_error": p.spacing, "speed": p.speed, "distance": p.distance,
            "norm_squared": p.saddle.norm_squared, "why": p.classification.why,
        })).collect::<Vec<_>>(),
        "kkt_points": analysis.survey.found.iter().map(point).collect::<Vec<_>>(),
        "kkt_starts": {"all": analysis.survey.starts, "failed": analysis.survey.failed, "met_once": analysis.survey.met_once(), "reasons": analysis.survey.reasons.iter().map(|(why, starts)| json!({
            "why": why, "starts": starts,
        })).collect::<Vec<_>>()},
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
