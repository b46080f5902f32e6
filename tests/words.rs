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
    assert!(text.contains("λ = 1e30 did not run: λ is more than 1e6 times the largest eigenvalue 4.392e0"), "{text}");
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
