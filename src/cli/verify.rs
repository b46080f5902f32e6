//! `slowflow verify`: resolve the problem, run the walk, write the files, print the table.

use std::path::PathBuf;
use std::time::Instant;

use super::arguments::Verify;
use super::output::{Meter, notice};
use super::{Ended, Output, Refused, decays};
use crate::compare::local_orders;
use crate::experiment::{Options, Progress, Setup, Verdict, pair, track};
use crate::numeric::shortest;
use crate::problem::toml_text::written;
use crate::problem::{ProblemError, ProblemFile};
use crate::report;

/// λ that `--quick` keeps.
const QUICK: usize = 4;

/// Runs the command.
pub fn run(arguments: &Verify, output: &mut Output) -> Result<Ended, Refused> {
    let begun = Instant::now();
    let problem = resolve(arguments)?;
    let folder = arguments.out.clone().unwrap_or_else(|| default_folder(&problem));
    report::check_folder(&folder, &problem)?;
    let setup = Setup::new(problem)?;
    if let Some(level) = arguments.level {
        check_level(level, &setup)?;
    }
    let (reported, companion) = pair(&setup)?;

    let meter = Meter::new(setup.problem.lambda.len() as u64);
    let progress = |progress: Progress| match progress {
        Progress::Fast => meter.say("fast flow to its foot point"),
        Progress::Slow => meter.say("slow flow on M"),
        Progress::Limit => meter.say("minimum-norm point"),
        Progress::Lambda(lambda, None) => meter.say(&format!("λ = {lambda:e}")),
        Progress::Lambda(lambda, Some(cost)) => {
            meter.say(&format!("λ = {lambda:e}: about {cost:.1e} right-hand sides predicted"))
        }
        Progress::Done(_) => meter.advance(),
    };
    let options = Options { reported: &*reported, companion: &*companion, level: arguments.level, progress: &progress };
    let tracked = track(&setup, &options);
    meter.finish();
    let tracked = match tracked {
        Ok(tracked) => tracked,
        Err(error) => {
            let reached = report::write_reached(&folder, &error)?;
            return Err(Refused(error.to_string() + &reached.map_or(String::new(), |what| format!("\n  {what}"))));
        }
    };

    let summary = report::summary(&setup, &tracked, &command(arguments), begun.elapsed().as_secs_f64());
    report::write(&folder, &setup, &tracked, &summary, arguments.weights)?;
    let pages = match arguments.report {
        true => report::render(std::slice::from_ref(&folder), report::Format::Html, None)?,
        false => Vec::new(),
    };
    if arguments.json {
        output.print(&(serde_json::to_string_pretty(&summary)? + "\n"))?;
    } else {
        let colour = output.colour();
        output.print(&report::table(&summary, &local_orders(&tracked.rows), colour))?;
        let run = report::read::RunDirectory::open(&folder)?;
        output.print(&format!("\n{}\n", report::words::verdict(&run)))?;
        output.print(&format!("\nresults in {}\n", folder.display()))?;
        for page in pages {
            output.print(&format!("page in {}\n", page.display()))?;
        }
    }
    let fails = tracked.checks.iter().any(|check| check.verdict == Verdict::Fails);
    Ok(if fails { Ended::Fails } else { Ended::Holds })
}

/// Where results go unless `--out` says otherwise.
pub fn default_folder(problem: &ProblemFile) -> PathBuf {
    PathBuf::from("results").join(problem.path.file_stem().unwrap_or_default())
}

/// The problem file with what the command line changes.
fn resolve(arguments: &Verify) -> Result<ProblemFile, Refused> {
    let mut problem = ProblemFile::read(&arguments.problem)?;
    if !arguments.lambda.is_empty() {
        let decays = decays::read(&arguments.lambda, &problem.path)?;
        if !decays.repeated.is_empty() {
            let list: Vec<String> = decays.repeated.iter().map(|l| shortest::lambda(*l)).collect();
            notice(&format!("`--lambda` names {} more than once: each is run once", list.join(", ")));
        }
        problem.lambda = decays.values;
    }
    if arguments.quick && problem.lambda.len() > QUICK {
        let last = problem.lambda.len() - 1;
        problem.lambda = (0..QUICK).map(|k| problem.lambda[k * last / (QUICK - 1)]).collect();
    }
    Ok(problem)
}

/// A level of the test loss is a number, and there is a test set.
fn check_level(level: f64, setup: &Setup) -> Result<(), ProblemError> {
    let refused = |found: String, allowed: &str| {
        let hint = "leave it out: where there is a test set, the geometric mean of the test loss over the window is taken";
        Err(ProblemError::at(&setup.problem.path, None, Some("--level"), found, allowed, hint))
    };
    match (level.is_finite(), &setup.test) {
        (false, _) => refused(format!("the number {}", written(level)), "a finite number"),
        (_, None) => refused("there is no test set".into(), "a level of the test loss, of a problem that has a test set"),
        _ => Ok(()),
    }
}

/// What reproduces the run.
fn command(arguments: &Verify) -> String {
    let mut words = vec!["slowflow verify".to_string(), arguments.problem.display().to_string()];
    if !arguments.lambda.is_empty() {
        words.push(format!("--lambda {}", arguments.lambda.join(",")));
    }
    if let Some(level) = arguments.level {
        words.push(format!("--level {level}"));
    }
    if arguments.quick {
        words.push("--quick".into());
    }
    words.join(" ")
}
