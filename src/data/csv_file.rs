//! The one place that names the `csv` crate: numbers from CSV files, every refusal with its line and column.
//!
//! A header line names the columns; cells are separated by commas. A byte-order mark, CRLF, blank lines, quotes and
//! blanks around a cell are accepted; a missing or superfluous cell, text, NaN and infinities are not.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder, StringRecord, Trim};

use super::memory;
use crate::numeric::{Matrix, Vector};
use crate::problem::{ProblemError, did_you_mean};

/// A table of numbers with its header.
#[derive(Debug, Clone, PartialEq)]
pub struct CsvTable {
    /// One name a column.
    pub names: Vec<String>,
    /// Rows × columns.
    pub values: Matrix,
}

const CELL: &str = "a finite number in every cell";

/// All columns of a file as numbers.
///
/// Errors: a file that cannot be read or is empty, no rows, a header that is missing, blank or duplicated, rows of
/// different lengths, a cell that is no finite number, rows × columns × 8 bytes above `limit` (before they are allocated).
pub fn table(path: &Path, limit: u64) -> Result<CsvTable, ProblemError> {
    let (names, mut reader) = open(path)?;
    let (rows, width) = (count(path)?, names.len());
    if let Err((found, allowed)) = memory::check(rows, width as u64, limit) {
        return Err(refuse(path, None, None, found, allowed, "use fewer samples or features"));
    }
    let mut values = Vec::with_capacity(rows as usize * width);
    each(path, &mut reader, width, |row, record| {
        for (cell, name) in record.iter().zip(&names) {
            values.push(number(path, row, name, cell)?);
        }
        Ok(())
    })?;
    let rows = values.len() / width;
    if rows == 0 {
        return Err(no_rows(path));
    }
    Ok(CsvTable { names, values: Matrix::from_row_slice(rows, width, &values) })
}

/// One column of a file as numbers; the others are not looked at.
///
/// Errors: those of [`table`], and a column that is not there.
pub fn column(path: &Path, name: &str, limit: u64) -> Result<Vector, ProblemError> {
    let (names, mut reader) = open(path)?;
    let Some(index) = names.iter().position(|known| known == name) else {
        let found = format!("columns {}", shortened(&names));
        let hint = did_you_mean(name, names.iter().map(String::as_str));
        let hint = if hint.starts_with("did") { format!("rename `{}`", &hint[14..hint.len() - 2]) } else { hint };
        return Err(refuse(path, Some(1), None, found, format!("a column `{name}`"), hint));
    };
    if let Err((found, allowed)) = memory::check(count(path)?, 1, limit) {
        return Err(refuse(path, None, None, found, allowed, "use fewer rows"));
    }
    let mut values = Vec::new();
    each(path, &mut reader, names.len(), |row, record| {
        values.push(number(path, row, name, record.get(index).unwrap_or(""))?);
        Ok(())
    })?;
    if values.is_empty() { Err(no_rows(path)) } else { Ok(Vector::from_vec(values)) }
}

fn refuse(
    path: &Path,
    line: Option<u64>,
    column: Option<&str>,
    found: impl Into<String>,
    allowed: impl Into<String>,
    hint: impl Into<String>,
) -> ProblemError {
    ProblemError::at(path, line.map(|line| line as usize), column, found, allowed, hint)
}

fn no_rows(path: &Path) -> ProblemError {
    refuse(path, Some(1), None, "a header and no rows", "at least one row of numbers", "add a row for each sample")
}

fn shortened(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(8).map(|name| format!("`{name}`")).collect();
    if names.len() > 8 { format!("{}, … ({} in all)", shown.join(", "), names.len()) } else { shown.join(", ") }
}

fn builder() -> ReaderBuilder {
    let mut builder = ReaderBuilder::new();
    builder.flexible(true).trim(Trim::All);
    builder
}

/// The checked header, and the reader behind it.
fn open(path: &Path) -> Result<(Vec<String>, Reader<File>), ProblemError> {
    let mut reader = builder().from_path(path).map_err(|error| broken(path, &error))?;
    let header = reader.headers().map_err(|error| broken(path, &error))?;
    let names: Vec<String> = header.iter().map(String::from).collect();
    let error = |column: Option<&str>, found: String, hint: &str| {
        Err(refuse(path, Some(1), column, found, "a header line: a different name for every column", hint))
    };
    if names.is_empty() {
        return error(None, "an empty file".into(), "the first line names the columns, the next ones hold numbers");
    }
    if names.iter().all(|name| name.parse::<f64>().is_ok()) {
        return error(None, format!("numbers: {}", shortened(&names)), "put a line with column names above the first row");
    }
    if let Some(name) = names.iter().find(|name| name.contains([';', '\t'])) {
        return error(None, format!("the column name {name:?}"), "separate cells by commas");
    }
    if let Some(k) = names.iter().position(String::is_empty) {
        return error(None, format!("no name for column {}", k + 1), "name every column");
    }
    let mut sorted: Vec<&String> = names.iter().collect();
    sorted.sort();
    if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        return error(Some(pair[0]), "the name of two columns".into(), "rename one of them");
    }
    Ok((names, reader))
}

/// The number of rows, without keeping them.
fn count(path: &Path) -> Result<u64, ProblemError> {
    let mut reader = builder().from_path(path).map_err(|error| broken(path, &error))?;
    let (mut record, mut rows) = (ByteRecord::new(), 0);
    while reader.read_byte_record(&mut record).map_err(|error| broken(path, &error))? {
        rows += 1;
    }
    Ok(rows)
}

