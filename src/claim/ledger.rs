//! The ledger: one entry a claim, kept from run to run, as JSON for programs and Markdown for people.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::{Deserialize, Serialize};

use super::folder::order;
use super::{ClaimFile, Experiment, Outcome};

/// Version of the machine-readable form.
const SCHEMA: u32 = 1;
/// Its file.
const FILE: &str = "ledger.json";

/// Every claim with what became of it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Ledger {
    /// Version of this form.
    pub schema: u32,
    /// The entries, in order of their ids.
    pub claims: Vec<Entry>,
}

/// One claim.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
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
    /// Its parameters.
    pub given: String,
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
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LedgerError {
    /// The operating system said no.
    #[error("{}: cannot be {action}: {cause}; allowed: a file that can be read and written\n  hint: `slowflow validate` writes it", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        action: &'static str,
        /// The system's words.
        cause: String,
    },
    /// The file is no ledger.
    #[error("{}:{line}: {cause}; allowed: a ledger that `slowflow validate` wrote\n  hint: delete it and run `slowflow validate --tier all`", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        cause: String,
    },
    /// A ledger of another version.
    #[error("{}: `schema`: found {found}; allowed: {SCHEMA}\n  hint: delete it and run `slowflow validate --tier all`", path.display())]
    Schema {
        /// The file.
        path: PathBuf,
        /// The version found.
        found: u32,
    },
}

impl Entry {
    /// Whether it stands as it is meant to: it holds, or it fails where the paper is wrong.
    pub fn as_meant(&self) -> bool {
        match self.verdict.as_str() {
            "holds" => self.expected_to_fail.is_none(),
            "fails" => self.expected_to_fail.is_some(),
            _ => false,
        }
    }

    /// Whether it was measured for what the claim says now.
    fn still_of(&self, claim: &ClaimFile) -> bool {
        let now = Entry::of(claim, &Outcome::not_run(String::new()));
        (&self.hash, &self.quantity, &self.limit, &self.given, &self.expected_to_fail)
            == (&now.hash, &now.quantity, &now.limit, &now.given, &now.expected_to_fail)
    }

    /// The entry of a claim that was run.
    pub fn of(claim: &ClaimFile, outcome: &Outcome) -> Entry {
        let (problem, hash, quantity, given, limit) = match &claim.experiment {
            Experiment::NotExpressible(_) => Default::default(),
            Experiment::Measure { problem, quantity, given, expected } => {
                let name = quantity.name.to_string();
                (problem.title.clone(), problem.hash.clone(), name, given.to_string(), expected.words())
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
            given,
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
        if !folder.join(FILE).exists() {
            return Ok(Ledger { schema: SCHEMA, claims: Vec::new() });
        }
        Self::open(folder)
    }

    /// The ledger of a folder.
    ///
    /// # Errors
    /// Where there is none, or one that this program did not write.
    pub fn open(folder: &Path) -> Result<Ledger, LedgerError> {
        let path = folder.join(FILE);
        let text = fs::read_to_string(&path).map_err(|source| LedgerError::io(&path, "read", &source))?;
        let ledger: Ledger = serde_json::from_str(&text).map_err(|source| LedgerError::json(&path, &source))?;
        if ledger.schema != SCHEMA {
            return Err(LedgerError::Schema { path, found: ledger.schema });
        }
        Ok(ledger)
    }

    /// How many claims are so.
    pub fn count(&self, wanted: impl Fn(&Entry) -> bool) -> usize {
        self.claims.iter().filter(|entry| wanted(entry)).count()
    }

    /// With new entries in the place of those with their ids: one entry for every claim known. A claim of a tier that was not run
    /// keeps the entry of its last run; one that has changed since, or never ran, stands as not run.
    pub fn with(mut self, new: Vec<Entry>, known: &[ClaimFile]) -> Ledger {
        let mut claims = new;
        for claim in known.iter().filter(|claim| claims.iter().all(|entry| entry.id != claim.id)).collect::<Vec<_>>() {
            let kept = self.claims.iter().position(|old| old.id == claim.id).map(|at| self.claims.swap_remove(at));
            let command = format!("slowflow validate {}", claim.id);
            let open = |why: &str| Entry::of(claim, &Outcome::not_run(format!("{why}: {command}")));
            claims.push(match (kept, &claim.experiment) {
                (_, Experiment::NotExpressible(reason)) => Entry::of(claim, &Outcome::not_run(reason.clone())),
                (Some(old), _) if old.still_of(claim) => old,
                (Some(_), _) => open("the claim has changed since it last ran"),
                (None, _) => open("not run yet"),
            });
        }
        claims.sort_by_key(|entry| order(&entry.id));
        Ledger { schema: SCHEMA, claims }
    }

    /// Writes `ledger.json` and `LEDGER.md`.
    pub fn write(&self, folder: &Path) -> Result<(), LedgerError> {
        let json = folder.join(FILE);
        let text = serde_json::to_string_pretty(self).map_err(|source| LedgerError::json(&json, &source))?;
        for (path, text) in [(json, text + "\n"), (folder.join("LEDGER.md"), self.markdown())] {
            let part = path.with_extension("part");
            let wrote = fs::write(&part, text).and_then(|()| fs::rename(&part, &path));
            wrote.map_err(|source| LedgerError::io(&path, "written", &source))?;
        }
        Ok(())
    }

    /// As a page: a table of what was measured, then what does not hold, then what cannot be expressed yet.
    pub fn markdown(&self) -> String {
        let mut page = String::from(
            "# The ledger\n\nWritten by `slowflow validate`. Value ± numerical error against its limit; `slowflow explain ID` says more.\n\
             Claims of the tier *quick* are recomputed by every `slowflow validate` and by the tests, those of the tier *slow* by\n\
             `slowflow validate --tier slow` or `--tier all`; a row keeps the numbers of its last run until its claim changes.\n\n",
        );
        let count = |verdict: &str| self.count(|c| c.verdict == verdict);
        let marked = self.count(|c| c.expected_to_fail.is_some());
        let slow = self.count(|c| c.tier == "slow");
        let _ = writeln!(
            page,
            "{} claims ({slow} of them slow): {} hold, {} fail ({marked} marked as wrong), {} limited by the solver, {} not run.\n",
            self.claims.len(),
            count("holds"),
            count("fails"),
            count("limited-by-solver"),
            count("not-run")
        );
        page.push_str(
            "| id | claim | kind | tier | value | error | limit | margin | verdict |\n|---|---|---|---|---|---|---|---|---|\n",
        );
        let number = |x: Option<f64>| x.map_or("–".into(), |x| format!("{x:.4e}"));
        let short = |x: Option<f64>| x.map_or("–".into(), |x| format!("{x:.0e}"));
        for c in self.claims.iter().filter(|c| !c.quantity.is_empty()) {
            let mark = if c.expected_to_fail.is_some() { " (marked)" } else { "" };
            let _ = writeln!(
                page,
                "| {} | {} | {} | {} | {} | {} | {} | {} | {}{mark} |",
                c.id,
                cell(&c.claim),
                c.kind,
                c.tier,
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

impl LedgerError {
    fn io(path: &Path, action: &'static str, source: &io::Error) -> LedgerError {
        LedgerError::Io { path: path.into(), action, cause: source.to_string() }
    }

    fn json(path: &Path, source: &serde_json::Error) -> LedgerError {
        LedgerError::Json { path: path.into(), line: source.line(), cause: source.to_string() }
    }
}

/// Text on one line without the column mark.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}
