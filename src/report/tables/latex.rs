use super::{Cell, Column, Table};
use crate::report::escape;
use crate::report::plot::pgfplots;

/// A floating table for `\input`: booktabs rules, numbers in siunitx `S` columns.
pub fn latex(table: &Table) -> String {
    let columns: Vec<String> = (0..table.columns.len()).map(|k| column(table, k)).collect();
    let head: Vec<String> = table.columns.iter().map(|c| format!("{{{}}}", pgfplots::label(&c.head))).collect();
    let mut out = format!(
        "% needs \\usepackage{{booktabs,siunitx,textcomp,graphicx}} and \\usepackage[T1]{{fontenc}}\n\\begin{{table}}[htbp]\n\\centering\n\
         \\caption{{{}}}\n\\label{{tab:{}}}\n\\footnotesize\\setlength{{\\tabcolsep}}{{4pt}}\n\\resizebox{{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}}{{!}}{{%\n\
         \\begin{{tabular}}{{{}}}\n\\toprule\n{} \\\\\n\\midrule\n",
        escape::latex(&table.full_caption()),
        table.id,
        columns.join(" "),
        head.join(" & ")
    );
    for row in &table.rows {
        let cells: Vec<String> = row.iter().zip(&table.columns).map(|(c, column)| cell(c, column)).collect();
        out.push_str(&format!("{} \\\\\n", cells.join(" & ")));
    }
    out.push_str("\\bottomrule\n\\end{tabular}}\n\\end{table}\n");
    out
}

/// A document that shows the tables of `files` as they are included.
pub fn document(files: &[String]) -> String {
    let mut out = String::from(
        "\\documentclass{article}\n\\usepackage[a4paper,margin=2cm]{geometry}\n\\usepackage[utf8]{inputenc}\n\
         \\usepackage[T1]{fontenc}\n\\usepackage{textcomp}\n\\usepackage{graphicx}\n\\usepackage{booktabs}\n\\usepackage{siunitx}\n\
         \\begin{document}\n",
    );
    for file in files {
        out.push_str(&format!("\\input{{{file}}}\n"));
    }
    out.push_str("\\end{document}\n");
    out
}

fn cell(cell: &Cell, column: &Column) -> String {
    match cell {
        Cell::Absent if column.numeric => "{--}".into(),
        Cell::Absent => "--".into(),
        Cell::Text(text) if column.numeric => format!("{{{}}}", escape::latex(text)),
        Cell::Text(text) => escape::latex(text),
        _ => cell.shown(),
    }
}

/// `S[table-format=1.4e-2]`: room for the widest number of the column.
fn column(table: &Table, k: usize) -> String {
    if !table.columns[k].numeric {
        let longest = table.rows.iter().map(|r| r[k].shown().chars().count()).max().unwrap_or(0);
        return if longest > 32 { "p{0.3\\linewidth}".into() } else { "l".into() };
    }
    let (mut whole, mut decimals, mut exponent, mut negative, mut negative_exponent) = (1, 0, 0, false, false);
    for row in &table.rows {
        if let Cell::Number { .. } | Cell::Count(_) = &row[k] {
            let shown = row[k].shown();
            let (mantissa, e) = shown.split_once('e').unwrap_or((&shown, ""));
            let (a, b) = mantissa.split_once('.').unwrap_or((mantissa, ""));
            negative |= a.starts_with('-');
            whole = whole.max(a.trim_start_matches('-').len());
            decimals = decimals.max(b.len());
            negative_exponent |= e.starts_with('-');
            exponent = exponent.max(e.trim_start_matches('-').len());
        }
    }
    let sign = if negative { "-" } else { "" };
    let decimals = if decimals > 0 { format!(".{decimals}") } else { String::new() };
    let power = match (exponent, negative_exponent) {
        (0, _) => String::new(),
        (n, true) => format!("e-{n}"),
        (n, false) => format!("e{n}"),
    };
    format!("S[table-format={sign}{whole}{decimals}{power}]")
}
