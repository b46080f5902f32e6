//! The results folder as other programs see it: identical when run twice, complete, and nobody else's overwritten.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn slowflow(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_slowflow")).args(arguments).env("NO_COLOR", "1").output().expect("runs")
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder").map(|e| e.expect("entry").path()) {
        let name = entry.file_name().expect("a name").to_string_lossy().into_owned();
        all.insert(name, fs::read_to_string(entry).expect("text"));
    }
    all
}

#[test]
fn two_runs_write_the_same_bytes_apart_from_timing() {
    let home = tempfile::tempdir().expect("a folder");
    let folders = ["a", "b"].map(|name| home.path().join(name));
    for folder in &folders {
        let run = slowflow(&["verify", "problems/linear_regression/digits.toml", "--out", &folder.display().to_string()]);
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    }
    let [mut first, mut second] = folders.map(|folder| files(&folder));
    let without_timing = |files: &mut BTreeMap<String, String>| {
        let text = files.remove("summary.json").expect("a summary");
        let mut summary: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert!(summary.as_object_mut().expect("an object").remove("timing").is_some());
        summary.to_string()
    };
    assert_eq!(without_timing(&mut first), without_timing(&mut second));
    assert_eq!(first, second);
    for name in ["rates.csv", "slow.csv", "fast.csv", "limit.csv", "regularised-1e-4.csv"] {
        assert!(first.contains_key(name), "{name} of the contract is missing: {:?}", first.keys());
    }
}

#[test]
fn the_contract_has_its_fields_and_no_nan() {
    let home = tempfile::tempdir().expect("a folder");
    let out = home.path().join("r").display().to_string();
    let run = slowflow(&["verify", "problems/ellipsoid/three_axes.toml", "--json", "--quick", "--out", &out]);
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let summary: serde_json::Value =
        serde_json::from_slice(&run.stdout).expect("standard output is the summary and nothing else");
    for pointer in [
        "/schema",
        "/program/name",
        "/program/version",
        "/program/commit",
        "/program/features",
        "/problem/title",
        "/problem/file",
        "/problem/hash",
        "/problem/seed",
        "/problem/dimension",
        "/problem/samples",
        "/foot/norm_squared",
        "/foot/defect",
        "/foot/rank",
        "/foot/manifold_dimension",
        "/foot/spectral_gap",
        "/rows/0/lambda",
        "/rows/0/fast_gap",
        "/rows/0/slow_gap",
        "/rows/0/composite_gap",
        "/rows/0/expansion_gap",
        "/rows/0/numerical_error",
        "/rows/0/limited_by_solver",
        "/rows/0/method",
        "/rows/0/evaluations",
        "/rows/0/linear_solves",
        "/rows/0/steps",
        "/rows/0/rejected",
        "/orders/fast/value",
        "/orders/slow/low",
        "/orders/slow/high",
        "/orders/slow/rows",
        "/orders/composite/value",
        "/orders/expansion",
        "/constants/slow",
        "/limit/norm_squared",
        "/limit/kkt_residual",
        "/limit/distance_from_slow_end",
        "/limit/classification",
        "/limit/certificate",
        "/checks/0/name",
        "/checks/0/verdict",
        "/checks/0/value",
        "/checks/0/limit",
        "/checks/0/why",
        "/timing/seconds",
    ] {
        assert!(summary.pointer(pointer).is_some(), "{pointer} is missing");
    }
    assert_eq!(summary["rows"].as_array().map(Vec::len), Some(4), "--quick keeps four λ");
    let header = |name: &str| {
        fs::read_to_string(home.path().join("r").join(name)).expect("the file").lines().next().unwrap_or_default().to_string()
    };
    assert!(header("slow.csv").starts_with("s,norm_squared,train_loss,test_loss,defect,spectral_gap,w_0,"));
    assert!(header("fast.csv").starts_with("t,norm_squared,train_loss,test_loss,gradient_norm,w_0,"));
    assert!(header("regularised-1e-10.csv").starts_with("t,s,norm_squared,train_loss,test_loss,w_0,"));
    assert_eq!(header("limit.csv"), "w_0,w_1,w_2");
    // Shortest numbers that read back to the same f64.
    let rates = fs::read_to_string(home.path().join("r/rates.csv")).expect("rates");
    for cell in rates.lines().skip(1).flat_map(|line| line.split(',')) {
        if let Ok(x) = cell.parse::<f64>() {
            assert!(x.is_finite() && cell.len() <= format!("{x:?}").len().max(format!("{x:e}").len()) + 2, "{cell}");
        }
    }
}

