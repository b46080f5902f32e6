//! What a run says, in sentences: the verdict, what limits it, how it is made again. Each is plain text of which every
//! number stands in `summary.json`.

use super::number;
use super::read::Run;
use super::summary::{Check, Summary};
use crate::claim::{Entry, Ledger};
use crate::numeric::shortest;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every check holds.
    Holds,
    /// At least one fails.
    Fails,
    /// None fails, and at least one could not be judged.
    Open,
}

impl Verdict {
    /// Of a list of checks; without any there is nothing that holds.
    pub fn of(checks: &[Check]) -> Verdict {
        if checks.iter().any(|c| c.verdict == "fails") {
            Verdict::Fails
        } else if !checks.is_empty() && checks.iter().all(|c| c.verdict == "holds") {
            Verdict::Holds
        } else {
            Verdict::Open
        }
    }

    /// One word and a sign that is not a colour.
    pub fn badge(self) -> &'static str {
        match self {
            Verdict::Holds => "✓ holds",
            Verdict::Fails => "✗ fails",
            Verdict::Open => "○ open",
        }
    }
}

/// The verdict in one sentence, as "On s ∈ [0.1, 5] the rescaled trajectory is within 0.385 λ of the slow flow for λ ≤ 10⁻³; order
/// 1.000 ± 0.002 over ten decades".
pub fn verdict(run: &Run) -> String {
    let mut sentence = match bound(run) {
        Some(c) => {
            let rests = if rests(run) { ", which rests at Φ(w₀): there is no slow phase" } else { "" };
            format!("On {} the rescaled trajectory is within {c}\u{a0}λ of the slow flow{}{rests}", window(run), largest(run))
        }
        None => without_rate(run),
    };
    if let Some(order) = order(run) {
        sentence.push_str(&format!("; order {order}"));
        if let Some(over) = span(run) {
            sentence.push_str(&format!(" over {over}"));
        }
    }
    let (lost, all) = (run.summary.rows.iter().filter(|r| r.slow_gap.is_none()).count(), run.summary.rows.len());
    if lost > 0 && lost < all {
        sentence.push_str(&format!("; {lost} of {all} λ did not arrive"));
    }
    sentence.push('.');
    let failed: Vec<&Check> = run.summary.checks.iter().filter(|c| c.verdict == "fails").collect();
    if let Some(first) = failed.first() {
        let value = first.value.map(|v| format!(" is {}", number::sentence(v, 4))).unwrap_or_default();
        let limit = if first.limit.is_empty() { String::new() } else { format!(", allowed is {}", first.limit) };
        let more = if failed.len() > 1 { format!(" ({} more fail)", failed.len() - 1) } else { String::new() };
        sentence = format!("{}{value}{limit}{more}. {sentence}", first.name);
    }
    sentence
}

/// `s ∈ [0.1, 5]`, never broken.
fn window(run: &Run) -> String {
    run.window()
        .map_or("the window".into(), |(a, b)| format!("s\u{a0}∈\u{a0}[{},\u{a0}{}]", shortest::number(a), shortest::number(b)))
}

/// For which λ the rows of the fit speak.
fn largest(run: &Run) -> String {
    let largest = run.fitted().iter().map(|row| row.lambda).fold(0.0, f64::max);
    if largest > 0.0 { format!(" for λ\u{a0}≤\u{a0}{}", number::lambda(largest)) } else { String::new() }
}

/// Whether w° does not move: its norm is the same all along.
fn rests(run: &Run) -> bool {
    let norm = run.drift.as_ref().and_then(|t| t.range("norm_squared"));
    norm.is_some_and(|(low, high)| high - low <= 1e-10 * high)
}

/// What a run says in which no row entered the fit: its distance at the smallest λ, and why that is no rate.
fn without_rate(run: &Run) -> String {
    let rows = &run.summary.rows;
    let measured = rows.iter().filter_map(|r| Some((r, r.slow_gap?))).min_by(|a, b| a.0.lambda.total_cmp(&b.0.lambda));
    let Some((row, gap)) = measured else {
        return if rows.is_empty() { "No weight decay was run" } else { "No regularised flow arrived" }.to_string();
    };
    let error = row.numerical_error.map(|e| format!("\u{a0}±\u{a0}{}", number::sentence(e, 1))).unwrap_or_default();
    let digits = number::digits(gap, row.numerical_error).min(4);
    let why = match (row.limited_by_solver, rows.len()) {
        (true, _) => "its numerical error is too large for a rate",
        (_, 1) => "one λ gives no rate",
        _ => "no λ is small enough for a rate",
    };
    format!(
        "At λ = {} the rescaled trajectory is within {}{error} of the slow flow on {}; {why}",
        number::lambda(row.lambda),
        number::sentence(gap, digits),
        window(run)
    )
}

