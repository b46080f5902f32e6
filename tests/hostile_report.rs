//! Text that somebody else wrote, in every place of a report: it stays text.

mod sample_results;

use std::collections::BTreeSet;
use std::path::PathBuf;

use sample_results::written::{compile, directory, fields, open, written};
use sample_results::{Texts, hostile, markup};
use slowflow::report::plot::{Label, pgfplots};
use slowflow::report::read::Run;
use slowflow::report::summary::{Certificate, Check, Prediction, Row, Summary};
use slowflow::report::{Format, page};

/// 500 strings in every text field: the elements of page and figures stay exactly those of harmless texts.
#[test]
fn hostile_strings_stay_text() {
    let strings = hostile::strings();
    assert_eq!(strings.iter().collect::<BTreeSet<_>>().len(), 500);
    let names = |text: &str, what: &str| -> Vec<String> {
        let tags = markup::elements(text).unwrap_or_else(|e| panic!("{what}: {e}"));
        let allowed = [
            "html",
            "head",
            "meta",
            "link",
            "title",
            "style",
            "body",
            "main",
            "article",
            "header",
            "p",
            "h1",
            "h2",
            "strong",
            "div",
            "label",
            "input",
            "output",
            "script",
            "figure",
            "figcaption",
            "svg",
            "desc",
            "clipPath",
            "rect",
            "g",
            "path",
            "text",
            "tspan",
            "circle",
            "section",
            "table",
            "caption",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "data",
            "span",
            "sup",
            "sub",
            "i",
            "ul",
            "li",
            "pre",
            "code",
        ];
        for tag in &tags {
            assert!(allowed.contains(&tag.name.as_str()), "{what}: <{}>", tag.name);
            for (name, value) in &tag.attributes {
                assert!(
                    !name.starts_with("on") && name != "style" && name != "src" && name != "href" || value == "data:,",
                    "{what}: {name}"
                );
            }
        }
        tags.into_iter().map(|t| t.name).filter(|n| n != "tspan").collect()
    };
    let fixed = directory(&Texts::default());
    let mut run = open(fixed.path());
    fill(&mut run, "plain words");
    let expected = names(&page::html(std::slice::from_ref(&run)), "harmless");
    for s in &strings {
        fill(&mut run, s);
        let html = page::html(std::slice::from_ref(&run));
        let mut found = names(&html, s);
        // a mark on a clock or a path that a name alone decides may be missing, nothing may be added
        found.retain(|n| n != "path");
        let expected: Vec<&String> = expected.iter().filter(|n| *n != "path").collect();
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{s:?}");
        assert!(!html.contains('\0') && !html.contains('\u{202e}'), "{s:?}");
    }
}

/// One text in every text field.
fn fill(run: &mut Run, s: &str) {
    let summary = &mut run.summary;
    for field in [&mut summary.problem.title, &mut summary.problem.file, &mut summary.problem.hash, &mut summary.program.version]
    {
        *field = s.into();
    }
    for field in [&mut summary.problem.about, &mut summary.problem.source, &mut summary.program.commit] {
        *field = Some(s.into());
    }
    (summary.problem.model, summary.program.command, summary.program.features) = (s.into(), s.into(), vec![s.into()]);
    summary.program.name = s.into();
    summary.predictions.iter_mut().for_each(|p| p.quantity = s.into());
    summary.rows.iter_mut().for_each(|r| (r.method, r.standing) = (s.into(), s.into()));
    summary.checks.iter_mut().chain(&mut summary.assumptions).for_each(|c| {
        (c.name, c.why, c.limit, c.verdict) = (s.into(), s.into(), s.into(), s.into());
    });
    summary.remarks = vec![s.into()];
    if let Some(limit) = &mut summary.limit {
        limit.classification = s.into();
        limit.certificate = Some(Certificate { verdict: s.into(), reason: Some(s.into()), ..Certificate::default() });
    }
    run.directory = PathBuf::from(s.replace('\0', ""));
    run.invariants.iter_mut().chain(&mut run.spectra).for_each(|(_, t)| t.names[2] = s.into());
    if let Some(t) = &mut run.snapshots {
        t.names[3] = s.into();
    }
}

