//! Operations with every subexpression stored once (hash-consing), simplified while they are built.
//!
//! A node is a number, or one number a data row. Sums are flat: constant + Σ c x + Σ c a b, terms in the order of their
//! nodes, so `a + b` and `b + a` are one node, and a product inside a sum costs no node of its own.

use std::collections::HashMap;
use std::sync::Arc;

use super::error::Problem;
use super::function::{self, Function};

/// The number of a node; operands have smaller numbers.
pub type Id = u32;

/// Most operations (terms of sums included) a model may have.
pub const MAX_OPERATIONS: usize = 2_000_000;

/// Most operations that may be written out before equal ones are found.
pub const MAX_EFFORT: usize = 20_000_000;

/// One operation.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// A number.
    Constant(f64),
    /// A weight.
    Weight(u32),
    /// A data column: one number a row.
    Column(u32),
    /// In data row k, the node that a table names for it.
    Select(u32),
    /// constant + Σ c x + Σ c a b.
    Sum(Sum),
    /// a/b.
    Quotient(Id, Id),
    /// f(a).
    Apply(Function, Id),
    /// aᵖ.
    Power(Id, f64),
    /// scale · Σ over data rows of a.
    Rows(Id, f64),
}

/// constant + Σ c x + Σ c a b.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sum {
    /// The constant.
    pub constant: f64,
    /// Pairs (c, x).
    pub linear: Vec<(f64, Id)>,
    /// Triples (c, a, b).
    pub products: Vec<(f64, Id, Id)>,
}

/// A table of [`Op::Select`]: row k takes node `nodes[choice[k]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The candidates.
    pub nodes: Vec<Id>,
    /// Which of them, one a data row.
    pub choice: Vec<u32>,
}

/// Where a node first appeared: number of the formula and bytes in it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Origin {
    /// Index into [`Graph::formulas`].
    pub formula: u32,
    /// First byte.
    pub start: u32,
    /// Last byte plus one.
    pub end: u32,
}

/// An operation with what is known of it.
#[derive(Debug, Clone)]
pub struct Node {
    /// The operation.
    pub op: Op,
    /// Whether it has one value a data row.
    pub rows: bool,
    /// Whether it depends on weights.
    pub active: bool,
    /// Where it first appeared.
    pub origin: Origin,
}

/// The operations of a model.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    /// The operations, operands before use.
    pub nodes: Vec<Node>,
    /// The tables of the selections.
    pub tables: Vec<Table>,
    /// The data columns.
    pub columns: Vec<Arc<[f64]>>,
    /// Number of data rows.
    pub rows: usize,
    /// Name and text of every formula.
    pub formulas: Vec<(String, String)>,
    /// Where the nodes made now come from.
    pub origin: Origin,
    seen: HashMap<Vec<u64>, Id>,
    operations: usize,
    effort: usize,
}

impl Graph {
    fn add(&mut self, key: Vec<u64>, op: impl FnOnce(&mut Self) -> Op, size: usize) -> Result<Id, Problem> {
        if let Some(&id) = self.seen.get(&key) {
            return Ok(id);
        }
        self.operations += size;
        if self.operations > MAX_OPERATIONS {
            return Err(Problem::TooLarge { quantity: "operations in the model", found: self.operations, limit: MAX_OPERATIONS });
        }
        let op = op(self);
        let (mut rows, mut active) = (false, false);
        match &op {
            Op::Constant(_) => {}
            Op::Weight(_) => active = true,
            Op::Column(_) => rows = true,
            Op::Select(table) => {
                let nodes = self.tables.get(*table as usize).map_or(&[][..], |t| &t.nodes);
                (rows, active) = (true, nodes.iter().any(|&id| self.node(id).active));
            }
            other => {
                other.operands(|id| (rows, active) = (rows | self.node(id).rows, active | self.node(id).active));
                rows &= !matches!(other, Op::Rows(..));
            }
        }
        let id = self.nodes.len() as Id;
        self.nodes.push(Node { op, rows, active, origin: self.origin });
        self.seen.insert(key, id);
        Ok(id)
    }

    /// Counts operations written out, and refuses beyond [`MAX_EFFORT`].
    pub fn spend(&mut self, effort: usize) -> Result<(), Problem> {
        self.effort = self.effort.saturating_add(effort);
        if self.effort > MAX_EFFORT {
            return Err(Problem::TooLarge { quantity: "operations written out", found: self.effort, limit: MAX_EFFORT });
        }
        Ok(())
    }

    /// A node by number.
    pub fn node(&self, id: Id) -> &Node {
        &self.nodes[id as usize]
    }

    /// The number that a node is, where it is one.
    pub fn number(&self, id: Id) -> Option<f64> {
        match self.node(id).op {
            Op::Constant(x) => Some(x),
            _ => None,
        }
    }

