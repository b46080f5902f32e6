//! Parameters of a model, a teacher or a regulariser: what the file gives, checked against the declaration.

use std::path::Path;

use super::parameters::{Default, Parameter, Parameters, Value};
use super::toml_text::{shortened, written};
use super::{ProblemError, Raw, Section, did_you_mean};

impl Section {
    /// An error at a key of this section, on its line; at the section's own line when the key is absent.
    pub fn error(
        &self,
        path: &Path,
        key: &str,
        found: impl Into<String>,
        allowed: impl Into<String>,
        hint: impl Into<String>,
    ) -> ProblemError {
        let line = self.entries.iter().find(|(name, ..)| name == key).map_or(self.line, |(.., line)| *line);
        ProblemError::at(path, Some(line), Some(&format!("{}.{key}", self.name)), found, allowed, hint)
    }

    /// The refusal of a `kind` that is none of these.
    pub fn unknown_kind<'a>(&self, path: &Path, known: impl IntoIterator<Item = &'a str>) -> ProblemError {
        let known: Vec<&str> = known.into_iter().collect();
        let hint = did_you_mean(&self.kind, known.iter().copied());
        self.error(path, "kind", format!("\"{}\"", shortened(&self.kind)), known.join(", "), hint)
    }
}

impl Parameters {
    /// The parameters of a section: every key declared, every type right, defaults filled in.
    ///
    /// Errors: an unknown key with the nearest declared one, a wrong type, a missing key; each with its line.
    pub fn resolve(declared: &[Parameter], section: &Section, path: &Path) -> Result<Parameters, ProblemError> {
        let names = || declared.iter().map(|parameter| parameter.name);
        if let Some((key, raw, _)) = section.entries.iter().find(|(key, ..)| names().all(|name| name != key)) {
            let allowed = match declared {
                [] => format!("no parameters: {} \"{}\" takes none", section.name, section.kind),
                _ => names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
            };
            let found = format!("unknown key, with {}", shown(raw));
            return Err(section.error(path, key, found, allowed, did_you_mean(key, names())));
        }
        let mut parameters = Parameters::default();
        for parameter in declared {
            let refuse = |found: String, allowed: String| {
                let hint = format!("`{}` of {} \"{}\": {}", parameter.name, section.name, section.kind, parameter.about);
                Err(section.error(path, parameter.name, found, allowed, hint))
            };
            let value = match section.entries.iter().find(|(key, ..)| key == parameter.name) {
                None => match parameter.default.value() {
                    Some(value) => value,
                    None => return refuse("the key is missing".into(), parameter.default.words()),
                },
                Some((_, raw, _)) => match parameter.default.accept(raw) {
                    Some(value) => value,
                    None => return refuse(parameter.default.fault(raw), parameter.default.words()),
                },
            };
            parameters.set(parameter.name, value);
        }
        Ok(parameters)
    }
}

impl Default {
    /// The value when the key is absent; `None` where it must be given.
    pub fn value(&self) -> Option<Value> {
        match self {
            Default::RequiredNumber
            | Default::RequiredInteger
            | Default::RequiredList
            | Default::RequiredMatrix
            | Default::RequiredText
            | Default::RequiredTexts => None,
            Default::Number(x) => Some(Value::Number(*x)),
            Default::Integer(k) => Some(Value::Integer(*k)),
            Default::Text => Some(Value::Word(String::new())),
            Default::Texts => Some(Value::Texts(Vec::new())),
            Default::Table => Some(Value::Table(Vec::new())),
            Default::Choice(words) => words.first().map(|word| Value::Word((*word).to_owned())),
            Default::Flag(flag) => Some(Value::Flag(*flag)),
        }
    }

