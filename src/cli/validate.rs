//! `slowflow validate`: read the claims, measure and judge each, print the ledger, write it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::numeric::parallel;

use super::arguments::{Tiers, Validate};
use super::output::Meter;
use super::{Ended, Output, Refused};
use crate::claim::{self, ClaimFile, Entry, Ledger, Outcome, Tier};
use crate::experiment::Verdict;
use crate::problem::{ProblemError, did_you_mean};

/// The claims that were chosen, and the ledger's folder with all of its claims where they belong to one.
struct Chosen {
    claims: Vec<ClaimFile>,
    ledger: Option<(PathBuf, Vec<ClaimFile>)>,
}

/// Runs the command.
pub fn run(arguments: &Validate, output: &mut Output) -> Result<Ended, Refused> {
    let Chosen { claims, ledger } = choose(arguments)?;
    // A ledger that cannot be read is refused before anything is computed; it is read again before it is written.
    ledger.as_ref().map(|(folder, _)| Ledger::read(folder)).transpose()?;
    let meter = Meter::new(claims.len() as u64);
    let results: Vec<(Entry, Outcome, f64)> = parallel::map(claims.len(), |k| {
        let begun = Instant::now();
        let outcome = claim::run(&claims[k]);
        meter.advance();
        (Entry::of(&claims[k], &outcome), outcome, begun.elapsed().as_secs_f64())
    });
    meter.finish();

    let surprises: Vec<&ClaimFile> = claims
        .iter()
        .zip(&results)
        .filter(|(claim, (_, outcome, _))| !outcome.as_stated(claim))
        .map(|(claim, _)| claim)
        .collect();
    let failed = results
        .iter()
        .zip(&claims)
        .any(|((_, outcome, _), claim)| !outcome.as_stated(claim) && matches!(outcome.verdict, Verdict::Fails | Verdict::Holds));
    let entries: Vec<Entry> = results.iter().map(|(entry, ..)| entry.clone()).collect();
    if let Some((folder, known)) = &ledger {
        Ledger::read(folder)?.with(entries.clone(), known).write(folder)?;
    }
    if arguments.json {
        output.print(&(serde_json::to_string_pretty(&entries)? + "\n"))?;
    } else {
        let seconds: Vec<f64> = results.iter().map(|(.., seconds)| *seconds).collect();
        output.print(&table(&entries, &seconds, output.colour()))?;
        for claim in &surprises {
            output.print(&format!("not as stated: {} ({})\n", claim.id, claim.path.display()))?;
        }
        if let Some((folder, _)) = &ledger {
            output.print(&format!("ledger in {}\n", folder.join("LEDGER.md").display()))?;
        }
    }
    match (failed, surprises.is_empty()) {
        (true, _) => Ok(Ended::Fails),
        (false, true) => Ok(Ended::Holds),
        (false, false) => {
            let ids: Vec<&str> = surprises.iter().map(|claim| claim.id.as_str()).collect();
            Err(Refused(format!("could not be judged: {}; `slowflow explain` says why", ids.join(", "))))
        }
    }
}

/// The claims that paths and ids name; all of the ledger's folder where there are none.
fn choose(arguments: &Validate) -> Result<Chosen, Refused> {
    let folder = match &arguments.what[..] {
        [one] if Path::new(one).is_dir() => PathBuf::from(one),
        _ => arguments.ledger.clone(),
    };
    let tier = |claim: &ClaimFile| match arguments.tier {
        Tiers::Quick => claim.tier == Tier::Quick,
        Tiers::Slow => claim.tier == Tier::Slow,
        Tiers::All => true,
    };
    if arguments.what.iter().all(|what| Path::new(what).is_dir()) && arguments.what.len() <= 1 {
        let all = claim::below(&folder)?;
        let claims = all.iter().filter(|claim| tier(claim)).cloned().collect();
        return Ok(Chosen { claims, ledger: Some((folder, all)) });
    }
    let all = if arguments.what.iter().all(|what| Path::new(what).is_file()) && !folder.is_dir() {
        Vec::new()
    } else {
        claim::below(&folder)?
    };
    let mut claims = Vec::new();
    for what in &arguments.what {
        let path = Path::new(what);
        if path.is_dir() {
            claims.extend(claim::below(path)?);
        } else if path.is_file() || what.ends_with(".toml") {
            claims.push(ClaimFile::read(path)?);
        } else {
            let of: Vec<&ClaimFile> = all.iter().filter(|claim| part_of(&claim.id, what)).collect();
            if of.is_empty() {
                let hint = did_you_mean(what, all.iter().map(|claim| claim.id.as_str()));
                let allowed = "the id of a claim, a claim file, or a folder with claim files";
                return Err(ProblemError::at(&folder, None, None, format!("no claim \"{what}\""), allowed, hint).into());
            }
            claims.extend(of.into_iter().cloned());
        }
    }
    claims.dedup_by(|a, b| a.path == b.path);
    claim::same_ids(&claims)?;
    let inside = claims.iter().all(|claim| all.iter().any(|known| known.id == claim.id && same(&known.path, &claim.path)));
    Ok(Chosen { claims, ledger: inside.then_some((folder, all)) })
}

/// Whether a claim has that id, or is a part of the claim of that id.
pub(super) fn part_of(id: &str, asked: &str) -> bool {
    let rest = id.strip_prefix(asked);
    rest.is_some_and(|rest| rest.chars().all(|c| c.is_ascii_lowercase()))
}

fn same(a: &Path, b: &Path) -> bool {
    a.canonicalize().ok().zip(b.canonicalize().ok()).is_some_and(|(a, b)| a == b)
}

fn table(entries: &[Entry], seconds: &[f64], colour: bool) -> String {
    let paint = |text: String, code: &str| if colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text };
    let number = |x: Option<f64>| x.map_or("–".into(), |x| format!("{x:.4e}"));
    let mut out = format!(
        "{:<5} {:<11} {:>12} {:>6} {:>24} {:>11} {:<18} {:>6}  {}\n",
        "id", "kind", "value", "±", "limit", "margin", "verdict", "time", "claim"
    );
    for (c, seconds) in entries.iter().zip(seconds) {
        let marked = if c.expected_to_fail.is_some() { " (marked)" } else { "" };
        let verdict = format!("{:<18}", format!("{}{marked}", c.verdict));
        let verdict = match (c.verdict.as_str(), c.expected_to_fail.is_some()) {
            ("holds", false) | ("fails", true) => paint(verdict, "32"),
            ("fails", false) | ("holds", true) => paint(verdict, "1;31"),
            _ => paint(verdict, "33"),
        };
        let error = c.error.map_or("–".into(), |x| format!("{x:.0e}"));
        out += &format!(
            "{:<5} {:<11} {:>12} {error:>6} {:>24} {:>11} {verdict} {seconds:>5.1}s  {}\n",
            c.id,
            c.kind,
            number(c.value),
            c.limit,
            number(c.margin),
            c.claim.lines().next().unwrap_or_default()
        );
        if !c.note.is_empty() {
            out += &format!("      {}\n", c.note);
        }
    }
    out
}
