//! What stands on the page of a run: the verdict, the figures, the tables, where it comes from.

use super::document;
use crate::report::figure::figures;
use crate::report::plot::{Chart, layout, svg};
use crate::report::read::Run;
use crate::report::tables::{self, Table};
use crate::report::words::{self, Verdict};
use crate::report::{escape, json};

/// The page of one run or of several.
pub fn html(runs: &[Run]) -> String {
    let several = runs.len() > 1;
    let mut body = String::new();
    let title = match runs {
        [run] => run.title(),
        _ => format!("{} runs", runs.len()),
    };
    if several {
        body.push_str(&format!("<header><p class=\"kicker\">slowflow</p><h1>{}</h1></header>", escape::html(&title)));
        body.push_str(&overview(runs));
    }
    for (k, run) in runs.iter().enumerate() {
        body.push_str(&section(run, k, several));
    }
    body.push_str("<p class=\"tip\" id=\"tip\" role=\"status\" hidden></p>");
    document(&title, &format!("<main>{body}</main>"))
}

/// Several runs at a glance: title, verdict, constant, order.
fn overview(runs: &[Run]) -> String {
    let mut out = String::from("<nav aria-label=\"runs\"><ol class=\"runs\">");
    for (k, run) in runs.iter().enumerate() {
        let verdict = Verdict::of(&run.summary.checks);
        out.push_str(&format!(
            "<li><a href=\"#run-{k}\">{}</a> <span class=\"badge b-{}\">{}</span><br><span class=\"small\">{}</span></li>",
            escape::html(&run.title()),
            class(verdict),
            verdict.badge(),
            escape::html(&words::verdict(run))
        ));
    }
    out.push_str("</ol></nav>");
    out
}

/// The class of a verdict in the style sheet.
pub(super) fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "holds",
        Verdict::Fails => "fails",
        Verdict::Open => "open",
    }
}

fn section(run: &Run, k: usize, several: bool) -> String {
    let level = if several { 2 } else { 1 };
    let verdict = Verdict::of(&run.summary.checks);
    let mut out = format!("<article class=\"run\" id=\"run-{k}\"><header>");
    if !several {
        out.push_str("<p class=\"kicker\">slowflow</p>");
    }
    out.push_str(&format!("<h{level}>{}</h{level}>", escape::html(&run.title())));
    out.push_str(&format!(
        "<p class=\"verdict b-{}\"><strong>{}</strong> {}</p></header>",
        class(verdict),
        verdict.badge(),
        escape::html(&words::verdict(run))
    ));
    let facts: Vec<String> = words::facts(run).iter().map(|f| format!("<span>{}</span>", escape::html(f))).collect();
    out.push_str(&format!("<p class=\"facts\">{}</p>", facts.join(" ")));
    if let Some(about) = &run.summary.problem.about {
        out.push_str(&format!("<p class=\"about\">{}</p>", escape::html(about)));
    }
    let charts = figures(run);
    out.push_str(&slider(run, k, &charts));
    let drawn: String = charts.iter().map(|chart| figure(chart, &format!("r{k}-{}", chart.id))).collect();
    out.push_str(&format!("<div class=\"figures\">{drawn}</div>"));
    let mut part = |title: &str, content: &str| {
        if !content.is_empty() {
            out.push_str(&format!("<section><h{n}>{title}</h{n}>{content}</section>", n = level + 1));
        }
    };
    let shown = |tables: &[Table]| tables.iter().filter(|t| !t.rows.is_empty()).map(tables::html).collect::<String>();
    part("Rates", &shown(&[tables::rates(run), tables::orders(run)]));
    let limits: String =
        words::limits(&run.summary).iter().map(|l| format!("<li>{}</li>", tables::raised(&escape::html(l)))).collect();
    part("What limits the table", &format!("<ul>{limits}</ul>"));
    part("Assumptions", &shown(&[tables::checks(run, "assumptions", tables::ASSUMED, &run.summary.assumptions)]));
    part("Checks", &shown(&[tables::checks(run, "checks", tables::JUDGED, &run.summary.checks)]));
    part("Numbers at finite λ", &shown(&[tables::predictions(run)]));
    part("Points", &shown(&[tables::points(run)]));
    part("Work", &shown(&[tables::work(run)]));
    let command = format!("<p>Made again by</p><pre tabindex=\"0\"><code>{}</code></pre>", escape::html(&words::command(run)));
    part("Provenance", &format!("{command}{}", tables::html(&tables::provenance(run))));
    out.push_str("</article>");
    out
}

/// A figure with its title and caption.
pub fn figure(chart: &Chart, id: &str) -> String {
    let drawing = layout::layout(chart);
    let across = chart.x.label.plain();
    let words = svg::Words { id, title: &chart.title, description: &chart.caption, across: &across };
    format!(
        "<figure id=\"{id}\">{}<figcaption><strong>{}.</strong> {}</figcaption></figure>",
        svg::inline(&drawing, &words),
        escape::html(&chart.title),
        tables::raised(&escape::html(&chart.caption))
    )
}

/// The slider's place and its numbers; it appears with the script.
fn slider(run: &Run, k: usize, charts: &[Chart]) -> String {
    let Some(drift) = &run.drift else { return String::new() };
    // before a tenth of the window's start nothing moves yet
    let first = run.window().map_or(0.0, |w| 0.1 * w.0);
    let all = drift.column("s").unwrap_or_default();
    let kept: Vec<usize> = (0..all.len()).filter(|k| all[*k] >= first && all[*k] > 0.0).collect();
    if kept.len() < 2 {
        return String::new();
    }
    let times: Vec<f64> = kept.iter().map(|k| all[*k]).collect();
    let shown = [("norm_squared", "‖w°‖²"), ("train_loss", "training loss"), ("test_loss", "test loss")];
    let columns: Vec<(&str, Vec<Option<f64>>)> = shown
        .iter()
        .filter_map(|(name, label)| {
            let column = drift.column(name)?;
            Some((*label, kept.iter().map(|k| Some(column[*k]).filter(|x| x.is_finite())).collect()))
        })
        .collect();
    let frame = charts.iter().find(|c| c.id == "path").map(|c| layout::layout(c).frame);
    let path: Vec<(f64, f64, f64)> = match (&run.paths, frame) {
        (Some(paths), Some(frame)) => {
            paths.slow.iter().filter_map(|(s, x, y)| frame.place(*x, *y).map(|p| (*s, p.0, p.1))).collect()
        }
        _ => Vec::new(),
    };
    let snapshots: Vec<Option<f64>> = match &run.snapshots {
        Some(t) => t.names.iter().filter(|n| *n != "x" && *n != "teacher").map(|n| n.strip_prefix("s_")?.parse().ok()).collect(),
        None => Vec::new(),
    };
    let data = json::embedded(&(times, columns, path, snapshots)).unwrap_or_else(|_| "[[],[],[],[]]".into());
    format!(
        "<div class=\"slider\" hidden><label for=\"slow-{k}\">slow time s</label><input type=\"range\" id=\"slow-{k}\" min=\"0\" value=\"0\" step=\"1\">\
         <output for=\"slow-{k}\"></output><script type=\"application/json\">{data}</script></div>"
    )
}