    /// What is allowed, in words.
    pub fn words(&self) -> String {
        match self {
            Default::RequiredNumber | Default::Number(_) => "a finite number".into(),
            Default::RequiredInteger | Default::Integer(_) => "a whole number ≥ 0".into(),
            Default::RequiredList => "a list of finite numbers, not empty".into(),
            Default::RequiredMatrix => "a list of rows of finite numbers, all of one length".into(),
            Default::RequiredText | Default::Text => "text".into(),
            Default::RequiredTexts => "a list of texts, not empty".into(),
            Default::Texts => "a list of texts".into(),
            Default::Table => "a table of finite numbers or lists of them".into(),
            Default::Choice(words) => words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" or "),
            Default::Flag(_) => "true or false".into(),
        }
    }

    /// The value as this type takes it, if it does.
    fn accept(&self, raw: &Raw) -> Option<Value> {
        match self {
            Default::RequiredNumber | Default::Number(_) => number(raw).map(Value::Number),
            Default::RequiredInteger | Default::Integer(_) => whole(raw).map(Value::Integer),
            Default::RequiredList => numbers(raw).map(Value::List),
            Default::RequiredMatrix => {
                let rows = items(raw)?.iter().map(numbers).collect::<Option<Vec<_>>>()?;
                let width = rows.first()?.len();
                rows.iter().all(|row| row.len() == width).then_some(Value::Matrix(rows))
            }
            Default::RequiredText | Default::Text => text(raw).map(Value::Word),
            Default::RequiredTexts => texts(raw).filter(|texts| !texts.is_empty()).map(Value::Texts),
            Default::Texts => texts(raw).map(Value::Texts),
            Default::Choice(words) => text(raw).filter(|text| words.contains(&text.as_str())).map(Value::Word),
            Default::Flag(_) => match raw {
                Raw::Flag(flag) => Some(Value::Flag(*flag)),
                _ => None,
            },
            Default::Table => match raw {
                Raw::Table(entries) => {
                    let value = |raw| number(raw).map(Value::Number).or_else(|| numbers(raw).map(Value::List));
                    let entries = entries.iter().map(|(name, raw)| Some((name.clone(), value(raw)?)));
                    entries.collect::<Option<Vec<_>>>().map(Value::Table)
                }
                _ => None,
            },
        }
    }

    /// A refused value as a message shows it; of a list, the first entry of the wrong type.
    fn fault(&self, raw: &Raw) -> String {
        let wrong = |item: &Raw| match self {
            Default::RequiredTexts | Default::Texts => text(item).is_none(),
            Default::RequiredList => number(item).is_none(),
            Default::RequiredMatrix => numbers(item).is_none(),
            _ => false,
        };
        match items(raw).unwrap_or_default().iter().enumerate().find(|(_, item)| wrong(item)) {
            Some((k, item)) => format!("a list whose entry {} is {}", k + 1, shown(item)),
            None => shown(raw),
        }
    }
}

fn number(raw: &Raw) -> Option<f64> {
    match raw {
        Raw::Integer(k) => Some(*k as f64),
        Raw::Number(x) => Some(*x).filter(|x| x.is_finite()),
        _ => None,
    }
}

fn whole(raw: &Raw) -> Option<usize> {
    match raw {
        Raw::Integer(k) => usize::try_from(*k).ok(),
        Raw::Number(x) if *x >= 0.0 && x.fract() == 0.0 && *x < 9e15 => Some(*x as usize),
        _ => None,
    }
}

fn text(raw: &Raw) -> Option<String> {
    match raw {
        Raw::Text(text) => Some(text.clone()),
        _ => None,
    }
}

fn items(raw: &Raw) -> Option<&[Raw]> {
    match raw {
        Raw::List(items) => Some(items),
        _ => None,
    }
}

fn numbers(raw: &Raw) -> Option<Vec<f64>> {
    items(raw).filter(|items| !items.is_empty())?.iter().map(number).collect()
}

fn texts(raw: &Raw) -> Option<Vec<String>> {
    items(raw)?.iter().map(text).collect()
}

/// A value as a message shows it.
fn shown(raw: &Raw) -> String {
    match raw {
        Raw::Integer(k) => format!("the number {k}"),
        Raw::Number(x) => format!("the number {}", written(*x)),
        Raw::Flag(flag) => format!("the flag {flag}"),
        Raw::Text(text) => format!("text \"{}\"", shortened(text)),
        Raw::Table(entries) => format!("a table with {} keys", entries.len()),
        Raw::List(items) if items.is_empty() => "an empty list".into(),
        Raw::List(items) => format!("a list of {}", items.len()),
    }
}
