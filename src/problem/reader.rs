//! Takes the keys of a table one by one; every refusal says where, what was found, what is allowed, what to try.

use std::path::Path;

use super::ProblemError;
use super::keys::{Key, Range, Shape};
use super::nearest::did_you_mean;
use super::toml_text::{Node, Table, Tree};

/// A table under its declared keys.
pub struct Reader<'a> {
    path: &'a Path,
    /// Its place as a dotted key; empty for the whole file.
    place: String,
    line: usize,
    table: &'a Table,
    keys: &'static [Key],
}

impl<'a> Reader<'a> {
    /// A table of the file, with every key known; `line` is where it begins.
    ///
    /// Errors: the first unknown key, with the nearest known one.
    pub fn open(
        path: &'a Path,
        place: String,
        line: usize,
        table: &'a Table,
        keys: &'static [Key],
    ) -> Result<Self, ProblemError> {
        let reader = Reader { path, place, line, table, keys };
        match table.entries.iter().find(|(name, ..)| keys.iter().all(|key| key.name != name)) {
            None => Ok(reader),
            Some((name, line, node)) => {
                let allowed = keys.iter().map(|key| format!("`{}`", key.name)).collect::<Vec<_>>().join(", ");
                let found = format!("unknown key, with {}", node.shown());
                let hint = did_you_mean(name, keys.iter().map(|key| key.name));
                Err(ProblemError::at(path, Some(*line), Some(&reader.dotted(name)), found, allowed, hint))
            }
        }
    }

    /// The file.
    pub fn path(&self) -> &'a Path {
        self.path
    }

    fn dotted(&self, name: &str) -> String {
        if self.place.is_empty() { name.to_owned() } else { format!("{}.{name}", self.place) }
    }

    fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    fn hint(&self, name: &str) -> String {
        self.key(name).map_or(String::new(), |key| format!("for example `{}`: {}", key.example, key.about))
    }

    /// An error at a key, on its line, with the key's example as the hint.
    pub fn refuse(&self, name: &str, line: usize, found: impl Into<String>, allowed: impl Into<String>) -> ProblemError {
        ProblemError::at(self.path, Some(line), Some(&self.dotted(name)), found, allowed, self.hint(name))
    }

    /// The value of a key, if the file has it.
    pub fn find(&self, name: &str) -> Option<&'a Node> {
        self.table.entries.iter().find(|(key, ..)| key == name).map(|(.., node)| node)
    }

    /// The value of a key that must be there.
    pub fn need(&self, name: &str) -> Result<&'a Node, ProblemError> {
        self.find(name).ok_or_else(|| self.refuse(name, self.line, "the key is missing", self.allowed(name)))
    }

    fn allowed(&self, name: &str) -> String {
        self.key(name).map_or(String::new(), |key| key.shape.words())
    }

    fn wrong(&self, name: &str, node: &Node) -> ProblemError {
        self.refuse(name, node.line, node.shown(), self.allowed(name))
    }

    /// Text.
    pub fn text(&self, name: &str) -> Result<&'a str, ProblemError> {
        let node = self.need(name)?;
        match &node.value {
            Tree::Text(text) => Ok(text),
            _ => Err(self.wrong(name, node)),
        }
    }

    /// Text, empty when absent.
    pub fn text_or_empty(&self, name: &str) -> Result<&'a str, ProblemError> {
        if self.find(name).is_some() { self.text(name) } else { Ok("") }
    }

    /// One of the words that the key declares.
    pub fn word(&self, name: &str) -> Result<&'static str, ProblemError> {
        let (node, words) = (self.need(name)?, self.words(name));
        let written = self.text(name)?;
        let wrong = || self.wrong(name, node).with_hint(did_you_mean(written, words.iter().copied()));
        words.iter().copied().find(|word| *word == written).ok_or_else(wrong)
    }

    fn words(&self, name: &str) -> &'static [&'static str] {
        match self.key(name).map(|key| &key.shape) {
            Some(Shape::Word(words)) => words,
            _ => &[],
        }
    }

    /// A whole number in the declared range; `1e6` counts as one.
    pub fn whole(&self, name: &str) -> Result<u64, ProblemError> {
        let node = self.need(name)?;
        let value = match node.value {
            Tree::Integer(k) => u64::try_from(k).ok(),
            Tree::Number(x) if x >= 0.0 && x.fract() == 0.0 && x < 9e15 => Some(x as u64),
            _ => None,
        };
        let fits = |k: &u64| match self.key(name).map(|key| &key.shape) {
            Some(Shape::Whole(least, most)) => (*least..=*most).contains(k),
            _ => true,
        };
        value.filter(fits).ok_or_else(|| self.wrong(name, node))
    }

    /// A number in the declared range.
    pub fn number(&self, name: &str) -> Result<f64, ProblemError> {
        let node = self.need(name)?;
        let range = match self.key(name).map(|key| &key.shape) {
            Some(Shape::Number(range)) => *range,
            _ => Range::Finite,
        };
        number(node).filter(|x| range.contains(*x)).ok_or_else(|| self.wrong(name, node))
    }

    /// A number in the declared range, or the default.
    pub fn number_or(&self, name: &str, default: f64) -> Result<f64, ProblemError> {
        if self.find(name).is_some() { self.number(name) } else { Ok(default) }
    }

    /// A list of numbers in the range, not empty, with the line of each.
    pub fn numbers(&self, name: &str, range: Range) -> Result<Vec<(f64, usize)>, ProblemError> {
        let node = self.need(name)?;
        let Tree::List(items) = &node.value else { return Err(self.wrong(name, node)) };
        if items.is_empty() {
            return Err(self.wrong(name, node));
        }
        let item = |(k, item): (usize, &Node)| match number(item).filter(|x| range.contains(*x)) {
            Some(x) => Ok((x, item.line)),
            None => {
                let found = format!("entry {} of {} is {}", k + 1, items.len(), item.shown());
                Err(self.refuse(name, item.line, found, self.allowed(name)))
            }
        };
        items.iter().enumerate().map(item).collect()
    }

    /// The table of a key, under its own keys.
    pub fn table(&self, name: &str, keys: &'static [Key]) -> Result<Reader<'a>, ProblemError> {
        let node = self.need(name)?;
        match &node.value {
            Tree::Table(table) => Reader::open(self.path, self.dotted(name), self.line_of(name), table, keys),
            _ => Err(self.wrong(name, node)),
        }
    }

    /// The line of a key, of the table when it is absent.
    pub fn line_of(&self, name: &str) -> usize {
        self.table.entries.iter().find(|(key, ..)| key == name).map_or(self.line, |(_, line, _)| *line)
    }
}

/// The number of a node, whole or not.
fn number(node: &Node) -> Option<f64> {
    match node.value {
        Tree::Integer(k) => Some(k as f64),
        Tree::Number(x) => Some(x),
        _ => None,
    }
}
