use super::phases::{self, Phase};
use super::{lambda, pick};
use crate::report::number;
use crate::report::plot::axis::Clock;
use crate::report::plot::{Axis, Chart, Colour, Dash, Label, Mark, Region, Scale, Series};
use crate::report::read::Run;

/// Losses and norm over log time at one λ: the picture of grokking.
pub fn figure(run: &Run) -> Option<Chart> {
    let whole = pick(run, &run.history).map(|k| &run.history[k]);
    let (value, table) = whole.or_else(|| pick(run, &run.regularised).map(|k| &run.regularised[k]))?;
    let mut tables = vec![table];
    if whole.is_none() {
        tables.insert(0, run.fast.as_ref()?);
    }
    let x = Axis::new(&format!("time *t*  ({})", lambda(*value)), Scale::Log).with_clock(Clock::Fast { lambda: *value });
    let mut chart = Chart::new("losses", "Loss and norm over time", x, Axis::new("loss *F*", Scale::Log));
    let curves =
        [("training loss", "train_loss", Colour::Train, Dash::Solid), ("test loss", "test_loss", Colour::Test, Dash::Dashed)];
    for (k, part) in tables.iter().enumerate() {
        for (name, column, colour, dash) in curves {
            let points = part.pairs("t", column);
            if !points.is_empty() {
                let line = Series::line(name, colour, points).dashed(dash);
                chart.series.push(if k > 0 { line.unlisted() } else { line });
            }
        }
    }
    if chart.series.is_empty() {
        return None;
    }
    chart.y.range = floor(&chart);
    for (k, part) in tables.iter().enumerate() {
        let points: Vec<(f64, f64)> = part.pairs("t", "norm_squared").into_iter().map(|(t, n)| (t, n.max(0.0).sqrt())).collect();
        if !points.is_empty() {
            let line = Series::line("norm ‖*w*‖", Colour::Norm, points).dashed(Dash::DashDot);
            chart.series.push(Series { right: true, legend: k == 0, ..line });
            chart.right = Some(Axis::new("norm ‖*w*‖", Scale::Linear));
        }
    }
    chart.caption = if whole.is_some() {
        format!("The regularised flow at λ = {}, from the start to the end of the window.", number::lambda(*value))
    } else {
        let value = number::lambda(*value);
        format!("The fast flow (λ = 0) up to its last saved time, then the regularised flow at λ = {value} on the window.")
    };
    let times = [phases::memorised(run, *value, &tables), phases::generalised(run, *value, &tables)];
    for Phase { time, name, words } in times.iter().flatten() {
        chart.marks.push(Mark { x: *time, name: Label::markup(name) });
        chart.caption.push(' ');
        chart.caption.push_str(words);
    }
    chart.marks.push(Mark { x: 1.0 / value, name: Label::markup("1/*λ*") });
    spans(run, *value, times[0].as_ref().map(|p| p.time), &mut chart);
    Some(chart)
}

/// Sixteen decades are enough: what is below is rounding.
fn floor(chart: &Chart) -> Option<(f64, f64)> {
    let values = || chart.series.iter().flat_map(|s| s.points.iter().map(|p| p.1)).filter(|y| *y > 0.0 && y.is_finite());
    let top = values().fold(0.0, f64::max);
    let low = values().fold(f64::INFINITY, f64::min).max(1e-16 * top);
    (top > 0.0).then(|| Scale::Log.range([low, top].into_iter()))
}

/// Fast phase up to t_mem, drift from s₀/λ on, the plateau between them.
fn spans(run: &Run, value: f64, t_mem: Option<f64>, chart: &mut Chart) {
    let all = || chart.series.iter().flat_map(|s| s.points.iter().map(|p| p.0)).filter(|t| *t > 0.0);
    let (start, end) = all().fold((f64::INFINITY, 0.0f64), |(a, b), t| (a.min(t), b.max(t)));
    let drift = run.window().map(|w| w.0 / value).filter(|d| *d > start && *d < end);
    if let (Some(mem), Some(drift)) = (t_mem.filter(|m| *m > start), drift)
        && mem < drift
    {
        let region = |from, to, name: &str, tint| Region { from, to, name: Label::text(name), tint };
        let far = end * 1e3;
        chart.regions =
            vec![region(start * 1e-3, mem, "fast", 0), region(mem, drift, "plateau", 1), region(drift, far, "drift", 2)];
    }
}
