//! slowflow beside other integrators: CPU time of one thread and true error, as CSV on standard output.
//!
//! `slowflow-peers uniform | precision [problem …] | growth | export DIR`

mod problems;
mod solvers;

use std::io::Write;
use std::path::Path;

use problems::{Problem, SLOW};
use slowflow::field::Weights;
use slowflow::integrate::star::Stages;
use solvers::{Outcome, Reached};

/// CPU seconds that one run of a peer may take.
const PATIENCE: f64 = 60.0;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("uniform") => uniform(),
        Some("precision") => precision(&arguments[1..]),
        Some("growth") => growth(),
        Some("export") => export(Path::new(arguments.get(1).expect("a folder"))),
        _ => eprintln!("slowflow-peers uniform | precision [problem …] | growth | export DIR"),
    }
}

/// Largest relative distance over the slow times.
fn error(states: &[Weights], truth: &[Weights]) -> f64 {
    states.iter().zip(truth).map(|(a, b)| (a - b).norm() / b.norm()).fold(0.0, f64::max)
}

/// The reference: seven stages at the smallest tolerance; its distance from five stages is its error.
fn reference(problem: &Problem, lambda: f64) -> Vec<Weights> {
    solvers::radau(problem, Stages::Seven, lambda, 1e-13).map(|r| r.states).unwrap_or_else(|e| panic!("reference: {e}"))
}

/// Median CPU milliseconds of repeated runs (at least three, or one that takes over a second), and what the last one reached.
fn timed(run: impl Fn() -> Outcome) -> (f64, Outcome) {
    let mut times = Vec::new();
    let total = cpu_time::ThreadTime::now();
    loop {
        let start = cpu_time::ThreadTime::now();
        let outcome = run();
        times.push(start.elapsed().as_secs_f64() * 1e3);
        let spent = total.elapsed().as_secs_f64();
        if outcome.is_err() || spent > 1.0 || (times.len() >= 3 && spent > 0.3) {
            times.sort_by(f64::total_cmp);
            return (times[times.len() / 2], outcome);
        }
    }
}

fn row(tool: &str, problem: &Problem, lambda: f64, rtol: f64, truth: &[Weights], run: impl Fn() -> Outcome) {
    let (milliseconds, outcome) = timed(run);
    let head = format!("{tool},{},{lambda:e},{rtol:e}", problem.name);
    match outcome {
        Ok(Reached { states, evaluations, steps, solves }) => {
            println!("{head},{milliseconds:.3},{:.2e},{evaluations},{steps},{solves},", error(&states, truth));
        }
        Err(why) => println!("{head},{milliseconds:.3},,,,,\"{}\"", why.replace('"', "'").lines().next().unwrap_or("")),
    }
    std::io::stdout().flush().expect("standard output");
}

fn header() {
    println!("tool,problem,lambda,rtol,cpu_ms,error,evaluations,steps,linear_solves,failure");
}

const STAGES: [(&str, Stages); 3] =
    [("slowflow radau5", Stages::Three), ("slowflow radau9", Stages::Five), ("slowflow radau13", Stages::Seven)];

/// (a) Work, time and error against λ.
fn uniform() {
    header();
    for name in ["lr50", "dln80", "dln1000", "mc800"] {
        let problem = problems::named(name);
        for lambda in [1e-2, 1e-3, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12] {
            let truth = reference(&problem, lambda);
            row("slowflow radau9", &problem, lambda, 1e-9, &truth, || solvers::radau(&problem, Stages::Five, lambda, 1e-9));
        }
    }
}

/// (b) Time against true error, beside the peers.
fn precision(names: &[String]) {
    header();
    let all = ["lr50", "dln80", "dln1000", "mc800"].map(String::from);
    for name in if names.is_empty() { &all } else { names } {
        let problem = problems::named(name);
        let large = problem.start.len() > 200;
        for lambda in [1e-2, 1e-4, 1e-6, 1e-8] {
            let truth = reference(&problem, lambda);
            for (tool, stages) in STAGES {
                for rtol in [1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12] {
                    row(tool, &problem, lambda, rtol, &truth, || solvers::radau(&problem, stages, lambda, rtol));
                }
            }
            for rtol in [1e-6, 1e-8, 1e-10] {
                if lambda >= 1e-4 {
                    row("ode_solvers dop853", &problem, lambda, rtol, &truth, || solvers::dop853(&problem, lambda, rtol, 20_000_000));
                }
                // Dense LU at d = 1000 is minutes a run: one tolerance is enough to see it.
                if !large || (rtol == 1e-8 && lambda <= 1e-4) {
                    row("diffsol BDF", &problem, lambda, rtol, &truth, || solvers::diffsol(&problem, false, lambda, rtol, PATIENCE));
                    row("diffsol ESDIRK34", &problem, lambda, rtol, &truth, || {
                        solvers::diffsol(&problem, true, lambda, rtol, PATIENCE)
                    });
                }
            }
        }
    }
}

/// (c) Growth with d at fixed n, and with n at fixed d.
fn growth() {
    header();
    for (n, d) in families() {
        let problem = problems::diagonal(n, d);
        let truth = reference(&problem, 1e-6);
        row("slowflow radau9", &problem, 1e-6, 1e-9, &truth, || solvers::radau(&problem, Stages::Five, 1e-6, 1e-9));
    }
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
