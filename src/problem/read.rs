//! From the text of a problem file to a checked [`ProblemFile`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::files;
use super::hash::Fingerprint;
use super::keys::{self, Key, Range};
use super::reader::Reader;
use super::toml_text::{self, Node, Table, Tree, written};
use super::{Data, Factor, Init, Manifold, ProblemError, ProblemFile, Section, Source};
use crate::numeric::grid;

impl ProblemFile {
    /// Reads and checks a problem file and fingerprints the files that it names.
    ///
    /// Errors: the first thing that is wrong, with its line and key.
    pub fn read(path: &Path) -> Result<ProblemFile, ProblemError> {
        Self::parse(&read_text(path, "a problem file: TOML in UTF-8")?, path)
    }

    /// Checks the text of a problem file that stands, or could stand, at `path`.
    ///
    /// Errors: the first thing that is wrong, with its line and key.
    pub fn parse(text: &str, path: &Path) -> Result<ProblemFile, ProblemError> {
        let table = toml_text::parse(text, path)?;
        let root = Reader::open(path, String::new(), 1, &table, keys::PROBLEM)?;
        Self::from_table(&root, &table, text)
    }

    /// Checks a problem that stands in a table of another file, under the keys of a problem file.
    ///
    /// The fingerprint is over the `text` of the whole file. Paths are relative to that file.
    pub fn from_table(root: &Reader, table: &Table, text: &str) -> Result<ProblemFile, ProblemError> {
        let path = root.path();
        let mut hash = Fingerprint::of(text);
        let mut open = |reader: &Reader, name: &str| -> Result<PathBuf, ProblemError> {
            let (line, allowed) = (reader.line_of(name), keys::Shape::File.words());
            let file = files::resolve(path, reader.text(name)?)
                .map_err(|refused| reader.refuse(name, line, refused.found, allowed.clone()).with_hint(refused.hint))?;
            match hash.add(&file) {
                Ok(()) => Ok(file),
                Err(error) => Err(reader.refuse(name, line, files::reason(&error), allowed)),
            }
        };
        let title = root.text("title")?;
        if title.trim().is_empty() || title.contains('\n') {
            return Err(root.refuse("title", root.line_of("title"), format!("{title:?}"), "one line that is not blank"));
        }
        let about = root.text_or_empty("about")?;
        let source = match root.find("source") {
            None => Source::default(),
            Some(_) => {
                let source = root.table("source", keys::SOURCE)?;
                Source { paper: source.text_or_empty("paper")?.into(), place: source.text_or_empty("where")?.into() }
            }
        };
        let seed = if root.find("seed").is_some() { Some(root.whole("seed")?) } else { None };
        let data = read_data(root, &mut open)?;
        let model = section(root, "model")?;
        let loss = root.table("loss", keys::LOSS)?;
        if loss.find("criterion").is_some() {
            loss.word("criterion")?;
        }
        let factor = match loss.word("factor")? {
            "1/2n" => Factor::PerSample(0.5),
            "1/n" => Factor::PerSample(1.0),
            "1/2" => Factor::Fixed(0.5),
            "1/4" => Factor::Fixed(0.25),
            _ => Factor::Fixed(1.0),
        };
        let manifold = match loss.find("manifold") {
            None => None,
            Some(_) if loss.word("manifold")? == "zero-loss" => Some(Manifold::ZeroLoss),
            Some(_) => Some(Manifold::CriticalPoints),
        };
        let init = read_init(root, &mut open)?;
        if let (Init::Normal { .. }, None) = (&init, seed) {
            let found = "the key is missing, and `init.distribution` draws random numbers";
            return Err(root.refuse("seed", root.line_of("seed"), found, "a whole number ≥ 0"));
        }
        let regulariser = root.find("regulariser").map(|_| section(root, "regulariser")).transpose()?;
        let lambda = read_lambda(root)?;
        let window = root.table("window", keys::WINDOW)?;
        let slow_times = read_slow_times(&window)?;
        let tolerance = root.table("tolerance", keys::TOLERANCE)?;
        let problem = ProblemFile {
            path: path.to_path_buf(),
            title: title.into(),
            about: about.into(),
            source,
            seed: seed.unwrap_or(0),
            data,
            model,
            factor,
            manifold,
            init,
            regulariser,
            lambda,
            slow_times,
            fast_time: window.number_or("fast-time", 10.0)?,
            rtol: tolerance.number("rtol")?,
            atol: tolerance.number("atol")?,
            method: root.find("method").map(|_| root.word("method").map(String::from)).transpose()?,
            budget: if root.find("budget").is_some() { root.whole("budget")? } else { 20_000_000 },
            exact: root.find("exact").map(|_| root.text("exact").map(String::from)).transpose()?,
            hash: hash.hexadecimal(),
            lines: lines(table),
        };
        Ok(problem)
    }
}

/// The text of a file that must be what `allowed` says.
///
/// Errors: a file that cannot be opened, is too long or is not UTF-8.
pub fn read_text(path: &Path, allowed: &str) -> Result<String, ProblemError> {
    files::read_text(path).map_err(|refused| ProblemError::at(path, None, None, refused.found, allowed, refused.hint))
}

/// Lines of all keys, as dotted paths.
fn lines(table: &Table) -> BTreeMap<String, usize> {
    fn walk(table: &Table, place: &str, lines: &mut BTreeMap<String, usize>) {
        for (name, line, node) in &table.entries {
            lines.insert(format!("{place}{name}"), *line);
            if let Tree::Table(inner) = &node.value {
                walk(inner, &format!("{place}{name}."), lines);
            }
        }
    }
    let mut lines = BTreeMap::new();
    walk(table, "", &mut lines);
    lines
}

