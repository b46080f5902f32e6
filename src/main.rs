//! The `slowflow` command.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    slowflow::cli::main()
}
