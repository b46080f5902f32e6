//! From the text of a claim file to a checked [`ClaimFile`].

use std::path::{Path, PathBuf};

use super::keys::{CLAIM, EXPECTED, TOLERANCE};
use super::quantity::{self, Measure, QUANTITIES, Quantity};
use super::{Expected, folder};
use crate::problem::keys::{PROBLEM, Range, SOURCE};
use crate::problem::reader::Reader;
use crate::problem::toml_text::{self, Tree};
use crate::problem::{Parameters, ProblemError, ProblemFile, Section, Source, did_you_mean};

/// A checked claim file.
#[derive(Debug, Clone)]
pub struct ClaimFile {
    /// Where it was read from.
    pub path: PathBuf,
    /// `id`.
    pub id: String,
    /// `claim`, in words.
    pub claim: String,
    /// `formula`, empty where there is none.
    pub formula: String,
    /// `kind`.
    pub kind: &'static str,
    /// `source`.
    pub source: Source,
    /// `status`, empty where there is none.
    pub status: String,
    /// `tier`.
    pub tier: Tier,
    /// What is measured and expected.
    pub experiment: Experiment,
    /// `tolerance.why`.
    pub why: String,
    /// `expected-to-fail`.
    pub expected_to_fail: Option<String>,
}

/// What a claim costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// Part of the tests.
    Quick,
    /// On request.
    Slow,
}

impl Tier {
    /// As in the file.
    pub fn name(self) -> &'static str {
        match self {
            Tier::Quick => "quick",
            Tier::Slow => "slow",
        }
    }
}

/// What decides a claim.
#[derive(Debug, Clone)]
pub enum Experiment {
    /// A quantity of a problem and the values it may take.
    Measure {
        /// The problem, from its own file or from the claim's.
        problem: Box<ProblemFile>,
        /// The quantity.
        quantity: &'static Quantity,
        /// Its parameters.
        given: Parameters,
        /// The values it may take.
        expected: Expected,
    },
    /// Nothing yet, and why.
    NotExpressible(String),
}

impl ClaimFile {
    /// Reads and checks a claim file, and the problem file that it names.
    ///
    /// Errors: the first thing that is wrong, with its line and key.
    pub fn read(path: &Path) -> Result<ClaimFile, ProblemError> {
        let text = crate::problem::read_text(path, "a claim file: TOML in UTF-8")?;
        Self::parse(&text, path)
    }

    /// Checks the text of a claim file that stands, or could stand, at `path`.
    pub fn parse(text: &str, path: &Path) -> Result<ClaimFile, ProblemError> {
        let table = toml_text::parse(text, path)?;
        let root = Reader::open(path, String::new(), 1, &table, CLAIM)?;
        let id = root.text("id")?;
        if !is_id(id) {
            let allowed = "capital letters, a number, and a small letter where a claim has parts";
            return Err(root.refuse("id", root.line_of("id"), format!("\"{id}\""), allowed));
        }
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        if !stem.starts_with(&format!("{id}-")) {
            let found = format!("\"{id}\" in the file {stem}.toml");
            let allowed = format!("a file name that begins with the id: {id}-<name>.toml");
            return Err(root.refuse("id", root.line_of("id"), found, allowed));
        }
        let claim = root.text("claim")?;
        let source = root.table("source", SOURCE)?;
        let (paper, place) = (source.text_or_empty("paper")?, source.text_or_empty("where")?);
        if paper.trim().is_empty() || place.trim().is_empty() {
            let found = format!("paper \"{paper}\", where \"{place}\"");
            return Err(root.refuse(
                "source",
                root.line_of("source"),
                found,
                "both: an expectation without a source is no claim",
            ));
        }
        let tier = if root.word("tier")? == "quick" { Tier::Quick } else { Tier::Slow };
        let (experiment, why) = read_experiment(&root, text)?;
        Ok(ClaimFile {
            path: path.to_path_buf(),
            id: id.into(),
            claim: claim.trim().into(),
            formula: root.text_or_empty("formula")?.into(),
            kind: root.word("kind")?,
            source: Source { paper: paper.into(), place: place.into() },
            status: root.text_or_empty("status")?.into(),
            tier,
            experiment,
            why,
            expected_to_fail: root
                .find("expected-to-fail")
                .map(|_| root.text("expected-to-fail").map(String::from))
                .transpose()?,
        })
    }
}

/// Capital letters, digits, at most one small letter.
fn is_id(text: &str) -> bool {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let tail = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.len() < text.len() && tail.len() < rest.len() && tail.len() <= 1 && tail.chars().all(|c| c.is_ascii_lowercase())
}

fn read_experiment(root: &Reader, text: &str) -> Result<(Experiment, String), ProblemError> {
    if root.find("not-expressible").is_some() {
        for key in ["problem", "experiment", "expected", "tolerance", "expected-to-fail"] {
            if root.find(key).is_some() {
                let found = format!("`{key}` beside `not-expressible`");
                return Err(root.refuse(key, root.line_of(key), found, "either an experiment or the reason why there is none"));
            }
        }
        return Ok((Experiment::NotExpressible(root.text("not-expressible")?.into()), String::new()));
    }
    let problem = read_problem(root, text)?;
    let (quantity, given) = read_quantity(root)?;
    let (expected, why) = read_expected(root)?;
    Ok((Experiment::Measure { problem, quantity, given, expected }, why))
}

