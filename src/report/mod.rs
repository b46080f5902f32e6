//! What a run leaves behind: files for programs, and for people one self-contained page, tables and figures for a paper.
//!
//! Writing: `summary.json` ([`mod@summary`]) and the CSV files beside it ([`write()`]), the table on a terminal ([`table()`]).
//! Showing, from a results directory alone: reading ([`read`]) knows the files of the contract; [`figure`] and [`tables`]
//! decide what is shown; [`plot`] lays out a figure once and writes it as SVG, PDF or PGFPlots; [`page`] puts all of it on
//! one page; [`render()`] writes files.

mod analysis;
mod analysis_text;
mod error;
mod escape;
mod files;
mod json;
mod number;
mod plane;
mod probes;
mod reached;
mod render;
mod summarise;
mod table;
mod tex;

pub mod figure;
pub mod page;
pub mod plot;
pub mod read;
pub mod summary;
pub mod tables;
pub mod words;

pub use analysis::analysis_document;
pub use analysis_text::analysis_text;
pub use error::{Malformed, ReportError};
pub use files::{FilesError, check_folder, write};
pub use reached::write_reached;
pub use render::{Format, render, render_only};
pub use summarise::summary;
pub use summary::{SCHEMA, Summary};
pub use table::table;
