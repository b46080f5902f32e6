//! Wiring: a problem file becomes a set-up, a set-up becomes a verified rate table. `tracking.rs` is the walk.

mod analysis;
mod assumptions;
mod checks;
mod grid;
mod known;
mod methods;
mod predictions;
mod preview;
mod rows;
mod setup;
mod tracking;

pub use analysis::{Analysis, Constant, Scope, analyse};
pub use assumptions::assumptions;
pub use checks::{Check, Verdict};
pub use grid::Grid;
pub use methods::{Pair, pair};
pub use predictions::{Level, Predicted};
pub use preview::{Preview, preview};
pub use setup::{Setup, SetupError};
pub use tracking::{Limit, Options, Progress, SlowPoint, TrackError, Tracked, track};
