//! The data and the start that a problem file names.

use std::path::Path;

use super::teacher::{self, TEACHERS};
use super::{DataError, DataSet, csv_file, memory};
use crate::field::Weights;
use crate::numeric::Vector;
use crate::numeric::seed::Stream;
use crate::problem::{Data, Init, Parameters, ProblemError, ProblemFile, Section};

/// A training set and, where there is one, a test set with the same columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    /// The training set.
    pub train: DataSet,
    /// The test set.
    pub test: Option<DataSet>,
}

/// The data of a problem: none, from CSV files, or drawn by a teacher.
///
/// Errors: those of the files; counts or columns that do not fit each other; a teacher that does not exist, and one
/// without a `seed`.
pub fn load(problem: &ProblemFile) -> Result<Split, ProblemError> {
    match &problem.data {
        Data::None => Ok(Split { train: DataSet::empty(), test: None }),
        Data::Teacher(section) => taught(problem, section),
        Data::Csv { inputs, targets, test, input_scale } => {
            let train = data_set(problem, "", inputs, targets, *input_scale)?;
            let test = match test {
                None => None,
                Some((inputs, targets)) => {
                    let test = data_set(problem, "test-", inputs, targets, *input_scale)?;
                    same_columns(problem, &train, &test)?;
                    Some(test)
                }
            };
            Ok(Split { train, test })
        }
    }
}

fn taught(problem: &ProblemFile, section: &Section) -> Result<Split, ProblemError> {
    let Some(teacher) = teacher::find(&section.kind) else {
        let known = ["none", "csv"].into_iter().chain(TEACHERS.iter().map(|teacher| teacher.name));
        return Err(section.unknown_kind(&problem.path, known));
    };
    if !problem.lines.contains_key("seed") {
        let found = format!("the key is missing, and \"{}\" draws random numbers", teacher.name);
        return Err(problem.error("seed", found, "a whole number ≥ 0", "add a line `seed = 7`"));
    }
    let parameters = Parameters::resolve(teacher.parameters, section, &problem.path)?;
    (teacher.generate)(&parameters, problem.seed).map_err(|error| match error {
        DataError::Parameter { key, found, allowed, .. } => {
            let about = teacher.parameters.iter().find(|parameter| parameter.name == key).map_or("", |parameter| parameter.about);
            section.error(&problem.path, key, found, allowed, format!("`{key}` of {}: {about}", teacher.name))
        }
        DataError::TooLarge { found, allowed, .. } => section.error(&problem.path, "kind", found, allowed, "ask for less"),
        DataError::Unobserved { .. } => {
            let hint = "observe more entries, or take another seed";
            section.error(&problem.path, "kind", error.to_string(), "an observed entry in every row and column", hint)
        }
    })
}

fn data_set(problem: &ProblemFile, set: &str, inputs: &Path, targets: &Path, scale: f64) -> Result<DataSet, ProblemError> {
    let key = format!("data.{set}targets");
    if inputs == targets {
        let hint = "the inputs are all columns of their file: move the column `y` into a file of its own";
        return Err(problem.error(&key, "the same file as the inputs", "another file", hint));
    }
    let table = csv_file::table(inputs, memory::LIMIT)?;
    let y = csv_file::column(targets, "y", memory::LIMIT)?;
    if table.values.nrows() != y.len() {
        let found = format!("{} targets for {} rows of inputs", y.len(), table.values.nrows());
        let hint = format!("compare {} with {}", targets.display(), inputs.display());
        return Err(problem.error(&key, found, "one target for each row of the inputs", hint));
    }
    Ok(DataSet::new(table.values * scale, y).with_names(table.names))
}

fn same_columns(problem: &ProblemFile, train: &DataSet, test: &DataSet) -> Result<(), ProblemError> {
    if train.names == test.names {
        return Ok(());
    }
    let found = match train.names.iter().zip(&test.names).position(|(a, b)| a != b) {
        Some(k) => format!("column {} is `{}`, and `{}` in the training set", k + 1, test.names[k], train.names[k]),
        None => format!("{} columns, and {} in the training set", test.names.len(), train.names.len()),
    };
    Err(problem.error("data.test-inputs", found, "the columns of the training set", "write both files with one header"))
}

