//! A results directory as types: `summary.json` and the CSV files of the contract, each only if it is there.

mod directory;
mod paths;
mod scan;
mod table;

pub use directory::{Run, RunDirectory};
pub use paths::Paths;
pub use table::Table;
