//! A problem file as text becomes a checked [`ProblemFile`]: pure, no mathematics.
//!
//! Every key is known or refused with its line and the nearest key that exists. Model and teacher parameters stay as
//! [`Raw`] values with their lines: the layers that own them check them.

use std::collections::BTreeMap;
use std::path::PathBuf;

mod error;
mod files;
mod hash;
pub mod keys;
mod nearest;
pub mod parameters;
mod read;
mod resolve;
pub mod schema;
pub mod reader;
pub mod toml_text;

#[cfg(test)]
mod tests;

pub use error::ProblemError;
pub use hash::digest;
pub use nearest::{did_you_mean, nearest};
pub use parameters::{Kind, Parameter, Parameters, Value};
pub use read::read_text;

/// A checked problem file.
#[derive(Debug, Clone, PartialEq)]
pub struct ProblemFile {
    /// Where it was read from.
    pub path: PathBuf,
    /// `title`: one line.
    pub title: String,
    /// `about`: what is posed, in words. May be empty.
    pub about: String,
    /// `source = { paper, where }`, both empty where the problem is ours.
    pub source: Source,
    /// `seed` of all random streams.
    pub seed: u64,
    /// `data`.
    pub data: Data,
    /// `model = { kind, … }`.
    pub model: Section,
    /// `loss.factor` as a number f in F = f·‖r‖²: 1/2n → 1/(2n) needs n, so it stays symbolic.
    pub factor: Factor,
    /// `loss.manifold`: what M is; `None` where the numbers of residuals and weights decide.
    pub manifold: Option<Manifold>,
    /// `init`.
    pub init: Init,
    /// `regulariser`, ½‖w‖² when absent.
    pub regulariser: Option<Section>,
    /// `lambda`: weight decays, descending, all > 0.
    pub lambda: Vec<f64>,
    /// `window.slow-time`: slow times, ascending, ≥ 0.
    pub slow_times: Vec<f64>,
    /// `window.fast-time`: end T of the window [0, T] of the fast gap.
    pub fast_time: f64,
    /// `tolerance.rtol`.
    pub rtol: f64,
    /// `tolerance.atol`.
    pub atol: f64,
    /// `method`: name of the integrator; `None` takes the default.
    pub method: Option<String>,
    /// `budget`: right-hand sides allowed for one λ with an explicit method.
    pub budget: u64,
    /// `exact`: name of a closed form to compare with.
    pub exact: Option<String>,
    /// SHA-256 over the problem text and every data file it names, in hexadecimal.
    pub hash: String,
    /// The line of every key, as a dotted path: `window.slow-time`.
    pub lines: BTreeMap<String, usize>,
}

impl ProblemFile {
    /// An error at a key of this file, for what only a later layer can see.
    pub fn error(
        &self,
        key: &str,
        found: impl Into<String>,
        allowed: impl Into<String>,
        hint: impl Into<String>,
    ) -> ProblemError {
        ProblemError::at(&self.path, self.lines.get(key).copied(), Some(key), found, allowed, hint)
    }
}

/// Where a problem comes from.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Source {
    /// The paper, as `arXiv:2505.20172`.
    pub paper: String,
    /// The place in it.
    pub place: String,
}

/// `data`.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// No data: the model is a function of the weights alone.
    None,
    /// CSV files beside the problem.
    Csv {
        /// `inputs`: one column a feature.
        inputs: PathBuf,
        /// `targets`: a column `y`.
        targets: PathBuf,
        /// `test-inputs`, `test-targets`: the test set.
        test: Option<(PathBuf, PathBuf)>,
        /// `input-scale`: every input is multiplied by it.
        input_scale: f64,
    },
    /// A seeded generator by name, `data = { kind = "…", … }`.
    Teacher(Section),
}

/// An inline table `{ kind = "…", … }` whose keys are checked by the layer that knows the kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Its place in the file, as `model`.
    pub name: &'static str,
    /// The value of `kind`.
    pub kind: String,
    /// The line of `kind` in the file, from 1.
    pub line: usize,
    /// The other keys in file order.
    pub entries: Vec<(String, Raw, usize)>,
}

/// A value as it stands in the file.
#[derive(Debug, Clone, PartialEq)]
pub enum Raw {
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// true or false.
    Flag(bool),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Raw>),
    /// A table, keys in file order.
    Table(Vec<(String, Raw)>),
}

/// What M is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manifold {
    /// `"zero-loss"`: where the residuals vanish.
    ZeroLoss,
    /// `"critical-points"`: where ∇F vanishes.
    CriticalPoints,
}

/// The factor f in F = f‖r‖².
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Factor {
    /// A fixed number: `"1/4"`, `"1/2"`, `"1"`.
    Fixed(f64),
    /// A number divided by the number of residuals: `"1/2n"`, `"1/n"`.
    PerSample(f64),
}

impl Factor {
    /// c in F = ½c‖r‖² for n residuals.
    pub fn c(self, samples: usize) -> f64 {
        match self {
            Factor::Fixed(f) => 2.0 * f,
            Factor::PerSample(f) => 2.0 * f / samples as f64,
        }
    }
}

/// `init`: the start w₀.
#[derive(Debug, Clone, PartialEq)]
pub enum Init {
    /// Independent N(0, scale²) weights from the stream `init`.
    Normal {
        /// Standard deviation.
        scale: f64,
    },
    /// A CSV file with a column `w`.
    File(PathBuf),
    /// The weights themselves.
    Values(Vec<f64>),
}
