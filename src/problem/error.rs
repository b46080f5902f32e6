use std::path::PathBuf;

/// A problem file, or a file that it names, that cannot be used: where, what was found, what is allowed, what to try.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}{}: {}{found}; allowed: {allowed}\n  hint: {hint}", path.display(), line.map(|l| format!(":{l}")).unwrap_or_default(), key.as_ref().map(|k| format!("`{k}`: ")).unwrap_or_default())]
pub struct ProblemError {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1, where there is one.
    pub line: Option<usize>,
    /// The key as a dotted path, where there is one.
    pub key: Option<String>,
    /// What was found.
    pub found: Box<str>,
    /// What is allowed.
    pub allowed: Box<str>,
    /// What to try.
    pub hint: Box<str>,
}
