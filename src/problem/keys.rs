//! The keys of a problem file, declared once: the reader, its messages and the JSON Schema are made from them.

/// A key.
pub struct Key {
    /// Its name, kebab-case.
    pub name: &'static str,
    /// Whether the file must have it.
    pub required: bool,
    /// What it takes.
    pub shape: Shape,
    /// One sentence, with the default of an optional key.
    pub about: &'static str,
    /// A line to paste, shown as a hint.
    pub example: &'static str,
}

/// What a key takes.
pub enum Shape {
    /// Text.
    Text,
    /// The path of a CSV file, relative to the problem file and below its folder.
    File,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number, at least this and at most that.
    Whole(u64, u64),
    /// A number.
    Number(Range),
    /// A list of numbers, not empty.
    Numbers(Range),
    /// A table with these keys.
    Table(&'static [Key]),
    /// `{ kind = "…", … }` with the parameters that the kind declares.
    Kind,
    /// Any of these.
    Either(&'static [Shape]),
}

/// Which numbers are allowed. NaN and infinities never are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Range {
    /// Every finite number.
    Finite,
    /// x > 0.
    Positive,
    /// 1e-100 ≤ x ≤ 1e100: 1/x and x² are finite too.
    Decay,
    /// x ≥ 0.
    NonNegative,
    /// 0 ≤ x ≤ 1e15: a slow time that a step of 1/ε of it can reach.
    SlowTime,
    /// 1e-14 ≤ x ≤ 0.1: a relative tolerance that double precision can keep.
    Relative,
    /// x ≠ 0.
    NonZero,
}

impl Range {
    /// Whether it has x.
    pub fn contains(self, x: f64) -> bool {
        x.is_finite()
            && match self {
                Range::Finite => true,
                Range::Positive => x > 0.0,
                Range::Decay => (1e-100..=1e100).contains(&x),
                Range::NonNegative => x >= 0.0,
                Range::SlowTime => (0.0..=1e15).contains(&x),
                Range::Relative => (1e-14..=0.1).contains(&x),
                Range::NonZero => x != 0.0,
            }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Range::Finite => "a finite number",
            Range::Positive => "a finite number > 0",
            Range::Decay => "a finite number > 0, from 1e-100 to 1e100",
            Range::NonNegative => "a finite number ≥ 0",
            Range::SlowTime => "a finite number ≥ 0, at most 1e15",
            Range::Relative => "a number from 1e-14, below which round-off is larger, to 0.1",
            Range::NonZero => "a finite number ≠ 0",
        }
    }
}

impl Shape {
    /// What is allowed, in words.
    pub fn words(&self) -> String {
        match self {
            Shape::Text => "text".into(),
            Shape::File => "the path of a file, relative to the problem file and below its folder".into(),
            Shape::Word(words) => words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" or "),
            Shape::Whole(least, most) if *most >= i64::MAX as u64 => format!("a whole number ≥ {least}"),
            Shape::Whole(least, most) => format!("a whole number from {least} to {most}"),
            Shape::Number(range) => range.words().into(),
            Shape::Numbers(range) => format!("a list, each {}", range.words()),
            Shape::Kind => "a table { kind = \"…\", … }".into(),
            Shape::Table(keys) => {
                format!("a table with {}", keys.iter().map(|key| format!("`{}`", key.name)).collect::<Vec<_>>().join(", "))
            }
            Shape::Either(shapes) => shapes.iter().map(Shape::words).collect::<Vec<_>>().join("; or "),
        }
    }
}

const fn key(name: &'static str, required: bool, shape: Shape, about: &'static str, example: &'static str) -> Key {
    Key { name, required, shape, about, example }
}

/// Whole numbers of a TOML file end here.
const WHOLE: u64 = i64::MAX as u64;

/// The whole file.
pub const PROBLEM: &[Key] = &[
    key("title", true, Shape::Text, "one line", "title = \"Scalar factorisation uv = 1\""),
    key("about", false, Shape::Text, "what is posed, in words", "about = \"The smallest curved manifold.\""),
    key(
        "source",
        false,
        Shape::Table(SOURCE),
        "where the problem comes from",
        "source = { paper = \"arXiv:2505.20172\", where = \"Figure 4\" }",
    ),
    key("seed", false, Shape::Whole(0, WHOLE), "seed of all random streams; required where something is drawn", "seed = 7"),
    key(
        "data",
        false,
        Shape::Kind,
        "the training set and an optional test set; no data when absent",
        "data = { kind = \"csv\", inputs = \"x.csv\", targets = \"y.csv\" }",
    ),
    key("model", true, Shape::Kind, "the residuals; `slowflow models` lists them", "model = { kind = \"linear-regression\" }"),
    key(
        "loss",
        true,
        Shape::Table(LOSS),
        "the training loss; its factor is never implicit",
        "loss = { criterion = \"square\", factor = \"1/2n\" }",
    ),
    key(
        "init",
        true,
        Shape::Either(&[Shape::Table(INIT_NORMAL), Shape::Table(INIT_FILE), Shape::Table(INIT_VALUES)]),
        "the start w₀",
        "init = { distribution = \"normal\", scale = 1.0 }",
    ),
    key(
        "regulariser",
        false,
        Shape::Kind,
        "R(w), half the squared norm when absent",
        "regulariser = { kind = \"half-squared-norm\" }",
    ),
    key("lambda", true, Shape::Numbers(Range::Decay), "weight decays, all different", "lambda = [1e-2, 1e-3, 1e-4]"),
    key(
        "window",
        true,
        Shape::Table(WINDOW),
        "the times at which flows are compared",
        "window = { slow-time = [0.1, 0.5, 1.0, 2.0, 5.0] }",
    ),
    key("tolerance", true, Shape::Table(TOLERANCE), "of every integration", "tolerance = { rtol = 1e-11, atol = 1e-13 }"),
    key("method", false, Shape::Word(METHODS), "the integrator; radau when absent", "method = \"radau\""),
    key(
        "budget",
        false,
        Shape::Whole(1, WHOLE),
        "right-hand sides allowed for one λ with an explicit method; 20,000,000 when absent",
        "budget = 20_000_000",
    ),
    key("exact", false, Shape::Text, "the name of a closed form to compare with", "exact = \"linear-regression\""),
];

