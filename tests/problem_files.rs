//! Problem files: every one in the repository is read, the JSON Schema agrees with the reader, mutations never panic.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use slowflow::data::teacher::TEACHERS;
use slowflow::field::REGULARISERS;
use slowflow::model::MODELS;
use slowflow::numeric::seed::Stream;
use slowflow::problem::schema::{Kinds, json_schema};
use slowflow::problem::{Kind, ProblemFile, Raw, toml_text};

const SMALL: &str = r#"title = "Scalar factorisation uv = 1"
about = "The smallest curved manifold with a symmetry."
source = { paper = "arXiv:2505.20172", where = "appendix" }
seed = 7
model = { kind = "scalar-factorisation", product = 1.0 }
loss = { criterion = "square", factor = "1/2" }
init = { distribution = "normal", scale = 1.5 }
regulariser = { kind = "diagonal", values = [1.0, 2.0] }
lambda = [1e-2, 1e-3]
window = { slow-time = { from = 0.1, to = 5.0, points = 5, spacing = "log" }, fast-time = 4 }
tolerance = { rtol = 1e-11, atol = 1e-13 }
method = "dopri5"
budget = 1000
"#;

fn repository_files() -> Vec<PathBuf> {
    fn walk(folder: &Path, into: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, into);
            } else if path.extension().is_some_and(|end| end == "toml") {
                into.push(path);
            }
        }
    }
    let mut files = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("problems"), &mut files);
    files.sort();
    files
}

/// The repository's problem files with their text, and one that has every optional key.
fn files() -> Vec<(PathBuf, String)> {
    let mut files: Vec<_> =
        repository_files().into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect();
    files.push((PathBuf::from("small.toml"), SMALL.into()));
    files
}

fn schema() -> Value {
    let models: Vec<Kind> =
        MODELS.iter().map(|entry| Kind { name: entry.name, about: entry.about, parameters: entry.parameters }).collect();
    let teachers: Vec<Kind> = TEACHERS
        .iter()
        .map(|teacher| Kind { name: teacher.name, about: teacher.about, parameters: teacher.parameters })
        .collect();
    json_schema(&Kinds { models: &models, teachers: &teachers, regularisers: REGULARISERS })
}

/// The part of JSON Schema that slowflow's schema uses. `Err` names the place.
fn conforms(value: &Value, schema: &Value, place: &str) -> Result<(), String> {
    let fail = |why: String| Err(format!("{place}: {why}"));
    for (keyword, rule) in schema.as_object().unwrap() {
        let number = value.as_f64();
        match keyword.as_str() {
            "$schema" | "title" | "description" | "default" | "properties" => {}
            "type" => {
                let fits = match rule.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "number" => value.is_number(),
                    "boolean" => value.is_boolean(),
                    "integer" => number.is_some_and(|x| x.fract() == 0.0),
                    other => panic!("unknown type {other}"),
                };
                if !fits {
                    return fail(format!("{value} is not of type {rule}"));
                }
            }
            "enum" if !rule.as_array().unwrap().contains(value) => return fail(format!("{value} is not in {rule}")),
            "const" if rule != value && rule.as_f64() != number => return fail(format!("{value} is not {rule}")),
            "minimum" if number < rule.as_f64() => return fail(format!("{value} < {rule}")),
            "maximum" if number > rule.as_f64() => return fail(format!("{value} > {rule}")),
            "exclusiveMinimum" if number <= rule.as_f64() => return fail(format!("{value} ≤ {rule}")),
            "exclusiveMaximum" if number >= rule.as_f64() => return fail(format!("{value} ≥ {rule}")),
            "minLength" if value.as_str().is_some_and(|text| text.is_empty()) => return fail("empty text".into()),
            "minItems" if value.as_array().is_some_and(|items| items.is_empty()) => return fail("empty list".into()),
            "items" => {
                for (k, item) in value.as_array().into_iter().flatten().enumerate() {
                    conforms(item, rule, &format!("{place}[{k}]"))?;
                }
            }
            "not" if conforms(value, rule, place).is_ok() => return fail(format!("{value} is excluded")),
            "anyOf" => {
                let tried: Vec<_> = rule.as_array().unwrap().iter().map(|option| conforms(value, option, place)).collect();
                if tried.iter().all(Result::is_err) {
                    return fail(format!("none of {} forms fits {value}", tried.len()));
                }
            }
            "required" => {
                for name in rule.as_array().unwrap() {
                    if value.get(name.as_str().unwrap()).is_none() {
                        return fail(format!("{name} is missing"));
                    }
                }
            }
            "additionalProperties" => {
                for (name, inner) in value.as_object().into_iter().flatten() {
                    let place = format!("{place}.{name}");
                    match schema.get("properties").and_then(|known| known.get(name)) {
                        Some(known) => conforms(inner, known, &place)?,
                        None if rule == &Value::Bool(false) => return Err(format!("{place}: unknown")),
                        None => conforms(inner, rule, &place)?,
                    }
                }
            }
            "enum" | "const" | "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "minLength" | "minItems"
            | "not" => {}
            other => panic!("the schema uses `{other}`, which this check does not know"),
        }
    }
    Ok(())
}

