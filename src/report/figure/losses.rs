use super::phases::{self, Phase};
use super::{lambda, pick};
use crate::compare::SEPARATION;
use crate::report::number;
use crate::report::plot::axis::Clock;
use crate::report::plot::{Axis, Chart, Colour, Dash, Label, Mark, Region, Scale, Series};
use crate::report::read::Run;

/// Losses and norm over log time at one λ: the picture of grokking.
pub fn figure(run: &Run) -> Option<Chart> {
    let (value, table) = &run.history[pick(run, &run.history)?];
    let x = Axis::new(&format!("time *t*  ({})", lambda(*value)), Scale::Log).with_clock(Clock::Fast { lambda: *value });
    let mut chart = Chart::new("losses", "Loss and norm over time", x, Axis::new("loss *F*", Scale::Log));
    let start = table.column("t")?.iter().copied().find(|t| *t > 0.0)?;
    let drift = |column: &str| -> Vec<(f64, f64)> {
        let points = run.drift.as_ref().map(|t| t.pairs("s", column)).unwrap_or_default();
        points.into_iter().map(|(s, y)| (s / value, y)).filter(|p| p.0 >= start).collect()
    };
    let under = |points| Series { width: 5.0, ..Series::line("on the slow flow *w*°(*λt*)", Colour::Theory, points) };
    let theory = drift("test_loss");
    if !theory.is_empty() {
        chart.series.push(under(theory));
    }
    let curves =
        [("training loss", "train_loss", Colour::Train, Dash::Solid), ("test loss", "test_loss", Colour::Test, Dash::Dashed)];
    for (name, column, colour, dash) in curves {
        let points = table.pairs("t", column);
        if !points.is_empty() {
            chart.series.push(Series::line(name, colour, points).dashed(dash));
        }
    }
    if chart.series.is_empty() {
        return None;
    }
    chart.y.range = floor(&chart);
    let root = |points: Vec<(f64, f64)>| -> Vec<(f64, f64)> { points.into_iter().map(|(t, n)| (t, n.max(0.0).sqrt())).collect() };
    let points = root(table.pairs("t", "norm_squared"));
    if !points.is_empty() {
        chart.right = Some(Axis::new("norm ‖*w*‖", Scale::Linear));
        let theory = root(drift("norm_squared"));
        if !theory.is_empty() {
            let listed = chart.series.iter().all(|s| s.colour != Colour::Theory);
            chart.series.push(Series { right: true, legend: listed, ..under(theory) });
        }
        let line = Series::line("norm ‖*w*‖", Colour::Norm, points).dashed(Dash::DashDot);
        chart.series.push(Series { right: true, ..line });
    }
    chart.caption = format!("The regularised flow at λ = {}, from the start to the end of the window.", number::lambda(*value));
    let times = [phases::memorised(table), phases::generalised(table)];
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

/// Fast phase up to t_mem, drift from s₀/λ on, the plateau between them; nothing for a λ above h₊/30 at Φ(w₀), which has no phases.
fn spans(run: &Run, value: f64, t_mem: Option<f64>, chart: &mut Chart) {
    let all = || chart.series.iter().flat_map(|s| s.points.iter().map(|p| p.0)).filter(|t| *t > 0.0);
    let (start, end) = all().fold((f64::INFINITY, 0.0f64), |(a, b), t| (a.min(t), b.max(t)));
    if run.summary.foot.spectral_gap.is_some_and(|gap| value * SEPARATION > gap) {
        return;
    }
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
