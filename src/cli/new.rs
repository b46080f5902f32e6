//! `slowflow new`: a commented problem file that runs at once.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use super::arguments::New;
use super::{Ended, Output, Refused};

/// Runs the command.
pub fn run(arguments: &New, output: &mut Output) -> Result<Ended, Refused> {
    let name = arguments.name.strip_suffix(".toml").unwrap_or(&arguments.name);
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.is_empty() || name.starts_with('.') || name.len() > 100 || !name.chars().all(allowed) {
        let shown: String = name.chars().take(60).collect();
        return Err(Refused(format!(
            "the name `{}` is no file name; allowed: up to 100 letters, digits, `-`, `_`, `.`",
            shown.escape_debug()
        )));
    }
    let path = PathBuf::from(format!("{name}.toml"));
    let mut file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(|error| {
        Refused(match error.kind() {
            ErrorKind::AlreadyExists => format!("{} exists and is left as it is\n  hint: choose another name", path.display()),
            _ => format!("{}: {error}", path.display()),
        })
    })?;
    let written = file.write_all(TEMPLATE.replace("NAME", name).as_bytes()).and_then(|()| file.sync_all());
    written.map_err(|error| Refused(format!("{}: {error}", path.display())))?;
    output.print(&format!(
        "{0} is written. Next:\n  slowflow check {0}     what verify will do, and whether anything stands against it\n  slowflow verify {0}    run it\n  slowflow report results/{1}    the results as a page\nThen edit `residuals`, `weights` and `init`.\n",
        path.display(),
        name
    ))?;
    Ok(Ended::Holds)
}

/// The file. `NAME` becomes the name.
const TEMPLATE: &str = include_str!("new.toml");
