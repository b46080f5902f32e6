use super::{Cell, Table};
use crate::numeric::shortest;
use crate::report::escape;

/// Comma separated with the contract's column names. Numbers read back to the same `f64`; text never starts a formula.
pub fn csv(table: &Table) -> String {
    let mut out = table.columns.iter().map(|c| c.key).collect::<Vec<_>>().join(",");
    out.push('\n');
    for row in &table.rows {
        let cells: Vec<String> = row
            .iter()
            .map(|cell| match cell {
                Cell::Number { value, .. } => shortest::number(*value),
                Cell::Text(text) => escape::csv(text),
                other => other.shown(),
            })
            .collect();
        out.push_str(&cells.join(","));
        out.push('\n');
    }
    out
}
