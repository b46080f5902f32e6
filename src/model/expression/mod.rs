//! A loss nobody foresaw, as formulas in a text file: `residuals = ["u*v - 1"]`, or, as a sum of squares,
//! `loss = "(u*v - 1)^2/2"` (then F is the formula itself, and the problem's factor is "1"). Of a loss of any other kind M is the set of
//! critical points.
//!
//! **Names.** Weights `u`, `w[3]` (a vector), `U[5,3]` (a matrix), in the order of the list, matrices row by row; constants,
//! numbers or vectors; definitions `h = …`, evaluated once; the columns of the data by their header (`` `pixel 3` `` in
//! backticks if need be), the targets `y`, all input columns together `inputs`; `pi`. **Indices count from 0**: `w[0]`,
//! `U[i]` (a row), `U[i, j]`; an index may be a data column.
//!
//! **Operations** + − * / ^ act entry by entry, numbers go with every shape; exp, log, tanh, sigmoid, relu, softplus, sqrt,
//! sin, cos, abs entry by entry; sum(v), mean(v), dot(u, v), matvec(A, x); `[a, b, c]` is a vector. A residual that mentions a
//! data column is one residual a data row; a vector of residuals is one residual an entry; sum_rows(…) and mean_rows(…) add over data rows, and a loss must be one number.
//!
//! **How.** Text → tree (`parse`) → operations, equal ones once (`lower`, `graph`) → tape over all data rows at once (`tape`)
//! with exact derivatives forward, in reverse, forward over reverse (`derivatives`), and third ones (`jets`). Where few weights interact
//! (`structure`), the curvature comes in blocks. The arguments of relu and abs are the model's switches: the flows cross their
//! zeros or slide along them (`kinks`); a derivative asked for on a kink is 0. Division by zero, domains left and infinite derivatives are errors that name the part and the data row.
//!
//! **Limits**: nesting 128, 10⁶ bytes a formula, 2·10⁶ operations, 2²⁴ operations times data rows; beyond, an error says how many there were.

use std::collections::BTreeMap;

use crate::data::DataSet;
use crate::problem::parameters::Value as Given;

mod derivatives;
mod entry;
mod error;
mod formula;
mod function;
mod graph;
mod jets;
mod kinks;
mod loss;
mod lower;
mod parse;
mod record;
mod residual;
mod shape;
mod squares;
mod structure;
mod tape;
mod workspace;

pub use entry::{ENTRY, general_loss};
pub use error::{ExpressionError, Problem};
pub use loss::FormulaLoss;
pub use record::Variable;
pub use residual::Formulas;
pub use shape::Shape;

use function::Function;
use graph::{Graph, Id, MAX_OPERATIONS};
use lower::{REDUCTIONS, Scope, Value};
use parse::{Kind, parse};
use tape::Tape;

/// The names that formulas may use: the first step to [`Formulas`] or a [`FormulaLoss`].
///
/// ```
/// use slowflow::{data::DataSet, field::Residual, model::expression::Expression, numeric::Vector};
/// let model = Expression::new(&["u", "v"], &DataSet::empty())?.residuals(&["u*v - 1"])?;
/// let mut r = Vector::zeros(1);
/// model.residual(&Vector::from_vec(vec![3.0, 0.5]), &mut r)?;
/// assert_eq!(r[0], 0.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Expression {
    graph: Graph,
    names: BTreeMap<String, Value>,
    dim: usize,
}

impl Expression {
    /// Weights such as `u`, `w[3]`, `U[5,3]`, and the columns of the data.
    ///
    /// Errors: a name that is taken (by a function, a data column, `y`, `inputs`, `pi`, another weight), a size that is none.
    pub fn new<S: AsRef<str>>(weights: &[S], data: &DataSet) -> Result<Self, ExpressionError> {
        let mut own = Expression { graph: Graph::default(), names: BTreeMap::new(), dim: 0 };
        let refuse = |place: &str, text: &str, problem, hint: Option<&str>| {
            ExpressionError::at((place, text), (0, text.len()), problem, hint.map(Into::into))
        };
        let pi = own.graph.constant(std::f64::consts::PI).map_err(|p| refuse("pi", "pi", p, None))?;
        own.names.insert("pi".into(), Value::number(pi));
        if data.samples() > 0 {
            own.graph.rows = data.samples();
            let mut entries = Vec::new();
            for (j, column) in data.inputs.column_iter().enumerate() {
                let name = data.names.get(j).cloned().unwrap_or_else(|| format!("x{j}"));
                let place = format!("data column {}", j + 1);
                own.graph.columns.push(column.iter().copied().collect());
                let id = own.graph.column(j).map_err(|p| refuse(&place, &name, p, None))?;
                entries.push(id);
                own.claim((&place, &name), (0, name.len()), &name, Value::number(id))?;
            }
            own.graph.columns.push(data.targets.iter().copied().collect());
            let targets = own.graph.column(data.inputs.ncols()).map_err(|p| refuse("targets", "y", p, None))?;
            own.claim(("targets", "y"), (0, 1), "y", Value::number(targets))?;
            if !entries.is_empty() && !own.names.contains_key("inputs") {
                let value = Value { shape: Shape::Vector(entries.len()), entries: entries.into() };
                own.names.insert("inputs".into(), value);
            }
        }
        for (k, text) in weights.iter().enumerate() {
            own.weight(&format!("weight {}", k + 1), text.as_ref())?;
        }
        if own.dim == 0 {
            let problem = Problem::Missing("the model has no weights");
            return Err(refuse("weights", "", problem, Some("name them: weights = [\"u\", \"w[3]\", \"U[5,3]\"]")));
        }
        Ok(own)
    }