/// The start w₀ of a problem with d weights.
///
/// `init.distribution` draws from the stream `init` of the seed: w₀ does not depend on what else is drawn.
/// Errors: a number of weights that is not d; d weights beyond memory; those of the file.
pub fn start(problem: &ProblemFile, dimension: usize) -> Result<Weights, ProblemError> {
    let (key, weights) = match &problem.init {
        Init::Normal { scale } => {
            // The slow flow is kept at every slow time of the window.
            if let Err((found, allowed)) = memory::check(dimension as u64, problem.slow_times.len() as u64, memory::LIMIT) {
                let hint = "pose the model with fewer weights, or the window with fewer slow times";
                return Err(problem.error("window.slow-time", found, allowed, hint));
            }
            let mut stream = Stream::new(problem.seed, "init");
            return Ok(Weights::from_fn(dimension, |_, _| scale * stream.normal()));
        }
        Init::File(path) => ("init.file", csv_file::column(path, "w", memory::LIMIT)?),
        Init::Values(values) => ("init.values", Vector::from_column_slice(values)),
    };
    if weights.len() == dimension {
        return Ok(weights);
    }
    let hint =
        format!("model \"{}\" on these data has {dimension} weights; `slowflow models` gives their order", problem.model.kind);
    Err(problem.error(key, format!("{} weights", weights.len()), format!("{dimension} weights"), hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(folder: &Path, extra: &str, init: &str) -> Result<ProblemFile, ProblemError> {
        let text = format!(
            "title = \"t\"\nseed = 3\nmodel = {{ kind = \"linear-regression\" }}\nloss = {{ factor = \"1/2n\" }}\ninit = {init}\n\
             lambda = [1e-3]\nwindow = {{ slow-time = [1] }}\ntolerance = {{ rtol = 1e-9, atol = 1e-9 }}\n\
             data = {{ kind = \"csv\", inputs = \"x.csv\", targets = \"y.csv\"{extra} }}\n"
        );
        ProblemFile::parse(&text, &folder.join("p.toml"))
    }

    #[test]
    fn files_become_a_scaled_training_set_and_a_test_set() {
        let home = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(home.path().join(name), text).unwrap();
        write("x.csv", "a,b\n1,2\n3,4\n");
        write("y.csv", "y\n5\n6\n");
        write("tx.csv", "a,b\n7,8\n");
        write("ty.csv", "y\n9\n");
        write("w.csv", "w\n1\n2\n");
        let extra = ", test-inputs = \"tx.csv\", test-targets = \"ty.csv\", input-scale = 0.5";
        let posed = problem(home.path(), extra, "{ file = \"w.csv\" }").unwrap();
        let split = load(&posed).unwrap();
        assert_eq!(split.train.inputs.row(1).iter().copied().collect::<Vec<_>>(), [1.5, 2.0]);
        assert_eq!(split.train.names, ["a", "b"]);
        assert_eq!(split.test.unwrap().inputs[(0, 1)], 4.0);
        assert_eq!(start(&posed, 2).unwrap().as_slice(), [1.0, 2.0]);
        assert_eq!(start(&posed, 3).unwrap_err().key.as_deref(), Some("init.file"));

        write("tx.csv", "b,a\n7,8\n");
        assert!(load(&posed).unwrap_err().found.contains("column 1 is `b`"));
        write("y.csv", "y\n5\n");
        assert_eq!(load(&posed).unwrap_err().found, "1 targets for 2 rows of inputs");
        assert!(problem(home.path(), ", test-inputs = \"tx.csv\"", "{ values = [1] }").is_err());
    }

    #[test]
    fn a_teacher_is_called_and_its_refusal_has_a_place() {
        let text = |data: &str| {
            format!(
                "title = \"t\"\nseed = 3\nmodel = {{ kind = \"linear-regression\" }}\nloss = {{ factor = \"1/2n\" }}\n\
                 init = {{ distribution = \"normal\", scale = 1 }}\nlambda = [1e-3]\nwindow = {{ slow-time = [1] }}\n\
                 tolerance = {{ rtol = 1e-9, atol = 1e-9 }}\ndata = {{ kind = {data} }}\n"
            )
        };
        let load = |data: &str| load(&ProblemFile::parse(&text(data), Path::new("p.toml")).unwrap());
        let split = load("\"linear-teacher\", samples = 4, dimension = 8, nonzero = 2, test-samples = 5").unwrap();
        assert_eq!(split.train.inputs.shape(), (4, 8));
        assert_eq!(split.test.map(|test| test.samples()), Some(5));
        for (data, parts) in [
            ("\"linear-teacher\", samples = 4, dimension = 8, nonzero = 9", ["`data.nonzero`: 9", "from 1 to 8"]),
            ("\"linear-teacher\", samples = 4", ["`data.dimension`", "missing"]),
            ("\"linear-teachr\", samples = 4", ["linear-teachr", "did you mean `linear-teacher`"]),
            ("\"linear-teacher\", samples = 100_000_000, dimension = 8", ["6.0 GiB", "4.0 GiB"]),
            ("\"low-rank-teacher\", rows = 9, columns = 9, rank = 1, observed = 3", ["row 0 of the 9 x 9", "another seed"]),
        ] {
            let message = load(data).unwrap_err().to_string();
            assert!(parts.iter().all(|part| message.contains(part)) && message.starts_with("p.toml:9:"), "{message}");
        }
    }

    #[test]
    fn a_drawn_start_is_scaled_and_a_longer_one_begins_alike() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("x.csv"), "a\n1\n").unwrap();
        std::fs::write(home.path().join("y.csv"), "y\n1\n").unwrap();
        let drawn = |scale: &str, d| {
            start(&problem(home.path(), "", &format!("{{ distribution = \"normal\", scale = {scale} }}")).unwrap(), d).unwrap()
        };
        let (one, two) = (drawn("1", 5), drawn("2", 9));
        assert!((0..5).all(|k| two[k] == 2.0 * one[k]));
        assert_ne!(one[0], one[1]);
    }
}
