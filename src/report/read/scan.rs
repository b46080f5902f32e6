//! One pass over a CSV file of numbers, one line in memory: a file with 1000 weight columns may be larger than the memory.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use crate::report::{Malformed, ReportError};

/// An open CSV file whose header has been read.
pub struct Scan {
    path: PathBuf,
    reader: BufReader<File>,
    line: usize,
    buffer: Vec<u8>,
    /// The column names, in file order.
    pub names: Vec<String>,
}

impl Scan {
    /// Opens a file and reads its header line.
    pub fn open(path: &Path) -> Result<Scan, ReportError> {
        let file = File::open(path).map_err(|e| ReportError::unreadable(path, &e))?;
        let mut scan = Scan {
            path: path.into(),
            reader: BufReader::with_capacity(1 << 18, file),
            line: 0,
            buffer: Vec::new(),
            names: Vec::new(),
        };
        match scan.next_line()? {
            Some(header) => scan.names = split_header(&header),
            None => return Err(scan.malformed("the header", "an empty file", "a line with the column names")),
        }
        Ok(scan)
    }

    /// The fields of the next row, of which only those below `wanted` are looked at; the number of all fields is checked.
    pub fn row(&mut self, wanted: usize, out: &mut Vec<f64>) -> Result<bool, ReportError> {
        let Some(text) = self.next_line()? else { return Ok(false) };
        let found = text.bytes().filter(|b| *b == b',').count() + 1;
        if found != self.names.len() {
            let allowed = format!("{} fields, as the header has", self.names.len());
            return Err(self.malformed("the row", &format!("{found} fields"), &allowed));
        }
        out.clear();
        for (column, field) in text.split(',').take(wanted).enumerate() {
            out.push(self.number(column, field.trim())?);
        }
        Ok(true)
    }

    /// A number, or NaN for an absent one.
    fn number(&self, column: usize, field: &str) -> Result<f64, ReportError> {
        if field.is_empty() {
            return Ok(f64::NAN);
        }
        match field.parse::<f64>() {
            Ok(x) if x.is_finite() => Ok(x),
            _ => {
                let shown: String = field.chars().take(40).collect();
                let place = format!("column `{}`", self.names[column].chars().take(60).collect::<String>());
                Err(self.malformed(&place, &format!("`{shown}`"), "a finite number, or nothing where it is absent"))
            }
        }
    }

    fn next_line(&mut self) -> Result<Option<String>, ReportError> {
        loop {
            self.buffer.clear();
            let read = self.reader.read_until(b'\n', &mut self.buffer).map_err(|e| ReportError::unreadable(&self.path, &e))?;
            if read == 0 {
                return Ok(None);
            }
            self.line += 1;
            let Ok(text) = std::str::from_utf8(&self.buffer) else {
                return Err(self.malformed("the line", "bytes that are no UTF-8", "text in UTF-8"));
            };
            let text = text.trim_end_matches(['\n', '\r']);
            if !text.is_empty() {
                return Ok(Some(text.to_string()));
            }
        }
    }

    fn malformed(&self, place: &str, found: &str, allowed: &str) -> ReportError {
        ReportError::Malformed(Box::new(Malformed {
            path: self.path.clone(),
            line: (self.line > 0).then_some(self.line),
            place: place.into(),
            found: found.into(),
            allowed: allowed.into(),
            hint: "run the command again that wrote the directory; the files are read as it writes them".into(),
        }))
    }
}

/// A header line with quoted names taken apart.
fn split_header(line: &str) -> Vec<String> {
    let (mut names, mut name, mut quoted) = (Vec::new(), String::new(), false);
    let mut rest = line.trim_start_matches('\u{FEFF}').chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' if quoted && rest.peek() == Some(&'"') => {
                rest.next();
                name.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => names.push(std::mem::take(&mut name)),
            _ => name.push(c),
        }
    }
    names.push(name);
    names
}

#[cfg(test)]
mod tests {
    use super::split_header;

    #[test]
    fn a_quoted_name_may_hold_a_comma_and_a_quote() {
        assert_eq!(split_header("t,\"a,\"\"b\"\"\",c"), ["t", "a,\"b\"", "c"]);
    }
}
