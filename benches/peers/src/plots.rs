//! The tables as pictures: SVG files beside them, drawn by slowflow's own plots.

use std::path::Path;

use slowflow::report::plot::chart::Marker;
use slowflow::report::plot::{Axis, Chart, Colour, Dash, Scale, Series, layout, svg};

use crate::row::{self, Reach, Row, distinct};
use crate::summary::TARGET;

const MARKERS: [Marker; 4] = [Marker::Circle, Marker::Square, Marker::Diamond, Marker::Triangle];
const DASHES: [Dash; 4] = [Dash::Solid, Dash::Dashed, Dash::DashDot, Dash::Dotted];

fn curve(k: usize, name: &str, mut points: Vec<(f64, f64)>) -> Option<Series> {
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let series = Series::points(name, Colour::series(k), MARKERS[k % 4], points);
    (!series.points.is_empty()).then(|| series.dashed(DASHES[k / 4 % 4]))
}

fn save(folder: &Path, id: &str, chart: &Chart, across: &str) {
    if !chart.shows_something() {
        return println!("{id}: nothing measured");
    }
    let words = svg::Words { id, title: &chart.title, description: &chart.caption, across };
    let path = folder.join(format!("{id}.svg"));
    std::fs::write(&path, svg::file(&layout::layout(chart), &words)).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    println!("{}", path.display());
}

/// `uniform.svg`, `precision-<problem>.svg` and `growth-<d or n>.svg` from the tables in `folder`.
pub fn draw(folder: &Path) {
    uniform(folder);
    for name in ["dln80", "dln1000", "mc800"] {
        precision(folder, name);
    }
    growth(folder, "growth-d", "n = 20", "weights *d*", |row| (row.n == 20).then_some(row.d as f64));
    growth(folder, "growth-n", "d = 1280", "samples *n*", |row| (row.d == 1280).then_some(row.n as f64));
}

fn uniform(folder: &Path) {
    let rows = row::read(folder, "uniform.csv");
    let (x, y) = (Axis::new("weight decay *λ*", Scale::Log), Axis::new("linear solves", Scale::Log));
    let mut chart = Chart::new("uniform", "Work against λ: seven stages, rtol 1e-9", x, y);
    chart.caption = "Linear solves of a run to s = 5, for λ from 1e-2 to 1e-12.".into();
    for (k, name) in distinct(rows.iter().map(|row| &row.problem)).into_iter().enumerate() {
        let own = rows.iter().filter(|row| row.problem == *name);
        chart.series.extend(curve(k, name, own.filter_map(|row| Some((row.lambda, row.linear_solves? as f64))).collect()));
    }
    save(folder, "uniform", &chart, "λ");
}

fn precision(folder: &Path, name: &str) {
    let rows = row::read(folder, &format!("precision-{name}.csv"));
    for lambda in [1e-4, 1e-6] {
        let (x, y) = (Axis::new("true error", Scale::Log), Axis::new("CPU milliseconds", Scale::Log));
        let mut chart = Chart::new("precision", &format!("Work and precision: {name}, λ = {lambda:e}"), x, y);
        chart.caption = "CPU time against the largest relative error over the slow times; one point a tolerance.".into();
        let own: Vec<&Row> = rows.iter().filter(|row| row.lambda == lambda).collect();
        for (k, tool) in distinct(own.iter().map(|row| &row.tool)).into_iter().enumerate() {
            let points = own.iter().filter(|row| row.tool == *tool);
            chart.series.extend(curve(k, tool, points.filter_map(|row| Some((row.error?, row.cpu_ms))).collect()));
        }
        save(folder, &format!("precision-{name}-{lambda:e}"), &chart, "error");
    }
}

/// The family of rows where `free` has a value, against that value.
fn growth(folder: &Path, id: &str, fixed: &str, label: &str, free: impl Fn(&Row) -> Option<f64>) {
    let rows = row::read(folder, "growth.csv");
    let (x, y) = (Axis::new(label, Scale::Log), Axis::new(&format!("CPU ms to a true error of {TARGET:e}"), Scale::Log));
    let mut chart = Chart::new("growth", &format!("Growth on diagonal networks, {fixed}, λ = 1e-6"), x, y);
    chart.caption = "CPU time that reaches the error, between the two nearest tolerances.".into();
    for (k, tool) in distinct(rows.iter().map(|row| &row.tool)).into_iter().enumerate() {
        let own: Vec<&Row> = rows.iter().filter(|row| row.tool == *tool).collect();
        let at = |value: f64| {
            let here: Vec<&Row> = own.iter().filter(|row| free(row) == Some(value)).copied().collect();
            Some((value, Reach::of(&here, TARGET).milliseconds()?))
        };
        chart.series.extend(curve(
            k,
            tool,
            distinct(own.iter().filter_map(|row| free(row))).into_iter().filter_map(at).collect(),
        ));
    }
    save(folder, id, &chart, "d or n");
}