/// `{ kind = "…", … }`, its other keys as they stand.
fn section(root: &Reader, name: &'static str) -> Result<Section, ProblemError> {
    let node = root.need(name)?;
    let refuse = |node: &Node, found: String, allowed: &str| Err(root.refuse(name, node.line, found, allowed));
    let Tree::Table(table) = &node.value else { return refuse(node, node.shown(), &keys::Shape::Kind.words()) };
    let Some((_, line, kind)) = table.entries.iter().find(|(key, ..)| key == "kind") else {
        return refuse(node, format!("{}, without `kind`", node.shown()), &keys::Shape::Kind.words());
    };
    let Tree::Text(kind) = &kind.value else { return refuse(kind, kind.shown(), "`kind` as text") };
    let others = table.entries.iter().filter(|(key, ..)| key != "kind");
    let entries = others.map(|(key, line, node)| (key.clone(), node.raw(), *line)).collect();
    Ok(Section { name, kind: kind.clone(), line: *line, entries })
}

type Open<'a> = dyn FnMut(&Reader, &str) -> Result<PathBuf, ProblemError> + 'a;

fn read_data(root: &Reader, open: &mut Open) -> Result<Data, ProblemError> {
    if root.find("data").is_none() {
        return Ok(Data::None);
    }
    let section = section(root, "data")?;
    match section.kind.as_str() {
        "none" => root.table("data", keys::NO_DATA).map(|_| Data::None),
        "csv" => {
            let data = root.table("data", keys::CSV)?;
            let (inputs, targets) = (open(&data, "inputs")?, open(&data, "targets")?);
            let test = match (data.find("test-inputs"), data.find("test-targets")) {
                (None, None) => None,
                _ => Some((open(&data, "test-inputs")?, open(&data, "test-targets")?)),
            };
            Ok(Data::Csv { inputs, targets, test, input_scale: data.number_or("input-scale", 1.0)? })
        }
        _ => Ok(Data::Teacher(section)),
    }
}

fn read_init(root: &Reader, open: &mut Open) -> Result<Init, ProblemError> {
    let allowed = "one of { distribution = \"normal\", scale = … }, { file = … }, { values = […] }";
    let forms: [(&str, &'static [Key]); 3] =
        [("distribution", keys::INIT_NORMAL), ("file", keys::INIT_FILE), ("values", keys::INIT_VALUES)];
    let node = root.need("init")?;
    let Tree::Table(table) = &node.value else {
        return Err(root.refuse("init", node.line, node.shown(), allowed));
    };
    let has = |name: &str| table.entries.iter().any(|(key, ..)| key == name);
    let given: Vec<&str> = forms.iter().map(|(name, _)| *name).filter(|name| has(name)).collect();
    let [given] = given[..] else {
        let found = match given.len() {
            0 => node.shown(),
            _ => format!("a table with {} at once", given.join(" and ")),
        };
        return Err(root.refuse("init", root.line_of("init"), found, allowed));
    };
    match given {
        "distribution" => {
            let init = root.table("init", keys::INIT_NORMAL)?;
            init.word("distribution")?;
            Ok(Init::Normal { scale: init.number("scale")? })
        }
        "file" => open(&root.table("init", keys::INIT_FILE)?, "file").map(Init::File),
        _ => {
            let values = root.table("init", keys::INIT_VALUES)?.numbers("values", Range::Finite)?;
            Ok(Init::Values(values.into_iter().map(|(x, _)| x).collect()))
        }
    }
}

fn read_lambda(root: &Reader) -> Result<Vec<f64>, ProblemError> {
    let mut lambda = root.numbers("lambda", Range::Decay)?;
    lambda.sort_by(|a, b| b.0.total_cmp(&a.0));
    match lambda.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => {
            let line = pair[0].1.max(pair[1].1);
            Err(root.refuse("lambda", line, format!("{:e} twice", pair[0].0), "weight decays > 0, all different"))
        }
        None => Ok(lambda.into_iter().map(|(x, _)| x).collect()),
    }
}

fn read_slow_times(window: &Reader) -> Result<Vec<f64>, ProblemError> {
    let name = "slow-time";
    let times = match &window.need(name)?.value {
        Tree::Table(_) => {
            let range = window.table(name, keys::SLOW_RANGE)?;
            let (from, to, points) = (range.number("from")?, range.number("to")?, range.whole("points")? as usize);
            let linear = range.find("spacing").is_some() && range.word("spacing")? == "linear";
            if from >= to {
                let found = format!("from {} to {}", written(from), written(to));
                return Err(window.refuse(name, range.line_of("to"), found, "a range with `from` < `to`"));
            }
            if !linear && from == 0.0 {
                let error = range.refuse("from", range.line_of("from"), "0 with spacing \"log\"", "a finite number > 0");
                return Err(error.with_hint("use `from = 1e-3`, or `spacing = \"linear\"`"));
            }
            let spaced = if linear { grid::linear } else { grid::logarithmic };
            spaced(from, to, points).into_iter().map(|s| (s, range.line_of("points"))).collect()
        }
        _ => window.numbers(name, Range::SlowTime)?,
    };
    match times.windows(2).find(|pair| pair[0].0 >= pair[1].0) {
        Some(pair) => {
            let found = format!("{} before {}", written(pair[0].0), written(pair[1].0));
            Err(window.refuse(name, pair[1].1, found, "slow times that ascend strictly"))
        }
        None => Ok(times.into_iter().map(|(s, _)| s).collect()),
    }
}
