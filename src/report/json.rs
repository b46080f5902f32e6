//! The only place that names `serde_json`: documents of results, read and written.

use serde::{Serialize, de::DeserializeOwned};

/// A document that is no JSON, or not of the shape asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonError {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong, in one line.
    pub message: String,
}

/// Reads one document.
pub fn parse<T: DeserializeOwned>(text: &str) -> Result<T, JsonError> {
    serde_json::from_str(text).map_err(|e| JsonError { line: e.line(), message: e.to_string() })
}

/// One document on one line that may stand inside a `<script type="application/json">`: no `<`, no line separators.
pub fn embedded<T: Serialize>(value: &T) -> Result<String, JsonError> {
    let text = serde_json::to_string(value).map_err(|e| JsonError { line: 0, message: e.to_string() })?;
    Ok(text.replace('<', "\\u003c").replace('>', "\\u003e").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029"))
}
