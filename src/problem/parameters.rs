//! Parameters that models and teachers declare: name, type, default and meaning, and their checked values.

use std::collections::BTreeMap;

/// A parameter that a model or a teacher declares: problem files, their JSON Schema and `slowflow models` are checked against it.
pub struct Parameter {
    /// The key, kebab-case.
    pub name: &'static str,
    /// What it takes when the key is absent, and with it the type.
    pub default: Default,
    /// One sentence: meaning and range.
    pub about: &'static str,
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
    /// A word.
    Word(String),
    /// true or false.
    Flag(bool),
}

/// The parameters of one model or teacher, complete: defaults filled in, types checked against its declaration.
#[derive(Debug, Clone, PartialEq, std::default::Default)]
pub struct Parameters(BTreeMap<&'static str, Value>);

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

    /// A word; empty when the name was never declared or is no word.
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
