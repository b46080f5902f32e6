//! What a run leaves behind: files for programs, tables for people.

mod files;
mod summary;
mod table;

pub use files::{FilesError, check_folder, write};
pub use summary::{SCHEMA, Summary, summary};
pub use table::table;
