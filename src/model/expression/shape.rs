use std::fmt;

/// The shape of a value in a formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A number.
    Number,
    /// A vector of that length.
    Vector(usize),
    /// A matrix of that many rows and columns.
    Matrix(usize, usize),
}

impl Shape {
    /// How many numbers it holds.
    pub fn size(self) -> usize {
        match self {
            Shape::Number => 1,
            Shape::Vector(k) => k,
            Shape::Matrix(m, k) => m.saturating_mul(k),
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shape::Number => write!(f, "a number"),
            Shape::Vector(k) => write!(f, "a vector of {k}"),
            Shape::Matrix(m, k) => write!(f, "a {m} × {k} matrix"),
        }
    }
}
