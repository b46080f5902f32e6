//! The report against closed forms: what the page, the tables and the figures say is what the directory holds.

mod sample_results;

use std::collections::BTreeSet;
use std::path::PathBuf;

use sample_results::written::{LAMBDAS, compile, directory, fields, open, written};
use sample_results::{Regression, Texts, distance, logarithmic, markup, write};
use slowflow::claim::Ledger;
use slowflow::report::read::RunDirectory;
use slowflow::report::{Format, ReportError, page, render, render_only, words};

/// Writes a sample of every format where a developer asks for one.
#[test]
fn every_format_is_written_and_none_is_empty() {
    let folder = directory(&Texts::default());
    let out = std::env::var("SLOWFLOW_REPORT_SAMPLE").map_or_else(|_| folder.path().join("out"), PathBuf::from);
    for (format, name) in Format::ALL {
        let files = written(folder.path(), format, &out.join(if name == "html" { "page.html" } else { name }));
        assert!(!files.is_empty() && files.iter().all(|f| f.1.lines().count() > 1), "{name}");
    }
    let again = written(folder.path(), Format::Pdf, &out.join("again"));
    for (path, text) in &again {
        assert!(text.starts_with("%PDF-1.") && text.trim_end().ends_with("%%EOF"), "{}", path.display());
    }
    let figures: BTreeSet<_> = again.iter().filter_map(|f| f.0.file_stem()?.to_str()).collect();
    let all = ["gap", "invariants", "losses", "norm", "path", "snapshots", "spectral-gap", "spectrum", "work"];
    assert_eq!(figures, all.into_iter().collect());
}

#[test]
fn a_choice_of_figures_or_tables_is_all_that_is_written() {
    let folder = directory(&Texts::default());
    let (runs, out) = ([folder.path().to_path_buf()], folder.path().join("out"));
    let write = |format, only: &[&str]| {
        let only: Vec<String> = only.iter().map(|o| (*o).to_string()).collect();
        let names = |p: &PathBuf| p.file_name().and_then(|n| n.to_str()).map(String::from);
        render_only(&runs, format, Some(&out), &only).map(|files| files.iter().filter_map(names).collect::<Vec<_>>())
    };
    assert_eq!(write(Format::Svg, &["gap", "losses"]).unwrap_or_default(), ["losses.svg", "gap.svg"]);
    assert_eq!(write(Format::Csv, &["orders"]).unwrap_or_default(), ["orders.csv"]);
    let unknown = write(Format::Csv, &["orders", "gap"]).expect_err("a figure is no table").to_string();
    assert!(unknown.contains("there is no `gap`") && unknown.contains("there are rates, orders, "), "{unknown}");
}

#[test]
fn the_sentence_bounds_the_distance_of_the_closed_form() {
    let folder = directory(&Texts::default());
    let r = Regression::small();
    let run = open(folder.path());
    let sentence = words::verdict(&run);
    let bound: f64 =
        sentence.split("within ").nth(1).and_then(|s| s.split('\u{a0}').next()).expect("a bound").parse().expect("a number");
    let window = logarithmic(0.1, 5.0, 40);
    let fitted = LAMBDAS.iter().filter(|l| **l < 0.05 * 0.15);
    let ratio = fitted
        .map(|l| window.iter().map(|s| distance(&r.regularised(*l, s / l), &r.slow(*s))).fold(0.0, f64::max) / l)
        .fold(0.0, f64::max);
    assert!(bound >= ratio && bound < 1.1 * ratio, "{bound} against {ratio}: {sentence}");
    assert!(
        sentence.contains("s\u{a0}∈\u{a0}[0.1,\u{a0}5]") && sentence.contains("1.0002\u{a0}±\u{a0}0.0014 over nine decades"),
        "{sentence}"
    );
}

