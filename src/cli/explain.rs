//! `slowflow explain`: a claim in words, with its source, its formula and the numbers of the last run.

use super::arguments::Explain;
use super::validate::part_of;
use super::{Ended, Output, Refused};
use crate::claim::{self, ClaimFile, Entry, Experiment, Ledger};
use crate::problem::{ProblemError, did_you_mean};

/// Runs the command.
pub fn run(arguments: &Explain, output: &mut Output) -> Result<Ended, Refused> {
    let claims = claim::below(&arguments.ledger)?;
    let of: Vec<&ClaimFile> = claims.iter().filter(|claim| part_of(&claim.id, &arguments.id)).collect();
    if of.is_empty() {
        let hint = did_you_mean(&arguments.id, claims.iter().map(|claim| claim.id.as_str()));
        let found = format!("no claim \"{}\"", arguments.id);
        return Err(ProblemError::at(&arguments.ledger, None, None, found, "the id of a claim", hint).into());
    }
    let ledger = Ledger::read(&arguments.ledger)?;
    for (k, claim) in of.into_iter().enumerate() {
        let separator = if k > 0 { "\n" } else { "" };
        let last = ledger.claims.iter().find(|entry| entry.id == claim.id);
        output.print(&format!("{separator}{}", words(claim, last)))?;
    }
    Ok(Ended::Holds)
}

fn words(claim: &ClaimFile, last: Option<&Entry>) -> String {
    let mut out = format!("{}  {}\n", claim.id, claim.claim);
    let mut line = |name: &str, text: &str| {
        if !text.is_empty() {
            out += &format!("  {name:<10} {text}\n");
        }
    };
    line("formula", &claim.formula);
    line("source", &format!("{}, {} ({})", claim.source.paper, claim.source.place, claim.kind));
    line("status", &claim.status);
    line("file", &claim.path.display().to_string());
    match &claim.experiment {
        Experiment::NotExpressible(reason) => line("not yet", reason),
        Experiment::Measure { problem, quantity, given, expected } => {
            line("problem", &problem.title);
            line("quantity", &format!("{}: {}", quantity.name, quantity.about));
            line("with", &given.to_string());
            line("limit", &format!("{} ({})", expected.words(), claim.why));
        }
    }
    line("wrong", claim.expected_to_fail.as_deref().unwrap_or_default());
    let numbers = match last {
        None => format!("not run yet: slowflow validate {}", claim.id),
        Some(Entry { value: Some(value), error, margin, verdict, .. }) => {
            format!("{verdict}: {value:.6e} ± {:.0e}, margin {:.4e}", error.unwrap_or(f64::NAN), margin.unwrap_or(f64::NAN))
        }
        Some(entry) => format!("{}: {}", entry.verdict, entry.note),
    };
    line("last run", &numbers);
    out
}