/// The sizes and constants of a run on one line.
pub fn facts(run: &Run) -> Vec<String> {
    let s = &run.summary;
    let mut out = vec![format!("{} weights", s.problem.dimension), format!("{} residuals", s.problem.samples)];
    if let (Some(rank), Some(dimension)) = (s.foot.rank, s.foot.manifold_dimension) {
        out.push(format!("rank ∇²F\u{a0}=\u{a0}{rank}, dim\u{a0}M\u{a0}=\u{a0}{dimension}"));
    }
    if let Some(gap) = s.foot.smallest_spectral_gap_on_window.or(s.foot.spectral_gap) {
        out.push(format!("h₊\u{a0}≥\u{a0}{}", number::sentence(gap, 3)));
    }
    let c = &s.constants;
    if let Some(slow) = c.slow {
        let error = c.slow_error.map(|e| format!("\u{a0}±\u{a0}{}", number::sentence(e, 1))).unwrap_or_default();
        let digits = number::digits(slow, c.slow_error);
        let known = c.slow_exact.map(|x| ("closed form", x)).or(c.slow_predicted.map(|x| ("predicted", x)));
        let known = known.map(|(name, x)| format!(" ({name} {})", number::sentence(x, digits))).unwrap_or_default();
        out.push(format!("slow gap/λ\u{a0}→\u{a0}{}{error}{known}", number::sentence(slow, digits)));
    }
    out
}

/// The largest slow_gap/λ of the rows in the fit, rounded up in its last digit so that "within" stays true.
fn bound(run: &Run) -> Option<String> {
    let ratio =
        run.fitted().iter().filter_map(|r| Some((r.slow_gap? + r.numerical_error.unwrap_or(0.0)) / r.lambda)).fold(0.0, f64::max);
    (ratio > 0.0).then(|| {
        let unit = 10f64.powf(ratio.log10().floor() - 2.0);
        let shown = number::plain(ratio, 3);
        let short = shown.parse::<f64>().is_ok_and(|x| x < ratio);
        number::sentence(if short { ratio + unit } else { ratio }, 3)
    })
}

/// The slow order with half of its interval, `1.000 ± 0.002`.
fn order(run: &Run) -> Option<String> {
    let order = run.summary.orders.slow.as_ref()?;
    let value = order.value?;
    if order.rows == 2 {
        return Some(format!("{} through two rows, which give no interval,", crate::experiment::fixed(value, 4)));
    }
    let half = match (order.low, order.high) {
        (Some(low), Some(high)) => (high - value).max(value - low),
        _ => return Some(format!("{value:.3}")),
    };
    // at least three decimals, more where the interval is narrower
    let decimals = if half > 0.0 { (1.0 - half.log10().floor()).clamp(3.0, 6.0) as usize } else { 3 };
    let shown = format!("{half:.decimals$}");
    let shown =
        if shown.parse() == Ok(0.0) { format!("{}", 10f64.powi(-(decimals as i32))).replace("0.", "< 0.") } else { shown };
    let sign = if shown.starts_with('<') { "(±\u{a0}" } else { "±\u{a0}" };
    let close = if shown.starts_with('<') { ")" } else { "" };
    Some(format!("{value:.*}\u{a0}{sign}{shown}{close}", decimals))
}

/// "ten decades", "5 rows": what the fit rests on.
fn span(run: &Run) -> Option<String> {
    let lambdas: Vec<f64> = run.fitted().iter().map(|r| r.lambda).collect();
    let (low, high) = lambdas.iter().fold((f64::INFINITY, 0.0f64), |(a, b), x| (a.min(*x), b.max(*x)));
    if lambdas.len() < 2 {
        return None;
    }
    let decades = (high / low).log10();
    let whole = decades.round();
    Some(if (decades - whole).abs() < 1e-9 && whole >= 1.0 {
        format!("{} decade{}", number::in_words(whole as usize), if whole > 1.0 { "s" } else { "" })
    } else {
        format!("{decades:.1} decades")
    })
}

