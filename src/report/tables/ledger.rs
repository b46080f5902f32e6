use super::{Cell, Column, Table};
use crate::claim::{Entry, Ledger};
use crate::report::number::digits;

/// One row a claim.
pub fn ledger(ledger: &Ledger) -> Table {
    table(ledger, "Every claim, what was measured, and what it had to meet", |_| true)
}

/// The claims that do not hold, each with the reason.
pub fn exceptions(ledger: &Ledger) -> Table {
    table(ledger, "What fails or was not judged, and why", |claim| claim.verdict != "holds")
}

fn table(ledger: &Ledger, caption: &str, wanted: impl Fn(&Entry) -> bool) -> Table {
    let text = |t: &str| if t.is_empty() { Cell::Absent } else { Cell::Text(t.into()) };
    let row = |c: &Entry| {
        vec![
            text(&c.id),
            text(&c.claim),
            text(&c.kind),
            text(&c.tier),
            text(&c.verdict),
            Cell::number(c.value, c.value.map_or(4, |v| digits(v, c.error))),
            Cell::scientific(c.error, 2),
            text(&c.limit),
            Cell::scientific(c.margin, 3),
            text([c.paper.as_str(), c.place.as_str()].join(" ").trim()),
            text(c.expected_to_fail.as_deref().unwrap_or(if c.note.is_empty() { &c.why } else { &c.note })),
        ]
    };
    Table {
        id: "ledger".into(),
        of: String::new(),
        caption: caption.into(),
        columns: vec![
            Column::text("id", "id"),
            Column::text("claim", "claim"),
            Column::text("kind", "kind"),
            Column::text("tier", "tier"),
            Column::text("verdict", "verdict"),
            Column::numbers("value", "value"),
            Column::numbers("error", "± num."),
            Column::text("limit", "allowed"),
            Column::numbers("margin", "margin"),
            Column::text("source", "source"),
            Column::text("why", "why"),
        ],
        rows: ledger.claims.iter().filter(|claim| wanted(claim)).map(row).collect(),
    }
}

/// How many claims of each kind hold, fail, or are open.
pub fn tally(ledger: &Ledger) -> Table {
    let mut kinds: Vec<&str> = ledger.claims.iter().map(|c| c.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let row = |kind: &str| {
        let count = |wanted: &dyn Fn(&Entry) -> bool| Cell::Count(ledger.count(|c| c.kind == kind && wanted(c)) as u64);
        vec![
            Cell::Text(if kind.is_empty() { "–".into() } else { kind.into() }),
            count(&|_| true),
            count(&|c| c.verdict == "holds"),
            count(&|c| c.verdict == "fails" && c.expected_to_fail.is_some()),
            count(&|c| c.verdict == "fails" && c.expected_to_fail.is_none()),
            count(&|c| c.verdict == "limited-by-solver"),
            count(&|c| !["holds", "fails", "limited-by-solver"].contains(&c.verdict.as_str())),
        ]
    };
    Table {
        id: "tally".into(),
        of: String::new(),
        caption: "Claims by kind of their source".into(),
        columns: vec![
            Column::text("kind", "kind"),
            Column::numbers("claims", "claims"),
            Column::numbers("hold", "hold"),
            Column::numbers("fail_as_marked", "fail, as marked"),
            Column::numbers("fail", "fail"),
            Column::numbers("limited", "limited by the solver"),
            Column::numbers("not_run", "not run"),
        ],
        rows: kinds.into_iter().map(row).collect(),
    }
}
