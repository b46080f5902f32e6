//! `--lambda`: the weight decays of the command line, read and checked here so that every refusal says what is allowed.

use std::path::Path;

use crate::problem::ProblemError;
use crate::problem::keys::Range;
use crate::problem::toml_text::{shortened, written};

/// Weight decays as asked for, and what was done to them.
#[derive(Debug, PartialEq)]
pub struct Decays {
    /// λ, descending, all different.
    pub values: Vec<f64>,
    /// Those that were asked for more than once.
    pub repeated: Vec<f64>,
}

/// The words after `--lambda`, each one number.
///
/// # Errors
/// A word that is no number, or a number that is no weight decay.
pub fn read(words: &[String], path: &Path) -> Result<Decays, ProblemError> {
    let refused = |found: String| {
        let hint = "for example `--lambda 1e-2,1e-3,1e-4`; λ = 0 is the slow flow itself: it is always computed";
        let allowed = format!("a list with commas and no blanks, each {}", Range::Decay.words());
        ProblemError::at(path, None, Some("--lambda"), found, allowed, hint)
    };
    let mut values = words
        .iter()
        .enumerate()
        .map(|(k, word)| {
            let place = format!("entry {} of {}", k + 1, words.len());
            match word.trim().parse::<f64>() {
                Ok(x) if Range::Decay.contains(x) => Ok(x),
                Ok(x) => Err(refused(format!("{place} is the number {}", written(x)))),
                Err(_) if word.trim().is_empty() => Err(refused(format!("{place} is empty"))),
                Err(_) => Err(refused(format!("{place} is \"{}\", which is no number", shortened(word).escape_debug()))),
            }
        })
        .collect::<Result<Vec<f64>, _>>()?;
    values.sort_by(|a, b| b.total_cmp(a));
    let mut repeated: Vec<f64> = values.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    repeated.dedup();
    values.dedup();
    Ok(Decays { values, repeated })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Decays, String> {
        let words: Vec<String> = text.split(',').map(String::from).collect();
        read(&words, Path::new("p.toml")).map_err(|error| error.to_string())
    }

    #[test]
    fn decays_are_sorted_and_kept_once() {
        assert_eq!(of("1e-4,1e-3,0.001,1e-4"), Ok(Decays { values: vec![1e-3, 1e-4], repeated: vec![1e-3, 1e-4] }));
        assert_eq!(of("1e-100,1e100"), Ok(Decays { values: vec![1e100, 1e-100], repeated: vec![] }));
    }

    #[test]
    fn what_is_no_decay_is_named_with_its_place() {
        for (text, found) in [
            ("1e-2,-1e-3", "entry 2 of 2 is the number -0.001"),
            ("nan", "the number NaN"),
            ("inf", "the number inf"),
            ("0", "the number 0;"),
            ("1e-300", "the number 1e-300"),
            ("1e-3,,1e-4", "entry 2 of 3 is empty"),
            ("1e-3,--json", "entry 2 of 2 is \"--json\", which is no number"),
        ] {
            let message = of(text).expect_err(text);
            assert!(
                message.contains(found) && message.contains("allowed: a list") && message.contains("hint: "),
                "{text}: {message}"
            );
        }
    }
}
