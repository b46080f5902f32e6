//! The ledger: one entry a claim, kept from run to run, as JSON for programs and Markdown for people.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::{Deserialize, Serialize};

use super::folder::order;
use super::{ClaimFile, Experiment, Outcome};

/// Version of the machine-readable form.
const SCHEMA: u32 = 1;

/// Every claim with what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ledger {
    /// Version of this form.
    pub schema: u32,
    /// The entries, in order of their ids.
    pub claims: Vec<Entry>,
}

/// One claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// The claim, in words.
    pub claim: String,
    /// As a formula; empty where there is none.
    pub formula: String,
    /// theorem, closed-form, figure, text, pinned.
    pub kind: String,
    /// The paper.
    pub paper: String,
    /// The place in it.
    #[serde(rename = "where")]
    pub place: String,
    /// quick or slow.
    pub tier: String,
    /// The problem's title and hash; empty where there is no experiment.
    pub problem: String,
    /// SHA-256 of the problem.
    pub hash: String,
    /// The quantity that decides.
    pub quantity: String,
    /// The value.
    pub value: Option<f64>,
    /// Its numerical error.
    pub error: Option<f64>,
    /// The limit, as text.
    pub limit: String,
    /// Distance of the value to the nearest limit, negative outside.
    pub margin: Option<f64>,
    /// holds, fails, not-run, limited-by-solver.
    pub verdict: String,
    /// What justifies the tolerance.
    pub why: String,
    /// Why a marked claim is wrong.
    pub expected_to_fail: Option<String>,
    /// Why it did not run; empty otherwise.
    pub note: String,
}

/// A ledger that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The operating system said no.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is no ledger.
    #[error("{}: {source}; allowed: a ledger that `slowflow validate` wrote\n  hint: delete it and run `slowflow validate --tier all`", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
}

impl Entry {
    /// The entry of a claim that was run.
    pub fn of(claim: &ClaimFile, outcome: &Outcome) -> Entry {
        let (problem, hash, quantity, limit) = match &claim.experiment {
            Experiment::NotExpressible(_) => Default::default(),
            Experiment::Measure { problem, quantity, expected, .. } => {
                (problem.title.clone(), problem.hash.clone(), quantity.name.to_string(), expected.words())
            }
        };
        Entry {
            id: claim.id.clone(),
            claim: claim.claim.clone(),
            formula: claim.formula.clone(),
            kind: claim.kind.into(),
            paper: claim.source.paper.clone(),
            place: claim.source.place.clone(),
            tier: claim.tier.name().into(),
            problem,
            hash,
            quantity,
            value: outcome.measured.map(|m| m.value),
            error: outcome.measured.map(|m| m.error),
            limit,
            margin: outcome.margin,
            verdict: outcome.verdict.name().into(),
            why: claim.why.clone(),
            expected_to_fail: claim.expected_to_fail.clone(),
            note: outcome.note.clone(),
        }
    }
}

impl Ledger {
    /// The ledger of a folder, empty where there is none yet.
    pub fn read(folder: &Path) -> Result<Ledger, LedgerError> {
        let path = folder.join("ledger.json");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Ledger { schema: SCHEMA, claims: Vec::new() }),
            Err(source) => return Err(LedgerError::Io { path, source }),
        };
        serde_json::from_str(&text).map_err(|source| LedgerError::Json { path, source })
    }

    /// With new entries in the place of those with their ids, and without those whose claim is no longer there.
    pub fn with(mut self, new: Vec<Entry>, known: &[ClaimFile]) -> Ledger {
        self.claims.retain(|old| known.iter().any(|claim| claim.id == old.id) && new.iter().all(|entry| entry.id != old.id));
        self.claims.extend(new);
        self.claims.sort_by_key(|entry| order(&entry.id));
        self
    }

    /// Writes `ledger.json` and `LEDGER.md`.
    pub fn write(&self, folder: &Path) -> Result<(), LedgerError> {
        let json = folder.join("ledger.json");
        let text = serde_json::to_string_pretty(self).map_err(|source| LedgerError::Json { path: json.clone(), source })?;
        for (path, text) in [(json, text + "\n"), (folder.join("LEDGER.md"), self.markdown())] {
            let part = path.with_extension("part");
            fs::write(&part, text).and_then(|()| fs::rename(&part, &path)).map_err(|source| LedgerError::Io { path, source })?;
        }
        Ok(())
    }

    /// As a page: a table of what was measured, then what does not hold, then what cannot be expressed yet.
    pub fn markdown(&self) -> String {
        let mut page = String::from(
            "# The ledger\n\nWritten by `slowflow validate`. Value ± numerical error against its limit; `slowflow explain ID` says more.\n\n",
        );
        let count = |verdict: &str| self.claims.iter().filter(|c| c.verdict == verdict).count();
        let marked = self.claims.iter().filter(|c| c.expected_to_fail.is_some()).count();
        let _ = writeln!(
            page,
            "{} claims: {} hold, {} fail ({marked} of them marked as wrong), {} limited by the solver, {} not run.\n",
            self.claims.len(),
            count("holds"),
            count("fails"),
            count("limited-by-solver"),
            count("not-run")
        );
        page.push_str("| id | claim | kind | value | error | limit | margin | verdict |\n|---|---|---|---|---|---|---|---|\n");
        let number = |x: Option<f64>| x.map_or("–".into(), |x| format!("{x:.4e}"));
        let short = |x: Option<f64>| x.map_or("–".into(), |x| format!("{x:.0e}"));
        for c in self.claims.iter().filter(|c| !c.quantity.is_empty()) {
            let mark = if c.expected_to_fail.is_some() { " (marked)" } else { "" };
            let _ = writeln!(
                page,
                "| {} | {} | {} | {} | {} | {} | {} | {}{mark} |",
                c.id,
                cell(&c.claim),
                c.kind,
                number(c.value),
                short(c.error),
                c.limit,
                number(c.margin),
                c.verdict
            );
        }
        page.push_str("\n## Claims that are wrong, and what did not run\n\n");
        for c in self.claims.iter().filter(|c| !c.quantity.is_empty()) {
            if let Some(reason) = &c.expected_to_fail {
                let _ = writeln!(page, "- **{}** {}: {}", c.id, c.verdict, cell(reason));
            } else if !c.note.is_empty() {
                let _ = writeln!(page, "- **{}** {}: {}", c.id, c.verdict, cell(&c.note));
            }
        }
        page.push_str("\n## Not yet expressible\n\n");
        for c in self.claims.iter().filter(|c| c.quantity.is_empty()) {
            let _ = writeln!(page, "- **{}** {} ({}): {}", c.id, cell(&c.claim), c.kind, cell(&c.note));
        }
        page
    }
}

/// Text on one line without the column mark.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}