    fn claim(&mut self, formula: (&str, &str), span: (usize, usize), name: &str, value: Value) -> Result<(), ExpressionError> {
        let function = Function::ALL.iter().any(|f| f.0 == name) || REDUCTIONS.iter().any(|f| f.0 == name);
        let taken = match self.names.get(name) {
            _ if function => "a function",
            Some(_) if name == "pi" => "the number π",
            Some(_) if name == "inputs" => "the vector of all data columns",
            Some(_) if name == "y" && self.graph.rows > 0 => "the targets of the data",
            Some(_) => "a weight, a constant, a definition or a data column",
            None => {
                self.names.insert(name.into(), value);
                return Ok(());
            }
        };
        let problem = Problem::NameTaken { name: name.chars().take(60).collect(), taken };
        Err(ExpressionError::at(formula, span, problem, Some("choose another name".into())))
    }

    fn weight(&mut self, place: &str, text: &str) -> Result<(), ExpressionError> {
        let tree = parse(place, text)?;
        let refuse = |span, problem| {
            let hint = "a weight is declared as a name, `u`, with its size if it has one: `w[3]`, `U[5,3]`";
            Err(ExpressionError::at((place, text), span, problem, Some(hint.into())))
        };
        let size = |tree: &parse::Tree| match tree.kind {
            Kind::Number(x) if x.fract() == 0.0 && x >= 1.0 && x <= MAX_OPERATIONS as f64 => Some(x as usize),
            _ => None,
        };
        let other = || Problem::Unexpected { found: "something else".into(), expected: "the name of a weight, with its size" };
        let (name, shape) = match &tree.kind {
            Kind::Name(name) => (name, Shape::Number),
            Kind::Index(target, sizes) => {
                let Kind::Name(name) = &target.kind else { return refuse(target.span, other()) };
                if let Some(bad) = sizes.iter().find(|s| size(s).is_none()) {
                    let expected = "a size: a whole number from 1 to 2000000";
                    return refuse(bad.span, Problem::Unexpected { found: "something else".into(), expected });
                }
                match sizes.iter().filter_map(size).collect::<Vec<_>>().as_slice() {
                    [k] => (name, Shape::Vector(*k)),
                    [m, k] => (name, Shape::Matrix(*m, *k)),
                    _ => return refuse(tree.span, other()),
                }
            }
            _ => return refuse(tree.span, other()),
        };
        if self.dim.saturating_add(shape.size()) > MAX_OPERATIONS {
            let found = self.dim.saturating_add(shape.size());
            return refuse(tree.span, Problem::TooLarge { quantity: "weights", found, limit: MAX_OPERATIONS });
        }
        let ids = (self.dim..self.dim + shape.size()).map(|i| self.graph.weight(i)).collect::<Result<Vec<Id>, _>>();
        let entries = ids.or_else(|problem| refuse(tree.span, problem).map(|()| Vec::new()))?;
        self.dim += shape.size();
        self.claim((place, text), tree.span, name, Value { shape, entries: entries.into() })
    }

    /// With a constant: a number or a vector.
    ///
    /// Errors: another kind of value, an empty list, a name that is taken.
    pub fn constant(mut self, name: &str, value: &Given) -> Result<Self, ExpressionError> {
        let place = format!("constant `{}`", name.chars().take(60).collect::<String>());
        let numbers = match value {
            Given::Number(x) => (Shape::Number, vec![*x]),
            Given::Integer(k) => (Shape::Number, vec![*k as f64]),
            Given::List(x) => (Shape::Vector(x.len()), x.clone()),
            _ => (Shape::Vector(0), Vec::new()),
        };
        let span = (0, name.len());
        if numbers.1.is_empty() {
            let problem = Problem::Missing("a constant is a number or a list of numbers");
            return Err(ExpressionError::at((&place, name), span, problem, None));
        }
        let entries = numbers.1.iter().map(|&x| self.graph.constant(x)).collect::<Result<Vec<Id>, _>>();
        let entries = entries.map_err(|problem| ExpressionError::at((&place, name), span, problem, None))?;
        self.claim((&place, name), span, name, Value { shape: numbers.0, entries: entries.into() })?;
        Ok(self)
    }

