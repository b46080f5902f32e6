//! `slowflow report`: results directories become a page, or tables and figures for a paper.

use super::arguments::{Report, Shape};
use super::{Ended, Output, Refused};
use crate::report::{Format, render_only};

/// Runs the command.
pub fn run(arguments: &Report, output: &mut Output) -> Result<Ended, Refused> {
    let format = match arguments.format {
        Shape::Html => Format::Html,
        Shape::Latex => Format::Latex,
        Shape::Markdown => Format::Markdown,
        Shape::Csv => Format::Csv,
        Shape::Svg => Format::Svg,
        Shape::Pdf => Format::Pdf,
        Shape::Pgfplots => Format::Pgfplots,
    };
    for path in render_only(&arguments.directories, format, arguments.out.as_deref(), &arguments.only)? {
        output.print(&format!("{}\n", path.display()))?;
    }
    Ok(Ended::Holds)
}
