use super::lambda;
use crate::report::number;
use crate::report::plot::axis::Clock;
use crate::report::plot::{Axis, Chart, Colour, Dash, Label, Scale, Series};
use crate::report::read::Run;

/// Residuals of exact invariants along the flow: the integrator's true error.
pub fn figure(run: &Run) -> Option<Chart> {
    let (value, table) = run.invariants.last()?;
    let x = Axis::new(&format!("time *t*  ({})", lambda(*value)), Scale::Log).with_clock(Clock::Fast { lambda: *value });
    let mut chart = Chart::new("invariants", "Residuals of the invariants", x, Axis::new("residual", Scale::Log));
    let dashes = [Dash::Solid, Dash::Dashed, Dash::DashDot, Dash::Dotted];
    let values: Vec<&String> = table.names.iter().filter(|n| *n != "t" && *n != "s").take(12).collect();
    for (k, name) in values.iter().enumerate() {
        let points: Vec<(f64, f64)> = table.pairs("t", name).into_iter().map(|(t, r)| (t, r.abs())).collect();
        let mut series = Series::line("", Colour::series(k), points).dashed(dashes[k % 4]);
        series.name = if values.len() == 1 { Label::markup("largest residual") } else { Label::text(name) };
        chart.series.push(series);
    }
    chart.caption = format!(
        "Identities that the continuous flow at λ = {} obeys exactly: what is left is the error of the integrator.",
        number::lambda(*value)
    );
    Some(chart)
}
