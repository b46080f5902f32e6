//! slowflow beside other integrators: CPU time of one thread and true error, as CSV on standard output.
//!
//! `slowflow-peers uniform | precision [problem …] | growth | plots FOLDER | export FOLDER`

mod cvode;
mod measure;
mod plots;
mod problems;
mod solvers;

use std::path::Path;

use cvode::Cvode;
use measure::{Setting, alternate, at_error, header};
use problems::{Problem, SLOW};
use slowflow::field::Weights;
use slowflow::integrate::star::Stages;

/// CPU seconds that one run of a peer may take.
const PATIENCE: f64 = 20.0;
/// True error at which tools are compared.
const TARGET: f64 = 1e-8;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("uniform") => uniform(),
        Some("precision") => precision(&arguments[1..]),
        Some("growth") => growth(),
        Some("plots") => plots::draw(Path::new(arguments.get(1).expect("a folder"))),
        Some("export") => export(Path::new(arguments.get(1).expect("a folder"))),
        _ => eprintln!("slowflow-peers uniform | precision [problem …] | growth | plots FOLDER | export FOLDER"),
    }
}

/// The reference: seven stages at the smallest tolerance; its distance from five stages is its error.
fn reference(problem: &Problem, lambda: f64) -> Vec<Weights> {
    solvers::radau(problem, Stages::Seven, lambda, 1e-13).map(|r| r.states).unwrap_or_else(|e| panic!("reference: {e}"))
}

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

/// (a) Work, time and error against λ.
fn uniform() {
    header();
    for name in ["lr50", "dln80", "dln1000", "mc800"] {
        let problem = problems::named(name);
        for lambda in [1e-2, 1e-3, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12] {
            alternate(&problem, lambda, &reference(&problem, lambda), &[own(&problem, 1, lambda, 1e-9)]);
        }
    }
}

/// (b) Time against true error, beside the peers.
fn precision(names: &[String]) {
    header();
    let cvode = Cvode::from_environment();
    let all = ["lr50", "dln80", "dln1000", "mc800"].map(String::from);
    for name in if names.is_empty() { &all } else { names } {
        let problem = problems::named(name);
        let large = problem.start.len() > 200;
        for lambda in [1e-2, 1e-4, 1e-6, 1e-8] {
            let mut settings: Vec<Setting<'_>> = Vec::new();
            for k in 0..STAGES.len() {
                settings.extend([1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10].map(|rtol| own(&problem, k, lambda, rtol)));
            }
            if let Some(cvode) = &cvode {
                for rtol in [1e-7, 1e-8, 3e-9, 1e-9, 3e-10, 1e-10] {
                    settings.push(sundials(cvode, &problem, false, lambda, rtol));
                }
                for rtol in if large { vec![1e-9] } else { vec![1e-8, 1e-9, 3e-10, 1e-10, 3e-11, 1e-11] } {
                    settings.push(sundials(cvode, &problem, true, lambda, rtol));
                }
            }
            for rtol in [1e-6, 1e-8, 1e-10] {
                let problem = &problem;
                if lambda >= 1e-4 && (!large || rtol == 1e-8) {
                    let budget = if large { 300_000 } else { 4_000_000 };
                    let run = Box::new(move || solvers::dop853(problem, lambda, rtol, budget));
                    settings.push(Setting { tool: "ode_solvers dop853", rtol, run });
                }
                // Dense LU at d = 1000 is minutes a run: one tolerance is enough to see it.
                if !large || (rtol == 1e-8 && lambda == 1e-4) {
                    for (tool, esdirk) in [("diffsol BDF", false), ("diffsol ESDIRK34", true)] {
                        let run = Box::new(move || solvers::diffsol(problem, esdirk, lambda, rtol, PATIENCE));
                        settings.push(Setting { tool, rtol, run });
                    }
                }
            }
            settings.sort_by(|a, b| a.tool.cmp(b.tool).then(b.rtol.total_cmp(&a.rtol)));
            let rows = alternate(&problem, lambda, &reference(&problem, lambda), &settings);
            if let (Some((tool, ours)), Some((peer, theirs))) =
                (at_error(&rows, "slowflow", TARGET), at_error(&rows, "CVODE", TARGET))
            {
                let ratio = theirs / ours;
                println!("# {name} {lambda:e} at {TARGET:e}: {tool} {ours:.3} ms, {peer} {theirs:.3} ms, ratio {ratio:.1}");
            }
        }
    }
}

/// (c) Growth with d at fixed n, and with n at fixed d: milliseconds at a true error of 1e-8.
fn growth() {
    let cvode = Cvode::from_environment();
    let lambda = 1e-6;
    let mut table = String::from("n,d,slowflow_ms,cvode_ms,ratio\n");
    header();
    for (n, d) in families() {
        let problem = problems::diagonal(n, d);
        let mut settings = vec![];
        settings.extend([1e-5, 1e-6, 1e-7, 1e-8, 1e-9].map(|rtol| own(&problem, 1, lambda, rtol)));
        if let Some(cvode) = &cvode {
            settings.extend([1e-8, 1e-9, 1e-10].map(|rtol| sundials(cvode, &problem, false, lambda, rtol)));
        }
        let rows = alternate(&problem, lambda, &reference(&problem, lambda), &settings);
        let at = |side| at_error(&rows, side, TARGET).map(|reached| reached.1);
        let (ours, theirs) = (at("slowflow"), at("CVODE"));
        let shown = |x: Option<f64>| x.map_or(String::new(), |x| format!("{x:.3}"));
        let ratio = ours.zip(theirs).map(|(ours, theirs)| theirs / ours);
        table.push_str(&format!("{n},{d},{},{},{}\n", shown(ours), shown(theirs), shown(ratio)));
    }
    table.lines().for_each(|line| println!("# {line}"));
}

fn families() -> Vec<(usize, usize)> {
    let with_d = [80, 160, 320, 640, 1280, 2560, 5120].map(|d| (20, d));
    let with_n = [10, 40, 80, 160].map(|n| (n, 1280));
    [with_d.to_vec(), with_n.to_vec()].concat()
}

/// The problems and their reference states as raw doubles, for programs in other languages.
fn export(folder: &Path) {
    std::fs::create_dir_all(folder).expect("a folder");
    let write = |name: String, values: &[f64]| {
        let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        std::fs::write(folder.join(name), bytes).expect("a file");
    };
    let named = ["lr50", "dln80", "dln1000", "mc800"].map(problems::named);
    let grown = families().into_iter().map(|(n, d)| problems::diagonal(n, d));
    for problem in named.into_iter().chain(grown) {
        write(format!("{}.bin", problem.name), &[problem.raw.as_slice(), problem.start.as_slice()].concat());
        let lambdas: &[f64] = if problem.name.starts_with("dln-") { &[1e-6] } else { &[1e-2, 1e-4, 1e-6, 1e-8] };
        for &lambda in lambdas {
            let truth: Vec<f64> = reference(&problem, lambda).iter().flat_map(|w| w.as_slice().to_vec()).collect();
            assert_eq!(truth.len(), SLOW.len() * problem.start.len());
            write(format!("{}-{lambda:e}.ref", problem.name), &truth);
        }
    }
}
