//! One self-contained HTML page: nothing is fetched, and all of it can be read without its script.

mod body;
mod ledger;
mod policy;

pub use body::html;
pub use ledger::ledger;
pub use policy::{hash, script_hash, style_hash};

use crate::report::{escape, plot::palette};

/// The small script: a slider for the slow time, values under the pointer, curves that can be hidden.
pub const SCRIPT: &str = include_str!("script.js");

/// The style sheet: our rules after the colours of the plots.
pub fn style() -> String {
    format!("{}{}", palette::css(), include_str!("style.css"))
}

/// A page around a body that is already HTML.
pub fn document(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; \
         img-src data:; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"generator\" content=\"slowflow\">\n<link rel=\"icon\" href=\"data:,\">\n\
         <title>{}</title>\n<style>{}</style>\n</head>\n<body>\n{body}\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
        style_hash(),
        script_hash(),
        escape::html(title),
        style()
    )
}
