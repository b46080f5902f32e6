//! The analysis of a slow flow as text for people.

use std::fmt::Write;

use crate::experiment::{Analysis, Setup, fixed};
use crate::field::Regulariser;
use crate::min_norm::{Certificate, Classification, Found, Kind, KktPoint};
use crate::numeric::shortest;
use crate::probe::{Approach, Basin, Hyperbolicity};

/// Groups of KKT points that are listed.
const LISTED: usize = 12;

/// All of it, part by part.
pub fn analysis_text(setup: &Setup, analysis: &Analysis) -> String {
    let half = setup.objective.regulariser == Regulariser::HalfSquaredNorm;
    let size = |point: &KktPoint| match half {
        true => format!("|w|² {}", fixed(point.norm_squared, 9)),
        false => format!("R {} (|w|² {})", fixed(point.value, 9), fixed(point.norm_squared, 9)),
    };
    let mut lines = vec![format!("{}: the slow flow as a dynamical system", setup.problem.title), String::new()];
    lines.extend(equilibrium(&analysis.approach, &size));
    lines.extend(approach(analysis));
    lines.push(String::new());
    lines.extend(rates_along(&analysis.hyperbolicity));
    lines.push(format!("             to round-off at points of the path, whose ends are known to {:.0e}", analysis.ends_error));
    lines.extend(two_phases(analysis));
    lines.push(String::new());
    lines.extend(saddles(analysis));
    lines.extend(kkt_points(analysis, setup.objective.regulariser.value(&analysis.foot.w), &size));
    lines.extend(analysis.basins.iter().map(basin));
    lines.join("\n") + "\n"
}

fn equilibrium(approach: &Approach, size: &dyn Fn(&KktPoint) -> String) -> Vec<String> {
    let (point, evidence) = (&approach.point, &approach.evidence);
    let kind = &evidence.classification;
    let mut lines = vec![
        format!(
            "equilibrium  {}   {}, existence {}   KKT residual {:.0e}",
            size(point),
            kind.kind.name(),
            evidence.certificate.name(),
            point.kkt_residual
        ),
        format!("             {}", kind.why),
    ];
    if let Some(listed) = eigenvalues(kind) {
        lines.push(format!("             eigenvalues on ker {}: {listed}", kind.derivative));
    }
    lines.push(match &evidence.certificate {
        Certificate::Proved(found) => format!(
            "             proved, of the formula with its data and constants as double-precision numbers: the only KKT point {}near, within {:.0e} of this one, |w|² in [{}, {}]",
            if found.orbit > 0 { "across its orbit " } else { "" },
            found.distance,
            shortest::number(found.norm_squared.lo()),
            shortest::number(found.norm_squared.hi())
        ),
        Certificate::Refuted { reason } => format!("             refuted: {reason}"),
        Certificate::Undecided { reason } => format!("             existence undecided: {reason}"),
    });
    if let Some(least) = evidence.least_norm_squared {
        lines.push(format!("             no point of M has |w|² below {} (proved by duality)", shortest::number(least.lo())));
    }
    lines
}

/// The first and last few.
fn eigenvalues(found: &Classification) -> Option<String> {
    let shown = |values: &[f64]| values.iter().map(|v| format!("{v:.4e}")).collect::<Vec<_>>().join(", ");
    match &found.eigenvalues[..] {
        [] => None,
        all if all.len() <= 8 => Some(shown(all)),
        all => Some(format!("{}, …, {} ({} in all)", shown(&all[..4]), shown(&all[all.len() - 2..]), all.len())),
    }
}

fn approach(analysis: &Analysis) -> Vec<String> {
    let approach = &analysis.approach;
    let mut lines = Vec::new();
    let still = analysis.path.samples.iter().all(|p| p.speed <= 1e-10 * p.w.norm());
    if still {
        lines.push("approach     there is no slow phase: ∇R is normal to M".into());
    } else {
        let left = approach
            .remaining
            .map_or("no linear rate says how far it has to go".into(), |x| format!("by its linear rate it has {x:.3e} to go"));
        lines.push(format!(
            "approach     at s = {} the flow is {:.3e} ± {:.0e} away; {left}",
            fixed(approach.s, 3),
            approach.distance,
            analysis.distance_error(),
        ));
        let rate = |x: Option<(f64, f64)>| x.map_or("–".into(), |(rate, error)| format!("{} ± {error:.0e}", fixed(rate, 9)));
        lines.push(format!(
            "rate         predicted {}   observed {}",
            rate(approach.predicted_rate),
            rate(approach.observed_rate)
        ));
    }
    lines.extend(analysis.path.stopped.iter().map(|why| format!("             the path ends early: {why}")));
    lines
}

fn rates_along(found: &Hyperbolicity) -> Vec<String> {
    let head = format!("{:>10} {:>12} {:>14} {:>14}", "s", "h₊", "max eigenvalue", "min eigenvalue");
    let row = |p: &crate::probe::PathPoint| {
        format!("{:>10} {:>12.4e} {:>14.4e} {:>14.4e}", fixed(p.s, 3), p.gap, p.tangential, p.slowest)
    };
    std::iter::once(head).chain(found.points.iter().map(row)).collect()
}

