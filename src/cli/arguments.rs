//! The declared command line (clap's bridge).

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use super::completions::Shell;

/// Slow–fast gradient flows: how gradient flow with small weight decay drifts along the manifold of critical points.
#[derive(Debug, Parser)]
#[command(name = "slowflow", version, max_term_width = 110, after_help = EXAMPLES)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "Examples, from an empty folder:
  slowflow new valley                       writes valley.toml: a loss by a formula, to be edited
  slowflow check valley.toml                what verify will do
  slowflow verify valley.toml               tables into results/valley
  slowflow report results/valley            the same as a page
  slowflow verify valley.toml --lambda 1e-3,1e-4 --json | jq .orders.slow

Exit codes: 0 every check holds, 1 at least one fails, 2 could not run.";

/// The commands, in the order in which a newcomer meets them.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a commented problem file that runs at once
    New(New),
    /// Look at a problem without running it: derivatives, spectrum, cost, and what verify will do
    Check(Check),
    /// Compute the three flows of a problem and check that they converge as λ → 0, at which rate
    Verify(Verify),
    /// Show results: one self-contained page, or tables and figures for a paper
    Report(Report),
    /// Analyse the slow flow: its equilibrium and rates, normal hyperbolicity, saddles on the way, basins
    Analyse(Analyse),
    /// Run claims, judge them, and write the ledger
    Validate(Validate),
    /// Say what a claim means, where it comes from and what the last run found
    Explain(Explain),
    /// List models, teachers and regularisers with their parameters
    #[command(after_help = "Examples:\n  slowflow models\n  slowflow models --json")]
    Models {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Print the JSON Schema of problem files, for editors
    #[command(after_help = "Example: slowflow schema > slowflow.schema.json")]
    Schema,
    /// Print the completions of a shell
    #[command(after_help = "Example: slowflow completions bash > ~/.local/share/bash-completion/completions/slowflow")]
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// `slowflow check`.
#[derive(Debug, Args)]
#[command(after_help = "Example: slowflow check valley.toml

Exit codes: 0 nothing stands against verify, 1 something does, 2 the problem could not be read.")]
pub struct Check {
    /// The problem file (TOML)
    pub problem: PathBuf,
}

/// `slowflow new`.
#[derive(Debug, Args)]
#[command(after_help = "Example: slowflow new valley && slowflow verify valley.toml")]
pub struct New {
    /// Name of the problem; NAME.toml is written into the current folder and never overwritten
    pub name: String,
}

/// `slowflow verify`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  slowflow verify valley.toml
  slowflow verify valley.toml --quick --report
  slowflow verify valley.toml --lambda 1e-3,1e-5 --out results/two

Exit codes: 0 every check holds, 1 at least one fails, 2 could not run.")]
pub struct Verify {
    /// The problem file (TOML)
    pub problem: PathBuf,
    /// Folder for the results [default: results/NAME, the name of the problem file]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print summary.json to standard output and nothing else
    #[arg(long)]
    pub json: bool,
    /// Weight decays instead of those of the problem file
    // Text, read in `decays.rs`: a negative number is a number and no option.
    #[arg(long, value_name = "λ,λ,…", value_delimiter = ',', allow_hyphen_values = true)]
    pub lambda: Vec<String>,
    /// Level of the test loss whose crossing time is predicted [default: geometric mean over the window]
    #[arg(long, value_name = "LOSS", allow_hyphen_values = true)]
    pub level: Option<f64>,
    /// At most four λ, spread over those of the problem file
    #[arg(long)]
    pub quick: bool,
    /// Write every weight into the CSV files, however many there are
    #[arg(long)]
    pub weights: bool,
    /// Write report.html beside the results: one self-contained page
    #[arg(long)]
    pub report: bool,
}

/// `slowflow validate`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  slowflow validate
  slowflow validate A9 B2
  slowflow validate --tier all

Exit codes: 0 every claim is as its file states it (those marked expected-to-fail fail), 1 one is not, 2 one could not run.")]
pub struct Validate {
    /// Claims by their ids, claim files, or a folder with claim files [default: every claim of the ledger's folder]
    #[arg(value_name = "PATH|ID")]
    pub what: Vec<String>,
    /// Which claims of a folder
    #[arg(long, value_enum, default_value_t = Tiers::Quick)]
    pub tier: Tiers,
    /// The folder of the claims, where LEDGER.md and ledger.json are written
    #[arg(long, value_name = "DIR", default_value = "validation")]
    pub ledger: PathBuf,
    /// Print the entries as JSON to standard output and nothing else
    #[arg(long)]
    pub json: bool,
}

/// `slowflow validate --tier`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Tiers {
    /// What the tests run
    Quick,
    /// What takes longer
    Slow,
    /// Both
    All,
}

/// `slowflow explain`.
#[derive(Debug, Args)]
#[command(after_help = "Example: slowflow explain A9")]
pub struct Explain {
    /// The id of a claim; without the letter at its end, every part of it
    pub id: String,
    /// The folder of the claims
    #[arg(long, value_name = "DIR", default_value = "validation")]
    pub ledger: PathBuf,
}

/// `slowflow analyse`.
#[derive(Debug, Args)]
#[command(after_help = "Example: slowflow analyse valley.toml --starts 40")]
pub struct Analyse {
    /// The problem file (TOML)
    pub problem: PathBuf,
    /// Random starts of the search for all KKT points [default: 40, 4 with more than 200 weights]
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub starts: Option<usize>,
    /// Perturbed starts for each of three sizes [default: 4, 1 with more than 200 weights]
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub perturbed: Option<usize>,
    /// Print the analysis as JSON and nothing else
    #[arg(long)]
    pub json: bool,
    /// Write the analysis as JSON to this file
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// `slowflow report`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  slowflow report results/digits
  slowflow report results/fig* --out figures.html              several runs on one page
  slowflow report validation                                   the ledger of all claims, to results/ledger.html
  slowflow report results/digits --format pgfplots --out paper/figures
  slowflow report results/digits --format svg --only losses,gap")]
pub struct Report {
    /// Folders that `slowflow verify` wrote, or the one folder of a ledger that `slowflow validate` wrote
    #[arg(required = true, value_name = "DIR")]
    pub directories: Vec<PathBuf>,
    /// What to write
    #[arg(long, value_enum, default_value_t = Shape::Html)]
    pub format: Shape,
    /// A file for html and markdown [default: report.html, report.md in the first folder], a folder for the others [default:
    /// report in the first folder]
    #[arg(long, value_name = "PATH")]
    pub out: Option<PathBuf>,
    /// Only these figures or tables, by the names of their files; a page always has all
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub only: Vec<String>,
}

/// `slowflow report --format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shape {
    /// One page: figures, tables, provenance; nothing is fetched
    Html,
    /// Tables with booktabs rules and siunitx columns
    Latex,
    /// Sentences and tables
    Markdown,
    /// Tables, numbers in full
    Csv,
    /// Figures
    Svg,
    /// Figures
    Pdf,
    /// Figures as source, the data beside
    Pgfplots,
}

/// The arguments, or the exit code after help, version or a refusal.
pub fn parse() -> Result<Arguments, ExitCode> {
    Arguments::try_parse().map_err(|error| {
        // Nothing to do where even the message cannot be written: the exit code says it.
        let _ = error.print();
        ExitCode::from(if error.use_stderr() { 2 } else { 0 })
    })
}

/// The declared commands, for completions.
pub fn declared() -> clap::Command {
    Arguments::command()
}
