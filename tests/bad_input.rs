//! Bad input, through the program: exit code 2, a message with place, finding, what is allowed and a hint, and not a byte
//! changed on disk. Every case changes one thing in a problem that runs.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const PROBLEM: &str = r#"title = "Two samples, three weights"
data = { kind = "csv", inputs = "x.csv", targets = "y.csv" }
model = { kind = "linear-regression" }
loss = { criterion = "square", factor = "1/2n" }
init = { file = "w.csv" }
lambda = [1e-3, 1e-4]
window = { slow-time = [0.5, 1.0, 2.0] }
tolerance = { rtol = 1e-9, atol = 1e-11 }
exact = "linear-regression"
"#;
const FILES: [(&str, &str); 4] =
    [("p.toml", PROBLEM), ("x.csv", "a,b,c\n1,0,2\n0,1,-1\n"), ("y.csv", "y\n1\n2\n"), ("w.csv", "w\n1\n-1\n0.5\n")];

/// What a case changes.
enum Change {
    /// A text of the problem file into another.
    Replace(&'static str, &'static str),
    /// A whole file.
    File(&'static str, &'static [u8]),
    /// Something else in the folder, then these arguments.
    Run(fn(&Path), &'static [&'static str]),
}
use Change::{File, Replace, Run};

/// A name, a change, and what the message must contain.
type Case = (&'static str, Change, &'static [&'static str]);

fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    for (name, text) in FILES {
        fs::write(home.path().join(name), text).unwrap();
    }
    home
}

fn slowflow(home: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_slowflow")).args(arguments).current_dir(home).output().unwrap()
}

/// Every path below a folder with its content; of large files only the length.
fn snapshot(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        let name = path.display().to_string();
        if kind.is_dir() {
            all.extend(snapshot(&path));
            all.insert(name, b"folder".to_vec());
        } else if kind.is_file() && entry.metadata().unwrap().len() < 1 << 20 {
            all.insert(name, fs::read(&path).unwrap());
        } else {
            all.insert(name, entry.metadata().unwrap().len().to_string().into_bytes());
        }
    }
    all
}

const VERIFY: &[&str] = &["verify", "p.toml", "--out", "out"];

