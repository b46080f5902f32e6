//! The tables in Markdown.

use std::fmt::Write;
use std::path::Path;

use crate::problems;
use crate::row::{self, Reach, Row, cheapest, distinct};

/// True error at which tools are compared.
pub const TARGET: f64 = 1e-8;
/// Every peer, in the order of the columns.
const PEERS: [&str; 5] = ["CVODE BDF + GMRES", "CVODE BDF + LU", "diffsol BDF", "diffsol ESDIRK34", "ode_solvers Dop853"];

/// The line of a README after which everything is the summary.
const MARK: &str = "<!-- What follows is written by `slowflow-peers summary`. -->\n";

/// Prints the summary; a `README.md` in `folder` with the line [`MARK`] gets it too.
pub fn publish(folder: &Path) {
    let summary = markdown(folder);
    print!("{summary}");
    let path = folder.join("README.md");
    let Ok(text) = std::fs::read_to_string(&path) else { return };
    if let Some(place) = text.find(MARK) {
        let whole = format!("{}\n{summary}", &text[..place + MARK.len()]);
        std::fs::write(&path, whole).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    }
}

/// The pictures of `folder` whose names begin with `id`, in the order of their names.
fn pictures(folder: &Path, id: &str, out: &mut String) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.starts_with(id) && name.ends_with(".svg")).collect();
    names.sort();
    for name in names {
        let _ = writeln!(out, "\n![{}]({name})", name.trim_end_matches(".svg").replacen('-', " ", 2));
    }
}

/// (a), (b) and (c) from the tables in `folder`.
fn markdown(folder: &Path) -> String {
    let mut out = String::new();
    uniform(&row::read(folder, "uniform.csv"), &mut out);
    pictures(folder, "uniform", &mut out);
    let rows: Vec<Row> = problems::NAMES.iter().flat_map(|name| row::read(folder, &format!("precision-{name}.csv"))).collect();
    precision(&rows, &mut out);
    pictures(folder, "precision", &mut out);
    growth(&row::read(folder, "growth.csv"), &mut out);
    pictures(folder, "growth", &mut out);
    out
}

/// A line of a table.
fn line(out: &mut String, cells: &[String]) {
    let _ = writeln!(out, "| {} |", cells.join(" | "));
}

fn header(out: &mut String, cells: &[String]) {
    line(out, cells);
    let _ = writeln!(out, "|{}", "---|".repeat(cells.len()));
}

fn uniform(rows: &[Row], out: &mut String) {
    let _ = writeln!(out, "## (a) Work against λ: slowflow with seven stages, rtol 1e-9\n");
    let lambdas = distinct(rows.iter().map(|row| row.lambda));
    let columns = ["problem", "what"].map(String::from).into_iter();
    header(out, &columns.chain(lambdas.iter().map(|l| format!("λ = {l:e}"))).collect::<Vec<_>>());
    type Cell = fn(&Row) -> Option<String>;
    let kinds: [(&str, Cell); 3] = [
        ("linear solves", |row| row.linear_solves.map(|n| n.to_string())),
        ("CPU ms", |row| row.error.map(|_| three(row.cpu_ms))),
        ("true error", |row| row.error.map(|e| format!("{e:.1e}"))),
    ];
    for name in distinct(rows.iter().map(|row| &row.problem)) {
        for (k, (kind, cell)) in kinds.iter().enumerate() {
            let at = |l: &f64| rows.iter().find(|row| row.problem == *name && row.lambda == *l);
            let cells = lambdas.iter().map(|l| at(l).and_then(cell).unwrap_or("–".into()));
            let title = if k == 0 { name.clone() } else { String::new() };
            line(out, &[title, kind.to_string()].into_iter().chain(cells).collect::<Vec<_>>());
        }
    }
}

/// Three significant digits.
fn three(x: f64) -> String {
    match x {
        x if x < 10.0 => format!("{x:.2}"),
        x if x < 100.0 => format!("{x:.1}"),
        x => format!("{x:.0}"),
    }
}

fn cell(reach: &Reach, own: Option<f64>) -> String {
    let ratio = |time: f64| own.map_or(String::new(), |own| format!("{}×", three(time / own)));
    match reach {
        Reach::At(time) => format!("{} ({})", three(*time), ratio(*time)),
        Reach::Within(time) => format!("≤ {} ({})", three(*time), ratio(*time)),
        Reach::Missed(time, error) => format!("not reached: {error:.0e} after {} ({})", three(*time), ratio(*time)),
        Reach::Failed(_) => "did not arrive".into(),
        Reach::NotRun => "not run".into(),
    }
}

fn precision(rows: &[Row], out: &mut String) {
    let _ = writeln!(out, "\n## (b) CPU milliseconds to a true error of {TARGET:e}, and as a multiple of slowflow's\n");
    header(out, &["problem, λ", "slowflow"].into_iter().chain(PEERS).map(String::from).collect::<Vec<_>>());
    let mut failures: Vec<(String, Vec<String>)> = Vec::new();
    for name in distinct(rows.iter().map(|row| &row.problem)) {
        for lambda in [1e-4, 1e-6, 1e-8] {
            let here: Vec<&Row> = rows.iter().filter(|row| row.problem == *name && row.lambda == lambda).collect();
            let (tool, reach) = cheapest(&here, "slowflow", TARGET);
            let own = reach.milliseconds();
            let place = format!("{name}, {lambda:e}");
            let first = match own {
                Some(time) => format!("{} ({})", three(time), tool.trim_start_matches("slowflow ")),
                None => cell(&reach, None),
            };
            let mut cells = vec![place.clone(), first];
            for peer in PEERS {
                let rows: Vec<&Row> = here.iter().filter(|row| row.tool == peer).copied().collect();
                let reach = Reach::of(&rows, TARGET);
                cells.push(cell(&reach, own));
                if let Reach::Failed(why) = reach {
                    let tolerances: Vec<String> = rows.iter().map(|row| format!("{:e}", row.rtol)).collect();
                    let why = format!("{peer}, rtol {}: {why}", tolerances.join(", "));
                    match failures.iter_mut().find(|(known, _)| *known == why) {
                        Some((_, places)) => places.push(place.clone()),
                        None => failures.push((why, vec![place.clone()])),
                    }
                }
            }
            line(out, &cells);
        }
    }
    if !failures.is_empty() {
        let _ = writeln!(out, "\nWhat did not arrive:\n");
        for (why, places) in failures {
            let _ = writeln!(out, "- {why} ({})", places.join("; "));
        }
    }
}

fn growth(rows: &[Row], out: &mut String) {
    let _ = writeln!(out, "\n## (c) Growth: CPU milliseconds to a true error of {TARGET:e}, diagonal networks, λ = 1e-6\n");
    header(out, &["n", "d", "slowflow radau13", "CVODE BDF + GMRES"].map(String::from));
    for (n, d) in distinct(rows.iter().map(|row| (row.n, row.d))) {
        let at = |tool: &str| {
            let own: Vec<&Row> = rows.iter().filter(|row| (row.n, row.d) == (n, d) && row.tool == tool).collect();
            Reach::of(&own, TARGET)
        };
        let own = at("slowflow radau13");
        let first = own.milliseconds().map_or_else(|| cell(&own, None), three);
        line(out, &[n.to_string(), d.to_string(), first, cell(&at(PEERS[0]), own.milliseconds())]);
    }
}