/// Gives every row with its number from 0, after a check of its length.
fn each(
    path: &Path,
    reader: &mut Reader<File>,
    width: usize,
    mut take: impl FnMut(usize, &StringRecord) -> Result<(), ProblemError>,
) -> Result<(), ProblemError> {
    let (mut record, mut row) = (StringRecord::new(), 0);
    while reader.read_record(&mut record).map_err(|error| broken(path, &error))? {
        if record.len() != width {
            let (found, allowed) = (format!("a row of {} cells", record.len()), format!("{width} cells, as in the header"));
            let hint = "fill in or remove cells; decimal points, not decimal commas";
            return Err(refuse(path, line_of_row(path, row), None, found, allowed, hint));
        }
        take(row, &record)?;
        row += 1;
    }
    Ok(())
}

/// The line of a row, counted anew: the reader's own count is off after blank lines.
fn line_of_row(path: &Path, row: usize) -> Option<u64> {
    let lines = BufReader::new(File::open(path).ok()?).split(b'\n').map_while(Result::ok).enumerate();
    let mut written = lines.filter(|(_, line)| !matches!(line.as_slice(), b"" | b"\r"));
    written.nth(row + 1).map(|(k, _)| k as u64 + 1)
}

fn number(path: &Path, row: usize, column: &str, cell: &str) -> Result<f64, ProblemError> {
    let found = match cell.parse::<f64>() {
        Ok(x) if x.is_finite() => return Ok(x),
        Ok(x) => format!("the number {x}"),
        Err(_) if cell.is_empty() => "an empty cell".into(),
        Err(_) => format!("text {:?}", cell.chars().take(40).collect::<String>()),
    };
    Err(refuse(path, line_of_row(path, row), Some(column), found, CELL, "correct the cell, or leave the row out"))
}

/// An error of the file or of its encoding.
fn broken(path: &Path, error: &csv::Error) -> ProblemError {
    let line = error.position().and_then(|position| line_of_row(path, position.record().saturating_sub(1) as usize));
    let (found, hint) = match error.kind() {
        ErrorKind::Io(error) if error.kind() == std::io::ErrorKind::NotFound => ("no such file".into(), "check the name"),
        ErrorKind::Io(error) => (error.to_string(), "check that it is a readable file"),
        ErrorKind::Utf8 { .. } => ("bytes that are not UTF-8".into(), "save it as UTF-8 text"),
        _ => (error.to_string(), "check the file"),
    };
    refuse(path, line, None, found, "a CSV file of numbers in UTF-8 with a header line", hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(content: impl AsRef<[u8]>) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::with_suffix(".csv").unwrap();
        std::fs::write(&file, content).unwrap();
        file
    }

    #[test]
    fn marks_line_ends_quotes_and_blanks_make_no_difference() {
        let plain = table(file("a,b\n1,2.5\n-3e-2,4\n").path(), 1000).unwrap();
        assert_eq!(plain.names, ["a", "b"]);
        assert_eq!(plain.values, Matrix::from_row_slice(2, 2, &[1.0, 2.5, -3e-2, 4.0]));
        for same in ["\u{feff}a,b\r\n1,2.5\r\n-3e-2,4", "a, b\n 1 ,2.5\n\n-0.03,4.0\n", "\"a\",\"b\"\n\"1\",2.5\n-3e-2,4\n"] {
            assert_eq!(table(file(same).path(), 1000).unwrap(), plain, "{same:?}");
        }
        assert_eq!(column(file("a,y\ntext,1\n,2\n").path(), "y", 1000).unwrap(), Vector::from_vec(vec![1.0, 2.0]));
    }

    #[test]
    fn every_mistake_is_named_with_its_line() {
        for (content, parts) in [
            ("", ["an empty file", ":1:"]),
            ("a,b\n", ["no rows", ":1:"]),
            ("1,2\n3,4\n", ["numbers: `1`, `2`", ":1:"]),
            ("a,a\n1,2\n", ["`a`: the name of two columns", ":1:"]),
            ("a,\n1,2\n", ["no name for column 2", ":1:"]),
            ("a;b\n1;2\n", ["separate cells by commas", ":1:"]),
            ("a,b\n1,2\n3\n", ["a row of 1 cells", ":3:"]),
            ("a,b\n1,2\n3,4,5\n", ["a row of 3 cells", ":3:"]),
            ("a,b\n1,x2\n", ["`b`: text \"x2\"", ":2:"]),
            ("a,b\n\n\n1,\n", ["`b`: an empty cell", ":4:"]),
            ("a,b\r\n1,2\r\n\r\n1,z\r\n", ["`b`: text \"z\"", ":4:"]),
            ("a,b\n1,2\n1,NaN\n", ["`b`: the number NaN", ":3:"]),
            ("a,b\n1,2\ninf,2\n", ["`a`: the number inf", ":3:"]),
            ("a,b\n1,1e999\n", ["`b`: the number inf", ":2:"]),
        ] {
            let message = table(file(content).path(), 1000).unwrap_err().to_string();
            assert!(parts.iter().all(|part| message.contains(part)) && message.contains("hint: "), "{content:?}: {message}");
        }
        let encoded = table(file(b"a,b\n1,2\n1,\xff\n").path(), 1000).unwrap_err();
        assert!(encoded.found.contains("UTF-8") && encoded.line == Some(3), "{encoded}");
        assert!(table(Path::new("/nowhere/x.csv"), 1000).unwrap_err().found.contains("no such file"));
        assert!(column(file("x,Y\n1,2\n").path(), "y", 1000).unwrap_err().hint.contains("rename `Y`"));
    }

    #[test]
    fn the_size_is_predicted_before_anything_is_allocated() {
        let error = table(file("a,b\n1,2\n3,4\n").path(), 31).unwrap_err();
        assert_eq!(&*error.found, "32 bytes for 2 x 2 numbers of 8 bytes");
        assert!(table(file("a,b\n1,2\n3,4\n").path(), 32).is_ok());
    }
}
