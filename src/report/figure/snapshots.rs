use super::time;
use crate::report::plot::chart::Marker;
use crate::report::plot::{Axis, Chart, Colour, Label, Scale, Series, Shape};
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
    let teacher = table.pairs("x", "teacher");
    if !teacher.is_empty() {
        chart.series.push(Series { width: 6.0, ..Series::line("teacher", Colour::Theory, teacher) });
    }
    let times: Vec<&String> = table.names.iter().filter(|n| *n != "x" && *n != "teacher").collect();
    for (k, name) in times.iter().enumerate() {
        let mut series = Series::line("", Colour::family(k, times.len()), table.pairs("x", name));
        series.name = match name.strip_prefix("s_").and_then(|s| s.parse::<f64>().ok()) {
            Some(s) => Label::markup(&format!("*s* = {}", time(s))),
            None => Label::text(name),
        };
        series.legend = times.len() <= 6 || k == 0 || k + 1 == times.len();
        series.width = 1.0 + 1.0 * (k as f64 / times.len().max(1) as f64);
        chart.series.push(series);
    }
    if let Some(samples) = run.samples.as_ref().map(|t| t.pairs("x", "y")).filter(|p| !p.is_empty()) {
        let hollow = vec![true; samples.len()];
        let series = Series::line("samples", Colour::Train, samples);
        chart.series.push(Series { shape: Shape::Points { marker: Marker::Circle, hollow, joined: false }, ..series });
    }
    chart.caption =
        "Predictions along the flow at the smallest λ, later ones in stronger colour, over the teacher in grey.".into();
    Some(chart)
}
