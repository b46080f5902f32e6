//! A formula as text becomes a tree: recursive descent, every node with its place in the text.
//!
//! ```text
//! sum     := product (("+" | "-") product)*
//! product := signed (("*" | "/") signed)*
//! signed  := ("-" | "+") signed | power
//! power   := atom ("^" signed)?                       so −a^2 = −(a²) and a^b^c = a^(b^c)
//! atom    := (number | name | name "(" list ")" | "(" sum ")" | "[" list "]") ("[" list "]")*
//! list    := sum ("," sum)*
//! ```
//! Sums and products are flat, so a long sum is not a deep tree; what nests is bounded by [`MAX_DEPTH`].

use super::error::{ExpressionError, Problem};

/// How deep parentheses, calls, powers and signs may nest.
pub const MAX_DEPTH: usize = 128;
/// How many characters (bytes) a formula may have.
pub const MAX_LENGTH: usize = 1_000_000;

/// A node of the tree with the bytes of the text that it spans.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    /// What it is.
    pub kind: Kind,
    /// First and last-plus-one byte.
    pub span: (usize, usize),
}

/// The kinds of nodes.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A number.
    Number(f64),
    /// A name.
    Name(String),
    /// A function of arguments.
    Call(String, Vec<Tree>),
    /// Entries of a vector or matrix.
    Index(Box<Tree>, Vec<Tree>),
    /// A vector written out.
    List(Vec<Tree>),
    /// Terms, each added (true) or subtracted.
    Sum(Vec<(bool, Tree)>),
    /// Factors, each multiplied (true) or divided by.
    Product(Vec<(bool, Tree)>),
    /// A power.
    Power(Box<Tree>, Box<Tree>),
    /// The negative.
    Negative(Box<Tree>),
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Number(f64),
    Name(String),
    Sign(char),
    End,
}

impl Token {
    fn describe(&self) -> String {
        match self {
            Token::Number(x) => format!("the number {x}"),
            Token::Name(name) => format!("the name `{name}`"),
            Token::Sign(c) => format!("`{c}`"),
            Token::End => "the end of the formula".into(),
        }
    }
}

/// Parses a formula; `place` names it in errors.
pub fn parse(place: &str, text: &str) -> Result<Tree, ExpressionError> {
    let mut parser = Parser { place, text, at: 0, token: Token::End, span: (0, 0), last: 0, depth: 0 };
    if text.len() > MAX_LENGTH {
        let problem = Problem::TooLarge { quantity: "bytes in the formula", found: text.len(), limit: MAX_LENGTH };
        let hint = "write long sums with vectors: sum(w^2), dot(u, v), or with data rows".to_string();
        // The text itself is left out of the error: nobody reads a megabyte.
        return Err(ExpressionError {
            place: place.into(),
            text: String::new(),
            span: (0, 0),
            problem: Box::new(problem),
            hint: Some(hint),
        });
    }
    parser.next()?;
    let tree = parser.sum()?;
    match parser.token {
        Token::End => Ok(tree),
        _ => Err(parser.unexpected("an operator (+ - * / ^) or the end of the formula")),
    }
}

struct Parser<'a> {
    place: &'a str,
    text: &'a str,
    at: usize,
    token: Token,
    span: (usize, usize),
    last: usize,
    depth: usize,
}

