//! `slowflow analyse`: the slow flow of a problem as a dynamical system.

use std::time::Instant;

use super::arguments::Analyse;
use super::output::Meter;
use super::{Ended, Output, Refused};
use crate::experiment::{STAGES, Scope, Setup, analyse};
use crate::problem::ProblemFile;
use crate::report;

/// Weights up to which many starts are tried unless asked otherwise.
const SMALL: usize = 200;

/// Runs the command.
pub fn run(arguments: &Analyse, output: &mut Output) -> Result<Ended, Refused> {
    let begun = Instant::now();
    let setup = Setup::new(ProblemFile::read(&arguments.problem)?)?;
    let small = setup.start.len() <= SMALL;
    let scope = Scope {
        starts: arguments.starts.unwrap_or(if small { 40 } else { 4 }),
        perturbed: arguments.perturbed.unwrap_or(if small { 4 } else { 1 }),
    };
    let meter = Meter::new(STAGES.len() as u64);
    let analysis = analyse(&setup, scope, &|stage| {
        if stage > 0 {
            meter.advance();
        }
        meter.say(STAGES[stage]);
    });
    meter.finish();
    let analysis = analysis?;
    let command =
        format!("slowflow analyse {} --starts {} --perturbed {}", arguments.problem.display(), scope.starts, scope.perturbed);
    let document = report::analysis_document(&setup, &analysis, &command, begun.elapsed().as_secs_f64());
    let text = serde_json::to_string_pretty(&document)? + "\n";
    if let Some(path) = &arguments.out {
        std::fs::write(path, &text)
            .map_err(|error| Refused(format!("{}: {error}\n  hint: choose another file with --out", path.display())))?;
    }
    output.print(&if arguments.json { text } else { report::analysis_text(&setup, &analysis) })?;
    Ok(Ended::Holds)
}
