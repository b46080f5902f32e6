use super::{Cell, Table};
use crate::report::escape;
use crate::report::plot::label::{Label, Setting};

/// A table of GitHub's Markdown under its caption in bold.
pub fn markdown(table: &Table) -> String {
    let mut out = format!("**{}**\n\n|", escape::markdown(&table.full_caption()));
    for column in &table.columns {
        out.push_str(&format!(" {} |", head(&column.head)));
    }
    out.push_str("\n|");
    for column in &table.columns {
        out.push_str(if column.numeric { " ---: |" } else { " --- |" });
    }
    out.push('\n');
    for row in &table.rows {
        out.push('|');
        for cell in row {
            let text = if let Cell::Text(text) = cell { escape::markdown(text) } else { cell.shown() };
            out.push_str(&format!(" {text} |"));
        }
        out.push('\n');
    }
    out
}

fn head(label: &Label) -> String {
    let piece = |(setting, text): &(Setting, String)| match setting {
        Setting::Super => format!("<sup>{}</sup>", escape::markdown(text)),
        Setting::Sub => format!("<sub>{}</sub>", escape::markdown(text)),
        Setting::Italic => format!("*{}*", escape::markdown(text)),
        Setting::Upright => escape::markdown(text),
    };
    label.0.iter().map(piece).collect()
}