fn read_problem(root: &Reader, text: &str) -> Result<Box<ProblemFile>, ProblemError> {
    let node = root.need("problem")?;
    match &node.value {
        Tree::Table(table) => {
            let reader = root.table("problem", PROBLEM)?;
            ProblemFile::from_table(&reader, table, text).map(Box::new)
        }
        _ => {
            let written = root.text("problem")?;
            let path = folder::beside(root.path(), written);
            if !path.is_file() {
                let allowed = "the path of a problem file, relative to the claim file";
                let error = root.refuse("problem", node.line, format!("\"{written}\", which does not exist"), allowed);
                let there = folder::problems_near(&path);
                return Err(error.with_hint(did_you_mean(written, there.iter().map(String::as_str))));
            }
            ProblemFile::read(&path).map(Box::new)
        }
    }
}

fn read_quantity(root: &Reader) -> Result<(&'static Quantity, Parameters), ProblemError> {
    let node = root.need("experiment")?;
    let allowed = "a table { quantity = \"…\", … }";
    let Tree::Table(table) = &node.value else { return Err(root.refuse("experiment", node.line, node.shown(), allowed)) };
    let Some((_, line, name)) = table.entries.iter().find(|(key, ..)| key == "quantity") else {
        return Err(root.refuse("experiment", node.line, format!("{}, without `quantity`", node.shown()), allowed));
    };
    let Tree::Text(name) = &name.value else { return Err(root.refuse("experiment", *line, name.shown(), allowed)) };
    let Some(quantity) = quantity::find(name) else {
        let known = || QUANTITIES.iter().map(|quantity| quantity.name);
        let error = root.refuse(
            "experiment",
            *line,
            format!("the unknown quantity \"{}\"", toml_text::shortened(name)),
            known().collect::<Vec<_>>().join(", "),
        );
        return Err(error.with_hint(did_you_mean(name, known())));
    };
    let others = table.entries.iter().filter(|(key, ..)| key != "quantity");
    let section = Section {
        name: "experiment",
        kind: quantity.name.into(),
        line: *line,
        entries: others.map(|(key, line, node)| (key.clone(), node.raw(), *line)).collect(),
    };
    let given = Parameters::resolve(quantity.parameters, &section, root.path())?;
    if let Measure::Tracked(_) = quantity.measure
        && let Some(bad) = given.list("lambda").iter().find(|l| **l <= 0.0)
    {
        let hint = "λ = 0 is the slow flow itself";
        return Err(section.error(root.path(), "lambda", bad.to_string(), "weight decays > 0", hint));
    }
    Ok((quantity, given))
}

fn read_expected(root: &Reader) -> Result<(Expected, String), ProblemError> {
    let expected = root.table("expected", EXPECTED)?;
    let tolerance = root.table("tolerance", TOLERANCE)?;
    let why = tolerance.text("why")?;
    if why.trim().is_empty() {
        return Err(tolerance.refuse("why", tolerance.line_of("why"), "an empty text", "what justifies the tolerance"));
    }
    let forms: Vec<&str> = EXPECTED.iter().map(|key| key.name).filter(|name| expected.find(name).is_some()).collect();
    let [form] = forms[..] else {
        let found = if forms.is_empty() { "none of them".into() } else { forms.join(" and ") };
        let allowed = "one of `value`, `at-most`, `at-least`, `between`";
        return Err(root.refuse("expected", root.line_of("expected"), found, allowed));
    };
    let sized: Vec<&str> = ["absolute", "relative"].into_iter().filter(|name| tolerance.find(name).is_some()).collect();
    if (form == "value") != (sized.len() == 1) {
        let found = format!("`expected.{form}` with {} of `absolute` and `relative`", sized.len());
        let allowed = "one of `absolute` and `relative` with `expected.value`; neither with a bound";
        return Err(root.refuse("tolerance", root.line_of("tolerance"), found, allowed));
    }
    let read = match form {
        "at-most" => Expected::AtMost(expected.number(form)?),
        "at-least" => Expected::AtLeast(expected.number(form)?),
        "between" => {
            let ends = expected.numbers(form, Range::Finite)?;
            match ends[..] {
                [(low, _), (high, _)] if low < high => Expected::Between(low, high),
                _ => {
                    let found = format!("{} numbers", ends.len());
                    return Err(expected.refuse(form, expected.line_of(form), found, "two numbers, ascending"));
                }
            }
        }
        _ => {
            let value = expected.number(form)?;
            let size = if sized[0] == "absolute" { 1.0 } else { value.abs() };
            Expected::Value(value, tolerance.number(sized[0])? * size)
        }
    };
    Ok((read, why.into()))
}
