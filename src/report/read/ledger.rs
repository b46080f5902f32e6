//! `ledger.json`: what became of every claim, as a reader sees it.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::report::{Malformed, ReportError, json};

/// A ledger.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Ledger {
    /// Where it was read from.
    #[serde(skip)]
    pub path: PathBuf,
    /// Version of its form.
    pub schema: u32,
    /// The claims, in its order.
    pub claims: Vec<Claim>,
}

/// One claim.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Claim {
    /// Its id.
    pub id: String,
    /// The claim, in words.
    pub claim: String,
    /// theorem, closed-form, figure, text, pinned.
    pub kind: String,
    /// The paper.
    pub paper: String,
    /// The place in it.
    #[serde(rename = "where")]
    pub place: String,
    /// quick, slow or cluster.
    pub tier: String,
    /// The problem's title.
    pub problem: String,
    /// The quantity that decides.
    pub quantity: String,
    /// Its value.
    pub value: Option<f64>,
    /// The numerical error of the value.
    pub error: Option<f64>,
    /// What the value has to meet, as text.
    pub limit: String,
    /// Distance of the value to the nearest limit, negative outside.
    pub margin: Option<f64>,
    /// holds, fails, not-run or limited-by-solver.
    pub verdict: String,
    /// What justifies the tolerance.
    pub why: String,
    /// Why a claim that is marked to fail is wrong.
    pub expected_to_fail: Option<String>,
    /// Why it did not run.
    pub note: String,
}

impl Ledger {
    /// Reads `ledger.json` of a folder.
    pub fn open(folder: &Path) -> Result<Ledger, ReportError> {
        let path = folder.join("ledger.json");
        let text = std::fs::read_to_string(&path).map_err(|e| ReportError::unreadable(&path, &e))?;
        let malformed = |line, place: &str, found: String, allowed: &str| {
            let hint = "`slowflow validate` writes it".to_string();
            let (place, allowed) = (place.to_string(), allowed.to_string());
            ReportError::Malformed(Box::new(Malformed { path: path.clone(), line, place, found, allowed, hint }))
        };
        let ledger: Ledger =
            json::parse(&text).map_err(|e| malformed(Some(e.line), "the document", e.message, "the fields of a ledger"))?;
        if ledger.schema != 1 {
            return Err(malformed(None, "`schema`", ledger.schema.to_string(), "1"));
        }
        Ok(Ledger { path, ..ledger })
    }

    /// Claims with a verdict, those marked to fail counted where they are told to be.
    pub fn count(&self, wanted: impl Fn(&Claim) -> bool) -> usize {
        self.claims.iter().filter(|c| wanted(c)).count()
    }
}

impl Claim {
    /// Whether it stands in the ledger as it is meant to: holds, or fails where the paper is wrong.
    pub fn as_meant(&self) -> bool {
        match self.verdict.as_str() {
            "holds" => self.expected_to_fail.is_none(),
            "fails" => self.expected_to_fail.is_some(),
            _ => false,
        }
    }
}