#[test]
fn a_check_that_fails_is_the_first_word_of_the_page() {
    let folder = directory(&Texts::default());
    let path = folder.path().join("summary.json");
    let text = std::fs::read_to_string(&path).expect("written");
    std::fs::write(&path, text.replacen("\"verdict\":\"holds\",\"value\":1.0002", "\"verdict\":\"fails\",\"value\":0.7654", 1))
        .expect("written");
    let run = open(folder.path());
    assert!(words::verdict(&run).starts_with("slow-order is 0.7654, allowed is 0.95..1.05. On s"), "{}", words::verdict(&run));
    let html = page::html(&[run]);
    assert!(html.contains("✗ fails</strong> slow-order is 0.7654"));
    assert!(!html.contains("✓ holds</strong>"));
}

#[test]
fn contract_tables_and_page_show_the_same_numbers() {
    let folder = directory(&Texts::default());
    let run = open(folder.path());
    let out = folder.path().join("out");
    let csv = written(folder.path(), Format::Csv, &out).into_iter().find(|f| f.0.ends_with("rates.csv")).expect("rates").1;
    let latex = written(folder.path(), Format::Latex, &out).into_iter().find(|f| f.0.ends_with("rates.tex")).expect("rates").1;
    let markdown = written(folder.path(), Format::Markdown, &out.join("page.md"))[0].1.clone();
    let page = markup::data_values(&page::html(std::slice::from_ref(&run)), "Distances to the limits, by weight decay");
    let body = |text: &str, from: &str| text[text.find(from).expect("a body") + from.len()..].to_string();
    let latex: Vec<String> = body(&latex, "\\midrule\n").lines().map(String::from).collect();
    let markdown: Vec<String> = body(&markdown, "by weight decay**").lines().skip(4).map(String::from).collect();
    assert_eq!(page.len(), run.summary.rows.len());
    for (k, row) in run.summary.rows.iter().enumerate() {
        let numbers = [Some(row.lambda), row.slow_gap, row.numerical_error, row.slow_gap.map(|g| g / row.lambda), row.fast_gap];
        let exact: Vec<f64> = numbers.into_iter().flatten().collect();
        let cells: Vec<f64> =
            csv.lines().nth(k + 1).expect("a row").split(',').take(5).map(|c| c.parse().expect("a number")).collect();
        assert_eq!(cells, exact, "csv row {k}");
        assert_eq!(page[k][..5], exact, "page row {k}");
        let rounded = |line: &str, mark: char| -> Vec<f64> {
            line.trim_start_matches(mark).split(mark).take(5).map(|c| c.trim().parse().expect("a number")).collect()
        };
        for (name, shown) in [("latex", rounded(&latex[k], '&')), ("markdown", rounded(&markdown[k], '|'))] {
            for (a, b) in shown.iter().zip(&exact) {
                assert!((a - b).abs() <= 0.06 * b.abs(), "{name} row {k}: {a} for {b}");
                let well_known =
                    (a - b).abs() <= 5e-4 * b.abs() || (a - b).abs() <= row.numerical_error.expect("known") / row.lambda.min(1.0);
                assert!(well_known, "{name} row {k}: {a} for {b}");
            }
        }
    }
}

/// Every number of every table: exact in the CSV and on the page, and the contract's where it is one of its own.
#[test]
fn all_tables_hold_the_same_numbers_on_the_page_and_as_csv() {
    let folder = directory(&Texts::default());
    let run = open(folder.path());
    let html = page::html(std::slice::from_ref(&run));
    let files = written(folder.path(), Format::Csv, &folder.path().join("out"));
    let named = [
        ("rates.csv", "Distances to the limits, by weight decay"),
        ("orders.csv", "Fitted orders in λ; intervals hold the scatter (95 %), the next order in λ and the numerical errors"),
        ("predictions.csv", "predicted from the fast and the slow flow alone"),
        ("points.csv", "at the minimum-norm point"),
        ("checks.csv", "What was judged"),
        ("assumptions.csv", "What the theorem asks for, and what was found"),
        ("work.csv", "Work of one regularised flow"),
    ];
    assert_eq!(files.len(), named.len());
    for (name, caption) in named {
        let csv = &files.iter().find(|f| f.0.ends_with(name)).expect(name).1;
        let numbers: Vec<Vec<f64>> =
            csv.lines().skip(1).map(|row| fields(row).iter().filter_map(|cell| cell.parse().ok()).collect()).collect();
        assert!(numbers.iter().any(|row| !row.is_empty()), "{name}");
        assert_eq!(markup::data_values(&html, caption), numbers, "{name}");
    }
    let order = run.summary.orders.slow.as_ref().expect("fitted");
    let shown = markup::data_values(&html, named[1].1);
    assert_eq!(shown[1], [order.value, order.low, order.high, Some(5.0)].map(|x| x.expect("known")));
    let row = &run.summary.rows[3];
    let shown = &markup::data_values(&html, named[6].1)[3];
    assert_eq!(shown[1..], [row.evaluations, row.linear_solves, row.steps, row.rejected].map(|n| n.expect("known") as f64));
}

