use std::path::PathBuf;

use crate::claim::LedgerError;

/// A results directory that cannot be read, or a report that cannot be written: where, what was found, what is allowed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ReportError {
    /// A file or directory that the system does not give or take.
    #[error("{}: cannot {action}: {cause}\n  hint: {hint}", path.display())]
    System {
        /// The file or directory.
        path: PathBuf,
        /// `be read`, `be written` or `be created`.
        action: &'static str,
        /// The system's words.
        cause: String,
        /// What to try.
        hint: String,
    },
    /// A file of a results directory that breaks the contract.
    #[error(transparent)]
    Malformed(Box<Malformed>),
    /// A ledger that cannot be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A format that has nothing to draw from these directories.
    #[error("nothing to write as {format}: {reason}\n  hint: {hint}")]
    Nothing {
        /// The format asked for.
        format: &'static str,
        /// Why.
        reason: String,
        /// What to try.
        hint: String,
    },
}

/// What breaks the contract, and where.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}{}: {place}: found {found}; allowed: {allowed}\n  hint: {hint}", path.display(), line.map(|l| format!(":{l}")).unwrap_or_default())]
pub struct Malformed {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1, where there is one.
    pub line: Option<usize>,
    /// The key or column.
    pub place: String,
    /// What was found.
    pub found: String,
    /// What is allowed.
    pub allowed: String,
    /// What to try.
    pub hint: String,
}

impl ReportError {
    /// A failed reading of `path`.
    pub(crate) fn unreadable(path: &std::path::Path, cause: &std::io::Error) -> Self {
        let hint = "a results directory is what `slowflow verify PROBLEM.toml --out DIR` writes".to_string();
        ReportError::System { path: path.into(), action: "be read", cause: cause.to_string(), hint }
    }

    /// A failed writing of `path`.
    pub(crate) fn unwritable(path: &std::path::Path, cause: &std::io::Error) -> Self {
        let hint = "choose a place that can be written with `--out PATH`".to_string();
        ReportError::System { path: path.into(), action: "be written", cause: cause.to_string(), hint }
    }
}
