use super::{Cell, Table};
use crate::report::plot::label::{Label, Setting};
use crate::report::{escape, number};

/// Columns of longer texts than this get more room.
const LONG: usize = 40;

/// A table of a page, in a box of its own that scrolls where it is too wide. Each number holds its exact value.
pub fn html(table: &Table) -> String {
    let mut out =
        format!("<div class=\"scroll\" tabindex=\"0\"><table><caption>{}</caption><thead><tr>", escape::html(&table.caption));
    for column in &table.columns {
        let class = if column.numeric { " class=\"n\"" } else { "" };
        out.push_str(&format!("<th scope=\"col\"{class}>{}</th>", head(&column.head)));
    }
    out.push_str("</tr></thead><tbody>");
    let wordy = |k: usize| table.rows.iter().any(|r| matches!(&r[k], Cell::Text(t) if t.chars().count() > LONG));
    let long: Vec<bool> = (0..table.columns.len()).map(wordy).collect();
    for row in &table.rows {
        let dim = row.iter().any(|c| matches!(c, Cell::Text(t) if t.contains("solver")));
        out.push_str(if dim { "<tr class=\"dim\">" } else { "<tr>" });
        for ((cell, column), long) in row.iter().zip(&table.columns).zip(&long) {
            let class = match (column.numeric, long) {
                (true, _) => " class=\"n\"",
                (_, true) => " class=\"long\"",
                _ => "",
            };
            let typeset = match cell {
                // our own sentences and limits, in which numbers stand as in the contract
                Cell::Text(text) if ["limit", "why"].contains(&column.key) => &Cell::Text(number::typeset(text)),
                cell => cell,
            };
            out.push_str(&format!("<td{class}>{}</td>", content(typeset)));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>");
    out
}

fn content(cell: &Cell) -> String {
    match cell {
        Cell::Absent => "<span class=\"none\">–</span>".into(),
        Cell::Text(text) if ["holds", "fails", "not-run", "limited-by-solver"].contains(&text.as_str()) => {
            let sign = match text.as_str() {
                "holds" => "✓",
                "fails" => "✗",
                _ => "○",
            };
            format!("<span class=\"v-{text}\">{sign} {text}</span>")
        }
        Cell::Text(text) => raised(&escape::html(text)),
        Cell::Number { value, .. } => number::html(*value, &cell.shown()),
        Cell::Count(n) => number::html(*n as f64, &n.to_string()),
    }
}

/// The indices of our own sentences, as in `w^λ`, set as such.
pub fn raised(escaped: &str) -> String {
    let all = [
        ("w^λ", "w<sup>λ</sup>"),
        ("w^fast", "w<sup>fast</sup>"),
        ("e^{−2λt}", "e<sup>−2λt</sup>"),
        ("t_mem", "t<sub>mem</sub>"),
        ("t_grok", "t<sub>grok</sub>"),
    ];
    all.iter().fold(escaped.to_string(), |text, (from, to)| text.replace(from, to))
}

/// A label in HTML.
pub fn head(label: &Label) -> String {
    let piece = |(setting, text): &(Setting, String)| {
        let text = escape::html(text);
        match setting {
            Setting::Super => format!("<sup>{text}</sup>"),
            Setting::Sub => format!("<sub>{text}</sub>"),
            Setting::Italic => format!("<i>{text}</i>"),
            Setting::Upright => text,
        }
    };
    label.0.iter().map(piece).collect()
}