/// The same strings as files: tables keep their shape, no cell starts a formula, LaTeX compiles.
#[test]
fn hostile_strings_do_not_break_tables() {
    let strings = hostile::strings();
    let folder = directory(&Texts::default());
    let path = folder.path().join("summary.json");
    let mut summary: Summary = serde_json::from_str(&std::fs::read_to_string(&path).expect("written")).expect("a summary");
    let check =
        |s: &String| Check { name: s.clone(), verdict: "holds".into(), value: Some(1.0), limit: s.clone(), why: s.clone() };
    summary.checks = strings.iter().map(check).collect();
    summary.assumptions = summary.checks.clone();
    summary.remarks.clone_from(&strings);
    let lambda = |k: usize| 10f64.powf(-1.0 - 0.02 * k as f64);
    let row = |(k, s): (usize, &String)| Row {
        lambda: lambda(k),
        slow_gap: Some(lambda(k)),
        asymptotic: Some(true),
        method: s.clone(),
        standing: s.clone(),
        steps: Some(1),
        ..Row::default()
    };
    summary.rows = strings.iter().enumerate().map(row).collect();
    let prediction =
        |s: &String| Prediction { lambda: lambda(0), quantity: s.clone(), leading: Some(1.0), ..Prediction::default() };
    summary.predictions = strings.iter().map(prediction).collect();
    summary.problem.title.clone_from(&strings[28]);
    std::fs::write(&path, serde_json::to_string(&summary).expect("JSON")).expect("written");
    let out = folder.path().join("out");
    let csv = written(folder.path(), Format::Csv, &out);
    for (name, head) in [
        ("checks.csv", "name,verdict,value,limit,why"),
        ("assumptions.csv", "name,verdict,value,limit,why"),
        ("rates.csv", "lambda,slow_gap,slow_gap_over_lambda,standing"),
        ("predictions.csv", "lambda,quantity,leading"),
        ("work.csv", "lambda,method,steps"),
    ] {
        let text = &csv.iter().find(|f| f.0.ends_with(name)).expect(name).1;
        assert_eq!(text.lines().next(), Some(head), "{name}");
        assert_eq!(text.lines().count(), 501, "{name}");
        for row in text.lines().skip(1) {
            let cells = fields(row);
            assert_eq!(cells.len(), head.split(',').count(), "{name}: {row}");
            for cell in cells.iter().filter(|c| c.parse::<f64>().is_err()) {
                let first = cell.trim_start_matches([' ', '"', '\u{feff}', '\u{202e}', '\u{fffd}']).chars().next();
                assert!(!matches!(first, Some('=' | '+' | '-' | '@' | '\t' | '\r')), "{name}: {row:?}");
            }
        }
    }
    let markdown = written(folder.path(), Format::Markdown, &out.join("page.md"))[0].1.clone();
    let table = &markdown[markdown.find("What was judged**").expect("checks")..];
    for row in table.lines().skip(4).take(500) {
        let bars = row.replace("\\\\", "").replace("\\|", "").matches('|').count();
        assert_eq!(bars, 6, "{row}");
        assert!(!row.contains('<') || row.contains("&lt;"), "{row}");
    }
    compile(&written(folder.path(), Format::Latex, &out), "all-tables.tex");
    // the same as names of curves
    let labels: Vec<String> = strings.iter().map(|s| pgfplots::label(&Label::text(s))).collect();
    let source = pgfplots::document(&[]).replace("\\end{document}", &format!("{}\n\\end{{document}}", labels.join("\n\n")));
    let file = out.join("labels.tex");
    std::fs::write(&file, &source).expect("written");
    compile(&[(file, source)], "labels.tex");
}
