//! The rate table as a person reads it on a terminal.

use std::fmt::Write;

use super::summary::{Limit, Order, Prediction, Summary};
use crate::experiment::fixed;
use crate::numeric::shortest;

fn shown(x: Option<f64>, form: impl Fn(f64) -> String) -> String {
    x.map_or("–".into(), form)
}

/// λ, to four digits where all of them are too many for its column.
fn lambda(x: f64) -> String {
    Some(shortest::lambda(x)).filter(|text| text.len() <= 8).unwrap_or_else(|| format!("{x:.3e}"))
}

/// A time as it was asked for, to four digits where all of them are too many.
fn brief(x: f64) -> String {
    Some(shortest::number(x)).filter(|text| text.len() <= 10).unwrap_or_else(|| format!("{x:.3e}"))
}

fn cell(x: Option<f64>) -> String {
    shown(x, |x| format!("{x:.4e}"))
}

fn error(x: Option<f64>) -> String {
    shown(x, |x| format!("{x:.0e}"))
}

/// A number with its numerical error, where there is one.
fn with_error(x: Option<f64>, e: Option<f64>) -> String {
    cell(x) + &e.map_or(String::new(), |e| format!(" ± {e:.0e}"))
}

/// The KKT point, what is known about it, and where the slow flow went.
fn limit(summary: &Summary, limit: &Limit) -> Vec<String> {
    let certificate = limit.certificate.clone().unwrap_or_default();
    // R is the half squared norm unless another one is named.
    let other = limit.regulariser.zip(limit.norm_squared).filter(|(r, size)| (r - 0.5 * size).abs() > 1e-12 * size);
    let norm = |x: Option<f64>| shown(x, |x| fixed(x, 6));
    let mut lines = vec![format!(
        "limit   |w|² {}{}   KKT residual {}   {}, existence {}   {} from w° at s = {}   train {}   test {}",
        norm(limit.norm_squared) + &limit.norm_squared_error.map_or(String::new(), |e| format!(" ± {e:.0e}")),
        other.map_or(String::new(), |(r, _)| format!("   R {}", fixed(r, 6))),
        error(limit.kkt_residual),
        limit.classification,
        certificate.verdict,
        shown(limit.distance_from_slow_end, |x| format!("{x:.3e}")),
        summary.problem.slow_times.last().map_or("–".into(), |s| brief(*s)),
        with_error(limit.train_loss, limit.train_loss_error),
        with_error(limit.test_loss, limit.test_loss_error)
    )];
    lines.push(format!("        {}", limit.why));
    lines.extend(certificate.reason.map(|reason| format!("        existence {}: {reason}", certificate.verdict)));
    if let (Some(s), Some(reached)) = (limit.slow_limit_time, &limit.slow_limit_reached) {
        let (distance, to) = match reached.as_str() {
            "independent" => (limit.slow_limit_distance, "it"),
            "same-value" if limit.orbit.is_some_and(|orbit| orbit > 0) => (limit.nearest_distance, "its orbit"),
            "same-value" => (limit.nearest_distance, "a KKT point of the same R"),
            _ => (limit.nearest_distance, "another KKT point"),
        };
        let close = match limit.slow_limit_error {
            Some(bound) => format!("± {bound:.0e} from {to}"),
            None => format!("from {to}; no linear rate bounds the rest"),
        };
        let at = norm(limit.slow_limit_norm_squared);
        lines.push(format!("        w° followed to s = {}: |w|² {at}, {} {close}", fixed(s, 3), cell(distance)));
    }
    if let (Some(points), Some(starts)) = (limit.kkt_points, limit.starts) {
        let least = shown(limit.least_regulariser_found, |r| fixed(r, 9));
        lines.push(format!(
            "        {points} KKT point{} from {starts} starts, the least R {least}",
            if points == 1 { "" } else { "s" }
        ));
        lines.extend(limit.kkt_completeness.iter().map(|said| format!("        {said}")));
    } else if let Some(why) = &limit.starts_why {
        lines.push(format!("        other KKT points were not looked for: {why}"));
    }
    lines
}

