use crate::report::plot::chart::Marker;
use crate::report::plot::{Axis, Chart, Colour, Dash, Scale, Series};
use crate::report::read::Run;
use crate::report::summary::Row;

/// What each λ cost.
pub fn figure(run: &Run) -> Option<Chart> {
    type Count = fn(&Row) -> Option<u64>;
    if run.summary.rows.len() < 2 {
        return None;
    }
    let kinds: [(&str, Count, Marker, Dash); 3] = [
        ("evaluations", |r| r.evaluations, Marker::Circle, Dash::Solid),
        ("linear solves", |r| r.linear_solves, Marker::Square, Dash::Dashed),
        ("steps", |r| r.steps, Marker::Triangle, Dash::Dotted),
    ];
    let mut chart = Chart::new(
        "work",
        "Work against λ",
        Axis::new("weight decay *λ*", Scale::Log),
        Axis::new("number of operations", Scale::Log),
    );
    for (k, (name, count, marker, dash)) in kinds.into_iter().enumerate() {
        let points: Vec<(f64, f64)> = run.summary.rows.iter().filter_map(|r| Some((r.lambda, count(r)? as f64))).collect();
        if points.iter().any(|p| p.1 > 0.0) {
            chart.series.push(Series::points(name, Colour::series(k), marker, points).dashed(dash));
        }
    }
    let mut methods: Vec<&str> = run.summary.rows.iter().map(|r| r.method.as_str()).filter(|m| !m.is_empty()).collect();
    methods.dedup();
    chart.caption = "Cost of one regularised flow.".into();
    if !methods.is_empty() {
        chart.caption.push_str(&format!(" Method: {}.", methods.join(", ")));
    }
    Some(chart)
}
