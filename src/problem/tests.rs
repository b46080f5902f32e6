use std::fs;
use std::path::Path;

use super::*;

const GOOD: &str = r#"title = "Scalar factorisation"
model = { kind = "scalar-factorisation", target = 1 }
loss = { factor = "1/2" }
init = { values = [1.7, 1] }
lambda = [1e-3, 1e-1,
          1e-2]
window = { slow-time = [0.1, 0.5, 1] }
tolerance = { rtol = 1e-11, atol = 1e-13 }
"#;

fn parse(text: &str) -> Result<ProblemFile, ProblemError> {
    ProblemFile::parse(text, Path::new("p.toml"))
}

fn refused(from: &str, to: &str) -> String {
    let text = GOOD.replace(from, to);
    assert_ne!(text, GOOD, "the mutation `{from}` → `{to}` changes nothing");
    parse(&text).expect_err(to).to_string()
}

#[test]
fn a_small_file_is_read_with_its_defaults() {
    let p = parse(GOOD).unwrap();
    assert_eq!((p.title.as_str(), p.seed, p.data, p.factor), ("Scalar factorisation", 0, Data::None, Factor::Fixed(0.5)));
    assert_eq!(p.lambda, [1e-1, 1e-2, 1e-3]);
    assert_eq!(p.slow_times, [0.1, 0.5, 1.0]);
    assert_eq!((p.fast_time, p.rtol, p.atol, p.budget), (10.0, 1e-11, 1e-13, 20_000_000));
    assert_eq!((p.method, p.exact, p.regulariser), (None, None, None));
    assert_eq!(p.init, Init::Values(vec![1.7, 1.0]));
    assert_eq!(p.model.kind, "scalar-factorisation");
    assert_eq!(p.model.entries, [("target".to_owned(), Raw::Integer(1), 2)]);
    assert_eq!(p.lines["window.slow-time"], 7);
    assert_eq!(p.hash.len(), 64);
}

#[test]
fn a_mistake_is_named_with_line_key_and_what_is_allowed() {
    for (from, to, parts) in [
        ("rtol = 1e-11", "rtol = \"small\"", ["p.toml:8: `tolerance.rtol`: text \"small\"", "a number from 1e-14"]),
        ("slow-time", "slow_time", ["`window.slow_time`: unknown key", "did you mean `slow-time`?"]),
        ("1e-1,\n", "-1e-1,\n", ["p.toml:5: `lambda`: entry 2 of 3 is the number -0.1", "> 0"]),
        ("1e-2]", "1e-3]", ["p.toml:6: `lambda`: 1e-3 twice", "all different"]),
        ("0.5, 1]", "0.5, 0.4]", ["p.toml:7: `window.slow-time`: 0.5 before 0.4", "ascend"]),
        ("loss = { factor = \"1/2\" }\n", "", ["`loss`: the key is missing", "factor"]),
        ("\"1/2\"", "\"1/3\"", ["`loss.factor`: text \"1/3\"", "\"1/2n\""]),
        ("{ values = [1.7, 1] }", "{ distribution = \"normal\", scale = 1 }", ["`seed`", "draws"]),
        ("{ values = [1.7, 1] }", "7", ["p.toml:4: `init`: the number 7", "one of { distribution"]),
        ("1.7", "nan", ["`init.values`: entry 1 of 2 is the number NaN", "finite"]),
        ("1.7", "99999999999999999999", ["p.toml:4: the whole number 99999999999999999999", "64 bits"]),
        ("lambda = [", "lambda = [[", ["p.toml:", "TOML"]),
        ("{ kind = \"scalar-factorisation\", target = 1 }", "{ target = 1 }", ["`model`", "without `kind`"]),
    ] {
        let message = refused(from, to);
        assert!(parts.iter().all(|part| message.contains(part)) && message.contains("hint: "), "{message}");
    }
}

#[test]
fn a_range_of_slow_times_meets_both_ends() {
    let ranged = |range: &str| parse(&GOOD.replace("[0.1, 0.5, 1]", range));
    let p = ranged("{ from = 0.1, to = 5, points = 50 }").unwrap();
    assert_eq!((p.slow_times.len(), p.slow_times[0], p.slow_times[49]), (50, 0.1, 5.0));
    let ratio = p.slow_times[1] / p.slow_times[0];
    assert!(p.slow_times.windows(2).all(|pair| (pair[1] / pair[0] / ratio - 1.0).abs() < 1e-12));
    assert_eq!(ranged("{ from = 0, to = 1, points = 3, spacing = \"linear\" }").unwrap().slow_times, [0.0, 0.5, 1.0]);
    for bad in ["{ from = 0, to = 1, points = 3 }", "{ from = 2, to = 1, points = 3 }", "{ from = 1, to = 2, points = 1 }"] {
        assert!(ranged(bad).is_err(), "{bad}");
    }
}

