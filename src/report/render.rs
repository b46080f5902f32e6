//! Results directories in, files out.

use std::path::{Path, PathBuf};

use super::figure::{figures, margins};
use super::plot::{Chart, layout, pdf, pgfplots, svg};
use super::read::{Run, RunDirectory};
use super::tables::{self, ASSUMED, JUDGED, Table};
use super::{ReportError, page, words};
use crate::claim::Ledger;

/// What a report is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One self-contained page.
    Html,
    /// Tables for a paper: booktabs and siunitx.
    Latex,
    /// Tables and sentences in Markdown.
    Markdown,
    /// Tables as CSV.
    Csv,
    /// Figures as SVG.
    Svg,
    /// Figures as PDF.
    Pdf,
    /// Figures as PGFPlots source with the data beside.
    Pgfplots,
}

impl Format {
    /// All of them with their names on the command line.
    pub const ALL: [(Format, &'static str); 7] = [
        (Format::Html, "html"),
        (Format::Latex, "latex"),
        (Format::Markdown, "markdown"),
        (Format::Csv, "csv"),
        (Format::Svg, "svg"),
        (Format::Pdf, "pdf"),
        (Format::Pgfplots, "pgfplots"),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Format::ALL.iter().find(|f| f.0 == self).map_or("", |f| f.1)
    }
}

/// Reads results directories and writes them in one format; the files written, in order.
///
/// `out` is a file for `html` and `markdown` (default `report.html`, `report.md` in the first directory) and a directory for
/// the others (default `report` in the first directory). A single directory with a `ledger.json` is a ledger,
/// written to `results/ledger.html` and the like. Nothing is written before everything has been read.
pub fn render(directories: &[PathBuf], format: Format, out: Option<&Path>) -> Result<Vec<PathBuf>, ReportError> {
    render_only(directories, format, out, &[])
}

/// The same for the figures or tables of these names alone, as their files have them; all of them where `only` is empty, and
/// always of a page.
pub fn render_only(
    directories: &[PathBuf],
    format: Format,
    out: Option<&Path>,
    only: &[String],
) -> Result<Vec<PathBuf>, ReportError> {
    if let [folder] = directories
        && !folder.join("summary.json").exists()
        && folder.join("ledger.json").exists()
    {
        return save(ledger(&Ledger::open(folder)?, format, out), format);
    }
    let runs: Vec<Run> = directories.iter().map(RunDirectory::open).collect::<Result<_, _>>()?;
    let Some(first) = runs.first() else {
        let hint = "name a directory that `slowflow verify` wrote".into();
        return Err(ReportError::Nothing { format: format.name(), reason: "no directory is named".into(), hint });
    };
    let default = |name: &str| out.map_or_else(|| first.directory.join(name), Path::to_path_buf);
    let files: Vec<(PathBuf, Vec<u8>)> = match format {
        Format::Html => vec![(default("report.html"), page::html(&runs).into_bytes())],
        Format::Markdown => vec![(default("report.md"), markdown(&runs).into_bytes())],
        _ => {
            let folder = default("report");
            parts(&runs, format, only)?.into_iter().map(|(name, content)| (folder.join(name), content)).collect()
        }
    };
    save(files, format)
}

/// Writes all files, or says that there is nothing to write.
fn save(files: Vec<(PathBuf, Vec<u8>)>, format: Format) -> Result<Vec<PathBuf>, ReportError> {
    if files.is_empty() {
        let hint = "run `slowflow verify` again: it writes what the figures need".into();
        return Err(ReportError::Nothing {
            format: format.name(),
            reason: "the directories hold no numbers for a figure".into(),
            hint,
        });
    }
    for (path, content) in &files {
        if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|e| ReportError::unwritable(folder, &e))?;
        }
        std::fs::write(path, content).map_err(|e| ReportError::unwritable(path, &e))?;
    }
    Ok(files.into_iter().map(|f| f.0).collect())
}

/// The ledger of `validate` in one format.
fn ledger(ledger: &Ledger, format: Format, out: Option<&Path>) -> Vec<(PathBuf, Vec<u8>)> {
    // the folder of the claims is source, not a place for results
    let default = |name: &str| out.map_or_else(|| Path::new("results").join(name), Path::to_path_buf);
    let all = [tables::ledger(ledger), tables::tally(ledger)];
    let mut parts = Vec::new();
    match format {
        Format::Html => return vec![(default("ledger.html"), page::ledger(ledger).into_bytes())],
        Format::Markdown => {
            let text: Vec<String> = all.iter().map(tables::markdown).collect();
            let text = format!("# Claims\n\n{}\n\n{}", words::ledger_sentence(ledger), text.join("\n"));
            return vec![(default("ledger.md"), text.into_bytes())];
        }
        Format::Csv => all.iter().for_each(|t| parts.push((format!("{}.csv", t.id), tables::csv(t).into_bytes()))),
        Format::Latex => {
            all.iter().for_each(|t| parts.push((format!("{}.tex", t.id), tables::latex(t).into_bytes())));
            include(&mut parts, "all-tables.tex", tables::latex_document);
        }
        _ => {
            margins(ledger).iter().for_each(|chart| drawn(chart, "", format, &mut parts));
            if format == Format::Pgfplots {
                include(&mut parts, "all-figures.tex", pgfplots::document);
            }
        }
    }
    parts.into_iter().map(|(name, content)| (default("report").join(name), content)).collect()
}

