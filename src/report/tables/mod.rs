//! Tables, and four ways to write one down.

mod comma_separated;
mod html;
mod latex;
mod ledger;
mod markdown;
mod points;
mod provenance;
mod rates;

pub use comma_separated::csv;
pub use html::{html, raised};
pub use latex::{document as latex_document, latex};
pub use ledger::{exceptions, ledger, tally};
pub use markdown::markdown;
pub use points::{points, predictions};
pub use provenance::provenance;
pub use rates::{checks, orders, rates, work};

use super::plot::Label;

/// The caption of the checks.
pub const JUDGED: &str = "What was judged";
/// The caption of the assumptions.
pub const ASSUMED: &str = "What the theorem asks for, and what was found";

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Its name in file names and labels: lower case, digits and hyphens.
    pub id: String,
    /// The title of the run it is of, the text of others; empty where there is none. A page has it elsewhere.
    pub of: String,
    /// One line above it.
    pub caption: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, each as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// The caption with what it is of, for a table on its own.
    pub fn full_caption(&self) -> String {
        if self.of.is_empty() { self.caption.clone() } else { format!("{}: {}", self.of, self.caption) }
    }

    /// The same with the columns of these keys alone.
    pub fn only(self, keys: &[&str]) -> Table {
        let kept: Vec<bool> = self.columns.iter().map(|column| keys.contains(&column.key)).collect();
        let few = |row: Vec<Cell>| row.into_iter().zip(&kept).filter(|(_, kept)| **kept).map(|(cell, _)| cell).collect();
        let rows = self.rows.into_iter().map(few).collect();
        let columns = self.columns.into_iter().zip(&kept).filter(|(_, kept)| **kept).map(|(column, _)| column).collect();
        Table { columns, rows, ..self }
    }
}

/// The head of a column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// What people read.
    pub head: Label,
    /// Its name in CSV files, as in the contract.
    pub key: &'static str,
    /// Whether it holds numbers.
    pub numeric: bool,
}

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing is known.
    Absent,
    /// Text, possibly of others.
    Text(String),
    /// A number and how many of its digits are known.
    Number {
        /// The number.
        value: f64,
        /// Significant digits to show.
        digits: usize,
        /// Always with an exponent.
        scientific: bool,
    },
    /// A whole number.
    Count(u64),
}

impl Cell {
    /// A number where there is one.
    pub fn number(value: Option<f64>, digits: usize) -> Cell {
        value.map_or(Cell::Absent, |value| Cell::Number { value, digits, scientific: false })
    }

    /// A number with an exponent where there is one.
    pub fn scientific(value: Option<f64>, digits: usize) -> Cell {
        value.map_or(Cell::Absent, |value| Cell::Number { value, digits, scientific: true })
    }

    /// A whole number where there is one.
    pub fn count(value: Option<u64>) -> Cell {
        value.map_or(Cell::Absent, Cell::Count)
    }

    /// As people read it, in ASCII; empty where nothing is known.
    pub fn shown(&self) -> String {
        match self {
            Cell::Absent => String::new(),
            Cell::Text(text) => text.clone(),
            Cell::Number { value, digits, scientific: true } => super::number::scientific(*value, *digits),
            Cell::Number { value, digits, .. } => super::number::plain(*value, *digits),
            Cell::Count(n) => n.to_string(),
        }
    }
}

impl Column {
    /// A column of numbers, its head in markup.
    pub fn numbers(key: &'static str, head: &str) -> Column {
        Column { head: Label::markup(head), key, numeric: true }
    }

    /// A column of text.
    pub fn text(key: &'static str, head: &str) -> Column {
        Column { head: Label::markup(head), key, numeric: false }
    }
}
