use crate::report::plot::chart::Marker;
use crate::report::plot::{Axis, Chart, Colour, Dash, Label, Scale, Series, Shape};
use crate::report::read::Run;

/// Predictions at rising slow times in rising intensity, over the teacher and the samples.
pub fn figure(run: &Run) -> Option<Chart> {
    let table = run.snapshots.as_ref()?;
    let mut chart = Chart::new(
        "snapshots",
        "Predictions over time",
        Axis::new("input *x*", Scale::Linear),
        Axis::new("prediction", Scale::Linear),
    );
    let times: Vec<&String> = table.names.iter().filter(|n| *n != "x" && *n != "teacher").collect();
    for (k, name) in times.iter().enumerate() {
        let mut series = Series::line("", Colour::family(k, times.len()), table.pairs("x", name));
        series.name = match name.strip_prefix("s_") {
            Some(s) => Label::markup("*s* = ").then(Label::text(s)),
            None => Label::text(name),
        };
        series.legend = times.len() <= 6 || k == 0 || k + 1 == times.len();
        series.width = 1.2 + 0.8 * (k as f64 / times.len().max(1) as f64);
        chart.series.push(series);
    }
    let teacher = table.pairs("x", "teacher");
    if !teacher.is_empty() {
        chart.series.push(Series::line("teacher", Colour::Ink, teacher).dashed(Dash::Dashed));
    }
    if let Some(samples) = run.samples.as_ref().map(|t| t.pairs("x", "y")).filter(|p| !p.is_empty()) {
        let hollow = vec![true; samples.len()];
        let series = Series::line("samples", Colour::Train, samples);
        chart.series.push(Series { shape: Shape::Points { marker: Marker::Circle, hollow, joined: false }, ..series });
    }
    chart.caption = "Predictions of the network along the flow, later ones in stronger colour.".into();
    Some(chart)
}
