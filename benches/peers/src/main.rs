//! slowflow beside other integrators: CPU time of one thread and true error, as CSV tables in a folder.

mod cvode;
mod measure;
mod plots;
mod problems;
mod row;
mod settings;
mod solvers;
mod summary;

use std::path::Path;

use row::Table;

const USAGE: &str = "slowflow-peers uniform | precision [PROBLEM …] | growth | plots | summary | all, each followed by FOLDER:
  uniform    work, time and error against λ               → uniform.csv
  precision  time against true error, beside the peers    → precision-<problem>.csv
  growth     time with d at fixed n, and with n           → growth.csv
  plots      the tables as pictures                       → *.svg
  summary    the tables in Markdown: on standard output, and at the end of a README.md in FOLDER with the line for it
  all        everything
With the environment variable CVODE set to the program of cvode.c its rows are measured too.";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (Some((command, rest)), true) = (arguments.split_first(), arguments.len() > 1) else {
        eprintln!("{USAGE}");
        std::process::exit(2);
    };
    let (names, folder) = rest.split_at(rest.len() - 1);
    let folder = Path::new(&folder[0]);
    let chosen: Vec<&str> = if names.is_empty() { problems::NAMES.to_vec() } else { names.iter().map(String::as_str).collect() };
    solvers::on_one_thread();
    match command.as_str() {
        "uniform" => uniform(folder),
        "precision" => precision(folder, &chosen),
        "growth" => growth(folder),
        "plots" => plots::draw(folder),
        "summary" => summary::publish(folder),
        "all" => {
            uniform(folder);
            growth(folder);
            precision(folder, &chosen);
            plots::draw(folder);
            summary::publish(folder);
        }
        _ => {
            eprintln!("{USAGE}");
            std::process::exit(2);
        }
    }
}

/// (a) Work, time and error against λ.
fn uniform(folder: &Path) {
    let mut table = Table::create(folder, "uniform.csv");
    for name in problems::NAMES {
        let problem = problems::named(name);
        for lambda in [1e-2, 1e-3, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12] {
            eprintln!("uniform: {name}, λ = {lambda:e}");
            let truth = solvers::reference(&problem, lambda);
            table.add(&measure::alternate(&problem, lambda, &truth, &settings::uniform(&problem, lambda)));
        }
    }
}

/// (b) Time against true error, beside the peers.
fn precision(folder: &Path, names: &[&str]) {
    let cvode = cvode::Cvode::from_environment();
    for name in names {
        let problem = problems::named(name);
        let mut table = Table::create(folder, &format!("precision-{name}.csv"));
        for lambda in [1e-2, 1e-4, 1e-6, 1e-8] {
            eprintln!("precision: {name}, λ = {lambda:e}");
            let truth = solvers::reference(&problem, lambda);
            let settings = settings::precision(&problem, cvode.as_ref(), lambda);
            table.add(&measure::alternate(&problem, lambda, &truth, &settings));
        }
    }
}

/// (c) Growth with d at fixed n, and with n at fixed d.
fn growth(folder: &Path) {
    let cvode = cvode::Cvode::from_environment();
    let mut table = Table::create(folder, "growth.csv");
    let with_d = [80, 160, 320, 640, 1280, 2560, 5120].map(|d| (20, d));
    let with_n = [10, 40, 80, 160].map(|n| (n, 1280));
    for (n, d) in with_d.into_iter().chain(with_n) {
        eprintln!("growth: n = {n}, d = {d}");
        let problem = problems::diagonal(n, d);
        let truth = solvers::reference(&problem, settings::GROWTH);
        table.add(&measure::alternate(&problem, settings::GROWTH, &truth, &settings::growth(&problem, cvode.as_ref())));
    }
}
