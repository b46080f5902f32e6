//! The ledger of all claims as a page.

use super::body::{class, figure};
use super::document;
use crate::claim::Ledger;
use crate::report::figure::margins;
use crate::report::tables;
use crate::report::{escape, words};

/// The page of a ledger.
pub fn ledger(ledger: &Ledger) -> String {
    let verdict = words::ledger_verdict(ledger);
    let sentence = words::ledger_sentence(ledger);
    let mut body = format!(
        "<article class=\"run\"><header><p class=\"kicker\">slowflow</p><h1>Claims and what became of them</h1>\
         <p class=\"verdict b-{}\"><strong>{}</strong> {}</p></header>",
        class(verdict),
        verdict.badge(),
        escape::html(&sentence)
    );
    if let Some(chart) = margins(ledger) {
        body.push_str(&format!("<div class=\"figures\">{}</div>", figure(&chart, "ledger-margins")));
    }
    body.push_str(&format!("<section><h2>By kind</h2>{}</section>", tables::html(&tables::tally(ledger))));
    let exceptions = tables::exceptions(ledger).only(&["id", "claim", "verdict", "value", "limit", "why"]);
    if !exceptions.rows.is_empty() {
        body.push_str(&format!("<section><h2>Exceptions</h2>{}</section>", tables::html(&exceptions)));
    }
    let all = tables::ledger(ledger).only(&["id", "claim", "verdict", "value", "error", "limit", "margin", "source"]);
    body.push_str(&format!("<section><h2>All claims</h2>{}</section></article>", tables::html(&all)));
    body.push_str("<p class=\"tip\" id=\"tip\" role=\"status\" hidden></p>");
    document("Claims and what became of them", &format!("<main>{body}</main>"))
}