fn json(raw: &Raw) -> Value {
    match raw {
        Raw::Integer(k) => Value::from(*k),
        Raw::Number(x) => Value::from(*x),
        Raw::Flag(flag) => Value::from(*flag),
        Raw::Text(text) => Value::from(text.as_str()),
        Raw::List(items) => items.iter().map(json).collect(),
        Raw::Table(entries) => entries.iter().map(|(name, raw)| (name.clone(), json(raw))).collect(),
    }
}

fn document(text: &str) -> Value {
    let table = toml_text::parse(text, Path::new("p.toml")).unwrap();
    table.entries.iter().map(|(name, _, node)| (name.clone(), json(&node.raw()))).collect()
}

#[test]
fn every_problem_file_is_read_and_fits_the_schema() {
    let schema = schema();
    for (path, text) in files() {
        ProblemFile::parse(&text, &path).unwrap_or_else(|error| panic!("{error}"));
        conforms(&document(&text), &schema, "").unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}

#[test]
fn schema_and_reader_refuse_the_same_mistakes() {
    let schema = schema();
    assert_eq!(conforms(&document(SMALL), &schema, ""), Ok(()));
    for (from, to) in [
        ("seed = 7", "seed = -7"),
        ("seed = 7", "sede = 7"),
        ("title = \"Scalar factorisation uv = 1\"\n", ""),
        ("lambda = [1e-2, 1e-3]\n", ""),
        ("1e-2, 1e-3", "1e-2, -1e-3"),
        ("[1e-2, 1e-3]", "[]"),
        ("[1e-2, 1e-3]", "1e-3"),
        ("rtol = 1e-11", "rtol = 0"),
        ("rtol = 1e-11", "rtol = 1"),
        ("atol = 1e-13", "atol = -1.0"),
        ("\"1/2\"", "\"2\""),
        ("\"square\"", "\"logistic\""),
        ("scale = 1.5", "scale = 0"),
        ("scale = 1.5", "scale = 1, values = [1]"),
        ("\"normal\"", "\"uniform\""),
        ("points = 5", "points = 1"),
        ("points = 5", "points = 2.5"),
        ("\"log\"", "\"quadratic\""),
        ("fast-time = 4", "fast-time = \"4\""),
        ("\"dopri5\"", "\"euler\""),
        ("budget = 1000", "budget = 0"),
        ("paper = \"arXiv:2505.20172\"", "paper = 2505"),
        ("paper = \"arXiv:2505.20172\"", "papers = \"x\""),
    ] {
        let text = SMALL.replacen(from, to, 1);
        assert_ne!(text, SMALL, "`{from}` → `{to}` changes nothing");
        assert!(ProblemFile::parse(&text, Path::new("p.toml")).is_err(), "the reader takes {to}");
        assert!(conforms(&document(&text), &schema, "").is_err(), "the schema takes {to}");
    }
}

/// One random change of a text.
fn mutated(text: &str, stream: &mut Stream) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let mut lines: Vec<&str> = text.lines().collect();
    match stream.index(8) {
        0 => {
            characters.remove(stream.index(characters.len()));
        }
        1 => {
            let odd = ['"', '[', '{', '}', ']', '=', '\n', '\0', ',', '-', '.', '#', '\'', '\\', 'é', '\u{feff}', '9'];
            characters.insert(stream.index(characters.len()), odd[stream.index(odd.len())]);
        }
        2 => characters.truncate(stream.index(characters.len())),
        3 => {
            lines.remove(stream.index(lines.len()));
            return lines.join("\n");
        }
        4 => {
            let (from, to) = (stream.index(lines.len()), stream.index(lines.len()));
            lines.insert(to, lines[from]);
            return lines.join("\n");
        }
        5 => {
            let (a, b) = (stream.index(characters.len()), stream.index(characters.len()));
            characters.swap(a, b);
        }
        _ => {
            // What stands after an equals sign or a comma becomes something else.
            let values = [
                "nan",
                "-inf",
                "1e999",
                "-1",
                "0",
                "99999999999999999999",
                "[]",
                "{}",
                "[[1]]",
                "\"x\"",
                "true",
                "1979-05-27",
                "1e-300",
                "[1, 2, 3]",
                "{ kind = \"csv\" }",
                "\"../../etc/hostname\"",
                "0x7f",
                "1_000",
                "[nan]",
                "{ from = 0, to = 0, points = 7 }",
            ];
            let places: Vec<usize> = (0..characters.len()).filter(|&k| matches!(characters[k], '=' | ',')).collect();
            let start = places[stream.index(places.len())] + 1;
            let end =
                (start..characters.len()).find(|&k| matches!(characters[k], ',' | '\n' | '}' | ']')).unwrap_or(characters.len());
            characters.splice(start..end, format!(" {} ", values[stream.index(values.len())]).chars());
        }
    }
    characters.into_iter().collect()
}

