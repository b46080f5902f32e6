//! The page in a real browser: nothing is fetched, nothing is complained about, slider and hover work, and no text is clipped
//! or lies over another at any width. Skipped with a line where no browser is installed (`tests/browser/install.sh` does it).

mod sample_results;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sample_results::{Regression, Texts, write};
use slowflow::claim::Ledger;
use slowflow::report::page;
use slowflow::report::read::RunDirectory;

const LAMBDAS: [f64; 6] = [1e-1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-8];
const CHECK: &str = include_str!("browser/check.js");

/// The browser's program, if there is one.
fn browser() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = std::env::split_paths(&path).flat_map(|folder| names.map(|n| folder.join(n))).find(|p| p.is_file());
    let browser = named.or(found);
    if browser.is_none() {
        println!("skipped: no browser is installed; tests/browser/install.sh installs one");
    }
    browser
}

/// Runs the browser on a page, at most a minute.
fn run(browser: &Path, page: &Path, extra: &[&str]) -> Output {
    let profile = tempfile::tempdir().expect("a temporary directory");
    Command::new("timeout")
        .arg("60")
        .arg(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps"])
        .args(["--disable-domain-reliability", "--no-pings", "--disable-extensions", "--host-resolver-rules=MAP * ~NOTFOUND"])
        .args(["--enable-logging=stderr", "--virtual-time-budget=3000", "--dump-dom"])
        .arg("--window-size=1600,1200")
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(extra)
        .arg(format!("file://{}", page.display()))
        .output()
        .expect("the browser starts")
}

fn sample(folder: &Path, texts: &Texts) -> String {
    let run = folder.join("run");
    write(&run, &Regression::small(), &LAMBDAS, 40, texts);
    page::html(&[RunDirectory::open(&run).unwrap_or_else(|e| panic!("{e}"))])
}

/// A copy that runs the check after the page's own script; the policy names it too.
fn with_check(html: &str) -> String {
    let own = format!("script-src 'sha256-{}'", page::script_hash());
    assert!(html.contains(&own));
    let html = html.replace(&own, &format!("{own} 'sha256-{}'", page::hash(CHECK)));
    html.replace("</body>", &format!("<script>{CHECK}</script></body>"))
}

fn complaints(output: &Output) -> Vec<String> {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    text.lines().filter(|l| l.contains("CONSOLE")).map(String::from).collect()
}

fn verdict(output: &Output) -> Vec<String> {
    let dom = String::from_utf8_lossy(&output.stdout).into_owned();
    let start = dom.rfind("<pre id=\"verdict\">").unwrap_or_else(|| panic!("the check did not finish: {:?}", complaints(output)));
    let body = &dom[start + 18..];
    body[..body.find("</pre>").expect("its end")].lines().map(String::from).collect()
}

fn behaves(html: &str, folder: &Path, browser: &Path, widths: &[(u32, bool)]) {
    let path = folder.join("check.html");
    std::fs::write(&path, with_check(html)).expect("a temporary directory takes files");
    for (width, dark) in widths {
        // a window has a least width, a frame has none
        let around = folder.join("around.html");
        let frame = format!(
            "<!DOCTYPE html><meta charset=utf-8><body style=margin:0><iframe src=check.html width={width} height=900 style=border:0></iframe>\
             <script>onmessage = (event) => {{ const e = document.createElement('pre'); e.id = 'verdict'; e.textContent = event.data; \
             document.body.append(e); }}</script>"
        );
        std::fs::write(&around, frame).expect("a temporary directory takes files");
        let extra: &[&str] = if *dark { &["--blink-settings=preferredColorScheme=0"] } else { &[] };
        let found = verdict(&run(browser, &around, extra));
        assert_eq!(found, [format!("width {width}"), format!("dark {dark}")], "at {width} pixels");
    }
}

#[test]
fn slider_hover_and_legend_work_and_nothing_overlaps_at_any_width() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().expect("a temporary directory");
    let html = sample(folder.path(), &Texts::default());
    assert!(html.contains("class=\"slider\"") && html.contains("id=\"r0-norm\"") && html.contains("id=\"r0-path\""));
    behaves(&html, folder.path(), &browser, &[(360, false), (800, true), (1400, false)]);
}

#[test]
fn long_and_hostile_texts_do_not_break_the_layout() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().expect("a temporary directory");
    let long = "Nichtlinearespektralzerlegungsabschätzung".repeat(8);
    let texts = Texts {
        title: format!("<script>alert(1)</script> {long}"),
        about: "</p><img src=https://example.org/x.png onerror=alert(1)>".into(),
        file: format!("problems/{long}.toml"),
        method: "\" onmouseover=\"alert(1)".into(),
        why: long.clone(),
        commit: "</script><script>document.body.remove()</script>".into(),
        column: format!("{long}, \"quoted\""),
    };
    let html = sample(folder.path(), &texts);
    behaves(&html, folder.path(), &browser, &[(360, false), (1400, true)]);
}

#[test]
fn no_request_leaves_and_the_console_stays_empty() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().join("page.html");
    std::fs::write(&path, sample(folder.path(), &Texts::default())).expect("a temporary directory takes files");
    let log = folder.path().join("net.json");
    let output = run(&browser, &path, &[&format!("--log-net-log={}", log.display())]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(complaints(&output), Vec::<String>::new());
    assert!(String::from_utf8_lossy(&output.stdout).contains("moves a line through the pictures"), "the script did not run");
    assert_eq!(requests(&log), Vec::<String>::new());
    // the same look at a page that does ask for something
    let control = folder.path().join("control.html");
    std::fs::write(&control, "<!DOCTYPE html><img src=\"http://example.invalid/x.png\">")
        .expect("a temporary directory takes files");
    run(&browser, &control, &[&format!("--log-net-log={}", log.display())]);
    assert!(!requests(&log).is_empty(), "the log of the network does not show a request of a page");
}

#[test]
fn the_ledger_is_laid_out_like_a_run() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().expect("a temporary directory");
    std::fs::write(folder.path().join("ledger.json"), sample_results::LEDGER).expect("a temporary directory takes files");
    let html = page::ledger(&Ledger::open(folder.path()).unwrap_or_else(|e| panic!("{e}")));
    behaves(&html, folder.path(), &browser, &[(360, true), (1400, false)]);
}

/// Requests of the page in a log of the network: what the browser asks for on its own account has no file as its initiator.
fn requests(log: &Path) -> Vec<String> {
    let net = std::fs::read_to_string(log).expect("the log of the network");
    net.lines().filter(|l| l.contains("\"url\":\"http") && l.contains("\"initiator\":\"null\"")).map(String::from).collect()
}
