//! Parameters that models and teachers declare: name, type, default and meaning, and their checked values.

use std::collections::BTreeMap;
use std::fmt;

use crate::numeric::shortest::number;

/// A parameter that a model or a teacher declares: problem files, their JSON Schema and `slowflow models` are checked against it.
pub struct Parameter {
    /// The key, kebab-case.
    pub name: &'static str,
    /// What it takes when the key is absent, and with it the type.
    pub default: Default,
    /// One sentence: meaning and range.
    pub about: &'static str,
}

/// A model, a teacher or a regulariser as `kind` names it, for lists and for the JSON Schema.
#[derive(Clone, Copy)]
pub struct Kind {
    /// The value of `kind`.
    pub name: &'static str,
    /// One sentence.
    pub about: &'static str,
    /// The other keys.
    pub parameters: &'static [Parameter],
}

/// Type and default of a parameter.
pub enum Default {
    /// A number that must be given.
    RequiredNumber,
    /// A number.
    Number(f64),
    /// A whole number ≥ 0 that must be given.
    RequiredInteger,
    /// A whole number ≥ 0.
    Integer(usize),
    /// A list of numbers that must be given.
    RequiredList,
    /// A list of rows of numbers, all of one length, that must be given.
    RequiredMatrix,
    /// Text that must be given.
    RequiredText,
    /// Text; empty when absent.
    Text,
    /// A list of texts that must be given and is not empty.
    RequiredTexts,
    /// A list of texts; empty when absent.
    Texts,
    /// A table of named numbers or lists of numbers; empty when absent.
    Table,
    /// One of these words; the first is the default.
    Choice(&'static [&'static str]),
    /// true or false.
    Flag(bool),
}

/// A value of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A number.
    Number(f64),
    /// A whole number.
    Integer(usize),
    /// A list of numbers.
    List(Vec<f64>),
    /// Rows of numbers.
    Matrix(Vec<Vec<f64>>),
    /// A word, or any text.
    Word(String),
    /// A list of texts.
    Texts(Vec<String>),
    /// Named values in file order: [`Value::Number`] or [`Value::List`].
    Table(Vec<(String, Value)>),
    /// true or false.
    Flag(bool),
}

/// The parameters of one model or teacher, complete: defaults filled in, types checked against its declaration.
#[derive(Debug, Clone, PartialEq, std::default::Default)]
pub struct Parameters(BTreeMap<&'static str, Value>);

/// `name = value, …`, as a file writes them.
impl fmt::Display for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each = self.0.iter().map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>();
        write!(f, "{}", each.join(", "))
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = |list: &[f64]| format!("[{}]", list.iter().map(|x| number(*x)).collect::<Vec<_>>().join(", "));
        match self {
            Value::Number(x) => write!(f, "{}", number(*x)),
            Value::Integer(k) => write!(f, "{k}"),
            Value::List(list) => write!(f, "{}", numbers(list)),
            Value::Matrix(rows) => write!(f, "[{}]", rows.iter().map(|row| numbers(row)).collect::<Vec<_>>().join(", ")),
            Value::Word(word) => write!(f, "\"{word}\""),
            Value::Texts(texts) => write!(f, "{texts:?}"),
            Value::Table(entries) => {
                write!(f, "{{ {} }}", entries.iter().map(|(k, v)| format!("{k} = {v}")).collect::<Vec<_>>().join(", "))
            }
            Value::Flag(flag) => write!(f, "{flag}"),
        }
    }
}

impl Parameters {
    /// Sets a value.
    pub fn set(&mut self, name: &'static str, value: Value) {
        self.0.insert(name, value);
    }

    /// With one more value: for tests and library use.
    pub fn with(mut self, name: &'static str, value: Value) -> Self {
        self.set(name, value);
        self
    }

    /// The value as set, if it was.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A number; NaN when the name was never declared or is no number (declarations are checked by a test).
    pub fn number(&self, name: &str) -> f64 {
        match self.0.get(name) {
            Some(Value::Number(x)) => *x,
            Some(Value::Integer(k)) => *k as f64,
            _ => f64::NAN,
        }
    }

    /// A whole number; 0 when the name was never declared or is no whole number.
    pub fn integer(&self, name: &str) -> usize {
        match self.0.get(name) {
            Some(Value::Integer(k)) => *k,
            _ => 0,
        }
    }

    /// A list; empty when the name was never declared or is no list.
    pub fn list(&self, name: &str) -> &[f64] {
        match self.0.get(name) {
            Some(Value::List(values)) => values,
            _ => &[],
        }
    }

    /// Rows of numbers; empty when the name was never declared or is no matrix.
    pub fn matrix(&self, name: &str) -> &[Vec<f64>] {
        match self.0.get(name) {
            Some(Value::Matrix(rows)) => rows,
            _ => &[],
        }
    }

    /// A list of texts; empty when the name was never declared or is no such list.
    pub fn texts(&self, name: &str) -> &[String] {
        match self.0.get(name) {
            Some(Value::Texts(texts)) => texts,
            _ => &[],
        }
    }

    /// Named values; empty when the name was never declared or is no table.
    pub fn table(&self, name: &str) -> &[(String, Value)] {
        match self.0.get(name) {
            Some(Value::Table(entries)) => entries,
            _ => &[],
        }
    }

    /// A word or a text; empty when the name was never declared or is no word.
    pub fn word(&self, name: &str) -> &str {
        match self.0.get(name) {
            Some(Value::Word(word)) => word,
            _ => "",
        }
    }

    /// A flag; false when the name was never declared or is no flag.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.0.get(name), Some(Value::Flag(true)))
    }
}