    /// A constant; refuses what is not finite.
    pub fn constant(&mut self, value: f64) -> Result<Id, Problem> {
        if !value.is_finite() {
            return Err(Problem::NonFinite { value, row: None });
        }
        self.add(vec![0, value.to_bits()], |_| Op::Constant(value), 1)
    }

    /// The weight of that index.
    pub fn weight(&mut self, index: usize) -> Result<Id, Problem> {
        self.add(vec![1, index as u64], |_| Op::Weight(index as u32), 1)
    }

    /// The data column of that index.
    pub fn column(&mut self, index: usize) -> Result<Id, Problem> {
        self.add(vec![2, index as u64], |_| Op::Column(index as u32), 1)
    }

    /// In data row k, `nodes[choice[k]]`; the choices are within range.
    pub fn select(&mut self, nodes: &[Id], choice: &[u32]) -> Result<Id, Problem> {
        let mut key = vec![3, nodes.len() as u64];
        key.extend(nodes.iter().chain(choice).map(|&x| u64::from(x)));
        let table = Table { nodes: nodes.to_vec(), choice: choice.to_vec() };
        let make = |graph: &mut Self| {
            graph.tables.push(table);
            Op::Select((graph.tables.len() - 1) as u32)
        };
        self.add(key, make, 1 + nodes.len())
    }

    /// constant + Σ c x.
    pub fn sum(&mut self, constant: f64, terms: impl IntoIterator<Item = (f64, Id)>) -> Result<Id, Problem> {
        let mut sum = Sum { constant, ..Sum::default() };
        for (c, id) in terms {
            match &self.node(id).op {
                Op::Constant(x) => sum.constant += c * x,
                // A multiple or a single product is taken into this sum: cheaper than a node of its own.
                Op::Sum(inner) if inner.constant == 0.0 && inner.linear.len() + inner.products.len() == 1 => {
                    sum.linear.extend(inner.linear.iter().map(|&(k, x)| (c * k, x)));
                    sum.products.extend(inner.products.iter().map(|&(k, a, b)| (c * k, a, b)));
                }
                _ => sum.linear.push((c, id)),
            }
        }
        self.finish(sum)
    }

    /// Σ a b over pairs.
    pub fn dot(&mut self, pairs: impl IntoIterator<Item = (Id, Id)>) -> Result<Id, Problem> {
        let mut sum = Sum::default();
        for (a, b) in pairs {
            match (self.multiple(a), self.multiple(b)) {
                ((x, None), (y, None)) => sum.constant += x * y,
                ((x, None), (y, Some(id))) | ((x, Some(id)), (y, None)) => sum.linear.push((x * y, id)),
                ((x, Some(a)), (y, Some(b))) => sum.products.push((x * y, a.min(b), a.max(b))),
            }
        }
        self.finish(sum)
    }

    /// A node as a factor times another node, or as a number alone.
    fn multiple(&self, id: Id) -> (f64, Option<Id>) {
        match &self.node(id).op {
            Op::Constant(x) => (*x, None),
            Op::Sum(s) if s.constant == 0.0 && s.products.is_empty() && s.linear.len() == 1 => {
                (s.linear[0].0, Some(s.linear[0].1))
            }
            _ => (1.0, Some(id)),
        }
    }

    fn finish(&mut self, mut sum: Sum) -> Result<Id, Problem> {
        sum.linear.sort_by_key(|t| t.1);
        sum.linear.dedup_by(|next, kept| next.1 == kept.1 && (kept.0 += next.0, true).1);
        sum.products.sort_by_key(|t| (t.1, t.2));
        sum.products.dedup_by(|next, kept| (next.1, next.2) == (kept.1, kept.2) && (kept.0 += next.0, true).1);
        let finite = |c: f64| if c.is_finite() { Ok(()) } else { Err(Problem::NonFinite { value: c, row: None }) };
        finite(sum.constant)?;
        sum.linear.iter().map(|t| t.0).chain(sum.products.iter().map(|t| t.0)).try_for_each(finite)?;
        sum.linear.retain(|t| t.0 != 0.0);
        sum.products.retain(|t| t.0 != 0.0);
        match (sum.linear.as_slice(), sum.products.as_slice()) {
            ([], []) => return self.constant(sum.constant),
            ([(c, id)], []) if *c == 1.0 && sum.constant == 0.0 => return Ok(*id),
            _ => {}
        }
        let mut key = vec![4, sum.constant.to_bits(), sum.linear.len() as u64];
        key.extend(sum.linear.iter().flat_map(|t| [t.0.to_bits(), u64::from(t.1)]));
        key.extend(sum.products.iter().flat_map(|t| [t.0.to_bits(), u64::from(t.1), u64::from(t.2)]));
        let size = 1 + sum.linear.len() + sum.products.len();
        self.add(key, |_| Op::Sum(sum), size)
    }

