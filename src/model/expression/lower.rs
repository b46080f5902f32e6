//! A tree becomes operations: names are looked up, shapes checked, vectors and matrices taken apart into numbers.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::error::{ExpressionError, Problem};
use super::function::Function;
use super::graph::{Graph, Id, Op, Origin};
use super::parse::{Kind, Tree};
use super::shape::Shape;
use super::tape::Tape;
use crate::problem::nearest;

/// Functions of vectors, matrices and data rows, with how many arguments each takes.
pub const REDUCTIONS: [(&str, usize); 6] =
    [("sum", 1), ("mean", 1), ("dot", 2), ("matvec", 2), ("sum_rows", 1), ("mean_rows", 1)];

/// What other languages call things.
const OTHER_NAMES: [(&str, &str); 8] = [
    ("ln", "log"),
    ("pow", "a^b"),
    ("norm2", "sum(v^2)"),
    ("norm", "sqrt(sum(v^2))"),
    ("inner", "dot"),
    ("matmul", "matvec"),
    ("logistic", "sigmoid"),
    ("average", "mean"),
];

/// A value: its numbers row by row.
#[derive(Debug, Clone)]
pub struct Value {
    /// Its shape.
    pub shape: Shape,
    /// Its entries.
    pub entries: Rc<[Id]>,
}

impl Value {
    /// A single number.
    pub fn number(id: Id) -> Self {
        Value { shape: Shape::Number, entries: Rc::new([id]) }
    }

    fn entry(&self, k: usize) -> Id {
        if self.entries.len() == 1 { self.entries[0] } else { self.entries[k] }
    }
}

/// What names mean while a formula is taken apart.
pub struct Scope<'a> {
    /// The operations so far.
    pub graph: &'a mut Graph,
    /// Weights, constants, data columns and definitions.
    pub names: &'a BTreeMap<String, Value>,
    /// The formula: name and text.
    pub formula: (&'a str, &'a str),
}

