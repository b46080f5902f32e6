//! The claim files of a folder.

use std::fs;
use std::path::{Path, PathBuf};

use super::ClaimFile;
use crate::problem::ProblemError;

/// Every claim file below a folder, in order of their ids.
///
/// Errors: a folder without claim files, a file that is wrong, two files with one id.
pub fn below(folder: &Path) -> Result<Vec<ClaimFile>, ProblemError> {
    let mut files = Vec::new();
    walk(folder, &mut files);
    files.sort();
    if files.is_empty() {
        let allowed = "a folder with claim files, <paper>/<id>-<name>.toml";
        return Err(ProblemError::at(folder, None, None, "no claim file", allowed, "run it where the folder `validation` is"));
    }
    let mut claims = files.iter().map(|file| ClaimFile::read(file)).collect::<Result<Vec<_>, _>>()?;
    same_ids(&claims)?;
    claims.sort_by_key(|claim| order(&claim.id));
    Ok(claims)
}

/// Refuses two claims with one id.
pub fn same_ids(claims: &[ClaimFile]) -> Result<(), ProblemError> {
    for (k, claim) in claims.iter().enumerate() {
        if let Some(first) = claims[..k].iter().find(|first| first.id == claim.id) {
            let found = format!("\"{}\", which is the id of {} too", claim.id, first.path.display());
            let hint = "give the parts of one claim a letter: A5a, A5b";
            return Err(ProblemError::at(&claim.path, None, Some("id"), found, "an id that no other claim has", hint));
        }
    }
    Ok(())
}

/// Ids in the order of a reader: letters, then the number, then the part.
pub fn order(id: &str) -> (String, u64, String) {
    let rest = id.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let tail = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = rest[..rest.len() - tail.len()].parse().unwrap_or(u64::MAX);
    (id[..id.len() - rest.len()].into(), number, tail.into())
}

/// A path as a file names it, relative to that file.
pub fn beside(file: &Path, written: &str) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).join(written)
}

/// The names of the problem files in the folder of a path that does not exist, as the claim would have to write them.
pub fn problems_near(path: &Path) -> Vec<String> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(1000);
    let mut names: Vec<String> =
        entries.map(|entry| entry.path().display().to_string()).filter(|name| name.ends_with(".toml")).collect();
    names.sort();
    names
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|end| end == "toml") {
            files.push(path);
        }
    }
}
