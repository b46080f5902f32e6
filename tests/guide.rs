//! The first-time user's path from an empty folder with the built binary, and every command and program of the guide.

use std::path::Path;
use std::process::{Command, Output};

fn slowflow(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_slowflow"));
    command.args(arguments).current_dir(folder).env("NO_COLOR", "1");
    command.output().unwrap_or_else(|e| panic!("{arguments:?}: {e}"))
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

#[test]
fn a_new_problem_runs_at_once_and_after_an_edit_of_one_line() {
    let empty = folder();
    let new = slowflow(empty.path(), &["new", "valley"]);
    assert_eq!(code(&new), 0, "{}", text(&new.stderr));
    let file = empty.path().join("valley.toml");
    let written = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{e}"));
    assert!(written.contains("title = \"valley\""));

    let check = slowflow(empty.path(), &["check", "valley.toml"]);
    assert_eq!(code(&check), 0, "{}{}", text(&check.stdout), text(&check.stderr));
    for part in ["2 weights, 1 residuals", "derivatives", "spectrum", "h₊", "verify will", "nothing stands against"] {
        assert!(text(&check.stdout).contains(part), "`{part}` is not in\n{}", text(&check.stdout));
    }
    assert!(!empty.path().join("results").exists(), "check ran the problem");

    let verify = slowflow(empty.path(), &["verify", "valley.toml"]);
    assert_eq!(code(&verify), 0, "{}{}", text(&verify.stdout), text(&verify.stderr));
    assert!(empty.path().join("results/valley/summary.json").exists());

    let edited = written.replace("\"u*v - c\"", "\"u*v^2 - c*exp(-u)\"");
    assert_ne!(edited, written);
    std::fs::write(&file, edited).unwrap_or_else(|e| panic!("{e}"));
    let verify = slowflow(empty.path(), &["verify", "valley.toml", "--json"]);
    assert_eq!(code(&verify), 0, "{}", text(&verify.stderr));
    let summary: serde_json::Value = serde_json::from_slice(&verify.stdout).unwrap_or_else(|e| panic!("{e}"));
    let order = summary["orders"]["slow"]["value"].as_f64().unwrap_or(f64::NAN);
    assert!((order - 1.0).abs() < 0.01, "{order}");
}

#[test]
fn a_new_problem_never_overwrites_and_refuses_what_is_no_name() {
    let empty = folder();
    assert_eq!(code(&slowflow(empty.path(), &["new", "a.toml"])), 0);
    let before = std::fs::read(empty.path().join("a.toml")).unwrap_or_else(|e| panic!("{e}"));
    let again = slowflow(empty.path(), &["new", "a"]);
    assert_eq!(code(&again), 2);
    assert!(text(&again.stderr).contains("exists and is left as it is"));
    assert_eq!(std::fs::read(empty.path().join("a.toml")).unwrap_or_default(), before);
    for name in ["", "../up", "a/b", ".hidden", "two words", "quote\"", "line\nbreak", &"x".repeat(101)] {
        let refused = slowflow(empty.path(), &["new", name]);
        assert_eq!(code(&refused), 2, "{name:?}");
    }
    assert_eq!(std::fs::read_dir(empty.path()).map_or(0, Iterator::count), 1);
}

#[test]
fn check_and_verify_point_at_the_character_of_a_formula() {
    let empty = folder();
    let problem = "title = \"t\"\nmodel = { kind = \"expression\", weights = [\"speed\"], residuals = [\"1 + sped\"] }\n\
                   loss = { criterion = \"square\", factor = \"1/2\" }\ninit = { values = [1.0] }\nlambda = [1e-3]\n\
                   window = { slow-time = [0.1, 1.0], fast-time = 1.0 }\ntolerance = { rtol = 1e-10, atol = 1e-12 }\n";
    std::fs::write(empty.path().join("t.toml"), problem).unwrap_or_else(|e| panic!("{e}"));
    for command in ["check", "verify"] {
        let refused = slowflow(empty.path(), &[command, "t.toml"]);
        let message = text(&refused.stderr);
        assert_eq!(code(&refused), 2, "{message}");
        for part in [
            "t.toml:2: `model`: residual 1, character 5: unknown name `sped`",
            "did you mean `speed`?",
            "\n  1 + sped\n      ^^^^",
        ] {
            assert!(message.contains(part), "`{part}` is not in\n{message}");
        }
    }
}

#[test]
fn check_names_what_stands_against_a_run() {
    let gallery = |name: &str| {
        let checked = slowflow(Path::new("."), &["check", &format!("problems/gallery/{name}.toml")]);
        (code(&checked), text(&checked.stdout) + &text(&checked.stderr))
    };
    let (ended, page) = gallery("quadratic_form");
    assert_eq!(ended, 0, "{page}");
    let (ended, page) = gallery("dimension_change");
    assert!(ended == 1 && page.contains("assumption violated: M is a manifold of constant rank"), "{ended} {page}");
    let empty = folder();
    assert_eq!(code(&slowflow(empty.path(), &["new", "edge"])), 0);
    let path = empty.path().join("edge.toml");
    let edge = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{e}"));
    // A start that is very near the end of the domain, and one on a kink: neither is a fault of the derivatives or of M.
    for residual in ["log(v - 0.299) - u", "sqrt(v - 0.29) - u", "abs(u - 2)*v + u - c"] {
        std::fs::write(&path, edge.replace("u*v - c", residual)).unwrap_or_else(|e| panic!("{e}"));
        let checked = slowflow(empty.path(), &["check", "edge.toml"]);
        assert_eq!(code(&checked), 0, "{residual}: {}{}", text(&checked.stdout), text(&checked.stderr));
    }
    assert_eq!(code(&slowflow(empty.path(), &["new", "late"])), 0);
    let path = empty.path().join("late.toml");
    let late = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{e}"));
    std::fs::write(&path, late.replace("[0.1, 0.5, 1.0, 2.0, 5.0]", "[1e-9, 0.5]")).unwrap_or_else(|e| panic!("{e}"));
    let checked = slowflow(empty.path(), &["check", "late.toml"]);
    assert_eq!(code(&checked), 1, "{}", text(&checked.stdout));
    assert!(text(&checked.stdout).contains("inside the initial layer"), "{}", text(&checked.stdout));
}

/// A part of a page that is run.
enum Part {
    File(String, String),
    Commands(String),
}

/// Files (`<!-- file: NAME -->` before a fence) and `console` fences of a page, in order.
fn parts(page: &str) -> Vec<Part> {
    let (mut parts, mut file, mut lines) = (Vec::new(), None, page.lines());
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix("<!-- file: ").and_then(|rest| rest.strip_suffix(" -->")) {
            file = Some(name.to_string());
        } else if let Some(language) = line.strip_prefix("```") {
            let body: String = lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
            match (file.take(), language) {
                (Some(name), _) => parts.push(Part::File(name, body)),
                (None, "console") => parts.push(Part::Commands(body)),
                _ => {}
            }
        }
    }
    parts
}

