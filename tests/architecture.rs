//! The layers of the house and its bridges, held by reading the source.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("readable").map(|e| e.expect("entry").path()) {
        if entry.is_dir() {
            files.extend(sources(&entry));
        } else if entry.extension().is_some_and(|e| e == "rs") {
            files.push(entry);
        }
    }
    files.sort();
    files
}

/// Code lines of a file with their numbers: comments and the test module at its end left out.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    text[..end].lines().enumerate().map(|(k, line)| (k + 1, line.split("//").next().unwrap_or("")))
}

#[test]
fn a_module_imports_only_modules_above_it() {
    let lib = fs::read_to_string("src/lib.rs").expect("lib.rs");
    let order: Vec<&str> = lib.lines().filter_map(|l| l.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert!(order.len() >= 10, "lib.rs lists its modules as `pub mod name;`");
    let mut broken = Vec::new();
    for (rank, module) in order.iter().enumerate() {
        for file in sources(&Path::new("src").join(module)) {
            let text = fs::read_to_string(&file).expect("source");
            for (number, line) in code(&text) {
                for (below, other) in order.iter().enumerate().skip(rank + 1) {
                    let imported = line
                        .match_indices(&format!("crate::{other}"))
                        .any(|(at, found)| !line[at + found.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_'));
                    if imported && below > rank {
                        broken.push(format!("{}:{number} imports {other}", file.display()));
                    }
                }
            }
        }
    }
    assert!(broken.is_empty(), "modules import only modules above them in lib.rs:\n{}", broken.join("\n"));
}

#[test]
fn each_foreign_crate_is_named_in_one_file() {
    const FREE: [&str; 5] = ["std", "core", "serde", "thiserror", "serde_json"];
    let manifest = fs::read_to_string("Cargo.toml").expect("manifest");
    let dependencies = manifest.split("[dependencies]").nth(1).and_then(|rest| rest.split("\n[").next()).expect("dependencies");
    let crates: Vec<String> = dependencies
        .lines()
        .filter_map(|line| line.split(['=', '.']).next())
        .map(|name| name.trim().replace('-', "_"))
        .filter(|name| !name.is_empty() && !name.starts_with('#') && !FREE.contains(&name.as_str()))
        .collect();
    let mut broken = Vec::new();
    for name in crates {
        let bridges: Vec<String> = sources(Path::new("src"))
            .into_iter()
            .filter(|file| {
                let text = fs::read_to_string(file).expect("source");
                let names = |line: &str| {
                    line.match_indices(&format!("{name}::"))
                        .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'))
                };
                code(&text).any(|(_, line)| names(line))
            })
            .map(|file| file.display().to_string())
            .collect();
        // A family of crates (argmin, argmin_math) may share a bridge; one crate may not have two.
        if bridges.len() > 1 {
            broken.push(format!("{name}: {}", bridges.join(", ")));
        }
    }
    assert!(broken.is_empty(), "each foreign crate is named in one bridge file:\n{}", broken.join("\n"));
}

#[test]
fn nothing_panics_on_purpose_in_the_library() {
    let mut broken = Vec::new();
    let inside_tests =
        |file: &PathBuf| file.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs");
    for file in sources(Path::new("src")).into_iter().filter(|file| !inside_tests(file)) {
        let text = fs::read_to_string(&file).expect("source");
        for (number, line) in code(&text) {
            if [".unwrap()", ".expect(", "panic!(", "todo!(", "unimplemented!("].iter().any(|call| line.contains(call)) {
                broken.push(format!("{}:{number}: {}", file.display(), line.trim()));
            }
        }
    }
    assert!(broken.is_empty(), "the library returns errors:\n{}", broken.join("\n"));
}
