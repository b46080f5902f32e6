//! The keys of a claim file, declared once: the reader and its messages are made from them.

use crate::problem::keys::{Key, Range, SOURCE, Shape};

const fn key(name: &'static str, required: bool, shape: Shape, about: &'static str, example: &'static str) -> Key {
    Key { name, required, shape, about, example }
}

/// What kinds of claims there are.
pub const KINDS: &[&str] = &["theorem", "closed-form", "figure", "text", "pinned"];

/// The tiers, by what they cost.
pub const TIERS: &[&str] = &["quick", "slow"];

/// The whole file.
pub const CLAIM: &[Key] = &[
    key(
        "id",
        true,
        Shape::Text,
        "letters, a number, and a letter where a claim has parts; the file name begins with it",
        "id = \"A9\"",
    ),
    key("claim", true, Shape::Text, "what is claimed, in words", "claim = \"The slow gap is of order one in λ\""),
    key("formula", false, Shape::Text, "the same as a formula", "formula = \"sup ‖w^λ(s/λ) − w°(s)‖ = O(λ)\""),
    key("kind", true, Shape::Word(KINDS), "what kind of expectation it is", "kind = \"theorem\""),
    key(
        "source",
        true,
        Shape::Table(SOURCE),
        "who claims it, and where: an expectation without a source is no claim",
        "source = { paper = \"arXiv:2505.20172\", where = \"Proposition 2\" }",
    ),
    key("status", false, Shape::Text, "what is known about the claim beside its source", "status = \"derived, measured\""),
    key("tier", true, Shape::Word(TIERS), "quick: part of the tests; slow: on request", "tier = \"quick\""),
    key(
        "problem",
        false,
        Shape::Text,
        "the path of a problem file, from this file; or a table with the keys of one",
        "problem = \"../../problems/linear_regression/lr50.toml\"",
    ),
    key(
        "experiment",
        false,
        Shape::Table(&[]),
        "the quantity that decides, with its parameters",
        "experiment = { quantity = \"order\", flow = \"slow\", lambda = [1e-4, 1e-5, 1e-6] }",
    ),
    key("expected", false, Shape::Table(EXPECTED), "the values that it may take", "expected = { value = 1.0 }"),
    key(
        "tolerance",
        false,
        Shape::Table(TOLERANCE),
        "how far from the expected value, and why so far",
        "tolerance = { absolute = 0.02, why = \"the issue's own limit\" }",
    ),
    key(
        "expected-to-fail",
        false,
        Shape::Text,
        "why a claim that is wrong is wrong",
        "expected-to-fail = \"the factor 2 is missing\"",
    ),
    key(
        "not-expressible",
        false,
        Shape::Text,
        "instead of problem, experiment, expected and tolerance: why it cannot be computed yet",
        "not-expressible = \"needs a sliding-mode integrator\"",
    ),
];

/// `expected`: one of them.
pub const EXPECTED: &[Key] = &[
    key("value", false, Shape::Number(Range::Finite), "this value, within the tolerance", "value = 1.0"),
    key("at-most", false, Shape::Number(Range::Finite), "this or less", "at-most = 1e-10"),
    key("at-least", false, Shape::Number(Range::Finite), "this or more", "at-least = 1.0"),
    key("between", false, Shape::Numbers(Range::Finite), "from the first to the second", "between = [0.98, 1.02]"),
];

/// `tolerance`.
pub const TOLERANCE: &[Key] = &[
    key("absolute", false, Shape::Number(Range::NonNegative), "in the unit of the value", "absolute = 0.02"),
    key("relative", false, Shape::Number(Range::NonNegative), "times the expected value", "relative = 0.01"),
    key("why", true, Shape::Text, "what justifies it", "why = \"the deviation is O(λ)\""),
];