/// Runs `$ command` lines in a shell with the built binary first in the path. `? 2` is the exit code (0 if absent); every other
/// line must be part of the output, in this order. A page that needs Python is left out where there is none.
fn run(page: &str, folder: &Path, commands: &str) {
    let binary = Path::new(env!("CARGO_BIN_EXE_slowflow")).parent().map(Path::to_path_buf).unwrap_or_default();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap_or_default());
    let gallery = std::env::current_dir().unwrap_or_default().join("problems/gallery");
    for block in format!("\n{commands}").split("\n$ ").skip(1) {
        let mut lines = block.lines();
        let command = lines.next().unwrap_or_default();
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).current_dir(folder).env("PATH", &path).env("GALLERY", &gallery).env("NO_COLOR", "1");
        let output = shell.output().unwrap_or_else(|e| panic!("{e}"));
        let whole = text(&output.stdout) + &text(&output.stderr);
        let (mut rest, mut expected) = (whole.as_str(), 0);
        for line in lines.map(str::trim).filter(|line| !line.is_empty()) {
            if let Some(number) = line.strip_prefix("? ") {
                expected = number.parse().unwrap_or(-1);
                continue;
            }
            match rest.find(line) {
                Some(at) => rest = &rest[at + line.len()..],
                None => panic!("{page}: `{command}` should print `{line}` here:\n{whole}"),
            }
        }
        assert_eq!(code(&output), expected, "{page}: `{command}`\n{whole}");
    }
}

#[test]
fn the_guide_says_what_happens() {
    let summary = std::fs::read_to_string("docs/src/SUMMARY.md").unwrap_or_else(|e| panic!("{e}"));
    let mut ran = 0;
    for entry in std::fs::read_dir("docs/src").unwrap_or_else(|e| panic!("{e}")).flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let page = std::fs::read_to_string(entry.path()).unwrap_or_else(|e| panic!("{e}"));
        if page.contains("\n$ python3 ") && Command::new("python3").arg("--version").output().is_err() {
            continue;
        }
        assert!(name == "SUMMARY.md" || summary.contains(&format!("({name})")), "{name} is not in the summary");
        let folder = folder();
        for part in parts(&page) {
            match part {
                Part::File(file, body) => std::fs::write(folder.path().join(file), body).unwrap_or_else(|e| panic!("{e}")),
                Part::Commands(commands) => {
                    run(&name, folder.path(), &commands);
                    ran += 1;
                }
            }
        }
    }
    assert!(ran >= 10, "only {ran} blocks of commands");
}