/// What limits the table: the writer's own remarks, and what follows from the rows.
pub fn limits(summary: &Summary) -> Vec<String> {
    let mut out = summary.remarks.clone();
    let limited: Vec<f64> =
        summary.rows.iter().filter(|r| r.limited_by_solver && r.slow_gap.is_some()).map(|r| r.lambda).collect();
    if !limited.is_empty() {
        let list: Vec<String> = limited.iter().map(|l| number::lambda(*l)).collect();
        out.push(format!(
            "At λ = {} the numerical error exceeds a tenth of the distance: {} left out of the fit, and hollow in the picture.",
            list.join(", "),
            if limited.len() == 1 { "the row is" } else { "these rows are" }
        ));
    }
    let unknown = summary.rows.iter().filter(|r| r.slow_gap.is_some() && r.numerical_error.is_none()).count();
    if unknown > 0 {
        out.push(format!("{} of {} rows carry no estimate of their numerical error.", unknown, summary.rows.len()));
    }
    let open = |c: &&Check| c.verdict != "holds" && c.verdict != "fails";
    let open: Vec<&str> = summary.checks.iter().filter(open).map(|c| c.name.as_str()).collect();
    if !open.is_empty() {
        out.push(format!("Not judged: {}; the reasons stand beside the checks.", open.join(", ")));
    }
    out.extend(summary.assumptions.iter().filter(|c| c.verdict == "fails").map(|c| {
        let value = c.value.map(|v| number::sentence(v, 3)).unwrap_or_default();
        format!("Assumption not met: {} ({value}, asked for {}).", c.name, c.limit)
    }));
    let mut out: Vec<String> = out.iter().map(|text| number::typeset(text)).collect();
    if out.is_empty() {
        out.push("Nothing: every row stands above its numerical error, and every check was judged.".into());
    }
    out
}

/// Whether a ledger stands as it is meant to.
pub fn ledger_verdict(ledger: &Ledger) -> Verdict {
    let run = |c: &Entry| c.verdict == "holds" || c.verdict == "fails";
    if ledger.claims.iter().any(|c| run(c) && !c.as_meant()) {
        Verdict::Fails
    } else if !ledger.claims.is_empty() && ledger.claims.iter().all(Entry::as_meant) {
        Verdict::Holds
    } else {
        Verdict::Open
    }
}

/// A ledger in one sentence.
pub fn ledger_sentence(ledger: &Ledger) -> String {
    let holds = ledger.count(|c| c.verdict == "holds" && c.as_meant());
    let marked = ledger.count(|c| c.verdict == "fails" && c.as_meant());
    let surprise = ledger.count(|c| c.verdict == "holds" && !c.as_meant());
    let fails = ledger.count(|c| c.verdict == "fails" && !c.as_meant());
    let limited = ledger.count(|c| c.verdict == "limited-by-solver");
    let open = ledger.claims.len() - holds - marked - surprise - fails - limited;
    let counts = [
        (holds, "holds", "hold"),
        (marked, "fails as it is marked to", "fail as they are marked to"),
        (fails, "fails", "fail"),
        (surprise, "holds although it is marked to fail", "hold although they are marked to fail"),
        (limited, "is limited by the solver", "are limited by the solver"),
        (open, "was not run", "were not run"),
    ];
    let said = counts.iter().enumerate().filter(|(k, c)| *k == 0 || c.0 > 0);
    let parts: Vec<String> = said.map(|(_, (n, one, many))| format!("{n} {}", if *n == 1 { one } else { many })).collect();
    format!("Of {} claims, {}.", ledger.claims.len(), parts.join(", "))
}

/// The command that writes the directory again.
pub fn command(run: &Run) -> String {
    let said = run.summary.program.command.trim();
    if !said.is_empty() {
        return said.to_string();
    }
    format!("slowflow verify {} --out {}", shell(&run.summary.problem.file), shell(&run.directory.display().to_string()))
}

/// A word for a shell: quoted where it holds anything but plain characters.
fn shell(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "._-/+=:@,".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_string() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}
