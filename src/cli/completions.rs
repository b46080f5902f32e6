//! `slowflow completions SHELL`: the one place that names `clap_complete`.

pub use clap_complete::Shell;

use super::{Ended, Output, Refused, arguments};

/// Runs the command.
pub fn run(shell: Shell, output: &mut Output) -> Result<Ended, Refused> {
    // Into memory first: the generator panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut arguments::declared(), "slowflow", &mut script);
    output.print(&String::from_utf8_lossy(&script))?;
    Ok(Ended::Holds)
}
