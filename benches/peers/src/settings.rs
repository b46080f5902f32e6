//! Which tools run at which tolerances, and how long each may take.

use slowflow::integrate::star::Stages;

use crate::cvode::Cvode;
use crate::measure::Setting;
use crate::problems::Problem;
use crate::solvers;

/// CPU seconds that one run of a peer may take.
pub const PATIENCE: f64 = 30.0;
/// The weight decay of the tables of growth.
pub const GROWTH: f64 = 1e-6;
/// Weights from which a dense factorisation takes so long that few tolerances are run.
const LARGE: usize = 200;

const STAGES: [(&str, Stages); 3] =
    [("slowflow radau5", Stages::Three), ("slowflow radau9", Stages::Five), ("slowflow radau13", Stages::Seven)];

fn own<'a>(problem: &'a Problem, k: usize, lambda: f64, rtol: f64) -> Setting<'a> {
    let (tool, stages) = STAGES[k];
    Setting { tool, rtol, run: Box::new(move || solvers::radau(problem, stages, lambda, rtol)) }
}

fn sundials<'a>(cvode: &'a Cvode, problem: &'a Problem, lu: bool, lambda: f64, rtol: f64) -> Setting<'a> {
    let (tool, solver) = if lu { ("CVODE BDF + LU", "lu") } else { ("CVODE BDF + GMRES", "gmres") };
    Setting { tool, rtol, run: Box::new(move || cvode.run(problem, solver, lambda, rtol, PATIENCE)) }
}

fn explicit(problem: &Problem, lambda: f64, rtol: f64) -> Setting<'_> {
    let run = Box::new(move || solvers::dop853(problem, lambda, rtol, PATIENCE));
    Setting { tool: "ode_solvers Dop853", rtol, run }
}

fn diffsol(problem: &Problem, esdirk: bool, lambda: f64, rtol: f64) -> Setting<'_> {
    let tool = if esdirk { "diffsol ESDIRK34" } else { "diffsol BDF" };
    Setting { tool, rtol, run: Box::new(move || solvers::diffsol(problem, esdirk, lambda, rtol, PATIENCE)) }
}

/// slowflow with seven stages at rtol 1e-9.
pub fn uniform(problem: &Problem, lambda: f64) -> Vec<Setting<'_>> {
    vec![own(problem, 2, lambda, 1e-9)]
}

/// slowflow with seven stages, CVODE with GMRES.
pub fn growth<'a>(problem: &'a Problem, cvode: Option<&'a Cvode>) -> Vec<Setting<'a>> {
    let own = [1e-5, 3e-6, 1e-6, 3e-7, 1e-7, 1e-8, 1e-9].map(|rtol| own(problem, 2, GROWTH, rtol));
    let gmres = |cvode| [1e-8, 3e-9, 1e-9, 3e-10, 1e-10].map(|rtol| sundials(cvode, problem, false, GROWTH, rtol));
    own.into_iter().chain(cvode.into_iter().flat_map(gmres)).collect()
}

/// Every tool at every tolerance that a curve of time against error needs.
pub fn precision<'a>(problem: &'a Problem, cvode: Option<&'a Cvode>, lambda: f64) -> Vec<Setting<'a>> {
    let large = problem.start.len() > LARGE;
    let mut settings: Vec<Setting<'a>> = Vec::new();
    for k in 0..STAGES.len() {
        settings.extend([1e-4, 1e-5, 3e-6, 1e-6, 3e-7, 1e-7, 1e-8, 1e-9, 1e-10].map(|rtol| own(problem, k, lambda, rtol)));
    }
    if let Some(cvode) = cvode {
        settings.extend([1e-7, 1e-8, 3e-9, 1e-9, 3e-10, 1e-10].map(|rtol| sundials(cvode, problem, false, lambda, rtol)));
        let tolerances: &[f64] = if large { &[1e-9, 1e-10, 1e-11] } else { &[1e-8, 1e-9, 3e-10, 1e-10, 3e-11, 1e-11] };
        settings.extend(tolerances.iter().map(|&rtol| sundials(cvode, problem, true, lambda, rtol)));
    }
    // An explicit method costs 1/λ: below 1e-4 one tolerance shows that it does not arrive.
    let tolerances: &[f64] = if lambda >= 1e-4 { &[1e-6, 1e-8, 1e-10] } else { &[1e-8] };
    settings.extend(tolerances.iter().map(|&rtol| explicit(problem, lambda, rtol)));
    let tolerances: &[f64] = match large {
        false => &[1e-6, 1e-8, 1e-9, 1e-10, 1e-11],
        true if lambda >= 1e-4 => &[1e-8, 1e-9, 1e-10],
        true => &[1e-9],
    };
    for esdirk in [false, true] {
        settings.extend(tolerances.iter().map(|&rtol| diffsol(problem, esdirk, lambda, rtol)));
    }
    settings
}
