//! Every claim file of the quick tier is one test: it comes out as its file states it.
//!
//! Not as stated: a claim that fails without being marked, one that is marked and holds, one that could not be judged.

use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use slowflow::claim::{self, ClaimFile, Entry, Ledger, Tier};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("validation");
    let mut trials = match claim::below(&folder) {
        Ok(claims) => claims.into_iter().filter(|claim| claim.tier == Tier::Quick).map(trial).collect(),
        Err(error) => vec![Trial::test("claim files", move || Err(Failed::from(error.to_string())))],
    };
    trials.extend(refusals());
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial(claim: ClaimFile) -> Trial {
    Trial::test(format!("{} {}", claim.id, claim.claim), move || {
        let outcome = claim::run(&claim);
        if outcome.as_stated(&claim) {
            return Ok(());
        }
        let numbers = outcome.measured.map(|m| format!("{:.6e} ± {:.1e}", m.value, m.error)).unwrap_or_default();
        Err(format!("{}: {} {numbers} {}", claim.path.display(), outcome.verdict.name(), outcome.note).into())
    })
}

const GOOD: &str = r#"id = "Z1"
claim = "The foot point of the parabola."
kind = "closed-form"
source = { paper = "derived", where = "here" }
tier = "quick"
experiment = { quantity = "foot-distance", to = [0.0, 0.0] }
expected = { at-most = 1.0 }
tolerance = { why = "an example" }
[problem]
title = "t"
model = { kind = "parabola" }
loss = { factor = "1" }
init = { values = [1, 2] }
lambda = [1e-3]
window = { slow-time = [1] }
tolerance = { rtol = 1e-9, atol = 1e-9 }
"#;

/// What is wrong with a claim file, in one change, and what the message must say.
const WRONG: &[(&str, &str, &[&str])] = &[
    ("foot-distance", "foot-distanc", &[":6", "unknown quantity", "did you mean `foot-distance`?"]),
    ("to = [0.0, 0.0]", "too = [0.0]", &["`experiment.too`", ":6"]),
    ("paper = \"derived\"", "paper = \"\"", &[":4", "`source`", "an expectation without a source"]),
    ("source = { paper = \"derived\", where = \"here\" }", "", &["`source`", "missing"]),
    ("{ at-most = 1.0 }", "{ value = 1.0 }", &["`tolerance`", "one of `absolute` and `relative`"]),
    ("{ at-most = 1.0 }", "{ at-most = 1.0, at-least = 0.0 }", &["`expected`", "at-most and at-least"]),
    ("{ at-most = 1.0 }", "{ between = [2.0, 1.0] }", &["`expected.between`", "two numbers, ascending"]),
    ("why = \"an example\"", "why = \"\"", &["`tolerance.why`"]),
    ("tier = \"quick\"", "tier = \"quik\"", &["`tier`", "did you mean `quick`?"]),
    ("id = \"Z1\"", "id = \"Z2\"", &["`id`", "Z1-a"]),
    ("id = \"Z1\"", "id = \"z1\"", &["`id`", "capital letters"]),
    ("rtol = 1e-9", "rtol = 2", &["`problem.tolerance.rtol`", ":16"]),
    ("[problem]", "problem = \"nowhere.toml\"\n[other]", &["other"]),
];

fn refusals() -> Vec<Trial> {
    let refused = |text: &str, parts: &[&str]| match ClaimFile::parse(text, Path::new("p/Z1-a.toml")) {
        Ok(_) => Err(Failed::from("it was accepted")),
        Err(error) => match parts.iter().find(|part| !error.to_string().contains(**part)) {
            Some(part) => Err(format!("`{part}` is not in: {error}").into()),
            None => Ok(()),
        },
    };
    let mut trials: Vec<Trial> = WRONG
        .iter()
        .map(|(from, to, parts)| {
            Trial::test(format!("refused: {to}"), move || {
                assert!(GOOD.contains(from));
                refused(&GOOD.replacen(from, to, 1), parts)
            })
        })
        .collect();
    trials.push(Trial::test("the example itself is accepted, and fails for its reason", || {
        let claim = ClaimFile::parse(GOOD, Path::new("p/Z1-a.toml")).map_err(|error| error.to_string())?;
        let outcome = claim::run(&claim);
        if outcome.verdict.name() == "fails" { Ok(()) } else { Err(format!("{outcome:?}").into()) }
    }));
    trials.push(Trial::test("refused: a problem that does not exist", move || {
        let start = GOOD.find("[problem]").unwrap_or(0);
        let text = GOOD[..start].to_string() + "problem = \"nowhere.toml\"\n";
        refused(&text, &["`problem`", "nowhere.toml", "does not exist"])
    }));
    trials.push(Trial::test("refused: two claims with one id", || {
        let home = tempfile::tempdir().map_err(|error| error.to_string())?;
        for name in ["Z1-a.toml", "Z1-b.toml"] {
            std::fs::write(home.path().join(name), GOOD).map_err(|error| error.to_string())?;
        }
        match claim::below(home.path()) {
            Err(error) if error.to_string().contains("which is the id of") => Ok(()),
            other => Err(format!("{other:?}").into()),
        }
    }));
    trials.push(Trial::test("the ledger keeps the rows of a tier that was not run, until their claim changes", ledger));
    trials
}

fn ledger() -> Result<(), Failed> {
    let home = tempfile::tempdir()?;
    let slow = GOOD.replace("\"Z1\"", "\"Z2\"").replace("quick", "slow");
    std::fs::write(home.path().join("Z1-a.toml"), GOOD)?;
    std::fs::write(home.path().join("Z2-a.toml"), &slow)?;
    let known = claim::below(home.path())?;
    let run = |claim: &ClaimFile| Entry::of(claim, &claim::run(claim));
    let verdicts = |ledger: &Ledger| ledger.claims.iter().map(|entry| entry.verdict.clone()).collect::<Vec<_>>();
    // The slow claim has never run: it stands there all the same.
    let first = Ledger::default().with(vec![run(&known[0])], &known);
    assert_eq!(verdicts(&first), ["fails", "not-run"]);
    assert!(first.claims[1].note.contains("not run yet: slowflow validate Z2") && first.markdown().contains("| slow | – |"));
    // It has run once: the quick tier alone does not lose it.
    let second = first.with(vec![run(&known[1])], &known).with(vec![run(&known[0])], &known);
    assert_eq!(verdicts(&second), ["fails", "fails"]);
    second.write(home.path())?;
    assert_eq!(Ledger::open(home.path())?, second);
    // Its limit changes: the number is no longer an answer to it. Then it is gone.
    std::fs::write(home.path().join("Z2-a.toml"), slow.replace("at-most = 1.0", "at-most = 9.0"))?;
    let changed = claim::below(home.path())?;
    let third = second.with(Vec::new(), &changed);
    assert_eq!(verdicts(&third), ["fails", "not-run"]);
    assert!(third.claims[1].note.contains("has changed"), "{}", third.claims[1].note);
    assert_eq!(third.with(Vec::new(), &changed[..1]).claims.len(), 1);
    std::fs::write(home.path().join("ledger.json"), "{\"schema\": 9}")?;
    let refused = Ledger::open(home.path()).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(refused.contains("`schema`: found 9; allowed: 1"), "{refused}");
    Ok(())
}