#[test]
fn data_files_stay_below_the_folder_and_enter_the_hash() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("problems");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("x.csv"), "a\n1\n").unwrap();
    fs::write(folder.join("y.csv"), "y\n1\n").unwrap();
    fs::write(home.path().join("outside.csv"), "y\n1\n").unwrap();
    let path = folder.join("p.toml");
    let with = |inputs: &str| {
        ProblemFile::parse(&format!("data = {{ kind = \"csv\", inputs = \"{inputs}\", targets = \"y.csv\" }}\n{GOOD}"), &path)
    };
    let first = with("x.csv").unwrap();
    assert_eq!(first.hash, with("x.csv").unwrap().hash);
    fs::write(folder.join("x.csv"), "a\n2\n").unwrap();
    assert_ne!(first.hash, with("x.csv").unwrap().hash);
    for bad in ["../outside.csv", "/etc/hostname", "missing.csv", "./../problems/x.csv", ""] {
        assert_eq!(with(bad).unwrap_err().key.as_deref(), Some("data.inputs"), "{bad}");
    }
    assert!(with("x.cvs").unwrap_err().hint.contains("did you mean `x.csv`?"));
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(home.path().join("outside.csv"), folder.join("link.csv")).unwrap();
        assert!(with("link.csv").unwrap_err().found.contains("leads out"));
    }
}

#[test]
fn deep_nesting_is_an_error_and_no_overflow() {
    for (open, close) in [("[", "]"), ("{a=", "}")] {
        let text = format!("title = {}1{}", open.repeat(50_000), close.repeat(50_000));
        assert!(parse(&text).is_err());
    }
}

#[test]
fn every_example_of_a_key_is_toml() {
    fn walk(keys: &[keys::Key]) {
        for key in keys {
            assert!(toml_text::parse(key.example, Path::new("example")).is_ok(), "{}", key.example);
            assert!(key.example.starts_with(key.name), "{}", key.example);
            if let keys::Shape::Table(inner) = key.shape {
                walk(inner);
            }
        }
    }
    walk(keys::PROBLEM);
    walk(keys::CSV);
}

#[test]
fn parameters_are_checked_against_their_declaration() {
    use super::parameters::Default;
    const fn declare(name: &'static str, default: Default) -> Parameter {
        Parameter { name, default, about: "what it means" }
    }
    const DECLARED: &[Parameter] = &[
        declare("target", Default::RequiredNumber),
        declare("width", Default::Integer(3)),
        declare("form", Default::Choice(&["product", "difference"])),
        declare("bias", Default::Flag(false)),
        declare("weights", Default::Texts),
        declare("constants", Default::Table),
    ];
    let resolve = |model: &str| {
        let problem = parse(&GOOD.replace("{ kind = \"scalar-factorisation\", target = 1 }", model)).unwrap();
        Parameters::resolve(DECLARED, &problem.model, &problem.path).map_err(|error| error.to_string())
    };
    let p = resolve("{ kind = \"x\", target = 2, weights = [\"u\", \"v\"], constants = { c = 1, a = [1, 2.5] } }").unwrap();
    assert_eq!((p.number("target"), p.integer("width"), p.word("form"), p.flag("bias")), (2.0, 3, "product", false));
    assert_eq!(p.texts("weights"), ["u", "v"]);
    let constants = [("c".to_owned(), Value::Number(1.0)), ("a".to_owned(), Value::List(vec![1.0, 2.5]))];
    assert_eq!(p.table("constants"), constants);
    for (model, parts) in [
        ("{ kind = \"x\" }", ["`model.target`: the key is missing", "what it means"]),
        ("{ kind = \"x\", target = 1, widht = 4 }", ["`model.widht`: unknown key", "did you mean `width`?"]),
        ("{ kind = \"x\", target = \"1\" }", ["`model.target`: text \"1\"", "a finite number"]),
        ("{ kind = \"x\", target = nan }", ["p.toml:2: `model.target`: the number NaN", "finite"]),
        ("{ kind = \"x\", target = 1, width = -4 }", ["the number -4", "a whole number ≥ 0"]),
        ("{ kind = \"x\", target = 1, width = 2.5 }", ["the number 2.5", "a whole number ≥ 0"]),
        ("{ kind = \"x\", target = 1, form = \"sum\" }", ["text \"sum\"", "\"product\" or \"difference\""]),
        ("{ kind = \"x\", target = 1, bias = 0 }", ["the number 0", "true or false"]),
        ("{ kind = \"x\", target = 1, weights = [\"u\", 3] }", ["a list whose entry 2 is the number 3", "list of texts"]),
    ] {
        let message = resolve(model).unwrap_err();
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    }
}