impl Parser<'_> {
    fn error(&self, span: (usize, usize), problem: Problem, hint: Option<&str>) -> ExpressionError {
        ExpressionError {
            place: self.place.into(),
            text: self.text.into(),
            span,
            problem: Box::new(problem),
            hint: hint.map(Into::into),
        }
    }

    fn unexpected(&self, expected: &'static str) -> ExpressionError {
        let hint = match (&self.token, self.text.get(self.span.0..)) {
            (Token::Sign('='), _) => Some("a residual is what should vanish: write `u*v - 1` for u·v = 1"),
            (Token::Sign('*'), _) => Some("powers are written `a^b`"),
            (Token::Number(_) | Token::Name(_) | Token::Sign('('), _) => Some("products need their `*`: `2*u`, `u*(v + 1)`"),
            (Token::End, _) => Some("something is missing at the end: a parenthesis or an operand"),
            _ => None,
        };
        self.error(self.span, Problem::Unexpected { found: self.token.describe(), expected }, hint)
    }

    fn next(&mut self) -> Result<(), ExpressionError> {
        self.last = self.at;
        let rest = self.text.get(self.at..).unwrap_or("");
        self.at += rest.len() - rest.trim_start().len();
        let rest = rest.trim_start();
        let start = self.at;
        let Some(first) = rest.chars().next() else {
            (self.token, self.span) = (Token::End, (start, start));
            return Ok(());
        };
        let (token, length) = if first.is_ascii_digit() || first == '.' {
            let length = number_length(rest);
            match rest.get(..length).and_then(|t| t.parse::<f64>().ok()) {
                Some(x) if x.is_finite() => (Token::Number(x), length),
                _ => {
                    let found = format!("`{}`", rest.get(..length.max(1)).unwrap_or(""));
                    let problem = Problem::Unexpected { found, expected: "a number such as 1, 0.5 or 2.5e-3" };
                    return Err(self.error((start, start + length.max(1)), problem, None));
                }
            }
        } else if first.is_alphabetic() || first == '_' {
            let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            (Token::Name(rest.get(..length).unwrap_or("").into()), length)
        } else if first == '`' {
            match rest.get(1..).and_then(|r| r.find('`')) {
                Some(inner) if inner > 0 => (Token::Name(rest.get(1..=inner).unwrap_or("").into()), inner + 2),
                _ => {
                    let problem =
                        Problem::Unexpected { found: "`".into(), expected: "a data column's name between two backticks" };
                    return Err(self.error((start, start + 1), problem, None));
                }
            }
        } else {
            (Token::Sign(first), first.len_utf8())
        };
        self.at = start + length;
        (self.token, self.span) = (token, (start, start + length));
        Ok(())
    }

    fn sign(&mut self, c: char) -> Result<bool, ExpressionError> {
        let found = self.token == Token::Sign(c);
        if found {
            self.next()?;
        }
        Ok(found)
    }

    fn deeper<T>(&mut self, inside: impl FnOnce(&mut Self) -> Result<T, ExpressionError>) -> Result<T, ExpressionError> {
        if self.depth == MAX_DEPTH {
            return Err(self.error(self.span, Problem::TooDeep { limit: MAX_DEPTH }, Some("name inner parts in `definitions`")));
        }
        self.depth += 1;
        let result = inside(self);
        self.depth -= 1;
        result
    }

    fn chain(
        &mut self,
        (yes, no): (char, char),
        part: fn(&mut Self) -> Result<Tree, ExpressionError>,
        join: fn(Vec<(bool, Tree)>) -> Kind,
    ) -> Result<Tree, ExpressionError> {
        let start = self.span.0;
        let first = part(self)?;
        let mut parts = Vec::new();
        loop {
            let kept = match self.token {
                Token::Sign(c) if c == yes => true,
                Token::Sign(c) if c == no => false,
                _ => break,
            };
            self.next()?;
            parts.push((kept, part(self)?));
        }
        if parts.is_empty() {
            return Ok(first);
        }
        parts.insert(0, (true, first));
        Ok(Tree { kind: join(parts), span: (start, self.last) })
    }

    fn sum(&mut self) -> Result<Tree, ExpressionError> {
        self.deeper(|p| p.chain(('+', '-'), Self::product, Kind::Sum))
    }

    fn product(&mut self) -> Result<Tree, ExpressionError> {
        self.chain(('*', '/'), Self::signed, Kind::Product)
    }

    fn signed(&mut self) -> Result<Tree, ExpressionError> {
        let start = self.span.0;
        if self.sign('-')? {
            let inner = self.deeper(Self::signed)?;
            return Ok(Tree { kind: Kind::Negative(Box::new(inner)), span: (start, self.last) });
        }
        if self.sign('+')? {
            return self.deeper(Self::signed);
        }
        let base = self.atom()?;
        if !self.sign('^')? {
            return Ok(base);
        }
        let exponent = self.deeper(Self::signed)?;
        Ok(Tree { kind: Kind::Power(Box::new(base), Box::new(exponent)), span: (start, self.last) })
    }

    fn atom(&mut self) -> Result<Tree, ExpressionError> {
        let start = self.span.0;
        let kind = match self.token.clone() {
            Token::Number(x) => {
                self.next()?;
                Kind::Number(x)
            }
            Token::Name(name) => {
                self.next()?;
                if self.sign('(')? { Kind::Call(name, self.list(')')?) } else { Kind::Name(name) }
            }
            Token::Sign('(') => {
                self.next()?;
                let inner = self.sum()?;
                if !self.sign(')')? {
                    return Err(self.unexpected("`)` or an operator"));
                }
                inner.kind
            }
            Token::Sign('[') => {
                self.next()?;
                Kind::List(self.list(']')?)
            }
            _ => return Err(self.unexpected("a number, a name, a function or `(`")),
        };
        let mut tree = Tree { kind, span: (start, self.last) };
        let mut indexed = 0;
        while self.sign('[')? {
            let indices = self.list(']')?;
            indexed += 1; // each index is one more level of the tree
            if self.depth + indexed > MAX_DEPTH {
                return Err(self.error(self.span, Problem::TooDeep { limit: MAX_DEPTH }, None));
            }
            tree = Tree { kind: Kind::Index(Box::new(tree), indices), span: (start, self.last) };
        }
        Ok(tree)
    }

    fn list(&mut self, close: char) -> Result<Vec<Tree>, ExpressionError> {
        let mut items = Vec::new();
        if self.sign(close)? {
            return Ok(items);
        }
        loop {
            items.push(self.sum()?);
            if self.sign(close)? {
                return Ok(items);
            }
            if !self.sign(',')? {
                return Err(self.unexpected(if close == ')' { "`,`, `)` or an operator" } else { "`,`, `]` or an operator" }));
            }
        }
    }
}

/// How many bytes at the start of `text` read as a decimal number with an optional exponent.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes.iter().skip(from).take_while(|b| b.is_ascii_digit()).count();
    let mut length = digits(0);
    if bytes.get(length) == Some(&b'.') {
        length += 1 + digits(length + 1);
    }
    if matches!(bytes.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
        let exponent = digits(length + 1 + sign);
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    length
}
