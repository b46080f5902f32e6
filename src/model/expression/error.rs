use super::shape::Shape;

/// A formula that cannot be used: where (formula, character), what was found, what to try.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}{}{}", self.message(), self.picture(), hint.as_ref().map(|h| format!("\n  hint: {h}")).unwrap_or_default())]
pub struct ExpressionError {
    /// Which formula: `residual 1`, `loss`, `` definition `h` ``, `weight 2`.
    pub place: String,
    /// Its text.
    pub text: String,
    /// First and last-plus-one byte of the part that is wrong.
    pub span: (usize, usize),
    /// What is wrong.
    pub problem: Box<Problem>,
    /// What to try.
    pub hint: Option<String>,
}

impl ExpressionError {
    pub(super) fn at(formula: (&str, &str), span: (usize, usize), problem: Problem, hint: Option<String>) -> Self {
        ExpressionError { place: formula.0.into(), text: formula.1.into(), span, problem: Box::new(problem), hint }
    }

    /// The position of the wrong part, counted in characters from 1.
    pub fn character(&self) -> usize {
        self.before(self.span.0).chars().count() + 1
    }

    /// Place, character and problem in one line.
    pub fn message(&self) -> String {
        format!("{}, character {}: {}", self.place, self.character(), self.problem)
    }

    fn before(&self, at: usize) -> &str {
        self.text.get(..at).unwrap_or(&self.text)
    }

    /// The text around the place with a line of carets below, at most 100 characters wide.
    pub fn picture(&self) -> String {
        const WIDTH: usize = 100;
        if self.text.is_empty() {
            return String::new();
        }
        let start = self.character() - 1;
        let width = self.text.get(self.span.0..self.span.1).map_or(1, |t| t.chars().count()).clamp(1, WIDTH / 2);
        let first = start.saturating_sub(WIDTH / 2);
        let line: String = self
            .text
            .chars()
            .skip(first)
            .take(WIDTH)
            .map(|c| if c.is_whitespace() || c.is_control() { ' ' } else { c })
            .collect();
        let (head, tail) = (if first > 0 { "…" } else { "" }, if self.text.chars().count() > first + WIDTH { "…" } else { "" });
        let indent = start - first + head.chars().count();
        format!("\n  {head}{line}{tail}\n  {}{}", " ".repeat(indent), "^".repeat(width))
    }
}

/// What is wrong with a formula.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Problem {
    /// The grammar expects something else here.
    #[error("found {found}; expected {expected}")]
    Unexpected {
        /// What stands there.
        found: String,
        /// What could stand there.
        expected: &'static str,
    },
    /// A name that is no weight, constant, definition or data column.
    #[error("unknown name `{0}`")]
    UnknownName(String),
    /// A name with parentheses that is no function.
    #[error("unknown function `{0}`")]
    UnknownFunction(String),
    /// A declared name that already means something.
    #[error("the name `{name}` is already {taken}")]
    NameTaken {
        /// The name.
        name: String,
        /// What has it.
        taken: &'static str,
    },
    /// Parentheses, powers, signs or calls inside each other beyond the limit.
    #[error("nesting deeper than {limit} levels")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// Beyond a limit of size.
    #[error("{quantity}: {found}; the limit is {limit}")]
    TooLarge {
        /// What is too large.
        quantity: &'static str,
        /// Its size.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// Vectors or matrices that do not go together.
    #[error("{operation} does not go with {left} and {right}")]
    Shapes {
        /// The operation.
        operation: String,
        /// The first shape.
        left: Shape,
        /// The other shape.
        right: Shape,
    },
    /// A value of the wrong shape.
    #[error("{what} is {found}; needed: {needed}")]
    WrongShape {
        /// What has the shape.
        what: String,
        /// Its shape.
        found: Shape,
        /// The shape it should have.
        needed: &'static str,
    },
    /// A function with the wrong number of arguments.
    #[error("`{function}` takes {needed} argument{}, found {found}", if *needed == 1 { "" } else { "s" })]
    Arguments {
        /// The function.
        function: String,
        /// How many it takes.
        needed: usize,
        /// How many there are.
        found: usize,
    },
    /// An index that is no whole number in range.
    #[error("index {found}{}; allowed: 0 to {last} (indices count from 0)", row.map(|r| format!(" in data row {r}")).unwrap_or_default())]
    Index {
        /// The index.
        found: f64,
        /// The data row (from 1) where it stands, where it comes from the data.
        row: Option<usize>,
        /// The last index allowed.
        last: usize,
    },
    /// An index that depends on the weights.
    #[error("an index depends on the weights, so the formula has no derivatives")]
    MovingIndex,
    /// A part without weights that has no finite value.
    #[error("this has the value {value}{}", row.map(|r| format!(" in data row {r}")).unwrap_or_default())]
    NonFinite {
        /// Its value.
        value: f64,
        /// The data row (from 1).
        row: Option<usize>,
    },
    /// A loss that is a function of the data row.
    #[error("the loss has one value for every data row, but must be one number")]
    LossPerRow,
    /// A part of a loss that is not a square.
    #[error("the loss is no sum of squares: this part is not a square with a factor ≥ 0")]
    NoSquare,
    /// A sum over data rows where nothing depends on the row.
    #[error("this does not depend on the data row")]
    NoRows,
    /// A formula without weights.
    #[error("no weight appears in this formula")]
    NoWeights,
    /// Nothing was given.
    #[error("{0}")]
    Missing(&'static str),
}
