//! Wiring: a problem file becomes a set-up, a set-up becomes a verified rate table. `tracking.rs` is the walk.
//!
//! ```
//! use std::path::Path;
//! use slowflow::experiment::{Options, Setup, Verdict, pair, track};
//! use slowflow::problem::ProblemFile;
//!
//! let text = r#"
//!     title = "uv = 1"
//!     model = { kind = "expression", weights = ["u", "v"], residuals = ["u*v - 1"] }
//!     loss = { criterion = "square", factor = "1/2" }
//!     init = { values = [2.0, 0.3] }
//!     lambda = [1e-3, 1e-4, 1e-5]
//!     window = { slow-time = [0.5, 1.0, 2.0], fast-time = 10.0 }
//!     tolerance = { rtol = 1e-10, atol = 1e-12 }
//! "#;
//! let setup = Setup::new(ProblemFile::parse(text, Path::new("here.toml"))?)?; // or `ProblemFile::read`
//! let (reported, companion) = pair(&setup)?;
//! let options = Options { reported: &*reported, companion: &*companion, level: None, progress: &|_| {} };
//! let tracked = track(&setup, &options)?;
//! for row in &tracked.rows {
//!     if let Some(gap) = &row.slow {
//!         println!("λ {:e}: sup|w^λ − w°| = {:.4e} ± {:.0e}", row.lambda, gap.value, gap.error);
//!     }
//! }
//! assert!(tracked.checks.iter().any(|check| check.name == "slow-order" && check.verdict == Verdict::Holds));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`crate::report::write()`] writes the files of such a run, [`crate::report::table()`] prints its table.

mod accuracy;
mod analysis;
mod assumptions;
mod checks;
mod decimals;
mod grid;
mod known;
mod limit;
mod methods;
mod predictions;
mod preview;
mod rows;
mod setup;
mod tracking;

pub use accuracy::{SpectrumError, loss as loss_error};
pub use analysis::{Analysis, Constant, STAGES, Scope, analyse};
pub use assumptions::assumptions;
pub use checks::{Check, Verdict};
pub use decimals::fixed;
pub use grid::Grid;
pub use limit::{Continued, Least, Limit, Reached};
pub use methods::{Pair, pair};
pub use predictions::{Level, Predicted};
pub use preview::{Preview, preview};
pub use setup::{Setup, SetupError};
pub use tracking::{Options, Progress, SlowPoint, TrackError, Tracked, track};
