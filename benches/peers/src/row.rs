//! One measured setting: what the tables hold, and what follows from several of them.

use std::fs::File;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// A line of `uniform.csv`, `precision-<problem>.csv` or `growth.csv`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Row {
    pub tool: String,
    pub problem: String,
    pub n: usize,
    pub d: usize,
    pub lambda: f64,
    pub rtol: f64,
    pub cpu_ms: f64,
    /// Largest relative distance from the reference over the slow times.
    pub error: Option<f64>,
    pub evaluations: Option<u64>,
    pub steps: Option<u64>,
    pub linear_solves: Option<u64>,
    /// Why there is no error.
    pub failure: Option<String>,
}

/// A table that every group of rows is added to as soon as it is measured.
pub struct Table {
    writer: csv::Writer<File>,
}

impl Table {
    pub fn create(folder: &Path, name: &str) -> Table {
        std::fs::create_dir_all(folder).expect("a folder for the tables");
        let path = folder.join(name);
        Table { writer: csv::Writer::from_path(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())) }
    }

    pub fn add(&mut self, rows: &[Row]) {
        for row in rows {
            self.writer.serialize(row).expect("a line of a table");
        }
        self.writer.flush().expect("a table");
    }
}

/// The rows of a table; none where it has not been measured.
pub fn read(folder: &Path, name: &str) -> Vec<Row> {
    let path = folder.join(name);
    let Ok(mut reader) = csv::Reader::from_path(&path) else { return Vec::new() };
    reader.deserialize().map(|row| row.unwrap_or_else(|e| panic!("{}: {e}", path.display()))).collect()
}

/// Values in the order of their first appearance.
pub fn distinct<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut out = Vec::new();
    for value in values {
        if !out.contains(&value) {
            out.push(value);
        }
    }
    out
}

/// CPU milliseconds at which a tool reaches a target error.
#[derive(Debug, Clone, PartialEq)]
pub enum Reach {
    /// Between the last tolerance that misses the target and the next one, by a straight line in the logarithms.
    At(f64),
    /// Every tolerance reaches it: the cheapest.
    Within(f64),
    /// No tolerance after the last miss: the milliseconds and the error of that miss.
    Missed(f64, f64),
    /// No run arrived.
    Failed(String),
    /// No run was made.
    NotRun,
}

impl Reach {
    /// Of the rows of one tool on one problem at one λ.
    pub fn of(rows: &[&Row], target: f64) -> Reach {
        let mut rows = rows.to_vec();
        rows.sort_by(|a, b| b.rtol.total_cmp(&a.rtol));
        let arrived: Vec<(f64, f64)> = rows.iter().filter_map(|row| Some((row.cpu_ms, row.error?))).collect();
        if arrived.is_empty() {
            let why = rows.iter().find_map(|row| row.failure.clone());
            return why.map_or(Reach::NotRun, Reach::Failed);
        }
        match arrived.iter().rposition(|(_, error)| *error > target) {
            None => Reach::Within(arrived.iter().map(|(time, _)| *time).fold(f64::INFINITY, f64::min)),
            Some(miss) => match (arrived[miss], arrived.get(miss + 1)) {
                ((time, error), None) => Reach::Missed(time, error),
                ((slow, above), Some((fast, below))) => {
                    let share = (above / target).ln() / (above / below).ln();
                    Reach::At((slow.ln() * (1.0 - share) + fast.ln() * share).exp())
                }
            },
        }
    }

    /// Milliseconds, where the target was reached.
    pub fn milliseconds(&self) -> Option<f64> {
        match self {
            Reach::At(time) | Reach::Within(time) => Some(*time),
            _ => None,
        }
    }
}

/// The cheapest of the tools whose name begins with `side`, and its name.
pub fn cheapest(rows: &[&Row], side: &str, target: f64) -> (String, Reach) {
    let tools = distinct(rows.iter().map(|row| row.tool.as_str()).filter(|tool| tool.starts_with(side)));
    let time = |reach: &Reach| reach.milliseconds().unwrap_or(f64::INFINITY);
    let reached = tools.into_iter().map(|tool| {
        let own: Vec<&Row> = rows.iter().filter(|row| row.tool == tool).copied().collect();
        (tool.to_string(), Reach::of(&own, target))
    });
    reached.min_by(|a, b| time(&a.1).total_cmp(&time(&b.1))).unwrap_or((side.to_string(), Reach::NotRun))
}
