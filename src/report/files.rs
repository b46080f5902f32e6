//! The results folder: `summary.json` and the CSV files beside it.
//!
//! Everything is written into a folder `.partial` inside the target and moved into place at the end, the summary last, so a
//! disk that fills half way leaves what was there untouched. A folder that holds another problem's results is refused.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::probes;
use super::reached::REACHED;
use super::summary::Summary;
use crate::experiment::{Setup, Tracked};
use crate::field::Weights;
use crate::flow::Phase;
use crate::flow::sliding::EventLog;
use crate::min_norm::Certificate;
use crate::numeric::interval::Interval;
use crate::numeric::shortest;
use crate::problem::ProblemFile;

/// More weights than this are left out of the CSV files unless asked for.
const WEIGHTS: usize = 2_000;

/// Where files are written before they are moved into place.
const PARTIAL: &str = ".partial";

/// A results folder that cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The operating system said no.
    #[error("{}: {source}; allowed: a folder that can be written\n  hint: choose another folder with --out", path.display())]
    Io {
        /// The path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The folder is not ours to overwrite.
    #[error("{}: {found}; allowed: an empty folder, or results of {expected}\n  hint: choose another folder with --out, or delete this one", path.display())]
    Occupied {
        /// The folder.
        path: PathBuf,
        /// What it holds.
        found: String,
        /// The problem whose results may be overwritten.
        expected: String,
    },
}

pub(super) fn io_error(path: &Path) -> impl Fn(io::Error) -> FilesError + '_ {
    move |source| FilesError::Io { path: path.into(), source }
}

/// `Ok` when results of a problem may be written to `folder`; nothing is changed.
///
/// The folder is absent, empty, or holds results of the same problem: the same content, or a file of the same name and title.
pub fn check_folder(folder: &Path, problem: &ProblemFile) -> Result<(), FilesError> {
    let expected = || format!("the problem {}", problem.path.display());
    let occupied = |found: String| FilesError::Occupied { path: folder.into(), found, expected: expected() };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries
            .filter(|entry| entry.as_ref().map_or(true, |e| ![PARTIAL, REACHED].contains(&&*e.file_name().to_string_lossy())))
            .count(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return check_writable(folder),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Err(occupied("a file, not a folder".into())),
        Err(error) => return Err(io_error(folder)(error)),
    };
    if entries == 0 {
        return check_writable(folder);
    }
    let text = fs::read_to_string(folder.join("summary.json")).map_err(|_| occupied("a folder without a summary.json".into()))?;
    let summary: serde_json::Value =
        serde_json::from_str(&text).map_err(|_| occupied("a summary.json that is not ours".into()))?;
    let field = |name: &str| summary.pointer(&format!("/problem/{name}")).and_then(|value| value.as_str());
    let (Some(file), Some(title)) = (field("file"), field("title")) else {
        return Err(occupied("a summary.json that is not ours".into()));
    };
    let namesake = Path::new(file).file_name() == problem.path.file_name() && title == problem.title;
    if namesake || field("hash") == Some(&problem.hash) {
        return check_writable(folder);
    }
    Err(occupied(format!("results of the problem {file} (\"{title}\")")))
}

/// Writes and removes an empty file in the folder, or in the nearest one above it that exists.
fn check_writable(folder: &Path) -> Result<(), FilesError> {
    let mut existing = folder;
    while !existing.exists() {
        existing = match existing.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
    }
    let probe = existing.join(".slowflow-probe");
    fs::write(&probe, "").and_then(|()| fs::remove_file(&probe)).map_err(io_error(folder))
}

/// Writes every file of a verification into `folder`; weights beyond 2,000 only with `all_weights`.
///
/// # Errors
/// A folder or file that cannot be written.
pub fn write(folder: &Path, setup: &Setup, tracked: &Tracked, summary: &Summary, all_weights: bool) -> Result<(), FilesError> {
    let partial = folder.join(PARTIAL);
    if partial.exists() {
        fs::remove_dir_all(&partial).map_err(io_error(&partial))?;
    }
    fs::create_dir_all(&partial).map_err(io_error(&partial))?;
    let written = write_into(&partial, setup, tracked, summary, all_weights).and_then(|()| move_into_place(&partial, folder));
    // Whether it went well or not, nothing half-written stays; what `written` says matters more than a failure here.
    let _ = fs::remove_dir_all(&partial);
    written
}