fn two_phases(analysis: &Analysis) -> Vec<String> {
    let found = &analysis.hyperbolicity;
    let gap = match found.two_phase_lambda.is_finite() && found.limit.is_finite() {
        true => format!(
            "for λ ≤ {:.4e} on the window by the spectral gap, min h₊/(30 rate); along the whole path for λ ≤ {:.4e}",
            found.two_phase_lambda,
            found.limit / 30.0
        ),
        false => "the spectral gap bounds no λ: M has no rate along it".into(),
    };
    let observed = match (analysis.observed_lambda, analysis.constants.last()) {
        (Some(lambda), Some(last)) => {
            let top = analysis.constants.first().is_some_and(|c| c.lambda == lambda);
            format!(
                "observed on the window: gap/λ is within 10 % of its value at λ = {:.0e}, {} ± {:.0e}, for λ ≤ {lambda:.4e}{} (of a grid from 1 on with two λ a decade)",
                last.lambda,
                fixed(last.constant, 6),
                last.error,
                if top { ", the largest that was measured, which bounds nothing," } else { "" }
            )
        }
        _ => "observed on the window: no gap is clear of its numerical error".into(),
    };
    // Where the spectral gap allows no two phases a constant gap/λ is no sign of them.
    let beyond = analysis.observed_lambda.is_some_and(|lambda| lambda > found.two_phase_lambda);
    let marked = format!(
        "             not separated: λ above {:.4e}, where a constant gap/λ is no sign of two phases: the layer may last into the window",
        found.two_phase_lambda
    );
    let ratio = found.heuristic;
    let mut lines = vec![format!("two phases   {gap}"), format!("             {observed}")];
    lines.extend(Some(marked).filter(|_| beyond));
    lines.push(format!(
        "             heuristic: no plateau for λ above a value between {:.1e} and {ratio:.1e}, 0.01 to 1 times |∇F(w₀)|/|Φ(w₀)|",
        0.01 * ratio
    ));
    lines
}

fn saddles(analysis: &Analysis) -> Vec<String> {
    if analysis.passages.is_empty() {
        return vec!["saddle       none is passed".into()];
    }
    let passed = |p: &crate::probe::Passage| {
        let slowest = match p.s {
            0.0 => "slowest at its start".into(),
            s => format!("slowest at s = {} ± {:.0e}", fixed(s, 4), p.resolution),
        };
        format!(
            "saddle       passed at distance {:.3e}, {slowest} (|P∇R| {:.3e}, within 1.2 of it from {} to {} ± {:.1e}); |w|² {}, {}",
            p.distance,
            p.speed,
            fixed(p.during.0, 3),
            fixed(p.during.1, 3),
            p.spacing,
            fixed(p.saddle.norm_squared, 9),
            p.classification.why
        )
    };
    analysis.passages.iter().map(passed).collect()
}

fn kkt_points(analysis: &Analysis, at_foot: f64, size: &dyn Fn(&KktPoint) -> String) -> Vec<String> {
    let survey = &analysis.survey;
    let mut lines = vec![format!("KKT points   {} distinct from {} starts", survey.found.len(), survey.starts)];
    let groups = grouped(&survey.found);
    for (found, points, starts) in groups.iter().take(LISTED) {
        let kind = match (found.classification.kind, found.classification.orbit) {
            (Kind::Saddle { index }, _) if index == found.classification.dimension => format!("maximum, index {index}"),
            (Kind::Saddle { index }, _) => format!("saddle, index {index}"),
            (Kind::Undecided, _) => format!("undecided: {}", found.classification.why),
            (kind, 0) => kind.name().to_string(),
            (kind, orbit) => format!("{}, orbits of dimension {orbit}", kind.name()),
        };
        let word = |count: usize, of: &str| format!("{count:>3} {of}{}", if count == 1 { " " } else { "s" });
        let (points, starts) = (word(*points, "point"), word(*starts, "start"));
        lines.push(format!("             {:>20}   {points} {starts}   {kind}", size(&found.point)));
    }
    if groups.len() > LISTED {
        lines.push(format!("             and {} more values of R", groups.len() - LISTED));
    }
    lines.push(format!("             {}", survey.completeness()));
    let reached = analysis.approach.point.value;
    if let Some(lowest) = survey.found.first()
        && lowest.point.value < reached - 1e-9 * reached.abs() - 1e-12 * at_foot
    {
        lines.push(format!("             the flow ends at another point than the least one found, {}", size(&lowest.point)));
    }
    lines
}

fn basin(b: &Basin) -> String {
    let mut text = format!("basin        w₀ moved by {:.0e}|w₀|: {} of {} end in the same point", b.size, b.same, b.starts);
    if b.other > 0 {
        // Writing to a string does not fail.
        let _ = write!(text, ", {} in another ({} of the same R), |Δw*|/|Δw₀| up to {:.2e}", b.other, b.alike, b.amplification);
    }
    if b.lost > 0 {
        let _ = write!(text, ", {} did not arrive", b.lost);
    }
    text
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
