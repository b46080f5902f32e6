//! A sample directory, and what the report writes of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Regression, Texts, write};
use slowflow::report::read::{Run, RunDirectory};
use slowflow::report::{Format, render};

pub const LAMBDAS: [f64; 8] = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-8, 1e-12];

/// A whole directory of linear regression.
pub fn directory(texts: &Texts) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary directory");
    write(folder.path(), &Regression::small(), &LAMBDAS, 40, texts);
    folder
}

/// The same, read.
pub fn open(folder: &Path) -> Run {
    RunDirectory::open(folder).unwrap_or_else(|e| panic!("{e}"))
}

/// Every file of one format with its text.
pub fn written(folder: &Path, format: Format, out: &Path) -> Vec<(PathBuf, String)> {
    let files = render(&[folder.to_path_buf()], format, Some(out)).unwrap_or_else(|e| panic!("{e}"));
    files
        .into_iter()
        .map(|p| (p.clone(), String::from_utf8_lossy(&std::fs::read(&p).expect("just written")).into_owned()))
        .collect()
}

/// Compiles the document that includes all other emitted sources; says so where no LaTeX is installed.
pub fn compile(files: &[(PathBuf, String)], document: &str) {
    let main = files.iter().find(|f| f.0.ends_with(document)).expect("the document that includes the others");
    for (path, _) in files.iter().filter(|f| f.0.extension().is_some_and(|e| e == "tex") && f.0 != main.0) {
        let name = path.file_name().and_then(|n| n.to_str()).expect("a name");
        assert!(main.1.contains(&format!("\\input{{{name}}}")), "{name} is not included");
    }
    let run = Command::new("pdflatex")
        .args(["-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", document])
        .current_dir(main.0.parent().expect("a folder"))
        .output();
    match run {
        Err(error) => {
            println!("skipped: {document} is not compiled, pdflatex cannot be run ({error}); tests/latex/install.sh installs it")
        }
        Ok(output) => {
            let log = String::from_utf8_lossy(&output.stdout);
            let wrong: Vec<&str> = log.lines().filter(|l| l.starts_with('!') || l.starts_with("l.")).collect();
            assert!(output.status.success(), "{document}: {wrong:?}");
        }
    }
}

/// The fields of a CSV line.
pub fn fields(line: &str) -> Vec<String> {
    let (mut out, mut field, mut quoted) = (Vec::new(), String::new(), false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => out.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    out.push(field);
    out
}