#[test]
fn results_of_another_problem_are_not_overwritten() {
    let home = tempfile::tempdir().expect("a folder");
    let out = home.path().join("r").display().to_string();
    let verify = |problem: &str| slowflow(&["verify", problem, "--quick", "--out", &out]);
    assert!(verify("problems/ellipsoid/three_axes.toml").status.success());
    let before = files(Path::new(&out));
    let refused = verify("problems/parabola/right_branch.toml");
    assert_eq!(refused.status.code(), Some(2));
    let message = String::from_utf8_lossy(&refused.stderr);
    assert!(message.contains("three_axes") && message.contains("--out"), "{message}");
    assert_eq!(files(Path::new(&out)), before, "nothing was touched");
}

#[test]
fn what_a_run_had_reached_before_it_failed_is_kept() {
    // u v = 0 and z = 1 from (1, 0, 1): the slow flow is u = e^{−s}, and J loses rank at the corner u = v = 0.
    let home = tempfile::tempdir().expect("a folder");
    let (file, out) = (home.path().join("corner.toml"), home.path().join("r"));
    let text = r#"title = "A corner of M"
model = { kind = "expression", weights = ["u", "v", "z"], residuals = ["u*v", "z - 1"] }
loss = { factor = "1/2" }
init = { values = [1.0, 0.0, 1.0] }
lambda = [1e-3, 1e-4]
window = { slow-time = [1.0, 2.0, 40.0] }
tolerance = { rtol = 1e-10, atol = 1e-12 }
"#;
    fs::write(&file, text).expect("written");
    // Twice: what the first run leaves is no obstacle to the second.
    for _ in 0..2 {
        let run = slowflow(&["verify", &file.display().to_string(), "--out", &out.display().to_string()]);
        let message = String::from_utf8_lossy(&run.stderr).into_owned();
        assert_eq!(run.status.code(), Some(2), "{message}");
        assert!(message.contains("loses rank") && message.contains("the 2 points reached up to s = 2.0"), "{message}");
        let mut rows = csv::Reader::from_path(out.join("reached.csv")).expect("a table");
        assert_eq!(rows.headers().expect("a header"), vec!["s", "norm_squared", "w_0", "w_1", "w_2"]);
        for (row, s) in rows.deserialize::<[f64; 5]>().zip([1.0_f64, 2.0]) {
            let row = row.expect("numbers");
            assert!(row[0] == s && (row[2] - (-s).exp()).abs() < 1e-9 && (row[4] - 1.0).abs() < 1e-12, "{row:?}");
        }
    }
}

#[test]
fn weight_decays_that_are_no_small_ones_are_refused_with_the_largest_that_is() {
    let out = tempfile::tempdir().expect("a folder");
    let folder = out.path().join("r").display().to_string();
    let run = slowflow(&["verify", "problems/linear_regression/digits.toml", "--lambda", "1e-1,1e-2", "--out", &folder]);
    let message = String::from_utf8_lossy(&run.stderr).into_owned();
    assert_eq!(run.status.code(), Some(2), "{message}");
    assert!(
        message.contains("the timescales separate") && message.contains("h₊ = 7.576e-3") && message.contains("2.5e-4"),
        "{message}"
    );
}