#[test]
fn the_paths_show_the_straight_line_of_linear_regression_and_the_distance_from_it() {
    let folder = directory(&Texts::default());
    let run = open(folder.path());
    let paths = run.paths.as_ref().expect("written");
    let tangent: f64 = Regression::small().start[3..].iter().map(|w| w * w).sum::<f64>().sqrt();
    for (s, x, y) in &paths.slow {
        assert!((x - tangent * (-s).exp()).abs() < 1e-12 && y.abs() < 1e-12, "at s = {s}: {x}, {y}");
    }
    assert_eq!(paths.slow[0].0, 0.0, "from the foot point on");
    assert!((paths.share.expect("known") - 1.0).abs() < 1e-12);
    let limit = paths.limit.expect("the row without an s");
    assert!(limit.0.abs() < 1e-12 && limit.1.abs() < 1e-12);
    let (lambda, path) = &paths.regularised[0];
    assert_eq!((*lambda, path.len()), (0.1, 40));
    assert!(path.iter().all(|p| p.2.abs() > 0.1), "w^λ at λ = 0.1 is off the line by 0.3 and more");
    let page = page::html(&[run]);
    assert!(page.contains("(100 % of the motion of"));
}

#[test]
fn what_breaks_the_contract_is_named_with_its_place() {
    let folder = directory(&Texts::default());
    let complaint = |name: &str, change: &dyn Fn(String) -> String| {
        let path = folder.path().join(name);
        let good = std::fs::read_to_string(&path).expect("written");
        std::fs::write(&path, change(good.clone())).expect("written");
        let error = RunDirectory::open(folder.path()).expect_err(name).to_string();
        std::fs::write(&path, good).expect("written");
        error
    };
    let nan = complaint("slow.csv", &|t| t.replacen("1e-1,", "NaN,", 1));
    assert!(nan.contains("slow.csv:2: column `s`: found `NaN`; allowed: a finite number"), "{nan}");
    let short = complaint("curve-0.csv", &|t| t.trim_end().rsplit_once(',').expect("fields").0.to_string());
    assert!(short.contains("curve-0.csv:91: the row: found 3 fields; allowed: 4 fields"), "{short}");
    let empty = complaint("curve-1e-3.csv", &|_| String::new());
    assert!(empty.contains("curve-1e-3.csv: the header: found an empty file"), "{empty}");
    let cut = complaint("summary.json", &|t| t[..t.len() / 2].to_string());
    assert!(cut.contains("summary.json:") && cut.contains("hint:"), "{cut}");
    let schema = complaint("summary.json", &|t| t.replace("\"schema\":1", "\"schema\":2"));
    assert!(schema.contains("`schema`: found 2; allowed: 1"), "{schema}");
    let none = RunDirectory::open(folder.path().join("nowhere")).expect_err("no such directory");
    assert!(matches!(none, ReportError::System { .. }) && none.to_string().contains("slowflow verify"), "{none}");
}

#[test]
fn a_bare_summary_makes_a_page_without_figures_of_what_is_missing() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    std::fs::write(folder.path().join("summary.json"), "{\"schema\":1,\"problem\":{},\"rows\":[]}").expect("written");
    let html = page::html(&[open(folder.path())]);
    assert!(!html.contains("<figure") && html.contains("No weight decay was run."));
    assert!(html.contains("○ open"), "without checks nothing holds");
    markup::elements(&html).expect("well formed");
    let nothing = render(&[folder.path().to_path_buf()], Format::Svg, None).expect_err("no figure");
    assert!(nothing.to_string().contains("nothing to write as svg"), "{nothing}");
}

