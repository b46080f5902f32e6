//! The columns of one CSV file that are not weights, thinned so that a picture of them loses nothing.

use std::path::{Path, PathBuf};

use super::scan::Scan;
use crate::report::ReportError;
use crate::report::plot::thin;

/// Rows kept of a file: pictures are narrower than this many pixels.
const COLUMNS: usize = 480;

/// A table of numbers; NaN stands for an absent one.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The file.
    pub path: PathBuf,
    /// The columns that are not weights, in file order.
    pub names: Vec<String>,
    /// Their values, one vector a column, all of the same length.
    pub columns: Vec<Vec<f64>>,
    /// Rows of the file, of which `columns` may hold fewer.
    pub rows: usize,
}

impl Table {
    /// Reads a file: the columns of weights are passed over, the rows of the others thinned.
    pub fn read(path: &Path) -> Result<Table, ReportError> {
        let mut scan = Scan::open(path)?;
        let shown: Vec<usize> = (0..scan.names.len()).filter(|k| !is_weight(&scan.names[*k])).collect();
        let names: Vec<String> = shown.iter().map(|k| scan.names[*k].clone()).collect();
        let end = shown.last().map_or(0, |k| k + 1);
        let mut columns = vec![Vec::new(); names.len()];
        let (mut row, mut rows) = (Vec::new(), 0);
        while scan.row(end, &mut row)? {
            for (column, k) in columns.iter_mut().zip(&shown) {
                column.push(row[*k]);
            }
            rows += 1;
        }
        let keep = thin::rows(&columns, COLUMNS);
        for column in &mut columns {
            *column = keep.iter().map(|k| column[*k]).collect();
        }
        Ok(Table { path: path.into(), names, columns, rows })
    }

    /// A column by name, if any of its numbers is present.
    pub fn column(&self, name: &str) -> Option<&[f64]> {
        let k = self.names.iter().position(|n| n == name)?;
        self.columns[k].iter().any(|x| x.is_finite()).then_some(&self.columns[k])
    }

    /// Pairs of two columns where both are present.
    pub fn pairs(&self, x: &str, y: &str) -> Vec<(f64, f64)> {
        match (self.column(x), self.column(y)) {
            (Some(x), Some(y)) => {
                x.iter().copied().zip(y.iter().copied()).filter(|(a, b)| a.is_finite() && b.is_finite()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Smallest and largest number of a column.
    pub fn range(&self, name: &str) -> Option<(f64, f64)> {
        let values = self.column(name)?.iter().copied().filter(|x| x.is_finite());
        values.fold(None, |r, x| match r {
            None => Some((x, x)),
            Some((a, b)) => Some((f64::min(a, x), f64::max(b, x))),
        })
    }
}

/// `w_0`, `w_1`, …
fn is_weight(name: &str) -> bool {
    name.strip_prefix("w_").is_some_and(|k| !k.is_empty() && k.bytes().all(|b| b.is_ascii_digit()))
}
