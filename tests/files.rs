//! Every problem file can be posed, every model has one, and no data file is an orphan.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use slowflow::experiment::Setup;
use slowflow::model::MODELS;
use slowflow::problem::{Data, Init, ProblemFile};

/// Files below a folder, sorted.
fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap_or_else(|e| panic!("{e}")).path()).collect();
    paths.sort();
    paths.into_iter().flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] }).collect()
}

fn problems() -> Vec<ProblemFile> {
    let toml = below(Path::new("problems")).into_iter().filter(|path| path.extension().is_some_and(|end| end == "toml"));
    toml.map(|path| ProblemFile::read(&path).unwrap_or_else(|e| panic!("{e}"))).collect()
}

#[test]
fn every_problem_can_be_posed() {
    for problem in problems() {
        let place = problem.path.display().to_string();
        let setup = Setup::new(problem).unwrap_or_else(|e| panic!("{place}: {e}"));
        for loss in [Some(&setup.objective.loss), setup.test.as_ref()].into_iter().flatten() {
            assert_eq!(loss.dim(), setup.start.len(), "{place}: the test set asks for other weights");
            loss.value(&setup.start).unwrap_or_else(|e| panic!("{place}: {e}"));
        }
    }
}

#[test]
fn every_model_has_a_problem() {
    let posed: BTreeSet<String> = problems().into_iter().map(|problem| problem.model.kind).collect();
    for entry in MODELS {
        assert!(posed.contains(entry.name), "no problem file of model `{}` below problems/", entry.name);
    }
}

#[test]
fn every_data_file_is_named_by_a_problem() {
    let mut named = BTreeSet::new();
    for problem in problems() {
        if let Data::Csv { inputs, targets, test, .. } = problem.data {
            named.extend([inputs, targets]);
            named.extend(test.into_iter().flat_map(|(inputs, targets)| [inputs, targets]));
        }
        if let Init::File(file) = problem.init {
            named.insert(file);
        }
    }
    for file in below(Path::new("problems")) {
        if file.extension().is_some_and(|end| end == "csv") {
            assert!(named.contains(&file), "no problem names {}", file.display());
        }
    }
}