#[test]
fn every_emitted_tex_compiles() {
    let texts = Texts { column: "50 % of {u·v} & \\more_#1".into(), title: "50 % & $more_$ \\end".into(), ..Texts::default() };
    let folder = directory(&texts);
    compile(&written(folder.path(), Format::Pgfplots, &folder.path().join("figures")), "all-figures.tex");
    compile(&written(folder.path(), Format::Latex, &folder.path().join("tables")), "all-tables.tex");
}

/// 50 weight decays, one history of 10⁵ noisy points, 10³ weights.
#[test]
fn the_page_of_a_large_run_stays_below_five_megabytes() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let lambdas: Vec<f64> = (0..50).map(|k| 10f64.powf(-1.0 - 0.2 * f64::from(k))).collect();
    write(folder.path(), &Regression::large(1000), &lambdas, 12, &Texts::default());
    let smallest = lambdas[49];
    let mut noise = 0.5f64;
    let mut text = String::from("t,s,norm_squared,train_loss,test_loss\n");
    for (k, t) in logarithmic(1e-2, 5.0 / smallest, 100_000).into_iter().enumerate() {
        noise = (noise * 1_103.515_245 + 0.123_45).fract();
        let spike = if k == 54_321 { 1e3 } else { 1.0 };
        text.push_str(&format!(
            "{t:e},{:e},{:e},{:e},{:e}\n",
            t * smallest,
            5.0 + noise,
            spike * (0.1 + noise),
            2.0 * noise + 0.01
        ));
    }
    std::fs::write(folder.path().join(format!("curve-{}.csv", sample_results::lambda_name(smallest))), text).expect("written");
    let run = open(folder.path());
    let (_, history) = run.history.last().expect("50 histories");
    assert_eq!(history.rows, 100_000);
    let peak = history.range("train_loss").expect("losses").1;
    assert!(peak > 100.0, "the spike of one sample is lost: {peak}");
    let html = page::html(&[run]);
    assert!(html.len() < 5_000_000, "{} bytes", html.len());
    assert!(html.matches("<tr").count() > 50);
    markup::elements(&html).expect("well formed");
}

#[test]
fn several_runs_stand_on_one_page_with_distinct_identifiers() {
    let (a, b) = (directory(&Texts::default()), directory(&Texts { title: "Another".into(), ..Texts::default() }));
    let html = page::html(&[open(a.path()), open(b.path())]);
    let tags = markup::elements(&html).expect("well formed");
    let ids: Vec<&String> = tags.iter().flat_map(|t| t.attributes.iter().filter(|a| a.0 == "id").map(|a| &a.1)).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    assert!(html.contains("href=\"#run-1\">Another</a>"));
}

#[test]
fn the_ledger_says_what_fails_and_what_was_meant_to() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    std::fs::write(folder.path().join("ledger.json"), sample_results::LEDGER).expect("written");
    let ledger = Ledger::open(folder.path()).unwrap_or_else(|e| panic!("{e}"));
    let sentence = "Of 5 claims, 1 holds, 1 fails as it is marked to, 1 fails, 1 is limited by the solver, 1 was not run.";
    assert_eq!(words::ledger_sentence(&ledger), sentence);
    let html = page::ledger(&ledger);
    assert!(html.contains(sentence) && html.contains("✗ fails") && html.contains("survive &lt;b&gt;"));
    markup::elements(&html).expect("well formed");
    let values = markup::data_values(&html, "and what it had to meet");
    assert_eq!(values[0], [1.0003, 2e-4, 0.0497]);
    assert_eq!(values[1], [500.0, 1e-3, -183.0]);
    compile(&written(folder.path(), Format::Latex, &folder.path().join("t")), "all-tables.tex");
    compile(&written(folder.path(), Format::Pgfplots, &folder.path().join("f")), "all-figures.tex");
    let two = render(&[folder.path().to_path_buf(), folder.path().to_path_buf()], Format::Html, None).expect_err("two ledgers");
    assert!(two.to_string().contains("summary.json"), "{two}");
}