/// Predictions at the three largest λ that count: there the correction is visible.
fn predictions(summary: &Summary) -> Vec<String> {
    let counted: Vec<f64> = summary.rows.iter().filter(|r| r.asymptotic == Some(true)).map(|r| r.lambda).take(3).collect();
    let listed: Vec<_> = summary.predictions.iter().filter(|p| counted.contains(&p.lambda)).collect();
    if listed.is_empty() {
        return Vec::new();
    }
    let head = format!(
        "{:>8}  {:<34} {:>16} {:>16} {:>16} {:>6} {:>10}",
        "λ", "predicted at finite λ", "leading", "corrected", "observed", "±", "miss"
    );
    let long = |x: f64| format!("{x:.9e}");
    let row = |p: &&Prediction| {
        let what = match (p.quantity.as_str(), p.level) {
            ("test-loss-crossing", Some(level)) => format!("s where the test loss is {}", fixed(level, 4)),
            ("norm-squared", _) => format!("|w|² at s = {}", brief(p.slow_time)),
            (other, _) => format!("{other} at s = {}", brief(p.slow_time)),
        };
        format!(
            "{:>8}  {what:<34} {:>16} {:>16} {:>16} {:>6} {:>10}",
            lambda(p.lambda),
            shown(p.leading, long),
            shown(p.corrected, long),
            shown(p.observed, long),
            error(p.observed_error),
            shown(p.observed.zip(p.corrected).map(|(x, y)| (x - y).abs()), |miss| format!("{miss:.1e}")),
        )
    };
    std::iter::once(head).chain(listed.iter().map(row)).chain(std::iter::once(String::new())).collect()
}

/// An order with its interval and the rows that it rests on.
fn fitted(name: &str, order: Option<&Order>) -> String {
    let Some(o) = order else { return format!("{name} –") };
    let value = shown(o.value, |x| fixed(x, 4));
    match o.low.zip(o.high) {
        Some((low, high)) => format!("{name} {value} [{}, {}] ({} rows)", fixed(low, 4), fixed(high, 4), o.rows),
        None => format!("{name} {value} (no interval: {} rows)", o.rows),
    }
}

/// Which rows count for the orders, and what their intervals hold.
fn counted(summary: &Summary) -> String {
    let rows: Vec<f64> = summary.rows.iter().filter(|r| r.asymptotic == Some(true)).map(|r| r.lambda).collect();
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
        return "           no row counts for them: none is asymptotic".into();
    };
    format!(
        "           through the {} of {} rows that are asymptotic, λ from {} to {}, each gap where it is ten times its ±; an interval holds the scatter (95 %), the next order in λ and the ±",
        rows.len(),
        summary.rows.len(),
        lambda(*first),
        lambda(*last)
    )
}

