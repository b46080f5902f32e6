use crate::claim::{Entry, Ledger};
use crate::report::plot::chart::Marker;
use crate::report::plot::{Axis, Chart, Colour, Dash, Scale, Series, Shape};

/// Numerical error against margin: a verdict counts where the error is far below the margin.
pub fn figure(ledger: &Ledger) -> Option<Chart> {
    let (x, y) = (Axis::new("margin: distance of the value to its limit", Scale::Log), Axis::new("numerical error", Scale::Log));
    let mut chart = Chart::new("margins", "Verdicts against their numerical error", x, y);
    let points = |wanted: &dyn Fn(&Entry) -> bool| -> Vec<(f64, f64)> {
        let known = ledger.claims.iter().filter(|c| wanted(c)).filter_map(|c| Some((c.margin?.abs(), c.error?)));
        known.filter(|p| p.0 > 0.0 && p.1 > 0.0).collect()
    };
    let cloud = |name: &str, colour, marker, open: bool, at: Vec<(f64, f64)>| {
        let hollow = vec![open; at.len()];
        Series { shape: Shape::Points { marker, hollow, joined: false }, ..Series::line(name, colour, at) }
    };
    let kinds = [
        cloud("holds", Colour::Test, Marker::Circle, false, points(&|c| c.verdict == "holds")),
        cloud("fails, as marked", Colour::Series(4), Marker::Diamond, false, points(&|c| c.verdict == "fails" && c.as_meant())),
        cloud("fails", Colour::Train, Marker::Square, false, points(&|c| c.verdict == "fails" && !c.as_meant())),
        cloud("limited by the solver", Colour::Error, Marker::Triangle, true, points(&|c| c.verdict == "limited-by-solver")),
    ];
    chart.series = kinds.into_iter().filter(|s| !s.points.is_empty()).collect();
    let all: Vec<(f64, f64)> = chart.series.iter().flat_map(|s| s.points.iter().copied()).collect();
    let low = all.iter().map(|p| p.0.min(p.1)).fold(f64::INFINITY, f64::min);
    let high = all.iter().map(|p| p.0).fold(0.0, f64::max);
    if all.is_empty() {
        return None;
    }
    chart.series.push(Series::line("error = margin", Colour::Muted, vec![(low, low), (high, high)]).dashed(Dash::Dashed));
    let unknown = ledger.count(|c| c.margin.is_some() && c.error.is_none_or(|e| e <= 0.0));
    chart.caption =
        "Each point is a claim. Right of the dashed line the value is further from its limit than its error reaches.".into();
    if unknown > 0 {
        chart.caption.push_str(&format!(" {unknown} claims with an error of zero, or none, have no place here."));
    }
    Some(chart)
}
