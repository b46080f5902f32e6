use super::lambda;
use crate::report::number;
use crate::report::plot::axis::Clock;
use crate::report::plot::{Axis, Chart, Colour, Dash, Label, Mark, Region, Scale, Series};
use crate::report::read::{Run, Table};

/// Losses and norm over log time at the smallest λ that has a history: the picture of grokking.
pub fn figure(run: &Run) -> Option<Chart> {
    let limited = |l: f64| run.summary.rows.iter().any(|r| r.lambda == l && r.limited_by_solver);
    let pick = |family: &'_ [(f64, Table)]| -> Option<usize> {
        family.iter().rposition(|(l, _)| *l > 0.0 && !limited(*l)).or_else(|| family.iter().rposition(|(l, _)| *l > 0.0))
    };
    let whole = pick(&run.history).map(|k| &run.history[k]);
    let (value, table) = whole.or_else(|| pick(&run.regularised).map(|k| &run.regularised[k]))?;
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
    let mut listed = true;
    for part in &tables {
        let points: Vec<(f64, f64)> = part.pairs("t", "norm_squared").into_iter().map(|(t, n)| (t, n.max(0.0).sqrt())).collect();
        if !points.is_empty() {
            let line =
                Series {
                    right: true, legend: listed, ..Series::line("norm ‖*w*‖", Colour::Norm, points).dashed(Dash::DashDot)
                };
            chart.series.push(line);
            chart.right = Some(Axis::new("norm ‖*w*‖", Scale::Linear));
            listed = false;
        }
    }
    phases(run, *value, &mut chart);
    chart.caption = if whole.is_some() {
        format!("The regularised flow at λ = {}, from the start to the end of the window.", number::lambda(*value))
    } else {
        format!(
            "The fast flow (λ = 0) up to its last saved time, then the regularised flow at λ = {} on the window.",
            number::lambda(*value)
        )
    };
    let times: Vec<String> =
        chart.marks.iter().map(|m| format!("{} at t = {}", m.name.plain(), number::sentence(m.x, 4))).collect();
    if !times.is_empty() {
        chart.caption.push_str(&format!(" Marked: {}.", times.join(", ")));
    }
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
fn phases(run: &Run, value: f64, chart: &mut Chart) {
    let times = run.summary.phases.iter().find(|p| p.lambda == value);
    let (t_mem, t_grok) = times.map_or((None, None), |p| (p.t_mem, p.t_grok));
    for (time, name) in [(t_mem, "*t*_{mem}"), (t_grok, "*t*_{grok}"), (Some(1.0 / value), "1/*λ*")] {
        if let Some(x) = time.filter(|x| *x > 0.0 && x.is_finite()) {
            chart.marks.push(Mark { x, name: Label::markup(name) });
        }
    }
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
