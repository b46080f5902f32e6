//! A chart as PGFPlots source for `\input`: the axes and styles in TeX, the numbers in CSV files beside it, so that an
//! author may change either.

use std::fmt::Write;

use super::axis::{Axis, Scale};
use super::chart::{Chart, Dash, Marker, Series, Shape};
use super::label::{Label, Setting};
use super::palette::Colour;
use crate::numeric::shortest;
use crate::report::{escape, tex};

const PACKAGES: &str = "\\usepackage{textcomp,pgfplots}\\pgfplotsset{compat=1.16} and \\usepackage[T1]{fontenc}";

/// A document that shows the figures of `files`, each on its page.
pub fn document(files: &[String]) -> String {
    let mut out = String::from(
        "\\documentclass{article}\n\\usepackage[a4paper,margin=2cm]{geometry}\n\\usepackage[utf8]{inputenc}\n\
         \\usepackage[T1]{fontenc}\n\\usepackage{textcomp}\n\\usepackage{pgfplots}\n\\pgfplotsset{compat=1.16}\n\
         \\pagestyle{empty}\n\\begin{document}\n",
    );
    for file in files {
        out.push_str(&format!("\\noindent\\resizebox{{\\linewidth}}{{!}}{{\\input{{{file}}}}}\n\\clearpage\n"));
    }
    out.push_str("\\end{document}\n");
    out
}

/// The source, and the data files that it reads: (name, content).
pub fn file(chart: &Chart, stem: &str) -> (String, Vec<(String, String)>) {
    let mut tex = format!(
        "% needs {PACKAGES}\n% reads the CSV files beside it: their folder must be that of the document, or be named below\n"
    );
    let mut data = Vec::new();
    let used: Vec<Colour> =
        chart.series.iter().map(|s| s.colour).chain(chart.regions.iter().map(|r| Colour::Tint(r.tint))).collect();
    for (k, colour) in used.iter().enumerate() {
        if !used[..k].contains(colour) {
            let _ = writeln!(tex, "\\definecolor{{sf-{}}}{{HTML}}{{{}}}", colour.name(), colour.hex()[1..].to_uppercase());
        }
    }
    tex.push_str("\\begin{tikzpicture}\n");
    let x = chart.x.range.unwrap_or_else(|| chart.x.scale.range(chart.series.iter().flat_map(|s| s.points.iter().map(|p| p.0))));
    let sides = [(Some(&chart.y), false), (chart.right.as_ref(), true)];
    for (axis, right) in sides.into_iter().filter_map(|(a, r)| Some((a?, r))) {
        let mine: Vec<(usize, &Series)> =
            chart.series.iter().enumerate().filter(|(_, s)| (s.right && chart.right.is_some()) == right).collect();
        let values = mine.iter().flat_map(|(_, s)| s.points.iter().map(|p| p.1));
        let y = axis.range.unwrap_or_else(|| axis.scale.range(values));
        begin(&mut tex, chart, axis, x, y, right);
        if !right {
            behind(&mut tex, chart, x, y);
        }
        for (k, series) in mine {
            let name = format!("{stem}-{k}.csv");
            if let Some(content) = numbers(series, chart.x.scale, axis.scale, y.0) {
                plot(&mut tex, series, &name, right);
                data.push((name, content));
            }
        }
        if !right {
            on_top(&mut tex, chart, x, y);
        }
        tex.push_str("\\end{axis}\n");
    }
    tex.push_str("\\end{tikzpicture}\n");
    (tex, data)
}

fn begin(tex: &mut String, chart: &Chart, axis: &Axis, x: (f64, f64), y: (f64, f64), right: bool) {
    let mode = |scale: Scale| if scale == Scale::Log { "log" } else { "linear" };
    let _ = write!(
        tex,
        "\\begin{{axis}}[width=11cm, height=7cm, scale only axis,\n  xmode={}, ymode={}, xmin={:e}, xmax={:e}, ymin={:e}, ymax={:e},\n  \
         ylabel={{{}}},\n",
        mode(chart.x.scale),
        mode(axis.scale),
        x.0,
        x.1,
        y.0,
        y.1,
        label(&axis.label)
    );
    if right {
        tex.push_str("  axis x line=none, axis y line*=right, ylabel near ticks, legend to name=unused]\n");
    } else {
        let side = if chart.right.is_some() { "axis y line*=left, " } else { "" };
        let _ = writeln!(
            tex,
            "  xlabel={{{}}}, {side}axis on top, clip mode=individual,\n  legend columns=3, legend cell align=left, \
             legend style={{at={{(0.5,-0.2)}}, anchor=north, draw=none, font=\\small}}]",
            label(&chart.x.label)
        );
    }
}

/// Tinted spans.
fn behind(tex: &mut String, chart: &Chart, x: (f64, f64), y: (f64, f64)) {
    let (bottom, top) = y;
    for region in &chart.regions {
        let (a, b) = (region.from.max(x.0), region.to.min(x.1));
        if a < b {
            let (tint, name) = (Colour::Tint(region.tint).name(), label(&region.name));
            let _ = writeln!(tex, "\\fill[sf-{tint}] (axis cs:{a:e},{bottom:e}) rectangle (axis cs:{b:e},{top:e});");
            let middle = if chart.x.scale == Scale::Log { (a * b).sqrt() } else { 0.5 * (a + b) };
            let _ = writeln!(tex, "\\node[anchor=south, font=\\footnotesize] at (axis cs:{middle:e},{top:e}) {{{name}}};");
        }
    }
}