/// Moves every file of `partial` into `folder`, the summary last, after what an earlier run left has gone.
fn move_into_place(partial: &Path, folder: &Path) -> Result<(), FilesError> {
    for path in entries(folder)? {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let ours = ["regularised-", "curve-"].iter().chain(&probes::PREFIXES).any(|prefix| name.starts_with(prefix));
        if ours && name.ends_with(".csv") || name == REACHED {
            fs::remove_file(&path).map_err(io_error(&path))?;
        }
    }
    let mut files = entries(partial)?;
    files.sort_by_key(|path| path.ends_with("summary.json"));
    for path in files {
        if let Some(name) = path.file_name() {
            let place = folder.join(name);
            fs::rename(&path, &place).map_err(io_error(&place))?;
        }
    }
    Ok(())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, FilesError> {
    let read = fs::read_dir(folder).map_err(io_error(folder))?;
    read.map(|entry| entry.map(|e| e.path()).map_err(io_error(folder))).collect()
}

fn write_into(folder: &Path, setup: &Setup, tracked: &Tracked, summary: &Summary, all_weights: bool) -> Result<(), FilesError> {
    let with = all_weights || setup.start.len() <= WEIGHTS;
    let csv = |name: &str, header: &[&str], rows: &mut dyn Iterator<Item = (Vec<Option<f64>>, Option<&Weights>)>| {
        let path = folder.join(name);
        let file = fs::File::create(&path).map_err(io_error(&path))?;
        table(file, header, if with { setup.start.len() } else { 0 }, rows).map_err(io_error(&path))
    };
    let losses = |w: &Weights| (setup.objective.loss.value(w).ok(), setup.test.as_ref().and_then(|t| t.value(w).ok()));

    let header = ["s", "norm_squared", "train_loss", "test_loss", "defect", "spectral_gap"];
    csv(
        "slow.csv",
        &header,
        &mut tracked.slow.iter().map(|p| {
            let (train, test) = losses(&p.w);
            (vec![Some(p.s), Some(p.w.norm_squared()), train, test, Some(p.defect), Some(p.spectrum.smallest)], Some(&p.w))
        }),
    )?;
    let header = ["t", "norm_squared", "train_loss", "test_loss", "gradient_norm"];
    csv(
        "fast.csv",
        &header,
        &mut tracked.fast.points.iter().map(|p| {
            let (train, test) = losses(&p.w);
            let mut gradient = Weights::zeros(p.w.len());
            let norm = setup.objective.loss.gradient(&p.w, &mut gradient).ok().map(|()| gradient.norm());
            (vec![Some(p.time), Some(p.w.norm_squared()), train, test, norm], Some(&p.w))
        }),
    )?;
    for (row, (grid, run)) in tracked.rows.iter().zip(&tracked.regularised) {
        if run.points.is_empty() {
            continue;
        }
        let line = |k: usize| {
            let p = &run.points[k];
            let (train, test) = losses(&p.w);
            (vec![Some(p.time), Some(grid.slow[k]), Some(p.w.norm_squared()), train, test], &p.w)
        };
        let header = ["t", "s", "norm_squared", "train_loss", "test_loss"];
        let name = shortest::lambda(row.lambda);
        csv(&format!("regularised-{name}.csv"), &header, &mut grid.window.iter().map(|&k| line(k)).map(|(n, w)| (n, Some(w))))?;
        let path = folder.join(format!("curve-{name}.csv"));
        let file = fs::File::create(&path).map_err(io_error(&path))?;
        table(file, &header, 0, &mut (0..run.points.len()).map(|k| (line(k).0, None))).map_err(io_error(&path))?;
    }
    let path = folder.join("curve-0.csv");
    let file = fs::File::create(&path).map_err(io_error(&path))?;
    let drift = tracked.drift.points.iter().map(|p| {
        let (train, test) = losses(&p.w);
        (vec![Some(p.time), Some(p.w.norm_squared()), train, test], None)
    });
    table(file, &["s", "norm_squared", "train_loss", "test_loss"], 0, &mut drift.into_iter()).map_err(io_error(&path))?;
    probes::write(folder, setup, tracked)?;
    events(folder, &tracked.events)?;
    if let Ok(limit) = &tracked.limit {
        csv("limit.csv", &[], &mut std::iter::once((Vec::new(), Some(&limit.point.w))))?;
        if let Certificate::Proved(found) = &limit.certificate {
            let ends =
                [Interval::lo, Interval::hi].map(|end| Weights::from_iterator(found.w.len(), found.w.iter().map(|x| end(*x))));
            csv("limit-enclosure.csv", &[], &mut ends.iter().map(|end| (Vec::new(), Some(end))))?;
        }
    }
    let header = [
        "lambda",
        "fast_gap",
        "slow_gap",
        "composite_gap",
        "expansion_gap",
        "numerical_error",
        "limited_by_solver",
        "method",
        "evaluations",
        "linear_solves",
        "steps",
        "rejected",
        "fast_error",
        "composite_error",
        "expansion_error",
        "asymptotic",
    ];
    let path = folder.join("rates.csv");
    let text = |x: Option<f64>| x.map(shortest::number).unwrap_or_default();
    let count = |x: Option<u64>| x.map(|n| n.to_string()).unwrap_or_default();
    let mut lines = vec![header.join(",")];
    for r in &summary.rows {
        lines.push(
            [
                shortest::number(r.lambda),
                text(r.fast_gap),
                text(r.slow_gap),
                text(r.composite_gap),
                text(r.expansion_gap),
                text(r.numerical_error),
                r.limited_by_solver.to_string(),
                r.method.clone(),
                count(r.evaluations),
                count(r.linear_solves),
                count(r.steps),
                count(r.rejected),
                text(r.fast_error),
                text(r.composite_error),
                text(r.expansion_error),
                r.asymptotic.map(|b| b.to_string()).unwrap_or_default(),
            ]
            .join(","),
        );
    }
    fs::write(&path, lines.join("\n") + "\n").map_err(io_error(&path))?;
    // The summary comes last: a folder with a summary is complete.
    let path = folder.join("summary.json");
    let text = serde_json::to_string_pretty(summary).map_err(|e| io_error(&path)(e.into()))?;
    fs::write(&path, text + "\n").map_err(io_error(&path))
}

/// `events.csv`: what happened at cell walls, λ empty for the fast and the slow flow; no file where there is none.
fn events(folder: &Path, logs: &[EventLog]) -> Result<(), FilesError> {
    let path = folder.join("events.csv");
    if logs.iter().all(|log| log.events.is_empty()) {
        return match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error(&path)(error)),
            _ => Ok(()),
        };
    }
    let mut lines = vec!["flow,lambda,time,symbol,neuron,sample,kind".to_string()];
    for log in logs {
        let (flow, lambda) = match log.phase {
            Phase::Fast => ("fast", String::new()),
            Phase::Slow => ("slow", String::new()),
            Phase::Regularised(lambda) => ("regularised", shortest::number(lambda)),
        };
        for event in &log.events {
            let (time, kind) = (shortest::number(event.time), event.kind.name());
            lines.push(format!("{flow},{lambda},{time},{},{},{},{kind}", log.symbol, event.neuron, event.sample));
        }
    }
    fs::write(&path, lines.join("\n") + "\n").map_err(io_error(&path))
}

pub(super) fn table(
    file: fs::File,
    header: &[&str],
    weights: usize,
    rows: &mut dyn Iterator<Item = (Vec<Option<f64>>, Option<&Weights>)>,
) -> io::Result<()> {
    let mut out = io::BufWriter::new(file);
    let names: Vec<String> = header.iter().map(|h| h.to_string()).chain((0..weights).map(|i| format!("w_{i}"))).collect();
    writeln!(out, "{}", names.join(","))?;
    for (numbers, w) in rows {
        let cells = numbers.into_iter().map(|x| x.map(shortest::number).unwrap_or_default());
        let rest = w.into_iter().flat_map(|w| w.iter().take(weights).map(|x| shortest::number(*x)));
        writeln!(out, "{}", cells.chain(rest).collect::<Vec<_>>().join(","))?;
    }
    out.flush()
}