    /// With a definition `name = formula`, which later formulas may use.
    ///
    /// Errors: no `=`, a name that is taken, a formula that cannot be used; place, character and hint as in [`ExpressionError`].
    pub fn define(mut self, text: &str) -> Result<Self, ExpressionError> {
        let Some((left, _)) = text.split_once('=') else {
            let problem = Problem::Unexpected { found: "no `=`".into(), expected: "a definition, `h = tanh(u)`" };
            return Err(ExpressionError::at(("definition", text), (0, text.len()), problem, None));
        };
        let name = left.trim();
        let place = format!("definition `{}`", name.chars().take(60).collect::<String>());
        if !matches!(parse(&place, left)?.kind, Kind::Name(_)) {
            let problem =
                Problem::Unexpected { found: format!("`{}`", name.chars().take(60).collect::<String>()), expected: "a name" };
            return Err(ExpressionError::at((&place, text), (0, left.len()), problem, None));
        }
        // The part before the formula becomes blanks, so that places in the text stay right.
        let value = self.formula(&place, text, &(" ".repeat(left.len() + 1) + &text[left.len() + 1..]))?;
        self.claim((&place, text), (0, left.len()), name, value)?;
        Ok(self)
    }

    fn formula(&mut self, place: &str, shown: &str, text: &str) -> Result<Value, ExpressionError> {
        let tree = parse(place, text)?;
        self.graph.formulas.push((place.into(), shown.into()));
        Scope { graph: &mut self.graph, names: &self.names, formula: (place, shown) }.value(&tree)
    }

    /// Residuals r(w): each formula one residual an entry, and one a data row if it mentions a data column.
    ///
    /// They come formula by formula, within a formula entry by entry, within an entry row by row.
    ///
    /// Errors: no formulas, one that cannot be used or mentions no weight, a part without weights that has no finite value, one of the
    /// limits of this module.
    pub fn residuals<S: AsRef<str>>(mut self, formulas: &[S]) -> Result<Formulas, ExpressionError> {
        let mut outputs = Vec::new();
        for (k, text) in formulas.iter().enumerate() {
            let (place, text) = (format!("residual {}", k + 1), text.as_ref());
            let value = self.formula(&place, text, text)?;
            if !value.entries.iter().any(|&id| self.graph.node(id).active) {
                return Err(ExpressionError::at((&place, text), (0, text.len()), Problem::NoWeights, None));
            }
            outputs.extend_from_slice(&value.entries);
        }
        if outputs.is_empty() {
            return Err(ExpressionError::at(("residuals", ""), (0, 0), Problem::Missing("the model has no residuals"), None));
        }
        Ok(Formulas::new(Tape::new(&self.graph, &outputs)?, self.dim))
    }

    /// A loss F(w) that need not be a sum of squares.
    ///
    /// Errors: those of [`Expression::residuals`], and a loss that is not one number.
    pub fn loss(mut self, text: &str) -> Result<FormulaLoss, ExpressionError> {
        let id = self.loss_node(text)?;
        Ok(FormulaLoss::new(Tape::new(&self.graph, &[id])?, self.dim))
    }

    /// Residuals with F(w) = Σ rᵢ² for a loss that is a sum of squares, as `mean_rows((dot(inputs, w) - y)^2)/2`.
    ///
    /// # Errors
    /// Those of [`Expression::loss`], and the first part that is not a square.
    pub fn squares(mut self, text: &str) -> Result<Formulas, ExpressionError> {
        let id = self.loss_node(text)?;
        let outputs = squares::residuals(&mut self.graph, id).map_err(|(id, problem)| {
            let origin = self.graph.node(id).origin;
            let hint = "write what should vanish as `residuals`; a loss of another kind is taken by `Expression::loss`";
            ExpressionError { hint: Some(hint.into()), ..tape::origin_error(&self.graph.formulas, origin, problem) }
        })?;
        Ok(Formulas::new(Tape::new(&self.graph, &outputs)?, self.dim))
    }

    /// The node of a loss: one number that depends on weights.
    fn loss_node(&mut self, text: &str) -> Result<Id, ExpressionError> {
        let refuse = |problem, hint: Option<&str>| {
            Err(ExpressionError::at(("loss", text), (0, text.len()), problem, hint.map(Into::into)))
        };
        let value = self.formula("loss", text, text)?;
        let (Shape::Number, [id]) = (value.shape, &*value.entries) else {
            let problem = Problem::WrongShape { what: "the loss".into(), found: value.shape, needed: "a number" };
            return refuse(problem, Some("add the entries up: sum(…)"));
        };
        match self.graph.node(*id) {
            node if node.rows => refuse(Problem::LossPerRow, Some("write mean_rows(…) or sum_rows(…) around it")),
            node if !node.active => refuse(Problem::NoWeights, None),
            _ => Ok(*id),
        }
    }
}
