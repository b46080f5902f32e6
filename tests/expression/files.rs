//! Problem files with formulas: a thousand mutations in process, and formulas that leave their domain on the way, through the program.

use std::path::Path;
use std::process::Command;

use slowflow::experiment::{Setup, preview};
use slowflow::numeric::seed::Stream;
use slowflow::problem::ProblemFile;

#[test]
fn a_thousand_mutated_files_are_set_up_or_refused() {
    let folder = Path::new("problems/gallery");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{e}")).flatten().map(|e| e.path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "toml"));
    files.sort();
    let texts: Vec<String> = files.iter().map(|path| std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{e}"))).collect();
    let alphabet: Vec<char> = "()[]{}+-*/^,.\"=0123456789eEuvw yx\n\\#∞\u{301}".chars().collect();
    let words =
        ["log(", "sqrt(", "1/0", "^0.5", "^(-1)", "exp(exp(", "sum(", "inputs", "y", "[0]", "[99]", "1e308*", "relu(", "-"];
    let mut stream = Stream::new(3, "mutated files");
    let (mut ready, mut refused) = (0, 0);
    for k in 0..1000 {
        let (path, text) = (&files[k % files.len()], &texts[k % texts.len()]);
        // Half of the changes fall on the model, where the formulas are.
        let (start, end) = match (text.find("model "), text.find("\nloss")) {
            (Some(start), Some(end)) if stream.uniform() < 0.5 => {
                (text[..start].chars().count() + 10, text[..end].chars().count())
            }
            _ => (0, text.chars().count()),
        };
        let mut characters: Vec<char> = text.chars().collect();
        for _ in 0..1 + stream.index(2) {
            let at = (start + stream.index(end - start)).min(characters.len() - 1);
            match stream.index(4) {
                0 => drop(characters.remove(at)),
                1 => characters[at] = alphabet[stream.index(alphabet.len())],
                2 => characters.insert(at, alphabet[stream.index(alphabet.len())]),
                _ => drop(characters.splice(at..at, words[stream.index(words.len())].chars())),
            }
        }
        let text: String = characters.into_iter().collect();
        let outcome = ProblemFile::parse(&text, path).map_err(|e| e.to_string()).and_then(|problem| {
            let setup = Setup::new(problem).map_err(|e| e.to_string())?;
            preview(&setup).map(|preview| preview.start_loss).map_err(|e| e.to_string())
        });
        match outcome {
            Ok(loss) => {
                assert!(loss.is_finite(), "F = {loss}\n{text}");
                ready += 1;
            }
            Err(message) => {
                assert!(!message.is_empty() && message.len() < 4000, "{message}\n{text}");
                refused += 1;
            }
        }
    }
    assert!(ready > 100 && refused > 300, "{ready} ready, {refused} refused: the mutations are too wild or too tame");
}

/// Exit code and message of `verify` on a residual with one data row.
fn verify(residual: &str, start: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    let problem = format!(
        "title = \"t\"\ndata = {{ kind = \"csv\", inputs = \"x.csv\", targets = \"y.csv\" }}\n\
         model = {{ kind = \"expression\", weights = [\"u\", \"v\"], residuals = [\"{residual}\"] }}\n\
         loss = {{ criterion = \"square\", factor = \"1/2n\" }}\ninit = {{ values = {start} }}\nlambda = [1e-2, 1e-3]\n\
         window = {{ slow-time = [0.5, 1.0, 2.0, 5.0], fast-time = 10.0 }}\ntolerance = {{ rtol = 1e-9, atol = 1e-11 }}\n"
    );
    for (name, text) in [("p.toml", problem.as_str()), ("x.csv", "time\n0.5\n"), ("y.csv", "y\n0.2\n")] {
        std::fs::write(folder.path().join(name), text).unwrap_or_else(|e| panic!("{e}"));
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_slowflow"));
    let output = command.args(["verify", "p.toml"]).current_dir(folder.path()).output().unwrap_or_else(|e| panic!("{e}"));
    let summary = folder.path().join("results/p/summary.json");
    assert!(!summary.exists(), "a run that did not arrive left results");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_formula_that_leaves_its_domain_ends_the_run_with_flow_and_time() {
    // Both reach the end of their domain in finite time: √u has an infinite slope at u = 0, and so does √(v − time) at v = 0.5.
    for (residual, start, flow) in [
        ("sqrt(u) + 1 + v^2 + 0*time", "[1.0, 0.3]", "the fast flow (λ = 0, time t): at t = "),
        ("u - sqrt(v - time) - y", "[1.4, 0.9]", "the slow flow (time s): at s = "),
    ] {
        let (code, message) = verify(residual, start);
        assert_eq!(code, Some(2), "{message}");
        assert!(message.contains(flow), "`{flow}` is not in {message}");
    }
}
