use super::{lambda, pick};
use crate::report::number;
use crate::report::plot::axis::Clock;
use crate::report::plot::{Axis, Chart, Colour, Label, Scale, Series};
use crate::report::read::Run;

/// Curves of one figure at most.
const MOST: usize = 40;

/// Singular values over time, at the smallest λ that has them.
pub fn figure(run: &Run) -> Option<Chart> {
    let (value, table) = &run.spectra[pick(run, &run.spectra)?];
    let x = Axis::new(&format!("time *t*  ({})", lambda(*value)), Scale::Log).with_clock(Clock::Fast { lambda: *value });
    let mut chart = Chart::new("spectrum", "Singular values over time", x, Axis::new("singular value *σ*", Scale::Linear));
    let values: Vec<&String> = table.names.iter().filter(|n| *n != "t" && *n != "s").collect();
    let count = values.len().min(MOST);
    for (k, name) in values.iter().take(MOST).enumerate() {
        let mut series = Series::line("", Colour::family(count - 1 - k, count), table.pairs("t", name));
        series.name = name.strip_prefix("sigma_").map_or_else(|| Label::text(name), |k| Label::markup("*σ*").then(subscript(k)));
        series.legend = k == 0 || k + 1 == count;
        chart.series.push(series);
    }
    let more = if values.len() > MOST { format!(", the first {MOST} of {}", values.len()) } else { String::new() };
    chart.caption =
        format!("Singular values along the regularised flow at λ = {}{more}; the largest is darkest.", number::lambda(*value));
    Some(chart)
}

fn subscript(text: &str) -> Label {
    Label(vec![(crate::report::plot::label::Setting::Sub, text.chars().filter(|c| c.is_ascii_alphanumeric()).collect())])
}
