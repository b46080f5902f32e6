//! A results directory as types: `summary.json` and the CSV files of the contract, each only if it is there.

mod directory;
mod ledger;
mod plane;
mod scan;
pub mod summary;
mod table;
mod weights;

pub use directory::{Run, RunDirectory};
pub use ledger::{Claim, Ledger};
pub use plane::Plane;
pub use table::Table;
pub use weights::Weights;
