use std::path::{Path, PathBuf};

use super::paths::Paths;
use super::table::Table;
use crate::report::summary::{Row, SCHEMA, Summary};
use crate::report::{Malformed, ReportError, json};

/// Reads results directories.
pub struct RunDirectory;

/// What one directory holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The directory.
    pub directory: PathBuf,
    /// `summary.json`.
    pub summary: Summary,
    /// `slow.csv`: w° on the window, with the geometry there.
    pub slow: Option<Table>,
    /// `curve-0.csv`: losses and norm of w° from s → 0 to S.
    pub drift: Option<Table>,
    /// `curve-<λ>.csv`: losses and norm of w^λ from t = 0 to S/λ, λ descending.
    pub history: Vec<(f64, Table)>,
    /// `invariants-<λ>.csv`: residuals of exact invariants along w^λ, λ descending.
    pub invariants: Vec<(f64, Table)>,
    /// `spectrum-<λ>.csv`: singular values along w^λ, λ descending.
    pub spectra: Vec<(f64, Table)>,
    /// `snapshots.csv`: an input `x`, the `teacher`, and one column of predictions a slow time.
    pub snapshots: Option<Table>,
    /// `samples.csv`: the training samples `x`, `y`.
    pub samples: Option<Table>,
    /// `path-0.csv` and `path-<λ>.csv`: w° and w^λ in two coordinates of weight space.
    pub paths: Option<Paths>,
}

impl RunDirectory {
    /// Reads a results directory; files that the contract knows and that are missing are left out, broken ones are errors.
    pub fn open(path: impl AsRef<Path>) -> Result<Run, ReportError> {
        let directory = path.as_ref();
        let summary = summary(&directory.join("summary.json"))?;
        let table = |name: &str| -> Result<Option<Table>, ReportError> {
            let file = directory.join(name);
            if file.is_file() { Table::read(&file).map(Some) } else { Ok(None) }
        };
        let path = table("path-0.csv")?;
        let others = family(directory, "path-")?;
        Ok(Run {
            slow: table("slow.csv")?,
            drift: table("curve-0.csv")?,
            history: family(directory, "curve-")?,
            invariants: family(directory, "invariants-")?,
            spectra: family(directory, "spectrum-")?,
            snapshots: table("snapshots.csv")?,
            samples: table("samples.csv")?,
            paths: path.and_then(|slow| Paths::read(&slow, &others)),
            directory: directory.into(),
            summary,
        })
    }
}

impl Run {
    /// The title, or the directory where there is none.
    pub fn title(&self) -> String {
        let title = self.summary.problem.title.trim();
        if title.is_empty() { self.directory.display().to_string() } else { title.to_string() }
    }

    /// The slow times [s₀, S] of the window: as the summary says, else the first and last of `slow.csv`.
    pub fn window(&self) -> Option<(f64, f64)> {
        let times = &self.summary.problem.slow_times;
        let said = times.iter().copied().reduce(f64::min).zip(times.iter().copied().reduce(f64::max));
        said.or_else(|| self.slow.as_ref().and_then(|t| t.range("s")))
    }

    /// Rows that entered the fit of the slow order: as the summary says, else those not limited by the solver.
    pub fn fitted(&self) -> Vec<&Row> {
        let rows = self.summary.rows.iter().filter(|r| r.slow_gap.is_some_and(|g| g > 0.0) && r.lambda > 0.0);
        rows.filter(|r| r.asymptotic.unwrap_or(!r.limited_by_solver)).collect()
    }
}

fn summary(path: &Path) -> Result<Summary, ReportError> {
    let text = std::fs::read_to_string(path).map_err(|e| ReportError::unreadable(path, &e))?;
    let malformed = |line, place: &str, found: String, allowed: &str| {
        ReportError::Malformed(Box::new(Malformed {
            path: path.into(),
            line,
            place: place.into(),
            found,
            allowed: allowed.into(),
            hint: "run the command again that wrote the directory".into(),
        }))
    };
    let summary: Summary =
        json::parse(&text).map_err(|e| malformed(Some(e.line), "the document", e.message, "the fields of the contract"))?;
    if summary.schema != SCHEMA {
        return Err(malformed(None, "`schema`", summary.schema.to_string(), &SCHEMA.to_string()));
    }
    if let Some(k) = summary.rows.iter().position(|r| r.lambda.is_nan() || r.lambda <= 0.0) {
        return Err(malformed(None, &format!("`rows[{k}].lambda`"), summary.rows[k].lambda.to_string(), "a number > 0"));
    }
    Ok(summary)
}

/// The files `<prefix><λ>.csv` of a directory with λ > 0, descending.
fn family(directory: &Path, prefix: &str) -> Result<Vec<(f64, Table)>, ReportError> {
    let entries = std::fs::read_dir(directory).map_err(|e| ReportError::unreadable(directory, &e))?;
    let mut files: Vec<(f64, PathBuf)> = Vec::new();
    for entry in entries {
        let path = entry.map_err(|e| ReportError::unreadable(directory, &e))?.path();
        let lambda = path.file_name().and_then(|n| n.to_str()).and_then(|n| n.strip_prefix(prefix)?.strip_suffix(".csv"));
        if let Some(lambda) = lambda.and_then(|l| l.parse::<f64>().ok()).filter(|l| l.is_finite() && *l > 0.0) {
            files.push((lambda, path));
        }
    }
    files.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    files.into_iter().map(|(lambda, path)| Ok((lambda, Table::read(&path)?))).collect()
}