/// The whole of a verification in aligned text, ending with a verdict.
pub fn table(summary: &Summary, local: &[Option<f64>], colour: bool) -> String {
    let paint = |text: &str, code: &str| if colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() };
    let (p, foot) = (&summary.problem, &summary.foot);
    let count = |n: Option<u64>| n.map_or("–".into(), |n| n.to_string());
    let mut out = String::new();
    let mut line = |text: String| {
        let _ = writeln!(out, "{text}");
    };
    line(paint(&p.title, "1"));
    line(format!(
        "{}   {} weights, {} residuals, {} test   M: {}   seed {}   rtol {}",
        p.model,
        p.dimension,
        p.samples,
        p.test_samples,
        p.equation(),
        p.seed,
        error(p.rtol)
    ));
    line(String::new());
    line(format!(
        "Φ(w₀)   |w|² {} ± {}   defect {}   rank {}{}   dim M {}   train {}   test {}",
        shown(foot.norm_squared, |x| fixed(x, 6)),
        error(foot.norm_squared.zip(foot.error).map(|(square, e)| 2.0 * square.sqrt() * e)),
        error(foot.defect),
        count(foot.rank),
        foot.rank_gap.map_or(String::new(), |gap| format!(" (gap {gap:.0e})")),
        count(foot.manifold_dimension),
        with_error(foot.train_loss, foot.train_loss_error),
        with_error(foot.test_loss, foot.test_loss_error)
    ));
    if let Some(found) = &summary.limit {
        limit(summary, found).into_iter().for_each(&mut line);
    }
    line(format!(
        "h₊      {} at Φ(w₀), {} smallest on the window; largest eigenvalue {}",
        with_error(foot.spectral_gap, foot.spectral_gap_error),
        with_error(foot.smallest_spectral_gap_on_window, foot.smallest_spectral_gap_error),
        with_error(foot.largest_eigenvalue, foot.largest_eigenvalue_error)
    ));
    line(String::new());
    let expansion = summary.rows.iter().any(|r| r.expansion_gap.is_some());
    let extra = if expansion { format!(" {:>11} {:>6}", "expansion", "±") } else { String::new() };
    line(format!(
        "{:>8} {:>11} {:>6} {:>6} {:>10} {:>11} {:>6} {:>11} {:>6}{extra} {:>9} {:>7}  {}",
        "λ", "slow gap", "±", "order", "gap/λ", "composite", "±", "fast gap", "±", "evals", "solves", "standing"
    ));
    for (row, order) in summary.rows.iter().zip(local) {
        let extra =
            if expansion { format!(" {:>11} {:>6}", cell(row.expansion_gap), error(row.expansion_error)) } else { String::new() };
        let text = format!(
            "{:>8} {:>11} {:>6} {:>6} {:>10} {:>11} {:>6} {:>11} {:>6}{extra} {:>9} {:>7}  {}",
            lambda(row.lambda),
            cell(row.slow_gap),
            error(row.numerical_error),
            order.map_or("–".into(), |o| if o.abs() < 100.0 { format!("{o:.3}") } else { format!("{o:.0e}") }),
            shown(row.slow_gap.filter(|_| !row.limited_by_solver), |g| fixed(g / row.lambda, 5)),
            cell(row.composite_gap),
            error(row.composite_error),
            cell(row.fast_gap),
            error(row.fast_error),
            count(row.evaluations),
            count(row.linear_solves),
            row.standing.split(':').next().unwrap_or_default()
        );
        line(if row.asymptotic == Some(true) { text } else { paint(&text, "2") });
    }
    line(String::new());
    let o = &summary.orders;
    let named = [("slow", &o.slow), ("composite", &o.composite), ("fast", &o.fast), ("expansion", &o.expansion)];
    let known = named.iter().filter(|(name, order)| order.is_some() || *name != "expansion");
    line(format!("orders     {}", known.map(|(name, order)| fitted(name, order.as_ref())).collect::<Vec<_>>().join("   ")));
    line(counted(summary));
    let c = &summary.constants;
    line(format!(
        "constant   slow gap/λ → {}{}{}",
        c.slow.map_or("–".into(), |x| fixed(x, 6)),
        c.slow_error.map_or(String::new(), |x| format!(" ± {x:.0e}")),
        c.slow_exact.map_or(String::new(), |x| format!("   closed form |H⁺X⁺y| = {}", fixed(x, 6)))
            + &c.slow_predicted.map_or(String::new(), |x| format!("   predicted sup|w₁| = {}", fixed(x, 6)))
    ));
    line(String::new());
    for text in predictions(summary) {
        line(text);
    }
    for check in &summary.checks {
        let mark = match check.verdict.as_str() {
            "holds" => paint("holds  ", "32"),
            "fails" => paint("FAILS  ", "1;31"),
            other => paint(other, "33"),
        };
        line(format!("{mark} {:<22} {:>12}  ({})  {}", check.name, cell(check.value), check.limit, check.why));
    }
    for remark in &summary.remarks {
        line(format!("note    {remark}"));
    }
    out
}
