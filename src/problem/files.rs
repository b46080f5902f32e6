//! Files that a problem names: relative to it, below its folder, there.

use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use super::nearest::nearest;

/// Problem files longer than this are refused: data belong in CSV files.
pub const TEXT_LIMIT: u64 = 16 << 20;

/// Data files longer than this are refused before they are read: a number takes 2 bytes of text or more and 8 of memory.
pub const DATA_LIMIT: u64 = 4 << 30;

/// Why a file cannot be used: what was found, and what to try.
pub struct Refused {
    /// What was found.
    pub found: String,
    /// What to try.
    pub hint: String,
}

/// The folder of a problem file.
pub fn folder(problem: &Path) -> &Path {
    match problem.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// The path of a file that a problem names, checked: below the folder (through symbolic links too) and a regular file.
pub fn resolve(problem: &Path, written: &str) -> Result<PathBuf, Refused> {
    let (root, relative) = (folder(problem), Path::new(written));
    let outside = |found: String| Refused { found, hint: "put the file beside the problem file and name it from there".into() };
    if written.is_empty() {
        return Err(outside("an empty path".into()));
    }
    if relative.is_absolute() || written.starts_with(['/', '\\']) {
        return Err(outside(format!("the absolute path \"{written}\"")));
    }
    if relative.components().any(|part| !matches!(part, Component::Normal(_) | Component::CurDir)) {
        return Err(outside(format!("the path \"{written}\", which leaves the folder")));
    }
    let path = root.join(relative);
    let real = path.canonicalize().map_err(|error| missing(&path, written, &error))?;
    let home = root.canonicalize().map_err(|error| missing(root, written, &error))?;
    if !real.starts_with(&home) {
        return Err(outside(format!("\"{written}\", a link that leads out of the folder")));
    }
    if !real.is_file() {
        return Err(outside(format!("\"{written}\", which is a folder or a device")));
    }
    match real.metadata().map(|data| data.len()) {
        Ok(length) if length > DATA_LIMIT => Err(Refused {
            found: format!("\"{written}\", {:.1} GiB of text", length as f64 / (1_u64 << 30) as f64),
            hint: format!("data files may have up to {} GiB: use fewer samples or features", DATA_LIMIT >> 30),
        }),
        _ => Ok(path),
    }
}

fn missing(path: &Path, written: &str, error: &io::Error) -> Refused {
    let there = neighbours(path);
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let hint = match nearest(&name, there.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "check the name: paths are relative to the problem file".into(),
    };
    Refused { found: format!("\"{written}\", which cannot be opened ({})", reason(error)), hint }
}

fn neighbours(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder(path)).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.take(1000).map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// An input–output error in plain words.
pub fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".into(),
        io::ErrorKind::PermissionDenied => "no permission".into(),
        io::ErrorKind::IsADirectory => "it is a folder".into(),
        _ => error.to_string(),
    }
}

/// The text of a problem file.
pub fn read_text(path: &Path) -> Result<String, Refused> {
    let refused = |error: io::Error| Refused {
        found: reason(&error),
        hint: match nearest(
            &path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            neighbours(path).iter().map(String::as_str),
        ) {
            Some(near) => format!("did you mean `{}`?", folder(path).join(near).display()),
            None => "check the path; problem files end in .toml".into(),
        },
    };
    let mut bytes = Vec::new();
    fs::File::open(path).and_then(|file| file.take(TEXT_LIMIT + 1).read_to_end(&mut bytes)).map_err(refused)?;
    if bytes.len() as u64 > TEXT_LIMIT {
        let found = format!("more than {} MiB", TEXT_LIMIT >> 20);
        return Err(Refused { found, hint: "put data into CSV files beside it".into() });
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let (bytes, line) = (error.as_bytes(), 1 + error.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count());
        let found = format!("byte 0x{:02x} on line {line}, which is not UTF-8", bytes[at]);
        Refused { found, hint: "save it as UTF-8 text".into() }
    })
}