#[test]
fn a_thousand_mutated_files_are_read_soundly_or_refused() {
    let files = files();
    let mut stream = Stream::new(1, "mutations");
    let (mut read, mut refused) = (0, 0);
    for k in 0..1000 {
        let (path, text) = &files[k % files.len()];
        let mut text = mutated(text, &mut stream);
        for _ in 0..stream.index(3) {
            if text.contains(['=', ',']) && text.len() > 2 {
                text = mutated(&text, &mut stream);
            }
        }
        match ProblemFile::parse(&text, path) {
            Ok(problem) => {
                read += 1;
                assert!(problem.lambda.iter().all(|l| *l > 0.0 && l.is_finite()) && !problem.lambda.is_empty(), "{text}");
                assert!(problem.lambda.is_sorted_by(|a, b| a > b) && problem.slow_times.is_sorted_by(|a, b| a < b), "{text}");
                assert!(problem.slow_times[0] >= 0.0 && problem.fast_time > 0.0 && problem.budget > 0, "{text}");
                assert!(problem.rtol > 0.0 && problem.atol > 0.0 && problem.rtol < 1.0 && problem.atol.is_finite(), "{text}");
            }
            Err(error) => {
                refused += 1;
                assert!(error.line.is_some() && !error.found.is_empty() && !error.allowed.is_empty(), "{error}\n{text}");
                assert!(!error.hint.is_empty(), "{error}\n{text}");
            }
        }
    }
    assert!(read > 50 && refused > 500, "{read} read, {refused} refused: the mutations are too wild or too tame");
}
