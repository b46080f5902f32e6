//! What the program says in words: numbers that stay short, advice that can be followed, texts that speak of what was run.

use std::fs;
use std::process::Command;

/// The hyperbola u v = 1, from (2, 0.3).
const VALLEY: &str = r#"title = "valley"
model = { kind = "expression", weights = ["u", "v"], residuals = ["u*v - 1"] }
loss = { criterion = "square", factor = "1/2" }
init = { values = [2.0, 0.3] }
lambda = [1e-2, 1e-3, 1e-4, 1e-5]
window = { slow-time = [0.1, 0.5, 1.0, 2.0, 5.0], fast-time = 10.0 }
tolerance = { rtol = 1e-11, atol = 1e-13 }
"#;

/// Standard output, standard error and exit code of a command on a problem.
fn said(problem: &str, command: &str, options: &[&str]) -> (String, String, i32) {
    let home = tempfile::tempdir().expect("a folder");
    fs::write(home.path().join("p.toml"), problem).expect("written");
    let run = Command::new(env!("CARGO_BIN_EXE_slowflow"))
        .args([command, "p.toml"])
        .args(options)
        .current_dir(home.path())
        .env("NO_COLOR", "1")
        .output()
        .expect("runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&run.stdout), text(&run.stderr), run.status.code().expect("a code"))
}

#[test]
fn no_weight_decay_makes_a_number_long_or_spoils_the_other_rows() {
    let decays = "1e30,1e6,1e-3,1.23456789012345e-4,1e-4,1e-5,1e-30";
    let (text, message, code) = said(VALLEY, "verify", &["--lambda", decays]);
    assert_eq!(code, 0, "{message}");
    let numbers =
        |line: &str| line.split([' ', '[', ']', '(', ')', ',', ';']).filter(|w| w.parse::<f64>().is_ok()).map(str::len).max();
    for line in text.lines() {
        assert!(numbers(line).unwrap_or(0) <= 16, "{line}");
    }
    assert!(!text.contains("did not run") && text.contains("2 of 7 rows have λ > h₊/30"), "{text}");
    assert!(text.contains("orders     slow 1.00") && text.contains("(4 rows)"), "{text}");
}

#[test]
fn no_weight_decay_is_advised_where_the_rank_is_not_known() {
    // At their minima these are flat to higher order, and what is computed as h₊ is round-off.
    for residual in ["u^2", "u^3", "(u*v - 1)^2", "abs(u)^1.5"] {
        let problem = VALLEY.replace("u*v - 1", residual);
        let (text, message, code) = said(&problem, "verify", &[]);
        assert_eq!((text.as_str(), code), ("", 2), "{residual}: {message}");
        assert!(
            message.contains("the rank of the Hessian at Φ(w₀) is known") && message.contains("hint: "),
            "{residual}: {message}"
        );
        assert!(!message.contains("Choose λ"), "{residual}: {message}");
    }
    // Here it is known, and the number stands.
    let (_, message, code) = said(VALLEY, "verify", &["--lambda", "10"]);
    assert!(code == 2 && message.contains("Choose λ ≤ h₊/30 = 1.5e-1"), "{message}");
}

#[test]
fn the_error_of_an_eigenvalue_covers_its_distance_from_the_closed_form() {
    // On u v = 1, u² − v² = (u₀² − v₀²) e^{−2s} and h₊ = |w|² = √((u² − v²)² + 4).
    let gap = |s: f64| (((4.0 - 0.09) * (-2.0 * s).exp()).powi(2) + 4.0_f64).sqrt();
    for tolerance in ["rtol = 1e-6, atol = 1e-8", "rtol = 1e-11, atol = 1e-13"] {
        let problem = VALLEY.replace("rtol = 1e-11, atol = 1e-13", tolerance);
        let (json, message, code) = said(&problem, "verify", &["--json", "--quick"]);
        assert_eq!(code, 0, "{message}");
        let summary: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        let number = |name: &str| summary["foot"][name].as_f64().expect(name);
        for (value, error, exact) in [
            ("spectral_gap", "spectral_gap_error", gap(0.0)),
            ("largest_eigenvalue", "largest_eigenvalue_error", gap(0.0)),
            ("smallest_spectral_gap_on_window", "smallest_spectral_gap_error", gap(5.0)),
        ] {
            let (off, error) = ((number(value) - exact).abs(), number(error));
            assert!(off <= error && error <= 1e-4, "{tolerance}, {value}: {off:.1e} off, said is {error:.1e}");
        }
    }
}

#[test]
fn what_verify_refuses_at_once_check_does_not_pass() {
    let formula = |loss: &str| {
        VALLEY.replace("residuals = [\"u*v - 1\"]", &format!("loss = \"{loss}\"")).replace("factor = \"1/2\"", "factor = \"1\"")
    };
    let at = |problem: &str, start: &str| problem.replace("[2.0, 0.3]", start);
    for (name, problem) in [
        ("a tolerance below round-off", VALLEY.replace("rtol = 1e-11", "rtol = 1e-20")),
        ("an absolute tolerance that its companion cannot have", VALLEY.replace("atol = 1e-13", "atol = 1e-323")),
        ("a slow time out of reach", VALLEY.replace("2.0, 5.0]", "1e300]")),
        ("a start whose square overflows", at(VALLEY, "[1e200, 0]")),
        ("a loss that is not defined at the start", formula("-log(u - 3) + u")),
        ("a loss whose gradient overflows at the start", formula("u^600*v + u")),
        ("a start where F is flat", at(&formula("exp(u*v) - u*v"), "[0, 0]")),
        ("a saddle as start", at(&formula("exp(u*v) + v"), "[0, 0]").replace("+ v\"", "+ u*v\"")),
        ("a start at a critical point off M", at(VALLEY, "[0, 0]")),
        ("a window from zero on", VALLEY.replace("[0.1, ", "[0.0, ")),
        ("a λ above h₊", VALLEY.replace("[1e-2, 1e-3, 1e-4, 1e-5]", "[1e2]")),
        (
            "more residuals than weights",
            VALLEY
                .replace("[\"u*v - 1\"]", "[\"u*v - 1\", \"u^2*v - 2\", \"u + v^2\"]")
                .replace("criterion", "manifold = \"zero-loss\", criterion"),
        ),
    ] {
        let (text, message, code) = said(&problem, "verify", &[]);
        assert!(code == 2 && text.is_empty(), "{name}: verify ends with {code}: {message}");
        let (text, message, code) = said(&problem, "check", &[]);
        assert!(code == 2 || (code == 1 && text.contains("FAULT")), "{name}: check ends with {code}: {text}{message}");
    }
    // A folder with other results in it.
    let home = tempfile::tempdir().expect("a folder");
    fs::create_dir_all(home.path().join("results/p")).expect("a folder");
    fs::write(home.path().join("results/p/else.txt"), "").expect("written");
    fs::write(home.path().join("p.toml"), VALLEY).expect("written");
    for command in ["check", "verify"] {
        let run = Command::new(env!("CARGO_BIN_EXE_slowflow")).args([command, "p.toml"]).current_dir(home.path()).output();
        assert_ne!(run.expect("runs").status.code(), Some(0), "{command}");
    }
}

/// u v = 0 and z = 1 from (1, 0, 1): the slow flow is u = e^{−s}, and J loses its rank at the corner u = v = 0.
const CORNER: &str = r#"title = "A corner of M"
model = { kind = "expression", weights = ["u", "v", "z"], residuals = ["u*v", "z - 1"] }
loss = { factor = "1/2" }
init = { values = [1.0, 0.0, 1.0] }
lambda = [1e-3, 1e-4]
window = { slow-time = [1.0, END] }
tolerance = { rtol = 1e-10, atol = 1e-12 }
"#;

#[test]
fn a_path_that_ends_early_says_where_and_shows_nothing_beyond() {
    for end in ["4.0", "8.0"] {
        let problem = CORNER.replace("END", end);
        let (text, message, _) = said(&problem, "analyse", &["--starts", "2", "--perturbed", "0"]);
        let number =
            |line: &str| line.split("at s = ").nth(1).and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
        let ends = text.lines().find(|line| line.contains("the path ends early")).and_then(number);
        let ends = ends.unwrap_or_else(|| panic!("{text}{message}"));
        let rows = text.lines().filter_map(|line| line.split_whitespace().map(|w| w.parse().ok()).collect::<Option<Vec<f64>>>());
        let last = rows.filter(|row| row.len() == 4).map(|row| row[0]).fold(0.0, f64::max);
        // σ_min = e^{−s} has fallen to the last point of the path; the step that failed leads on from there.
        assert!(last > 10.0 && last <= ends && ends < last + 0.5, "rows to s = {last}, the end is said to be {ends}:\n{text}");
        let (json, message, _) = said(&problem, "verify", &["--json"]);
        let summary: serde_json::Value = serde_json::from_str(&json).unwrap_or_else(|e| panic!("{e}: {message}"));
        let (why, until) = (summary["limit"]["slow_limit_why"].as_str(), summary["limit"]["slow_limit_time"].as_f64());
        let (why, until) = (why.expect("it stopped"), until.expect("a time"));
        let said = number(why).unwrap_or_else(|| panic!("{why}"));
        assert!(until <= said && said < until + 0.5, "followed to {until}, the end is said to be {said}");
    }
}

#[test]
fn a_loss_that_is_not_zero_on_m_is_spoken_of_by_its_gradient() {
    let read = |name: &str| fs::read_to_string(format!("problems/gallery/{name}.toml")).expect("a problem");
    let noisy = VALLEY.replace("[\"u*v - 1\"]", "[\"u*v - 1\", \"u*v - 2\", \"u*v - 4\"]");
    for (name, problem) in [("a formula", read("soft_labels")), ("contradicting residuals", noisy)] {
        let (text, message, code) = said(&problem, "verify", &["--quick"]);
        assert_eq!(code, 0, "{name}: {message}");
        let (analysed, message, code) = said(&problem, "analyse", &["--starts", "2", "--perturbed", "0"]);
        assert_eq!(code, 0, "{name}: {message}");
        for foreign in ["r = 0", "Jᵀ", "ker J", "of J"] {
            assert!(!text.contains(foreign) && !analysed.contains(foreign), "{name} speaks of {foreign}: {text}{analysed}");
        }
        for own in ["M: ∇F = 0", "∇R + ν = 0, ν ∈ range ∇²F, ∇F = 0", "on ker ∇²F is 2.000e0"] {
            assert!(text.contains(own), "{name} says nothing of {own}: {text}");
        }
    }
    let (text, ..) = said(VALLEY, "verify", &["--quick"]);
    assert!(text.contains("M: r = 0") && text.contains("∇R + Jᵀμ = 0, r = 0") && text.contains("on ker J is 2.000e0"), "{text}");
}

#[test]
fn a_constant_gap_above_the_separated_lambda_is_marked() {
    let (text, message, code) = said(VALLEY, "analyse", &["--starts", "2", "--perturbed", "0"]);
    assert_eq!(code, 0, "{message}");
    // min h₊/(30 rate) = 2/(30·2) at the balanced point; gap/λ is constant far above it.
    assert!(text.contains("for λ ≤ 3.3333e-2 on the window by the spectral gap"), "{text}");
    assert!(text.contains("not separated: λ above 3.3333e-2, where a constant gap/λ is no sign of two phases"), "{text}");
}

#[test]
fn the_orders_say_which_rows_they_rest_on_and_hold_the_theory() {
    // λ = 1 is not separated, 1e-16 is limited by the solver.
    let (json, message, code) = said(VALLEY, "verify", &["--lambda", "1,1e-2,1e-3,1e-4,1e-5,1e-16", "--json"]);
    assert_eq!(code, 0, "{message}");
    let summary: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    for (name, theory) in [("slow", 1.0), ("composite", 1.0), ("fast", 1.0), ("expansion", 2.0)] {
        let order = &summary["orders"][name];
        let number = |field: &str| order[field].as_f64().expect(field);
        assert!(number("low") <= theory && theory <= number("high"), "{name}: {order}");
        let half = number("scatter") + number("systematic") + number("numerical");
        assert!((number("high") - number("value") - half).abs() < 1e-12, "{name}: {order}");
        assert_eq!(order["lambdas"][1], 1e-2, "{name}");
    }
    let (text, ..) = said(VALLEY, "verify", &["--lambda", "1,1e-2,1e-3,1e-4,1e-5,1e-16"]);
    assert!(text.contains("through the 4 of 6 rows that are asymptotic, λ from 1e-2 to 1e-5"), "{text}");
    let (text, ..) = said(VALLEY, "verify", &["--lambda", "1e-2,1e-3"]);
    assert!(text.contains("(no interval: 2 rows)"), "{text}");
}

/// The summary of `verify` for residuals u v − y with these targets, a test target 7 and that tolerance; and the exit code.
fn summary_of_targets(targets: &[f64], rtol: f64) -> (serde_json::Value, Option<i32>) {
    let posed = VALLEY
        .replace("[\"u*v - 1\"]", "[\"u*v - y\"]")
        .replace(
            "loss =",
            "data = { kind = \"csv\", inputs = \"x.csv\", targets = \"y.csv\", test-inputs = \"t.csv\", test-targets = \"s.csv\" }\nloss =",
        )
        .replace("rtol = 1e-11, atol = 1e-13", &format!("rtol = {rtol:e}, atol = {:e}", 1e-2 * rtol));
    let home = tempfile::tempdir().expect("a folder");
    let column = |name: &str, values: &[f64]| values.iter().fold(format!("{name}\n"), |all, x| format!("{all}{x}\n"));
    for (name, text) in [
        ("x.csv", column("x", &vec![0.0; targets.len()])),
        ("y.csv", column("y", targets)),
        ("t.csv", column("x", &[0.0])),
        ("s.csv", column("y", &[7.0])),
        ("p.toml", posed),
    ] {
        fs::write(home.path().join(name), text).expect("written");
    }
    let run = Command::new(env!("CARGO_BIN_EXE_slowflow")).args(["verify", "p.toml", "--json"]).current_dir(home.path()).output();
    let run = run.expect("runs");
    let message = String::from_utf8_lossy(&run.stderr);
    (serde_json::from_slice(&run.stdout).unwrap_or_else(|e| panic!("{e}: {message}")), run.status.code())
}

#[test]
fn losses_and_norms_carry_errors_that_cover_what_they_are_off_by() {
    // u v = 1 on the training set and 7 on the test set: on M, F is zero, the test loss ½ 6², and the least |w|² is 2.
    for rtol in [1e-6, 1e-11] {
        let (summary, _) = summary_of_targets(&[1.0], rtol);
        for (place, field, exact) in [
            ("foot", "train_loss", 0.0),
            ("foot", "test_loss", 18.0),
            ("limit", "train_loss", 0.0),
            ("limit", "test_loss", 18.0),
            ("limit", "norm_squared", 2.0),
        ] {
            let number = |field: &str| summary[place][field].as_f64().unwrap_or_else(|| panic!("{place}.{field}: {summary}"));
            let (off, error) = ((number(field) - exact).abs(), number(&format!("{field}_error")));
            assert!(off <= error && error <= 1e-4, "{rtol:e}, {place}.{field}: {off:.1e} off, said is {error:.1e}");
        }
    }
}

#[test]
fn loose_tolerances_find_no_saddles_where_there_are_none() {
    // Three targets for one product: M = {uv = 7/3} is no zero of the residuals, h₊ = 3|w|² on it, and the test loss is constant.
    for rtol in [1e-4, 1e-6] {
        let (summary, code) = summary_of_targets(&[1.0, 2.0, 4.0], rtol);
        assert_eq!(code, Some(0), "{summary}");
        let number = |place: &str, field: &str| summary[place][field].as_f64().unwrap_or_else(|| panic!("{place}.{field}"));
        let off = (number("foot", "spectral_gap") - 3.0 * number("foot", "norm_squared")).abs();
        assert!(off <= number("foot", "spectral_gap_error"), "h₊ off by {off:e}");
        assert!(summary["predictions"].as_array().is_none_or(|all| all.iter().all(|p| p["quantity"] != "test-loss-crossing")));
    }
}
