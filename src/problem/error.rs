use std::path::{Path, PathBuf};

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
    pub found: String,
    /// What is allowed.
    pub allowed: String,
    /// What to try.
    pub hint: String,
}

impl ProblemError {
    /// An error in a file, at a line and a key where there are some: what was found, what is allowed, what to try.
    pub fn at(
        path: &Path,
        line: Option<usize>,
        key: Option<&str>,
        found: impl Into<String>,
        allowed: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        ProblemError {
            path: path.to_path_buf(),
            line,
            key: key.map(String::from),
            found: found.into(),
            allowed: allowed.into(),
            hint: hint.into(),
        }
    }

    /// The same with another hint.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}