fn check(cases: &[Case]) {
    let mut wrong = Vec::new();
    for (name, change, parts) in cases {
        let home = home();
        let arguments = match change {
            Replace(from, to) => {
                let text = PROBLEM.replacen(from, to, 1);
                assert_ne!(text, PROBLEM, "{name}: the change changes nothing");
                fs::write(home.path().join("p.toml"), text).unwrap();
                VERIFY
            }
            File(file, content) => {
                fs::write(home.path().join(file), content).unwrap();
                VERIFY
            }
            Run(prepare, arguments) => {
                prepare(home.path());
                arguments
            }
        };
        let before = snapshot(home.path());
        let output = slowflow(home.path(), arguments);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        let mut faults: Vec<String> =
            parts.iter().filter(|part| !message.contains(**part)).map(|part| format!("no {part:?}")).collect();
        if output.status.code() != Some(2) {
            faults.push(format!("exit code {:?}", output.status.code()));
        }
        if !message.contains("allowed: ") || !message.contains("hint: ") {
            faults.push("no word on what is allowed, or no hint".into());
        }
        if message.contains("panicked") || !output.stdout.is_empty() {
            faults.push("a panic, or something on standard output".into());
        }
        if snapshot(home.path()) != before {
            faults.push("files have changed".into());
        }
        if !faults.is_empty() {
            wrong.push(format!("{name}: {}\n{message}", faults.join("; ")));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// A completion of a 3 x 2 matrix in the place of the problem.
fn completion(home: &Path, entries: &str, values: &str, width: usize) {
    fs::write(home.join("x.csv"), entries).unwrap();
    fs::write(home.join("y.csv"), values).unwrap();
    let model = format!("seed = 1\nmodel = {{ kind = \"matrix-factorisation\", rows = 3, columns = 2, width = {width} }}");
    let text = PROBLEM
        .replace("model = { kind = \"linear-regression\" }", &model)
        .replace("{ file = \"w.csv\" }", "{ distribution = \"normal\", scale = 1 }")
        .replace("exact = \"linear-regression\"\n", "");
    fs::write(home.join("p.toml"), text).unwrap();
}

#[test]
fn the_unchanged_problem_runs() {
    let home = home();
    let output = slowflow(home.path(), VERIFY);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(home.path().join("out/summary.json").is_file());
}

#[test]
fn a_start_at_the_origin_and_zero_targets_are_no_division_by_zero() {
    for targets in ["y\n1\n2\n", "y\n0\n0\n"] {
        let home = home();
        fs::write(home.path().join("w.csv"), "w\n0\n0\n0\n").unwrap();
        fs::write(home.path().join("y.csv"), targets).unwrap();
        let output = slowflow(home.path(), VERIFY);
        let table = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{}{table}", String::from_utf8_lossy(&output.stderr));
        assert!(!table.contains("NaN") && !table.contains("inf "), "{table}");
    }
}

#[test]
fn files_that_are_no_problem_files() {
    check(&[
        ("missing file", Run(|_| (), &["verify", "q.toml"]), &["q.toml: no such file", "did you mean `./p.toml`?"]),
        ("far missing file", Run(|_| (), &["verify", "nowhere/else.toml"]), &["nowhere/else.toml: no such file"]),
        ("a folder", Run(|_| (), &["verify", "."]), &["folder", "a problem file"]),
        ("empty", File("p.toml", b""), &["p.toml:1: `title`: the key is missing"]),
        ("not UTF-8", File("p.toml", b"title = \"x\"\nabout = \"\xff\"\n"), &["byte 0xff on line 2", "UTF-8"]),
        ("not TOML", Replace("lambda = [1e-3, 1e-4]", "lambda = [1e-3, 1e-4"), &["p.toml:7:", "a TOML document"]),
        ("no quotes", Replace("\"1/2n\"", "1/2n"), &["p.toml:4:", "a TOML document"]),
        ("duplicate key", Replace("lambda", "model = 3\nlambda"), &["p.toml:6: duplicate key"]),
        ("NUL", File("p.toml", b"title = \"a\0b\"\n"), &["p.toml:1:", "a TOML document"]),
        ("huge whole number", Replace("title", "seed = 99999999999999999999\ntitle"), &["p.toml:1: the whole number", "64 bits"]),
        ("data instead", Run(|_| (), &["verify", "x.csv"]), &["x.csv:1:", "a TOML document"]),
    ]);
}

#[test]
fn keys_that_do_not_exist() {
    check(&[
        ("top", Replace("lambda", "lamda"), &["p.toml:6: `lamda`: unknown key, with a list of 2", "did you mean `lambda`?"]),
        ("underscore", Replace("slow-time", "slow_time"), &["`window.slow_time`: unknown key", "did you mean `slow-time`?"]),
        ("tolerance", Replace("rtol", "rtl"), &["p.toml:8: `tolerance.rtl`", "`rtol`, `atol`"]),
        ("loss", Replace("factor", "faktor"), &["`loss.faktor`", "did you mean `factor`?"]),
        ("data", Replace("targets", "labels"), &["`data.labels`", "`inputs`, `targets`"]),
        ("init", Replace("{ file", "{ seed = 3, file"), &["`init.seed`: unknown key, with the number 3", "`file`"]),
        ("model", Replace("regression\" }", "regression\", width = 3 }"), &["p.toml:3: `model.width`", "takes none"]),
        ("far from all", Replace("exact", "learning-rate"), &["`learning-rate`: unknown key", "`lambda`", "there are: "]),
        (
            "array of tables",
            Replace("model = { kind = \"linear-regression\" }\n", "exact = \"linear-regression\"\n[[model]]\n"),
            &["p.toml"],
        ),
    ]);
}

#[test]
fn values_of_the_wrong_type_or_range() {
    check(&[
        ("title", Replace("\"Two samples, three weights\"", "2"), &["p.toml:1: `title`: the number 2", "allowed: text"]),
        ("blank title", Replace("Two samples, three weights", "  "), &["`title`", "not blank"]),
        ("negative seed", Replace("title", "seed = -1\ntitle"), &["`seed`: the number -1", "a whole number ≥ 0"]),
        ("text seed", Replace("title", "seed = \"7\"\ntitle"), &["`seed`: text \"7\"", "a whole number"]),
        (
            "no seed",
            Replace("{ file = \"w.csv\" }", "{ distribution = \"normal\", scale = 1 }"),
            &["`seed`: the key is missing", "draws"],
        ),
        ("λ no list", Replace("[1e-3, 1e-4]", "1e-3"), &["p.toml:6: `lambda`: the number 0.001", "a list"]),
        ("λ empty", Replace("[1e-3, 1e-4]", "[]"), &["`lambda`: an empty list", "> 0"]),
        ("λ text", Replace("[1e-3, 1e-4]", "[1e-3, \"1e-4\"]"), &["`lambda`: entry 2 of 2 is text \"1e-4\"", "> 0"]),
        (
            "λ negative",
            Replace("1e-3, 1e-4", "1e-3,\n -1e-4"),
            &["p.toml:7: `lambda`: entry 2 of 2 is the number -0.0001", "> 0"],
        ),
        ("λ zero", Replace("1e-4]", "0]"), &["entry 2 of 2 is the number 0", "> 0"]),
        ("λ NaN", Replace("1e-4]", "nan]"), &["entry 2 of 2 is the number NaN", "finite"]),
        ("λ infinite", Replace("1e-4]", "inf]"), &["entry 2 of 2 is the number inf", "finite"]),
        ("λ without an inverse", Replace("1e-4]", "5e-324]"), &["entry 2 of 2 is the number 5e-324", "from 1e-100 to 1e100"]),
        ("λ twice", Replace("1e-4]", "0.001]"), &["`lambda`: 1e-3 twice", "all different"]),
        ("λ missing", Replace("lambda = [1e-3, 1e-4]\n", ""), &["`lambda`: the key is missing", "lambda = [1e-2"]),
        ("--lambda negative", Run(|_| (), &["verify", "p.toml", "--lambda=-1e-3"]), &["--lambda", "the number -0.001", "> 0"]),
        ("--lambda NaN", Run(|_| (), &["verify", "p.toml", "--lambda", "nan"]), &["--lambda", "NaN", "> 0"]),
        ("unsorted window", Replace("0.5, 1.0", "1.0, 0.5"), &["p.toml:7: `window.slow-time`: 1 before 0.5", "ascend"]),
        ("a time twice", Replace("0.5, 1.0", "1.0, 1.0"), &["`window.slow-time`: 1 before 1", "ascend"]),
        ("negative time", Replace("0.5, 1.0", "-0.5, 1.0"), &["entry 1 of 3 is the number -0.5", "≥ 0"]),
        ("empty window", Replace("[0.5, 1.0, 2.0]", "[]"), &["`window.slow-time`: an empty list"]),
        ("no window", Replace("window = { slow-time = [0.5, 1.0, 2.0] }\n", ""), &["`window`: the key is missing", "slow-time"]),
        ("backward range", Replace("[0.5, 1.0, 2.0]", "{ from = 2, to = 1, points = 5 }"), &["from 2 to 1", "`from` < `to`"]),
        ("log from 0", Replace("[0.5, 1.0, 2.0]", "{ from = 0, to = 1, points = 5 }"), &["`window.slow-time.from`", "linear"]),
        ("one point", Replace("[0.5, 1.0, 2.0]", "{ from = 0.5, to = 1, points = 1 }"), &["the number 1", "from 2 to 100000"]),
        (
            "half a point",
            Replace("[0.5, 1.0, 2.0]", "{ from = 0.5, to = 1, points = 2.5 }"),
            &["the number 2.5", "a whole number"],
        ),
        ("fast time 0", Replace("2.0] }", "2.0], fast-time = 0 }"), &["`window.fast-time`: the number 0", "> 0"]),
        ("rtol 0", Replace("1e-9", "0"), &["p.toml:8: `tolerance.rtol`: the number 0", "from 1e-14", "to 0.1"]),
        ("rtol negative", Replace("1e-9", "-1e-9"), &["`tolerance.rtol`: the number -1e-9", "from 1e-14"]),
        ("rtol text", Replace("1e-9", "\"small\""), &["`tolerance.rtol`: text \"small\"", "a number from 1e-14"]),
        ("rtol 1", Replace("1e-9", "1"), &["`tolerance.rtol`: the number 1", "to 0.1"]),
        ("rtol below round-off", Replace("1e-9", "1e-20"), &["p.toml:8: `tolerance.rtol`: the number 1e-20", "from 1e-14"]),
        ("atol below all numbers", Replace("1e-11", "1e-320"), &["`tolerance.atol`: the number 1e-320", "from 1e-100"]),
        (
            "a slow time beyond all",
            Replace("2.0]", "1e300]"),
            &["`window.slow-time`: entry 3 of 3 is the number 1e300", "at most 1e15"],
        ),
        ("a start too large", File("w.csv", b"w\n1e200\n-1\n0.5\n"), &["p.toml:5: `init`: |w₀|", "is no finite number"]),
        ("atol 0", Replace("1e-11", "0.0"), &["`tolerance.atol`: the number 0", "> 0"]),
        ("atol missing", Replace(", atol = 1e-11", ""), &["p.toml:8: `tolerance.atol`: the key is missing", "atol = 1e-13"]),
        ("no tolerance", Replace("tolerance = { rtol = 1e-9, atol = 1e-11 }\n", ""), &["`tolerance`: the key is missing"]),
        ("no factor", Replace(", factor = \"1/2n\"", ""), &["`loss.factor`: the key is missing", "\"1/2n\""]),
        ("factor", Replace("1/2n", "1/3"), &["p.toml:4: `loss.factor`: text \"1/3\"", "\"1/4\""]),
        ("criterion", Replace("square", "logistic"), &["`loss.criterion`: text \"logistic\"", "\"square\""]),
        ("method", Replace("exact", "method = \"radua\"\nexact"), &["`method`: text \"radua\"", "did you mean `radau`?"]),
        ("budget 0", Replace("exact", "budget = 0\nexact"), &["`budget`: the number 0", "≥ 1"]),
        ("budget flag", Replace("exact", "budget = true\nexact"), &["`budget`: the flag true", "a whole number"]),
        (
            "exact",
            Replace("exact = \"linear-regression\"", "exact = \"lambert\""),
            &["p.toml:9: `exact`", "lambert", "linear-regression"],
        ),
        ("a date", Replace("exact = \"linear-regression\"", "exact = 2026-01-01"), &["`exact`: the date 2026-01-01", "text"]),
    ]);
}

#[test]
fn models_starts_and_regularisers_that_do_not_fit() {
    const MODEL: &str = "model = { kind = \"linear-regression\" }";
    check(&[
        (
            "no kind",
            Replace("{ kind = \"linear-regression\" }", "{ name = \"linear-regression\" }"),
            &["p.toml:3: `model`", "without `kind`"],
        ),
        ("kind a number", Replace("\"linear-regression\" }", "7 }"), &["`model`: the number 7", "`kind` as text"]),
        (
            "no model",
            Replace("linear-regression\" }", "linear-regresion\" }"),
            &["p.toml:3: `model.kind`", "did you mean `linear-regression`?"],
        ),
        ("model a text", Replace(MODEL, "model = \"linear-regression\""), &["`model`: text \"linear-regression\"", "a table"]),
        (
            "parameter missing",
            Replace(MODEL, "model = { kind = \"scalar-factorisation\" }"),
            &["`model.product`: the key is missing"],
        ),
        (
            "parameter type",
            Replace(MODEL, "model = { kind = \"sphere\", dimension = 2.5 }"),
            &["`model.dimension`: the number 2.5", "a whole number"],
        ),
        ("parameter range", Replace(MODEL, "model = { kind = \"ellipsoid\", axes = [1, -1] }"), &["`model.axes`", "-1", "> 0"]),
        ("empty list", Replace(MODEL, "model = { kind = \"ellipsoid\", axes = [] }"), &["`model.axes`: an empty list"]),
        (
            "two starts",
            Replace("{ file = \"w.csv\" }", "{ file = \"w.csv\", values = [1] }"),
            &["`init`: a table with file and values at once"],
        ),
        ("no start", Replace("{ file = \"w.csv\" }", "{}"), &["p.toml:5: `init`: an empty table", "one of"]),
        (
            "no spread",
            Replace("{ file = \"w.csv\" }", "{ distribution = \"normal\", scale = 0 }"),
            &["`init.scale`: the number 0", "> 0"],
        ),
        (
            "start too short",
            Replace("{ file = \"w.csv\" }", "{ values = [1, 2] }"),
            &["p.toml:5: `init.values`: 2 weights", "3 weights"],
        ),
        (
            "start not finite",
            Replace("{ file = \"w.csv\" }", "{ values = [1, inf, 2] }"),
            &["`init.values`: entry 2 of 3 is the number inf"],
        ),
        ("start file too long", File("w.csv", b"w\n1\n2\n3\n4\n"), &["p.toml:5: `init.file`: 4 weights", "3 weights"]),
        ("start file column", File("w.csv", b"weight\n1\n2\n3\n"), &["w.csv:1: columns `weight`", "a column `w`"]),
        ("start file text", File("w.csv", b"w\n1\ntwo\n3\n"), &["w.csv:3: `w`: text \"two\"", "a finite number"]),
        (
            "regulariser",
            Replace("exact", "regulariser = { kind = \"l1\" }\nexact"),
            &["`regulariser.kind`: \"l1\"", "smooth-power"],
        ),
        (
            "regulariser size",
            Replace("exact", "regulariser = { kind = \"diagonal\", values = [1] }\nexact"),
            &["`regulariser.values`: 1 numbers", "3 weights"],
        ),
        (
            "size",
            Replace(MODEL, "model = { kind = \"sphere\", dimension = 1_000_000_000_000 }"),
            &["p.toml:3: `model.dimension`: 1000000000000", "from 1 to 1000000"],
        ),
        (
            "a mask without observations in a row",
            Run(|home| completion(home, "row,column\n0,0\n0,1\n2,0\n2,1\n", "y\n1\n2\n3\n4\n", 2), VERIFY),
            &["p.toml:2: `data`: row 1 of the 3 x 2 matrix has none of the 4 observed entries", "observe more entries"],
        ),
        (
            "a mask without observations in a column",
            Run(|home| completion(home, "row,column\n0,0\n1,0\n2,0\n", "y\n1\n2\n3\n", 2), VERIFY),
            &["p.toml:2: `data`: column 1 of the 3 x 2 matrix has none of the 3 observed entries"],
        ),
        (
            "a factor width below the rank of the data",
            Run(|home| completion(home, "row,column\n0,0\n0,1\n1,0\n1,1\n2,0\n2,1\n", "y\n1\n2\n3\n4\n5\n7\n", 1), VERIFY),
            &["p.toml:2: `data`: all entries of a matrix of rank 2 with width 1", "a width ≥ the rank, 2"],
        ),
        (
            "an activation that does not exist",
            Replace(MODEL, "model = { kind = \"two-layer-network\", width = 3, activation = \"rleu\" }"),
            &["p.toml:3: `model.activation`: text \"rleu\"", "\"relu\" or \"leaky-relu\""],
        ),
        (
            "weights beyond memory",
            Run(
                |home| {
                    fs::write(home.join("x.csv"), "row,column\n0,0\n1,1\n").unwrap();
                    let model = "seed = 1\nmodel = { kind = \"matrix-factorisation\", rows = 1_000_000, columns = 1_000_000, width = 1_000_000 }";
                    let text =
                        PROBLEM.replace(MODEL, model).replace("{ file = \"w.csv\" }", "{ distribution = \"normal\", scale = 1 }");
                    fs::write(home.join("p.toml"), text).unwrap();
                },
                VERIFY,
            ),
            &["p.toml:4: `model.rows`: curvature of 29802.3 GiB for 2000000 x 2000000", "at most 4.0 GiB"],
        ),
        (
            "weights at all slow times beyond memory",
            Replace(
                "model = { kind = \"linear-regression\" }\nloss = { criterion = \"square\", factor = \"1/2n\" }\ninit = { file = \"w.csv\" }\n\
                 lambda = [1e-3, 1e-4]\nwindow = { slow-time = [0.5, 1.0, 2.0] }",
                "seed = 1\nmodel = { kind = \"sphere\", dimension = 1_000_000 }\nloss = { factor = \"1/4\" }\n\
                 init = { distribution = \"normal\", scale = 1 }\nlambda = [1e-3]\n\
                 window = { slow-time = { from = 1, to = 2, points = 1000 } }",
            ),
            &["p.toml:8: `window.slow-time`: 7.5 GiB for 1000000 x 1000", "at most 4.0 GiB"],
        ),
        (
            "teacher without a seed",
            Replace(
                "data = { kind = \"csv\", inputs = \"x.csv\", targets = \"y.csv\" }",
                "data = { kind = \"linear-teacher\", samples = 2, dimension = 3, nonzero = 2 }",
            ),
            &["`seed`: the key is missing, and \"linear-teacher\" draws", "≥ 0"],
        ),
        (
            "data beyond memory",
            Replace(
                "data = { kind = \"csv\", inputs = \"x.csv\", targets = \"y.csv\" }",
                "seed = 1\ndata = { kind = \"linear-teacher\", samples = 1_000_000, dimension = 1_000_000, nonzero = 2 }",
            ),
            &["7450.6 GiB for 1000000 x 1000000", "at most 4.0 GiB"],
        ),
    ]);
}

#[test]
fn csv_files_that_cannot_be_used() {
    check(&[
        (
            "missing",
            Replace("x.csv", "xx.csv"),
            &["p.toml:2: `data.inputs`: \"xx.csv\"", "no such file", "did you mean `x.csv`?"],
        ),
        (
            "outside",
            Replace("x.csv", "../x.csv"),
            &["`data.inputs`: the path \"../x.csv\", which leaves the folder", "below its folder"],
        ),
        ("absolute", Replace("x.csv", "/etc/hostname"), &["`data.inputs`: the absolute path", "below its folder"]),
        ("a folder", Replace("\"x.csv\"", "\".\""), &["`data.inputs`", "a folder"]),
        ("not a path", Replace("\"x.csv\"", "3"), &["`data.inputs`: the number 3", "the path of a file"]),
        ("no targets", Replace(", targets = \"y.csv\"", ""), &["`data.targets`: the key is missing"]),
        ("kind", Replace("\"csv\"", "\"cvs\""), &["p.toml:2: `data.kind`: \"cvs\"", "did you mean `csv`?"]),
        ("empty", File("x.csv", b""), &["x.csv:1: an empty file", "a header line"]),
        ("no rows", File("x.csv", b"a,b,c\n"), &["x.csv:1: a header and no rows", "at least one row"]),
        ("no header", File("x.csv", b"1,0,2\n0,1,-1\n"), &["x.csv:1: numbers: `1`, `0`, `2`", "a header line"]),
        ("a name twice", File("x.csv", b"a,b,a\n1,0,2\n0,1,-1\n"), &["x.csv:1: `a`: the name of two columns"]),
        ("a name missing", File("x.csv", b"a,,c\n1,0,2\n0,1,-1\n"), &["x.csv:1: no name for column 2"]),
        ("short row", File("x.csv", b"a,b,c\n1,0,2\n0,1\n"), &["x.csv:3: a row of 2 cells", "3 cells"]),
        ("long row", File("x.csv", b"a,b,c\r\n1,0,2\r\n\r\n0,1,-1,5\r\n"), &["x.csv:4: a row of 4 cells", "3 cells"]),
        ("text cell", File("x.csv", b"a,b,c\n1,0,2\n0,one,-1\n"), &["x.csv:3: `b`: text \"one\"", "a finite number"]),
        ("empty cell", File("x.csv", b"a,b,c\n1,0,\n0,1,-1\n"), &["x.csv:2: `c`: an empty cell", "a finite number"]),
        ("NaN", File("x.csv", b"a,b,c\n1,0,2\nNaN,1,-1\n"), &["x.csv:3: `a`: the number NaN", "a finite number"]),
        ("infinite", File("y.csv", b"y\n1\n-inf\n"), &["y.csv:3: `y`: the number -inf", "a finite number"]),
        ("overflow", File("y.csv", b"y\n1\n1e999\n"), &["y.csv:3: `y`: the number inf", "a finite number"]),
        ("semicolons", File("x.csv", b"a;b;c\n1;0;2\n"), &["x.csv:1: the column name", "commas"]),
        ("decimal commas", File("x.csv", b"a,b,c\n1,0,2\n0,5,1,-1\n"), &["x.csv:3: a row of 4 cells", "decimal points"]),
        ("not UTF-8", File("x.csv", b"a,b,c\n1,0,2\n0,\xff,1\n"), &["x.csv:3: bytes that are not UTF-8"]),
        ("no column y", File("y.csv", b"target\n1\n2\n"), &["y.csv:1: columns `target`", "a column `y`"]),
        ("too few targets", File("y.csv", b"y\n1\n"), &["p.toml:2: `data.targets`: 1 targets for 2 rows", "one target"]),
        ("one file for both", Replace("y.csv", "x.csv"), &["`data.targets`: the same file as the inputs"]),
        (
            "half a test set",
            Replace("\"y.csv\"", "\"y.csv\", test-inputs = \"x.csv\""),
            &["`data.test-targets`: the key is missing"],
        ),
        (
            "other columns in the test set",
            Run(
                |home| {
                    fs::write(home.join("t.csv"), "a,c,b\n1,2,3\n2,3,4\n").unwrap();
                    let text = PROBLEM.replace("\"y.csv\"", "\"y.csv\", test-inputs = \"t.csv\", test-targets = \"y.csv\"");
                    fs::write(home.join("p.toml"), text).unwrap();
                },
                VERIFY,
            ),
            &["`data.test-inputs`: column 2 is `c`, and `b` in the training set"],
        ),
        ("scale 0", Replace("\"y.csv\"", "\"y.csv\", input-scale = 0"), &["`data.input-scale`: the number 0", "≠ 0"]),
        (
            "a terabyte",
            Run(|home| fs::File::create(home.join("x.csv")).unwrap().set_len(1 << 40).unwrap(), VERIFY),
            &["`data.inputs`: \"x.csv\", 1024.0 GiB", "up to 4 GiB"],
        ),
    ]);
}

#[cfg(unix)]
#[test]
fn links_that_lead_out_of_the_folder() {
    check(&[(
        "link",
        Run(
            |home| {
                fs::remove_file(home.join("x.csv")).unwrap();
                std::os::unix::fs::symlink("/etc/hostname", home.join("x.csv")).unwrap();
            },
            VERIFY,
        ),
        &["`data.inputs`: \"x.csv\", a link that leads out of the folder"],
    )]);
}

#[test]
fn results_folders_that_cannot_be_written() {
    fn other_results(home: &Path) {
        fs::create_dir(home.join("out")).unwrap();
        let summary = r#"{"schema": 1, "problem": {"title": "Another", "file": "other.toml", "hash": "0", "seed": 1}}"#;
        fs::write(home.join("out/summary.json"), summary).unwrap();
        fs::write(home.join("out/rates.csv"), "lambda\n").unwrap();
    }
    check(&[
        ("a file", Run(|_| (), &["verify", "p.toml", "--out", "x.csv"]), &["x.csv"]),
        ("below a file", Run(|_| (), &["verify", "p.toml", "--out", "x.csv/deeper/out"]), &["x.csv"]),
        ("not writable", Run(|_| (), &["verify", "p.toml", "--out", "/proc/slowflow/out"]), &["/proc/slowflow"]),
        ("of another problem", Run(other_results, VERIFY), &["out", "results of", "other.toml"]),
        (
            "of a namesake",
            Run(
                |home| {
                    other_results(home);
                    let summary =
                        fs::read_to_string(home.join("out/summary.json")).unwrap().replace("other.toml", "elsewhere/p.toml");
                    fs::write(home.join("out/summary.json"), summary).unwrap();
                },
                VERIFY,
            ),
            &["out", "elsewhere/p.toml"],
        ),
        (
            "of a stranger",
            Run(
                |home| {
                    fs::create_dir(home.join("out")).unwrap();
                    fs::write(home.join("out/thesis.tex"), "years of work").unwrap();
                },
                VERIFY,
            ),
            &["out", "without a summary.json"],
        ),
    ]);
}

#[test]
fn options_that_are_no_numbers_of_their_kind() {
    fn nothing(_: &Path) {}
    const LAMBDA: &str = "`--lambda`: entry ";
    check(&[
        ("negative", Run(nothing, &["verify", "p.toml", "--lambda", "-1e-3"]), &[LAMBDA, "the number -0.001"]),
        ("not a number", Run(nothing, &["verify", "p.toml", "--lambda", "1e-3,nan"]), &[LAMBDA, "2 of 2 is the number NaN"]),
        ("zero", Run(nothing, &["verify", "p.toml", "--lambda", "0"]), &[LAMBDA, "λ = 0 is the slow flow itself"]),
        ("too small", Run(nothing, &["verify", "p.toml", "--lambda", "1e-300"]), &[LAMBDA, "from 1e-100 to 1e100"]),
        ("a word", Run(nothing, &["verify", "p.toml", "--lambda", "x"]), &[LAMBDA, "\"x\", which is no number"]),
        ("nothing", Run(nothing, &["verify", "p.toml", "--lambda", ""]), &[LAMBDA, "is empty"]),
        ("an option", Run(nothing, &["verify", "p.toml", "--lambda", "--json"]), &[LAMBDA, "\"--json\", which is no number"]),
        ("level nan", Run(nothing, &["verify", "p.toml", "--level", "nan"]), &["`--level`: the number NaN"]),
        ("level without a test set", Run(nothing, &["verify", "p.toml", "--level", "-1"]), &["`--level`: there is no test set"]),
    ]);
}

#[test]
fn a_decay_named_twice_is_run_once_and_said() {
    let home = home();
    let output = slowflow(home.path(), &["verify", "p.toml", "--lambda", "1e-3,1e-4,0.001", "--json"]);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("`--lambda` names 1e-3 more than once: each is run once"), "{message}");
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary["rows"].as_array().unwrap().len(), 2);
}

#[test]
fn a_command_line_that_does_not_exist_is_explained() {
    for arguments in [
        &["verfy", "p.toml"][..],
        &["verify"],
        &["verify", "p.toml", "--lamda", "1"],
        &["analyse", "p.toml", "--starts", "-3"],
        &["completions", "tcl"],
    ] {
        let output = slowflow(home().path(), arguments);
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        assert!(message.contains("Usage") || message.contains("--help"), "{message}");
    }
}

#[test]
fn help_lists_and_schema_come_without_colour_codes() {
    for arguments in [
        &["--help"][..],
        &["verify", "--help"],
        &["models"],
        &["models", "--json"],
        &["schema"],
        &["completions", "bash"],
        &["--version"],
    ] {
        let run = Command::new(env!("CARGO_BIN_EXE_slowflow")).args(arguments).env("NO_COLOR", "1").output().unwrap();
        assert_eq!(run.status.code(), Some(0), "{arguments:?}");
        assert!(!run.stdout.is_empty() && run.stderr.is_empty() && !run.stdout.contains(&0x1b), "{arguments:?}");
        if arguments.contains(&"--json") || arguments == ["schema"] {
            let document: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
            assert!(document.is_object());
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn results_are_written_even_where_nobody_reads_the_table() {
    let full = || Stdio::from(fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    for (stdout, expected) in [(full(), 2), (Stdio::null(), 0)] {
        let home = home();
        let run =
            Command::new(env!("CARGO_BIN_EXE_slowflow")).args(VERIFY).current_dir(home.path()).stdout(stdout).output().unwrap();
        let message = String::from_utf8_lossy(&run.stderr);
        assert_eq!(run.status.code(), Some(expected), "{message}");
        assert!(!message.contains("panicked") && (expected == 0 || message.contains("standard output")), "{message}");
        assert!(home.path().join("out/summary.json").is_file() && home.path().join("out/rates.csv").is_file());
    }
}

#[test]
fn the_same_problem_may_replace_its_results_and_json_stands_alone() {
    let home = home();
    let json = ["verify", "p.toml", "--out", "out", "--json"];
    let first = slowflow(home.path(), &json);
    fs::write(home.path().join("p.toml"), PROBLEM.replace("1e-3, 1e-4", "1e-2, 1e-3, 1e-4")).unwrap();
    let second = slowflow(home.path(), &json);
    for (output, rows) in [(first, 2), (second, 3)] {
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(summary["rows"].as_array().map(Vec::len), Some(rows));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_closed_reader_is_no_failure_and_a_full_device_is_an_error() {
    for arguments in [&["models"][..], &["models", "--json"], &["schema"], &["completions", "zsh"], &["--help"]] {
        let mut run = Command::new(env!("CARGO_BIN_EXE_slowflow"))
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(run.stdout.take());
        let (status, mut message) = (run.wait().unwrap(), String::new());
        run.stderr.take().unwrap().read_to_string(&mut message).unwrap();
        assert!(!message.contains("panicked"), "{arguments:?}: {message}");
        assert_eq!(status.code(), Some(0), "{arguments:?}: {message}");

        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let run = Command::new(env!("CARGO_BIN_EXE_slowflow")).args(arguments).stdout(full).output().unwrap();
        let message = String::from_utf8_lossy(&run.stderr);
        assert!(!message.contains("panicked"), "{arguments:?}: {message}");
        if arguments != ["--help"] {
            assert_eq!(run.status.code(), Some(2), "{arguments:?}: {message}");
            assert!(message.contains("standard output"), "{arguments:?}: {message}");
        }
    }
}