    /// The product of factors. Factors without weights are multiplied first, so that they fold.
    pub fn product(&mut self, factors: &[Id]) -> Result<Id, Problem> {
        let mut scale = 1.0;
        let mut rest = Vec::new();
        for &id in factors {
            let (c, node) = self.multiple(id);
            scale *= c;
            rest.extend(node);
        }
        rest.sort_by_key(|&id| (self.node(id).active, id));
        let Some((&first, others)) = rest.split_first() else {
            return self.constant(scale);
        };
        let mut result = first;
        for &id in others {
            result = self.dot([(result, id)])?;
        }
        self.sum(0.0, [(scale, result)])
    }

    /// a/b.
    pub fn quotient(&mut self, a: Id, b: Id) -> Result<Id, Problem> {
        match (self.number(a), self.number(b)) {
            (Some(x), Some(y)) => self.constant(x / y),
            (None, Some(y)) => self.sum(0.0, [(1.0 / y, a)]),
            _ => self.add(vec![5, u64::from(a), u64::from(b)], |_| Op::Quotient(a, b), 1),
        }
    }

    /// f(a).
    pub fn apply(&mut self, f: Function, a: Id) -> Result<Id, Problem> {
        match self.number(a) {
            Some(x) => self.constant(f.value(x)),
            None => self.add(vec![6, f as u64, u64::from(a)], |_| Op::Apply(f, a), 1),
        }
    }

    /// a to the power b; e^{b log a} unless b is a number.
    pub fn power(&mut self, a: Id, b: Id) -> Result<Id, Problem> {
        match (self.number(a), self.number(b)) {
            (Some(x), Some(p)) => self.constant(function::power(x, p)),
            (_, Some(0.0)) => self.constant(1.0),
            (_, Some(1.0)) => Ok(a),
            (_, Some(2.0)) => self.product(&[a, a]),
            (_, Some(3.0)) => self.product(&[a, a, a]),
            (_, Some(0.5)) => self.apply(Function::Sqrt, a),
            (_, Some(-1.0)) => {
                let one = self.constant(1.0)?;
                self.quotient(one, a)
            }
            (_, Some(p)) => self.add(vec![7, u64::from(a), p.to_bits()], |_| Op::Power(a, p), 1),
            _ => {
                let log = self.apply(Function::Log, a)?;
                let exponent = self.product(&[b, log])?;
                self.apply(Function::Exp, exponent)
            }
        }
    }

    /// The sum over data rows, or their mean.
    pub fn over_rows(&mut self, a: Id, mean: bool) -> Result<Id, Problem> {
        if !self.node(a).rows {
            return Err(Problem::NoRows);
        }
        let scale = if mean { 1.0 / self.rows as f64 } else { 1.0 };
        self.add(vec![8, u64::from(a), scale.to_bits()], |_| Op::Rows(a, scale), 1)
    }
}

impl Op {
    /// What kind of operation it is, in a word.
    pub fn describe(&self) -> String {
        match self {
            Op::Constant(x) => format!("{x}"),
            Op::Weight(i) => format!("weight {i}"),
            Op::Column(j) => format!("data column {j}"),
            Op::Select(_) => "a choice".into(),
            Op::Sum(_) => "a sum".into(),
            Op::Quotient(..) => "a quotient".into(),
            Op::Apply(f, _) => format!("{f:?}").to_lowercase(),
            Op::Power(_, p) => format!("the power {p}"),
            Op::Rows(..) => "a sum over data rows".into(),
        }
    }

    /// Calls `visit` with every operand (a selection's are in its table).
    pub fn operands(&self, mut visit: impl FnMut(Id)) {
        match self {
            Op::Constant(_) | Op::Weight(_) | Op::Column(_) | Op::Select(_) => {}
            Op::Sum(sum) => {
                sum.linear.iter().for_each(|t| visit(t.1));
                sum.products.iter().for_each(|t| {
                    visit(t.1);
                    visit(t.2);
                });
            }
            Op::Quotient(a, b) => {
                visit(*a);
                visit(*b);
            }
            Op::Apply(_, a) | Op::Power(a, _) | Op::Rows(a, _) => visit(*a),
        }
    }

    /// The same with operands renumbered.
    pub fn renumbered(&self, new: impl Fn(Id) -> Id) -> Op {
        match self {
            Op::Sum(sum) => Op::Sum(Sum {
                constant: sum.constant,
                linear: sum.linear.iter().map(|t| (t.0, new(t.1))).collect(),
                products: sum.products.iter().map(|t| (t.0, new(t.1), new(t.2))).collect(),
            }),
            Op::Quotient(a, b) => Op::Quotient(new(*a), new(*b)),
            Op::Apply(f, a) => Op::Apply(*f, new(*a)),
            Op::Power(a, p) => Op::Power(new(*a), *p),
            Op::Rows(a, scale) => Op::Rows(new(*a), *scale),
            other => other.clone(),
        }
    }
}