/// Marks and the slope triangle; with names of the right axis in the legend.
fn on_top(tex: &mut String, chart: &Chart, x: (f64, f64), y: (f64, f64)) {
    let (bottom, top) = y;
    for (k, mark) in chart.marks.iter().filter(|m| m.x >= x.0 && m.x <= x.1).enumerate() {
        let (at, name) = (mark.x, label(&mark.name));
        let _ = writeln!(
            tex,
            "\\draw[densely dotted] (axis cs:{at:e},{bottom:e}) -- (axis cs:{at:e},{top:e}) \
             node[anchor=north west, yshift=-{}pt, font=\\footnotesize] {{{name}}};",
            11 * k
        );
    }
    if let Some(t) = &chart.triangle {
        let end = t.at * (t.to / t.from).powf(t.slope);
        let (a, b, c, name) = (t.from, t.to, t.at, label(&t.name));
        let _ = writeln!(
            tex,
            "\\draw (axis cs:{b:e},{end:e}) -- (axis cs:{a:e},{end:e}) -- (axis cs:{a:e},{c:e}) node[midway, left, font=\\footnotesize] {{{name}}} -- cycle;"
        );
    }
    for series in chart.series.iter().filter(|s| s.right && s.legend && chart.right.is_some()) {
        let _ = writeln!(tex, "\\addlegendimage{{{}}}\n\\addlegendentry{{{}}}", style(series), label(&series.name));
    }
}

fn plot(tex: &mut String, series: &Series, file: &str, right: bool) {
    let style = style(series);
    let table = format!("table[x=x, y=y, col sep=comma]{{{file}}}");
    let forget = if series.legend && !right { "" } else { ", forget plot" };
    match &series.shape {
        Shape::Band { .. } => {
            let _ = writeln!(
                tex,
                "\\addplot[draw=none, fill=sf-{}, fill opacity=0.3, area legend{forget}] {table} -- cycle;",
                series.colour.name()
            );
        }
        _ => {
            let _ = writeln!(tex, "\\addplot[{style}{forget}] {table};");
        }
    }
    if series.legend && !right {
        let _ = writeln!(tex, "\\addlegendentry{{{}}}", label(&series.name));
    }
    if let Shape::Points { hollow, .. } = &series.shape
        && hollow.iter().any(|h| *h)
        && !hollow.iter().all(|h| *h)
    {
        let open = "only marks, mark options={solid, fill=white}, restrict expr to domain={\\thisrow{hollow}}{0.5:1.5}, unbounded coords=discard";
        let _ = writeln!(tex, "\\addplot[{style}, {open}, forget plot] {table};");
    }
}

fn style(series: &Series) -> String {
    let dash = match series.dash {
        Dash::Solid => "solid",
        Dash::Dashed => "dashed",
        Dash::Dotted => "densely dotted",
        Dash::DashDot => "dash dot",
    };
    let colour = series.colour.name();
    let line = format!("sf-{colour}, {dash}, line width={:.1}pt", 0.6 * series.width);
    match &series.shape {
        Shape::Points { marker, joined, hollow } => {
            let mark = match marker {
                Marker::Circle => "*",
                Marker::Square => "square*",
                Marker::Diamond => "diamond*",
                Marker::Triangle => "triangle*",
            };
            let only = if *joined { "" } else { ", only marks" };
            let fill = if !hollow.is_empty() && hollow.iter().all(|h| *h) { "white" } else { &format!("sf-{colour}") };
            format!("{line}{only}, mark={mark}, mark options={{solid, fill={fill}}}")
        }
        _ => format!("{line}, no marks"),
    }
}

/// The points of a series that its axes can show, as CSV; a band as the polygon around it.
fn numbers(series: &Series, x: Scale, y: Scale, floor: f64) -> Option<String> {
    let shown = |p: &(f64, f64)| x.place(p.0).is_some() && y.place(p.1).is_some();
    let mut out = String::from("x,y,hollow\n");
    let mut rows = 0;
    for (k, p) in series.points.iter().enumerate().filter(|(_, p)| shown(p)) {
        let hollow = matches!(&series.shape, Shape::Points { hollow, .. } if hollow.get(k).copied().unwrap_or(false));
        let _ = writeln!(out, "{},{},{}", shortest::number(p.0), shortest::number(p.1), u8::from(hollow));
        rows += 1;
    }
    if let Shape::Band { low } = &series.shape {
        for (k, p) in series.points.iter().enumerate().rev().filter(|(_, p)| shown(p)) {
            let below = low.as_ref().map_or(floor, |l| l[k]);
            let below = if y.place(below).is_some() { below } else { floor };
            let _ = writeln!(out, "{},{},0", shortest::number(p.0), shortest::number(below));
        }
    }
    (rows > 0).then_some(out)
}

/// A label in TeX.
pub fn label(label: &Label) -> String {
    let mut out = String::new();
    for (setting, text) in &label.0 {
        let _ = match setting {
            Setting::Upright => write!(out, "{}", escape::latex(text)),
            Setting::Italic => write!(out, "${}$", mathematics(text)),
            Setting::Super => write!(out, "$^{{{}}}$", mathematics(text)),
            Setting::Sub => write!(out, "$_{{{}}}$", mathematics(text)),
        };
    }
    out
}

fn mathematics(text: &str) -> String {
    let letters = text.chars().filter(|c| c.is_ascii_alphabetic()).count();
    if letters > 1 {
        return format!("\\mathrm{{{}}}", text.chars().map(character).collect::<String>());
    }
    text.chars().map(character).collect()
}

fn character(c: char) -> String {
    match tex::mathematical(c) {
        Some(command) => format!("{{{command}}}"),
        None if c.is_ascii_alphanumeric() || "+-=/(),.".contains(c) => c.to_string(),
        None => format!("\\mbox{{{}}}", escape::latex(&c.to_string())),
    }
}
