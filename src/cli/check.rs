//! `slowflow check`: everything that can be said of a problem without running it.

use std::fmt::Write;

use super::arguments::Check;
use super::verify::default_folder;
use super::{Ended, Output, Refused};
use crate::compare::{SEPARATION, layer_end};
use crate::experiment::{Preview, Setup, fixed, preview};
use crate::manifold::{ManifoldError, Spectrum};
use crate::numeric::shortest;
use crate::problem::ProblemFile;
use crate::report;

/// Runs the command.
pub fn run(arguments: &Check, output: &mut Output) -> Result<Ended, Refused> {
    let setup = Setup::new(ProblemFile::read(&arguments.problem)?)?;
    let mut preview = preview(&setup)?;
    preview
        .faults
        .extend(report::check_folder(&default_folder(&setup.problem), &setup.problem).err().map(|error| error.to_string()));
    output.print(&page(&setup, &preview))?;
    Ok(if preview.faults.is_empty() { Ended::Holds } else { Ended::Fails })
}

fn page(setup: &Setup, preview: &Preview) -> String {
    let problem = &setup.problem;
    let mut out = format!("{}\n", problem.title);
    let mut line = |head: &str, text: String| {
        let _ = writeln!(out, "{head:<12} {text}");
    };
    let test = setup.test.as_ref().and_then(|test| test.least_squares()).map_or(0, |test| test.residual.samples());
    let (d, n) = (setup.start.len(), setup.residual.samples());
    let c = problem.factor.c(n.max(1));
    let posed = match (n, setup.squares()) {
        (0, _) => "F is a formula; M its critical points".into(),
        (_, Some(_)) => format!("{n} residuals, {test} test residuals; F = ½·{c:e}·|r|²"),
        (_, None) => format!("{n} residuals, {test} test residuals; F = ½·{c:e}·|r|²; M its critical points"),
    };
    line("model", format!("{}: {d} weights, {posed}", problem.model.kind));
    let slope = |s: Option<f64>| s.map_or("round-off".into(), |s| format!("{s:.3}"));
    let found = &preview.derivatives;
    line(
        "derivatives",
        format!(
            "slopes {} of {} and {} of {} (at least 2 is right), transpose {:.0e}",
            slope(found.residual),
            if n > 0 { "r" } else { "F" },
            slope(found.pull_back),
            if n > 0 { "Jᵀμ" } else { "∇F" },
            found.transpose
        ),
    );
    line(
        "start",
        format!(
            "|w₀|² {}, |{}| {:.4e}, F {:.4e}",
            fixed(setup.start.norm_squared(), 6),
            if setup.squares().is_some() { "r" } else { "∇F" },
            preview.start_defect,
            preview.start_loss
        ),
    );
    line("spectrum", format!("at w₀: {}", preview.at_start.as_ref().map_or_else(lost, spectrum)));
    match &preview.near {
        Ok((near, distance)) => line("", format!("at the point of M next to w₀ ({distance:.3e} away): {}", spectrum(near))),
        Err(error) => line("", format!("no point of M next to w₀ by Newton's method: {error}")),
    }
    let curvature = match preview.blocks {
        Some((0, _)) => "zero: r is affine or has only linear pieces".into(),
        Some((count, size)) => format!("in blocks: {count}, the largest of {size} weights"),
        None => "no structure known: formed from products".into(),
    };
    line("curvature", curvature);
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(problem.lambda.len().max(1));
    line(
        "cost",
        format!(
            "about {:.0} steps a run, {} runs: {} on {threads} thread{}, {} of memory",
            preview.steps,
            preview.runs,
            seconds(preview.seconds / threads as f64),
            if threads == 1 { "" } else { "s" },
            bytes(preview.bytes)
        ),
    );
    plan(setup, preview, &mut line);
    for fault in &preview.faults {
        line("FAULT", fault.clone());
    }
    if preview.faults.is_empty() {
        line("", "nothing stands against `slowflow verify`".into());
        line("", "as far as can be seen without following a flow: where w₀ leads to, and whether the rank is constant on the way, the run decides".into());
    }
    out
}

fn plan(setup: &Setup, preview: &Preview, line: &mut impl FnMut(&str, String)) {
    let problem = &setup.problem;
    let ends = |values: &[f64]| match values {
        [] => "none".into(),
        [one] => shortest::number(*one),
        [first, .., last] => format!("{} … {} ({} values)", shortest::number(*first), shortest::number(*last), values.len()),
    };
    let method = problem.method.as_deref().unwrap_or("radau");
    line(
        "verify will",
        format!(
            "follow w^λ for λ = {}, by {method} at rtol {:.0e}, and each once more at another tolerance for the error",
            ends(&problem.lambda),
            problem.rtol
        ),
    );
    line(
        "",
        format!(
            "compare with w° at s = {} and with the fast flow on t ∈ [0, {}]",
            ends(&problem.slow_times),
            shortest::number(problem.fast_time)
        ),
    );
    if let Ok((near, _)) = &preview.near {
        let first = problem.slow_times.first().copied().unwrap_or(0.0);
        let (h, limit) = (near.smallest, near.smallest / SEPARATION);
        let large = |l: &f64| l * SEPARATION > h;
        let pick = |wanted: &dyn Fn(&f64) -> bool| problem.lambda.iter().copied().filter(wanted).collect::<Vec<f64>>();
        line("", format!("fit orders through λ ≤ h₊/{SEPARATION} ≈ {limit:.2e}; too large for it: {}", ends(&pick(&large))));
        let early = pick(&|l| !large(l) && layer_end(*l, h) > first);
        if !early.is_empty() {
            line("", format!("leave out λ whose initial layer reaches into the window: {}", ends(&early)));
        }
    }
    if let Some(name) = &problem.exact {
        line("", format!("compare every trajectory with the closed form \"{name}\""));
    }
    let folder = default_folder(problem);
    line("", format!("find the minimum-norm point next to Φ(w₀), and write tables to {}", folder.display()));
}

fn spectrum(found: &Spectrum) -> String {
    format!("rank {}, Hessian on the normal space {:.3e} (h₊) … {:.3e}", found.rank, found.smallest, found.largest)
}

fn lost(error: &ManifoldError) -> String {
    error.to_string()
}

fn seconds(x: f64) -> String {
    match x {
        x if x < 1.0 => "less than a second".into(),
        x if x < 120.0 => format!("about {x:.0} s"),
        x if x < 7200.0 => format!("about {:.0} min", x / 60.0),
        x => format!("about {:.1} h", x / 3600.0),
    }
}

fn bytes(x: f64) -> String {
    match x {
        x if x < 1e6 => "less than 1 MB".into(),
        x if x < 1e9 => format!("about {:.0} MB", x / 1e6),
        x => format!("about {:.1} GB", x / 1e9),
    }
}