/// Adds the document that includes all TeX sources before it.
fn include(files: &mut Vec<(String, Vec<u8>)>, name: &str, document: fn(&[String]) -> String) {
    let names: Vec<String> = files.iter().map(|f| f.0.clone()).filter(|n| n.ends_with(".tex")).collect();
    if !names.is_empty() {
        files.push((name.into(), document(&names).into_bytes()));
    }
}

/// The tables of a run that have rows.
fn all_tables(run: &Run) -> Vec<Table> {
    let s = &run.summary;
    let all = [
        tables::rates(run),
        tables::orders(run),
        tables::predictions(run),
        tables::points(run),
        tables::checks(run, "checks", JUDGED, &s.checks),
        tables::checks(run, "assumptions", ASSUMED, &s.assumptions),
        tables::work(run),
    ];
    all.into_iter().filter(|t| !t.rows.is_empty()).collect()
}

/// The files of all runs that are wanted: (name, content).
fn parts(runs: &[Run], format: Format, only: &[String]) -> Result<Vec<(String, Vec<u8>)>, ReportError> {
    let (mut files, mut known) = (Vec::new(), Vec::new());
    let mut wanted = |name: &str| {
        known.push(name.to_string());
        only.is_empty() || only.iter().any(|o| o == name)
    };
    for (k, run) in runs.iter().enumerate() {
        let prefix = if runs.len() > 1 { format!("run{}-", k + 1) } else { String::new() };
        match format {
            Format::Latex | Format::Csv => {
                for table in all_tables(run).into_iter().filter(|t| wanted(&t.id)) {
                    let table = Table { id: format!("{prefix}{}", table.id), ..table };
                    let (ending, text) =
                        if format == Format::Csv { ("csv", tables::csv(&table)) } else { ("tex", tables::latex(&table)) };
                    files.push((format!("{}.{ending}", table.id), text.into_bytes()));
                }
            }
            _ => figures(run).iter().filter(|c| wanted(c.id)).for_each(|chart| drawn(chart, &prefix, format, &mut files)),
        }
    }
    if let Some(name) = only.iter().find(|o| !known.contains(o)) {
        known.dedup();
        let reason = format!("there is no `{name}`");
        return Err(ReportError::Nothing { format: format.name(), reason, hint: format!("there are {}", known.join(", ")) });
    }
    match format {
        Format::Latex => include(&mut files, "all-tables.tex", tables::latex_document),
        Format::Pgfplots => include(&mut files, "all-figures.tex", pgfplots::document),
        _ => {}
    }
    Ok(files)
}

fn drawn(chart: &Chart, prefix: &str, format: Format, files: &mut Vec<(String, Vec<u8>)>) {
    let name = format!("{prefix}{}", chart.id);
    match format {
        Format::Svg => {
            let across = chart.x.label.plain();
            let words = svg::Words { id: &name, title: &chart.title, description: &chart.caption, across: &across };
            files.push((format!("{name}.svg"), svg::file(&layout::layout(chart), &words).into_bytes()));
        }
        Format::Pdf => files.push((format!("{name}.pdf"), pdf::file(&layout::layout(chart), &chart.title))),
        _ => {
            let (source, data) = pgfplots::file(chart, &name);
            files.push((format!("{name}.tex"), source.into_bytes()));
            files.extend(data.into_iter().map(|(n, text)| (n, text.into_bytes())));
        }
    }
}

fn markdown(runs: &[Run]) -> String {
    use super::escape::markdown as clean;
    let mut out = String::new();
    for run in runs {
        out.push_str(&format!(
            "# {}\n\n**{}** {}\n\n",
            clean(&run.title()),
            words::Verdict::of(&run.summary.checks).badge(),
            clean(&words::verdict(run))
        ));
        for table in all_tables(run) {
            out.push_str(&tables::markdown(&table));
            out.push('\n');
        }
        out.push_str("What limits the table:\n\n");
        for limit in words::limits(&run.summary) {
            out.push_str(&format!("- {}\n", clean(&limit)));
        }
        out.push('\n');
        out.push_str(&tables::markdown(&tables::provenance(run)));
        out.push('\n');
    }
    out
}
