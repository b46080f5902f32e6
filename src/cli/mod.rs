//! The command line: declare (`arguments.rs`), resolve and run (one file a command).
//!
//! Exit codes: 0 every check holds, 1 at least one fails, 2 could not run.

mod analyse;
mod arguments;
mod completions;
mod decays;
mod explain;
mod kinds;
mod models;
mod check;
mod new;
mod output;
mod report;
mod schema;
mod validate;
mod verify;

use std::process::ExitCode;

use arguments::Command;
pub use output::Output;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Everything holds.
    Holds,
    /// At least one check fails.
    Fails,
}

/// A command that could not run: what to tell the user.
#[derive(Debug)]
pub struct Refused(pub String);

impl<E: std::error::Error> From<E> for Refused {
    fn from(error: E) -> Self {
        Refused(error.to_string())
    }
}

/// The program: arguments, one command, an exit code.
pub fn main() -> ExitCode {
    let arguments = match arguments::parse() {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let mut output = Output::new();
    let ended = match &arguments.command {
        Command::Verify(arguments) => verify::run(arguments, &mut output),
        Command::Validate(arguments) => validate::run(arguments, &mut output),
        Command::Explain(arguments) => explain::run(arguments, &mut output),
        Command::Analyse(arguments) => analyse::run(arguments, &mut output),
        Command::Report(arguments) => report::run(arguments, &mut output),
        Command::Models { json } => models::run(*json, &mut output),
        Command::Schema => schema::run(&mut output),
        Command::Completions { shell } => completions::run(*shell, &mut output),
        Command::Check(arguments) => check::run(arguments, &mut output),
        Command::New(arguments) => new::run(arguments, &mut output),
    };
    match ended.and_then(|ended| output.finish().map(|()| ended)) {
        Ok(Ended::Holds) => ExitCode::SUCCESS,
        Ok(Ended::Fails) => ExitCode::from(1),
        Err(Refused(message)) => {
            // A closed or full standard error leaves nobody to tell: the exit code still says it.
            let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("slowflow: {message}\n").as_bytes());
            ExitCode::from(2)
        }
    }
}
