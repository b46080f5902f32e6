//! The tables as pictures: SVG files beside them, drawn by slowflow's own plots.

use std::collections::BTreeMap;
use std::path::Path;

use slowflow::report::plot::chart::Marker;
use slowflow::report::plot::{Axis, Chart, Colour, Dash, Scale, Series, layout, svg};

/// Lines of a table as column → value: those without `#`, or the summary behind it.
fn read(path: &Path, summary: bool) -> Vec<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let chosen = text.lines().filter(|line| line.starts_with('#') == summary);
    let mut lines = chosen.map(|line| line.trim_start_matches("# "));
    let names: Vec<&str> = lines.next().unwrap_or("").split(',').collect();
    lines.map(|line| names.iter().map(|name| name.to_string()).zip(line.split(',').map(String::from)).collect()).collect()
}

type Line = BTreeMap<String, String>;

fn number(line: &Line, name: &str) -> Option<f64> {
    line.get(name)?.parse().ok()
}

/// Values of `key` in the order of their first appearance.
fn values(lines: &[Line], key: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for value in lines.iter().filter_map(|line| line.get(key)) {
        if !out.contains(value) {
            out.push(value.clone());
        }
    }
    out
}

fn save(folder: &Path, chart: &Chart, across: &str) {
    let words = svg::Words { id: chart.id, title: &chart.title, description: &chart.caption, across };
    let path = folder.join(format!("{}.svg", chart.id));
    std::fs::write(&path, svg::file(&layout::layout(chart), &words)).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    println!("{}", path.display());
}

const MARKERS: [Marker; 4] = [Marker::Circle, Marker::Square, Marker::Diamond, Marker::Triangle];
const DASHES: [Dash; 4] = [Dash::Solid, Dash::Dashed, Dash::DashDot, Dash::Dotted];

fn curve(k: usize, name: &str, points: Vec<(f64, f64)>) -> Series {
    Series::points(name, Colour::series(k), MARKERS[k % 4], points).dashed(DASHES[k / 4 % 4])
}

/// `uniform.svg`, `precision-<problem>.svg` and `growth.svg` from the tables in `folder`.
pub fn draw(folder: &Path) {
    let lines = read(&folder.join("uniform.csv"), false);
    let (x, y) = (Axis::new("weight decay *λ*", Scale::Log), Axis::new("linear solves", Scale::Log));
    let mut chart = Chart::new("uniform", "Work against λ, five stages, rtol 1e-9", x, y);
    chart.caption = "Linear solves of a run to s = 5, for λ from 1e-2 to 1e-12: the work does not depend on λ.".into();
    for (k, name) in values(&lines, "problem").iter().enumerate() {
        let own = lines.iter().filter(|line| &line["problem"] == name);
        let points = own.filter_map(|line| Some((number(line, "lambda")?, number(line, "linear_solves")?))).collect();
        chart.series.push(curve(k, name, points));
    }
    save(folder, &chart, "λ");

    let lines = read(&folder.join("precision.csv"), false);
    for (id, name) in [("precision-dln80", "dln80"), ("precision-dln1000", "dln1000"), ("precision-mc800", "mc800")] {
        let own: Vec<Line> = lines
            .iter()
            .filter(|line| line["problem"] == name && number(line, "lambda").is_some_and(|x| (x / 1e-4 - 1.0).abs() < 1e-9))
            .cloned()
            .collect();
        let (x, y) = (Axis::new("true error", Scale::Log), Axis::new("CPU milliseconds", Scale::Log));
        let mut chart = Chart::new(id, &format!("Work and precision: {name}, λ = 1e-4"), x, y);
        chart.caption =
            "CPU time of one thread against the largest relative error over the slow times; one point a tolerance.".into();
        for (k, tool) in values(&own, "tool").iter().enumerate() {
            let rows = own.iter().filter(|line| &line["tool"] == tool);
            let points: Vec<(f64, f64)> =
                rows.filter_map(|line| Some((number(line, "error")?, number(line, "cpu_ms")?))).collect();
            if !points.is_empty() {
                chart.series.push(curve(k, tool, points));
            }
        }
        save(folder, &chart, "error");
    }

    let lines = read(&folder.join("growth.csv"), true);
    let (x, y) =
        (Axis::new("weights *d*, or samples *n*", Scale::Log), Axis::new("CPU milliseconds at true error 1e-8", Scale::Log));
    let mut chart = Chart::new("growth", "Growth with d at n = 20 and with n at d = 1280, λ = 1e-6", x, y);
    chart.caption = "CPU time of one thread that reaches a true error of 1e-8 on diagonal networks.".into();
    for (family, fixed, free, value) in [("*d* at *n* = 20", "n", "d", 20.0), ("*n* at *d* = 1280", "d", "n", 1280.0)] {
        for (tool, column) in [("slowflow", "slowflow_ms"), ("CVODE", "cvode_ms")] {
            let own = lines.iter().filter(|line| number(line, fixed) == Some(value));
            let points = own.filter_map(|line| Some((number(line, free)?, number(line, column)?))).collect();
            chart.series.push(curve(chart.series.len(), &format!("{tool}, {family}"), points));
        }
    }
    save(folder, &chart, "d or n");
}
