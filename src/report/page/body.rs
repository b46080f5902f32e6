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
    if let Some(about) = &run.summary.problem.about {
        out.push_str(&format!("<p class=\"about\">{}</p>", escape::html(about)));
    }
    out.push_str(&format!(
        "<p class=\"verdict b-{}\"><strong>{}</strong> {}</p></header>",
        class(verdict),
        verdict.badge(),
        escape::html(&words::verdict(run))
    ));
    let charts = figures(run);
    out.push_str(&slider(run, k, &charts));
    out.push_str("<div class=\"figures\">");
    for chart in &charts {
        out.push_str(&figure(chart, &format!("r{k}-{}", chart.id)));
    }
    out.push_str("</div>");
    let heading = |text: &str| format!("<h{}>{text}</h{}>", level + 1, level + 1);
    let mut part = |title: &str, tables: &[Table]| {
        let tables: Vec<String> = tables.iter().filter(|t| !t.rows.is_empty()).map(tables::html).collect();
        if !tables.is_empty() {
            out.push_str(&format!("<section>{}{}</section>", heading(title), tables.join("")));
        }
    };
    part("Rates", &[tables::rates(run), tables::orders(run)]);
    part("Checks", &[tables::checks("checks", "What was judged", &run.summary.checks)]);
    part(
        "Assumptions",
        &[tables::checks("assumptions", "What the theorem asks for, and what was found", &run.summary.assumptions)],
    );
    let limits: Vec<String> = words::limits(&run.summary).iter().map(|l| format!("<li>{}</li>", escape::html(l))).collect();
    out.push_str(&format!("<section>{}<ul>{}</ul></section>", heading("What limits the table"), limits.join("")));
    out.push_str(&format!(
        "<section>{}<p>Made again by:</p><pre tabindex=\"0\"><code>{}</code></pre>{}</section></article>",
        heading("Provenance"),
        escape::html(&words::command(run)),
        tables::html(&tables::provenance(run))
    ));
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
        escape::html(&chart.caption)
    )
}

/// The slider's place and its numbers; it appears with the script.
fn slider(run: &Run, k: usize, charts: &[Chart]) -> String {
    let Some(slow) = &run.slow else { return String::new() };
    let times = slow.column("s").map(<[f64]>::to_vec).unwrap_or_default();
    if times.len() < 2 {
        return String::new();
    }
    let shown = [
        ("norm_squared", "‖w°‖²"),
        ("train_loss", "training loss"),
        ("test_loss", "test loss"),
        ("spectral_gap", "h₊"),
        ("defect", "defect"),
    ];
    let columns: Vec<(&str, Vec<Option<f64>>)> = shown
        .iter()
        .filter_map(|(name, label)| Some((*label, slow.column(name)?.iter().map(|x| x.is_finite().then_some(*x)).collect())))
        .collect();
    let frame = charts.iter().find(|c| c.id == "path").map(|c| layout::layout(c).frame);
    let path: Vec<(f64, f64, f64)> = match (&run.plane, frame) {
        (Some(plane), Some(frame)) => {
            plane.slow.iter().filter_map(|(s, x, y)| frame.place(*x, *y).map(|p| (*s, p.0, p.1))).collect()
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
