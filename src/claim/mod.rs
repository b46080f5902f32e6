//! Claims: a claim file is read, what it names is measured, and the value is judged.
//!
//! `validation/<paper>/<id>-<name>.toml` says in words what is claimed, by whom, on which problem, which number decides and
//! which values it may take; the number is one of the [`quantity::QUANTITIES`], computed with its numerical error. The
//! verdicts of all claims are the ledger.

mod bench;
mod error;
mod expected;
mod file;
mod folder;
pub mod keys;
mod ledger;
pub mod quantity;
mod run;

pub use bench::{Bench, Measured};
pub use error::MeasureError;
pub use expected::Expected;
pub use file::{ClaimFile, Experiment, Tier};
pub use folder::{below, same_ids};
pub use ledger::{Entry, Ledger, LedgerError};
pub use run::{Outcome, run};