impl Scope<'_> {
    fn error(&self, tree: &Tree, problem: Problem, hint: Option<String>) -> ExpressionError {
        let (place, text) = self.formula;
        ExpressionError { place: place.into(), text: text.into(), span: tree.span, problem: Box::new(problem), hint }
    }

    /// The value of a tree.
    pub fn value(&mut self, tree: &Tree) -> Result<Value, ExpressionError> {
        let value = match &tree.kind {
            Kind::Number(x) => {
                self.here(tree);
                Value::number(self.graph.constant(*x).map_err(|p| self.error(tree, p, None))?)
            }
            Kind::Name(name) => self.names.get(name).cloned().ok_or_else(|| self.unknown(tree, name))?,
            Kind::List(items) => {
                let mut entries = Vec::new();
                for item in items {
                    let value = self.value(item)?;
                    if value.shape != Shape::Number {
                        let problem =
                            Problem::WrongShape { what: "an entry of a list".into(), found: value.shape, needed: "a number" };
                        return Err(self.error(item, problem, None));
                    }
                    entries.extend_from_slice(&value.entries);
                }
                if entries.is_empty() {
                    return Err(self.error(tree, Problem::Missing("a vector needs at least one entry"), None));
                }
                Value { shape: Shape::Vector(entries.len()), entries: entries.into() }
            }
            Kind::Negative(inner) => {
                let inner = self.value(inner)?;
                self.each(tree, &[inner], "the sign", |graph, x| graph.sum(0.0, [(-1.0, x[0])]))?
            }
            Kind::Sum(terms) => {
                let values = terms.iter().map(|t| self.value(&t.1)).collect::<Result<Vec<_>, _>>()?;
                let signs: Vec<f64> = terms.iter().map(|t| if t.0 { 1.0 } else { -1.0 }).collect();
                self.each(tree, &values, "adding", |graph, x| graph.sum(0.0, signs.iter().copied().zip(x.iter().copied())))?
            }
            Kind::Product(factors) => {
                let values = factors.iter().map(|f| self.value(&f.1)).collect::<Result<Vec<_>, _>>()?;
                self.each(tree, &values, "multiplying entry by entry", |graph, x| {
                    let part =
                        |keep: bool| x.iter().zip(factors).filter(|(_, f)| f.0 == keep).map(|(&id, _)| id).collect::<Vec<Id>>();
                    let (above, below) = (graph.product(&part(true))?, part(false));
                    if below.is_empty() {
                        return Ok(above);
                    }
                    let below = graph.product(&below)?;
                    graph.quotient(above, below)
                })?
            }
            Kind::Power(base, exponent) => {
                let values = [self.value(base)?, self.value(exponent)?];
                self.each(tree, &values, "raising to a power", |graph, x| graph.power(x[0], x[1]))?
            }
            Kind::Call(name, arguments) => self.call(tree, name, arguments)?,
            Kind::Index(target, indices) => self.index(tree, target, indices)?,
        };
        Ok(value)
    }

    fn here(&mut self, tree: &Tree) {
        let formula = self.graph.formulas.len().saturating_sub(1) as u32;
        self.graph.origin = Origin { formula, start: tree.span.0 as u32, end: tree.span.1 as u32 };
    }

    fn spend(&mut self, tree: &Tree, effort: usize) -> Result<(), ExpressionError> {
        self.graph.spend(effort).map_err(|p| self.error(tree, p, None))
    }

    /// An operation entry by entry; numbers go with every shape.
    fn each(
        &mut self,
        tree: &Tree,
        values: &[Value],
        operation: &str,
        mut make: impl FnMut(&mut Graph, &[Id]) -> Result<Id, Problem>,
    ) -> Result<Value, ExpressionError> {
        let shaped = |v: &&Value| v.shape != Shape::Number;
        let shape = values.iter().find(shaped).map_or(Shape::Number, |v| v.shape);
        if let Some(other) = values.iter().filter(shaped).find(|v| v.shape != shape) {
            let hint = match (shape, other.shape) {
                (Shape::Matrix(..), Shape::Vector(_)) => Some("a matrix times a vector is matvec(A, x)".to_string()),
                (Shape::Vector(_), Shape::Vector(_)) => Some("vectors go together entry by entry and need equal lengths".into()),
                _ => None,
            };
            let problem = Problem::Shapes { operation: operation.into(), left: shape, right: other.shape };
            return Err(self.error(tree, problem, hint));
        }
        self.here(tree);
        self.spend(tree, shape.size().saturating_mul(values.len()))?;
        let mut entries = Vec::with_capacity(shape.size());
        let mut operands = Vec::with_capacity(values.len());
        for k in 0..shape.size() {
            operands.clear();
            operands.extend(values.iter().map(|v| v.entry(k)));
            entries.push(make(self.graph, &operands).map_err(|p| self.error(tree, p, None))?);
        }
        Ok(Value { shape, entries: entries.into() })
    }

    fn unknown(&self, tree: &Tree, name: &str) -> ExpressionError {
        let known = self.names.keys().map(String::as_str);
        let hint = if Function::ALL.iter().any(|f| f.0 == name) || REDUCTIONS.iter().any(|f| f.0 == name) {
            Some(format!("`{name}` is a function: {name}(…)"))
        } else if let Some(near) = nearest(name, known.clone()) {
            Some(format!("did you mean `{near}`?"))
        } else {
            Some(format!("known names: {}", known.take(20).collect::<Vec<_>>().join(", ")))
        };
        self.error(tree, Problem::UnknownName(name.chars().take(60).collect()), hint)
    }

    fn call(&mut self, tree: &Tree, name: &str, arguments: &[Tree]) -> Result<Value, ExpressionError> {
        let function = Function::ALL.iter().find(|f| f.0 == name).map(|f| f.1);
        let reduction = REDUCTIONS.iter().find(|f| f.0 == name);
        if function.is_none() && reduction.is_none() {
            let functions = Function::ALL.iter().map(|f| f.0).chain(REDUCTIONS.iter().map(|f| f.0));
            let hint = if self.names.contains_key(name) {
                format!("`{name}` is no function: products need their `*`, entries square brackets: {name}[0]")
            } else {
                match OTHER_NAMES.iter().find(|n| n.0 == name).map(|n| n.1).or_else(|| nearest(name, functions.clone())) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("known functions: {}", functions.collect::<Vec<_>>().join(", ")),
                }
            };
            return Err(self.error(tree, Problem::UnknownFunction(name.chars().take(60).collect()), Some(hint)));
        }
        let needed = reduction.map_or(1, |r| r.1);
        if arguments.len() != needed {
            return Err(self.error(tree, Problem::Arguments { function: name.into(), needed, found: arguments.len() }, None));
        }
        let values = arguments.iter().map(|a| self.value(a)).collect::<Result<Vec<_>, _>>()?;
        if let Some(f) = function {
            return self.each(tree, &values, name, |graph, x| graph.apply(f, x[0]));
        }
        self.reduce(tree, name, &values)
    }

    fn reduce(&mut self, tree: &Tree, name: &str, values: &[Value]) -> Result<Value, ExpressionError> {
        let first = &values[0];
        let wrong = |scope: &Self, needed: &'static str, hint: &str| {
            let problem = Problem::WrongShape { what: format!("the argument of `{name}`"), found: first.shape, needed };
            scope.error(tree, problem, (!hint.is_empty()).then(|| hint.to_string()))
        };
        self.here(tree);
        self.spend(tree, first.entries.len())?;
        match (name, values) {
            ("sum_rows" | "mean_rows", _) => {
                let mean = name == "mean_rows";
                let result: Result<Vec<Id>, Problem> = first.entries.iter().map(|&id| self.graph.over_rows(id, mean)).collect();
                Ok(Value { shape: first.shape, entries: result.map_err(|p| self.error(tree, p, None))?.into() })
            }
            ("sum" | "mean", _) => {
                if first.shape == Shape::Number {
                    return Err(wrong(self, "a vector or a matrix", "sums over data rows are sum_rows(…) and mean_rows(…)"));
                }
                let scale = if name == "mean" { 1.0 / first.entries.len() as f64 } else { 1.0 };
                let sum = self.graph.sum(0.0, first.entries.iter().map(|&id| (scale, id)));
                Ok(Value::number(sum.map_err(|p| self.error(tree, p, None))?))
            }
            ("dot", [a, b]) => {
                if a.shape != b.shape || a.shape == Shape::Number {
                    let problem = Problem::Shapes { operation: "dot".into(), left: a.shape, right: b.shape };
                    return Err(self.error(tree, problem, Some("dot takes two vectors or matrices of one shape".into())));
                }
                let dot = self.graph.dot(a.entries.iter().copied().zip(b.entries.iter().copied()));
                Ok(Value::number(dot.map_err(|p| self.error(tree, p, None))?))
            }
            ("matvec", [a, x]) => match (a.shape, x.shape) {
                (Shape::Matrix(m, k), Shape::Vector(l)) if k == l => {
                    let row = |r: usize, graph: &mut Graph| {
                        graph.dot(a.entries[r * k..(r + 1) * k].iter().copied().zip(x.entries.iter().copied()))
                    };
                    let entries: Result<Vec<Id>, Problem> = (0..m).map(|r| row(r, self.graph)).collect();
                    Ok(Value { shape: Shape::Vector(m), entries: entries.map_err(|p| self.error(tree, p, None))?.into() })
                }
                (left, right) => {
                    let problem = Problem::Shapes { operation: "matvec".into(), left, right };
                    Err(self.error(tree, problem, Some("matvec takes an m × k matrix and a vector of k".into())))
                }
            },
            _ => Err(wrong(self, "something else", "")),
        }
    }

    fn index(&mut self, tree: &Tree, target: &Tree, indices: &[Tree]) -> Result<Value, ExpressionError> {
        let value = self.value(target)?;
        // An entry is at Σ index·stride + inner, for each inner of the remaining shape.
        let (sizes, rest): (Vec<(usize, usize)>, Shape) = match (value.shape, indices.len()) {
            (Shape::Vector(k), 1) => (vec![(k, 1)], Shape::Number),
            (Shape::Matrix(m, k), 1) => (vec![(m, k)], Shape::Vector(k)),
            (Shape::Matrix(m, k), 2) => (vec![(m, k), (k, 1)], Shape::Number),
            (found, _) => {
                let needed = "a vector with one index, or a matrix with one or two";
                let what = format!("what has {} ind{}", indices.len(), if indices.len() == 1 { "ex" } else { "ices" });
                return Err(self.error(tree, Problem::WrongShape { what, found, needed }, None));
            }
        };
        let mut positions: Vec<usize> = vec![0];
        for (index, (size, stride)) in indices.iter().zip(sizes) {
            let numbers = self.numbers(index)?;
            let rows = numbers.len() > 1;
            if numbers.len() > positions.len() {
                positions = vec![positions.first().copied().unwrap_or(0); numbers.len()];
            }
            for (k, position) in positions.iter_mut().enumerate() {
                let found = if rows { numbers[k] } else { numbers[0] };
                if !(found.fract() == 0.0 && found >= 0.0 && found < size as f64) {
                    return Err(self.error(index, Problem::Index { found, row: rows.then_some(k + 1), last: size - 1 }, None));
                }
                *position += found as usize * stride;
            }
        }
        self.here(tree);
        self.spend(tree, rest.size().saturating_mul(positions.len()))?;
        let mut entries = Vec::with_capacity(rest.size());
        for inner in 0..rest.size() {
            entries.push(match positions.as_slice() {
                [only] => value.entries[only + inner],
                many => {
                    // Only the candidates that occur, in ascending order.
                    let mut used: Vec<usize> = many.to_vec();
                    used.sort_unstable();
                    used.dedup();
                    let nodes: Vec<Id> = used.iter().map(|&p| value.entries[p + inner]).collect();
                    let choice: Vec<u32> = many.iter().map(|p| used.binary_search(p).unwrap_or(0) as u32).collect();
                    self.graph.select(&nodes, &choice).map_err(|p| self.error(tree, p, None))?
                }
            });
        }
        Ok(Value { shape: rest, entries: entries.into() })
    }

    /// The values of an index: one, or one a data row.
    fn numbers(&mut self, tree: &Tree) -> Result<Vec<f64>, ExpressionError> {
        let value = self.value(tree)?;
        let (Shape::Number, [id]) = (value.shape, &*value.entries) else {
            let problem = Problem::WrongShape { what: "an index".into(), found: value.shape, needed: "a number" };
            return Err(self.error(tree, problem, None));
        };
        if self.graph.node(*id).active {
            return Err(self.error(tree, Problem::MovingIndex, Some("an index is a whole number or a data column".into())));
        }
        match &self.graph.node(*id).op {
            Op::Constant(x) => Ok(vec![*x]),
            Op::Column(j) => Ok(self.graph.columns[*j as usize].to_vec()),
            _ => {
                self.spend(tree, self.graph.nodes.len())?;
                let tape = Tape::new(self.graph, &[*id])?;
                Ok(tape.outputs.first().map_or_else(Vec::new, |&id| tape.values.of(&tape.template, id).0.to_vec()))
            }
        }
    }
}
