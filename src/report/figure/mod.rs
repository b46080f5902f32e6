//! The figures of a run, each drawn only if its numbers are there.

mod gap;
mod invariants;
mod ledger;
mod losses;
mod norm;
mod phases;
mod plane;
mod snapshots;
mod spectral_gap;
mod spectrum;
mod work;

pub use ledger::figure as margins;

use super::plot::{Chart, Colour, Dash, Series};
use super::read::{Run, Table};
use crate::numeric::shortest;

/// All figures that a run has, in the order of reading.
pub fn figures(run: &Run) -> Vec<Chart> {
    let all = [
        losses::figure(run),
        gap::figure(run),
        spectrum::figure(run),
        snapshots::figure(run),
        plane::figure(run),
        norm::figure(run),
        spectral_gap::figure(run),
        invariants::figure(run),
        work::figure(run),
    ];
    all.into_iter().flatten().filter(Chart::shows_something).collect()
}

/// At most `most` members of a family, the first and the last among them, evenly spread.
fn spread<T>(family: &[T], most: usize) -> Vec<&T> {
    let n = family.len();
    if n <= most || most < 2 {
        return family.iter().take(most.max(n.min(1))).collect();
    }
    (0..most).map(|k| &family[(k * (n - 1) + (most - 1) / 2) / (most - 1)]).collect()
}

/// `λ = 1e-4` in markup, always as a power of ten.
fn lambda(value: f64) -> String {
    format!("*λ* = {}", power(&shortest::lambda(value)))
}

/// A time in markup with three digits at most: `0.25`, `5.58·10^{−6}`.
fn time(value: f64) -> String {
    let rounded: f64 = format!("{value:.2e}").parse().unwrap_or(value);
    power(&if (0.01..1000.0).contains(&rounded) { format!("{rounded}") } else { shortest::lambda(rounded) })
}

/// `1e-4` becomes `10^{−4}`, `3.5e-5` becomes `3.5·10^{−5}`.
fn power(text: &str) -> String {
    match text.split_once('e') {
        Some(("1", exponent)) => format!("10^{{{}}}", exponent.replace('-', "−")),
        Some((mantissa, exponent)) => format!("{mantissa}·10^{{{}}}", exponent.replace('-', "−")),
        None => text.to_string(),
    }
}

/// Curves of a family of λ, coloured by order; those of every second one dashed where there are few, so that grey prints work.
fn family(members: Vec<(f64, Vec<(f64, f64)>)>) -> Vec<Series> {
    let count = members.len();
    let dashes = [Dash::Dotted, Dash::DashDot, Dash::Dashed, Dash::Solid];
    let curve = |(k, (value, points)): (usize, (f64, Vec<(f64, f64)>))| {
        let line = Series::line(&lambda(value), Colour::family(k, count), points);
        if count <= 4 { line.dashed(dashes[k + 4 - count]) } else { line }
    };
    members.into_iter().enumerate().map(curve).collect()
}

/// The largest λ that leaves room for a plateau (at most a thousandth of h₊) and is not limited by the solver, else the
/// smallest there is.
fn pick(run: &Run, family: &[(f64, Table)]) -> Option<usize> {
    let good = |l: f64| !run.summary.rows.iter().any(|r| r.lambda == l && r.limited_by_solver);
    let room = run.summary.foot.spectral_gap.map_or(0.0, |h| 1e-3 * h);
    let by_room = family.iter().position(|(l, _)| good(*l) && *l <= room);
    by_room.or_else(|| family.iter().rposition(|(l, _)| good(*l))).or_else(|| family.len().checked_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_keeps_both_ends_and_no_member_twice() {
        for n in 0..40 {
            let family: Vec<usize> = (0..n).collect();
            for most in 2..8 {
                let kept: Vec<usize> = spread(&family, most).into_iter().copied().collect();
                assert_eq!(kept.len(), n.min(most), "{n} {most}");
                assert!(kept.windows(2).all(|p| p[0] < p[1]), "{n} {most}: {kept:?}");
                assert!(n == 0 || (kept[0] == 0 && kept[kept.len() - 1] == n - 1), "{n} {most}: {kept:?}");
            }
        }
    }
}
