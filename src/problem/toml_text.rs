//! The one place that names the `toml` crate: text becomes a tree of values that know their lines.

use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::{ProblemError, Raw};
use crate::numeric::shortest;

/// A value with the line, from 1, on which it begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The line.
    pub line: usize,
    /// The value.
    pub value: Tree,
}

/// A value of a TOML document.
#[derive(Debug, Clone, PartialEq)]
pub enum Tree {
    /// A whole number.
    Integer(i64),
    /// A number; may be NaN or infinite, which readers refuse.
    Number(f64),
    /// true or false.
    Flag(bool),
    /// Text.
    Text(String),
    /// A date or a time.
    Date(String),
    /// A list.
    List(Vec<Node>),
    /// A table.
    Table(Table),
}

/// A table, keys in file order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// Key, line of the key, value.
    pub entries: Vec<(String, usize, Node)>,
}

/// The root table of a TOML text. `path` only names it in errors; a leading byte-order mark is ignored.
pub fn parse(text: &str, path: &Path) -> Result<Table, ProblemError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let starts: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let line = |at: usize| starts.partition_point(|start| *start <= at);
    let refuse = |at: usize, found: String, allowed: &str, hint: String| {
        ProblemError::at(path, Some(line(at)), None, found, allowed, hint)
    };
    let document = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let written = text.lines().nth(line(at) - 1).unwrap_or("").trim();
        let hint = format!("text in quotes, lists in [ ], tables in {{ }}; the line reads `{}`", shortened(written));
        refuse(at, error.message().replace('\n', ", "), "a TOML document", hint)
    })?;
    let mut overflow = None;
    let table = convert_table(document.get_ref(), &line, &mut overflow);
    match overflow {
        None => Ok(table),
        Some((at, written)) => {
            let found = format!("the whole number {}, which does not fit in 64 bits", shortened(&written));
            Err(refuse(at, found, "whole numbers from -2^63 to 2^63 - 1", "write it with a decimal point or an exponent".into()))
        }
    }
}

type Overflow = Option<(usize, String)>;

fn convert_table(table: &DeTable, line: &impl Fn(usize) -> usize, overflow: &mut Overflow) -> Table {
    let mut sorted: Vec<_> = table.iter().collect();
    sorted.sort_by_key(|(key, _)| key.span().start);
    let entries = sorted.into_iter().map(|(key, value)| {
        let node = Node { line: line(value.span().start), value: convert(value.get_ref(), value.span().start, line, overflow) };
        (key.get_ref().to_string(), line(key.span().start), node)
    });
    Table { entries: entries.collect() }
}

fn convert(value: &DeValue, at: usize, line: &impl Fn(usize) -> usize, overflow: &mut Overflow) -> Tree {
    match value {
        DeValue::String(text) => Tree::Text(text.to_string()),
        DeValue::Boolean(flag) => Tree::Flag(*flag),
        DeValue::Datetime(date) => Tree::Date(date.to_string()),
        DeValue::Float(number) => Tree::Number(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Integer(number) => Tree::Integer(i64::from_str_radix(number.as_str(), number.radix()).unwrap_or_else(|_| {
            overflow.get_or_insert_with(|| (at, number.as_str().to_owned()));
            0
        })),
        DeValue::Table(table) => Tree::Table(convert_table(table, line, overflow)),
        DeValue::Array(items) => Tree::List(
            items
                .iter()
                .map(|item| Node {
                    line: line(item.span().start),
                    value: convert(item.get_ref(), item.span().start, line, overflow),
                })
                .collect(),
        ),
    }
}

/// A number in its shortest form; NaN and infinities by name.
pub fn written(x: f64) -> String {
    if x.is_finite() { shortest::number(x) } else { x.to_string() }
}

/// At most 60 characters of a text, for messages.
pub fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        None => text.to_owned(),
        Some((cut, _)) => format!("{}…", &text[..cut]),
    }
}

impl Node {
    /// The value as a message shows it: its type and what it is.
    pub fn shown(&self) -> String {
        match &self.value {
            Tree::Integer(k) => format!("the number {k}"),
            Tree::Number(x) => format!("the number {}", written(*x)),
            Tree::Flag(flag) => format!("the flag {flag}"),
            Tree::Text(text) => format!("text \"{}\"", shortened(text)),
            Tree::Date(date) => format!("the date {date}"),
            Tree::List(items) if items.is_empty() => "an empty list".into(),
            Tree::List(items) => format!("a list of {}", items.len()),
            Tree::Table(table) => {
                let keys: Vec<&str> = table.entries.iter().map(|(key, ..)| key.as_str()).collect();
                if keys.is_empty() { "an empty table".into() } else { format!("a table with {}", shortened(&keys.join(", "))) }
            }
        }
    }

    /// The value without lines; a date becomes its text.
    pub fn raw(&self) -> Raw {
        match &self.value {
            Tree::Integer(k) => Raw::Integer(*k),
            Tree::Number(x) => Raw::Number(*x),
            Tree::Flag(flag) => Raw::Flag(*flag),
            Tree::Text(text) | Tree::Date(text) => Raw::Text(text.clone()),
            Tree::List(items) => Raw::List(items.iter().map(Node::raw).collect()),
            Tree::Table(table) => Raw::Table(table.entries.iter().map(|(key, _, node)| (key.clone(), node.raw())).collect()),
        }
    }
}