/// The integrators by name.
pub const METHODS: &[&str] = &["radau", "radau5", "radau9", "radau13", "dopri5", "dop853"];

/// `source`.
pub const SOURCE: &[Key] = &[
    key("paper", false, Shape::Text, "the paper", "paper = \"arXiv:2505.20172\""),
    key("where", false, Shape::Text, "the place in it", "where = \"Figure 4\""),
];

/// `data` with `kind = "csv"`.
pub const CSV: &[Key] = &[
    key("kind", true, Shape::Word(&["csv"]), "CSV files beside the problem", "kind = \"csv\""),
    key("inputs", true, Shape::File, "a header line, then a row a sample and a column a feature", "inputs = \"x.csv\""),
    key("targets", true, Shape::File, "a column `y`, one target a sample", "targets = \"y.csv\""),
    key("test-inputs", false, Shape::File, "inputs of the test set, with the same columns", "test-inputs = \"x_test.csv\""),
    key("test-targets", false, Shape::File, "targets of the test set", "test-targets = \"y_test.csv\""),
    key(
        "input-scale",
        false,
        Shape::Number(Range::NonZero),
        "every input is multiplied by it; 1 when absent",
        "input-scale = 0.0625",
    ),
];

/// `data` with `kind = "none"`.
pub const NO_DATA: &[Key] =
    &[key("kind", true, Shape::Word(&["none"]), "the model is a function of the weights alone", "kind = \"none\"")];

/// `loss`.
pub const LOSS: &[Key] = &[
    key("criterion", false, Shape::Word(&["square"]), "square: F = f·‖r‖²; the default", "criterion = \"square\""),
    key(
        "factor",
        true,
        Shape::Word(&["1/2n", "1/n", "1/2", "1/4", "1"]),
        "f in F = f·‖r‖², n the number of residuals",
        "factor = \"1/2n\"",
    ),
    key(
        "manifold",
        false,
        Shape::Word(&["zero-loss", "critical-points"]),
        "what M is: where r vanishes, or where ∇F does; zero-loss when absent, unless n > d and the residuals are not affine",
        "manifold = \"critical-points\"",
    ),
];

/// `init` drawn from the stream `init` of the seed.
pub const INIT_NORMAL: &[Key] = &[
    key("distribution", true, Shape::Word(&["normal"]), "independent normal weights of mean 0", "distribution = \"normal\""),
    key("scale", true, Shape::Number(Range::Positive), "their standard deviation", "scale = 1.0"),
];

/// `init` from a file.
pub const INIT_FILE: &[Key] = &[key("file", true, Shape::File, "a column `w`, one weight a line", "file = \"w0.csv\"")];

/// `init` in the file itself.
pub const INIT_VALUES: &[Key] =
    &[key("values", true, Shape::Numbers(Range::Finite), "the weights in the model's order", "values = [1.7, 1.1]")];

/// `window`.
pub const WINDOW: &[Key] = &[
    key(
        "slow-time",
        true,
        Shape::Either(&[Shape::Numbers(Range::SlowTime), Shape::Table(SLOW_RANGE)]),
        "slow times s = λt, ascending",
        "slow-time = [0.1, 0.5, 1.0]",
    ),
    key(
        "fast-time",
        false,
        Shape::Number(Range::Decay),
        "end T of the window [0, T] of the fast gap; 10 when absent",
        "fast-time = 10.0",
    ),
];

/// `window.slow-time` as a range.
pub const SLOW_RANGE: &[Key] = &[
    key("from", true, Shape::Number(Range::SlowTime), "the first slow time", "from = 0.1"),
    key("to", true, Shape::Number(Range::SlowTime), "the last slow time", "to = 5.0"),
    key("points", true, Shape::Whole(2, 100_000), "how many, both ends included", "points = 50"),
    key("spacing", false, Shape::Word(&["log", "linear"]), "log when absent", "spacing = \"log\""),
];

/// `tolerance`.
pub const TOLERANCE: &[Key] = &[
    key("rtol", true, Shape::Number(Range::Relative), "relative", "rtol = 1e-11"),
    key("atol", true, Shape::Number(Range::Decay), "absolute, in the unit of the weights", "atol = 1e-13"),
];
