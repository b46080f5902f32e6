//! The operations in order, evaluated over all data rows at once.
//!
//! A node has one lane, or one lane a data row, stored contiguously. What does not depend on the weights is evaluated when
//! the tape is made and never again. Only nodes that the outputs need are kept.

use std::sync::Arc;

use super::error::{ExpressionError, Problem};
use super::function::{self, Function};
use super::graph::{Graph, Id, Op, Origin, Sum, Table};
use crate::numeric::shortest;

/// Most numbers that the values of a tape may take (128 MiB; derivatives take up to three times as much again).
pub const MAX_NUMBERS: usize = 1 << 24;

/// Where the lanes of each node are.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    /// First number of each node.
    pub offset: Vec<usize>,
    /// Lanes of each node.
    pub lanes: Vec<usize>,
    /// Numbers in all.
    pub size: usize,
}

impl Layout {
    /// Nodes with these lanes, one after the other.
    pub fn new(lanes: Vec<usize>) -> Self {
        let mut size = 0;
        let offset = lanes.iter().map(|n| (size, size += n).0).collect();
        Layout { offset, lanes, size }
    }

    /// The lanes of a node.
    #[inline(always)]
    pub fn of<'a>(&self, buffer: &'a [f64], id: Id) -> Lane<'a> {
        let (offset, lanes) = (self.offset[id as usize], self.lanes[id as usize]);
        Lane(&buffer[offset..offset + lanes])
    }

    /// The lanes of a node, to write, and everything before them.
    #[inline(always)]
    pub fn split<'a>(&self, buffer: &'a mut [f64], id: Id) -> (&'a mut [f64], &'a mut [f64]) {
        let (before, rest) = buffer.split_at_mut(self.offset[id as usize]);
        (before, &mut rest[..self.lanes[id as usize]])
    }

    /// The lanes of a node in a part of the buffer that holds it, to write.
    #[inline(always)]
    pub fn within<'a>(&self, before: &'a mut [f64], id: Id) -> &'a mut [f64] {
        let (offset, lanes) = (self.offset[id as usize], self.lanes[id as usize]);
        &mut before[offset..offset + lanes]
    }
}

/// One lane for all rows, or one a row.
#[derive(Debug, Clone, Copy)]
pub struct Lane<'a>(pub &'a [f64]);

impl Lane<'_> {
    /// The value for row k.
    #[inline(always)]
    pub fn at(self, k: usize) -> f64 {
        if self.0.len() == 1 { self.0[0] } else { self.0[k] }
    }
}

/// outₖ += c aₖ bₖ, with one lane standing for all rows.
#[inline(always)]
pub fn add_product(out: &mut [f64], c: f64, a: Lane<'_>, b: Lane<'_>) {
    match (a.0, b.0) {
        ([a], [b]) => out.iter_mut().for_each(|o| *o += c * a * b),
        ([a], b) | (b, [a]) => {
            let c = c * a;
            out.iter_mut().zip(b).for_each(|(o, b)| *o += c * b);
        }
        (a, b) => out.iter_mut().zip(a.iter().zip(b)).for_each(|(o, (a, b))| *o += c * (a * b)),
    }
}

/// outₖ += c xₖ, with one lane standing for all rows.
#[inline(always)]
pub fn add_multiple(out: &mut [f64], c: f64, x: Lane<'_>) {
    match x.0 {
        [x] => out.iter_mut().for_each(|o| *o += c * x),
        x => out.iter_mut().zip(x).for_each(|(o, x)| *o += c * x),
    }
}

/// The operations that the outputs need, ready to run.
#[derive(Debug, Clone, Default)]
pub struct Tape {
    /// The operations, operands before use.
    pub ops: Vec<Op>,
    /// The selections' tables.
    pub tables: Vec<Table>,
    /// The nodes that depend on weights, in order.
    pub moving: Vec<Id>,
    /// Whether a node depends on weights.
    pub active: Vec<bool>,
    /// Where values are.
    pub values: Layout,
    /// Where derivatives are: the nodes that depend on weights.
    pub derivatives: Layout,
    /// The outputs.
    pub outputs: Vec<Id>,
    /// Number of data rows, 1 without data.
    pub rows: usize,
    /// Values with what does not depend on weights filled in.
    pub template: Vec<f64>,
    /// The data, column by column.
    pub columns: Vec<Arc<[f64]>>,
    /// Where each node was written.
    pub origins: Vec<Origin>,
    /// Place and text of the formulas.
    pub formulas: Vec<(String, String)>,
}

impl Tape {
    /// The tape that evaluates `outputs`. Refuses what is too large, and parts without weights that have no finite value.
    pub fn new(graph: &Graph, outputs: &[Id]) -> Result<Tape, ExpressionError> {
        let mut needed = vec![false; graph.nodes.len()];
        outputs.iter().for_each(|&id| needed[id as usize] = true);
        for id in (0..graph.nodes.len()).rev() {
            if needed[id] {
                match &graph.nodes[id].op {
                    Op::Select(table) => graph.tables[*table as usize].nodes.iter().for_each(|&x| needed[x as usize] = true),
                    op => op.operands(|x| needed[x as usize] = true),
                }
            }
        }
        let mut new: Vec<Id> = vec![0; graph.nodes.len()];
        let mut kept = Vec::new();
        for id in (0..graph.nodes.len()).filter(|&id| needed[id]) {
            new[id] = kept.len() as Id;
            kept.push(&graph.nodes[id]);
        }
        let renumber = |id: Id| new[id as usize];
        let tape = Tape {
            ops: kept.iter().map(|node| node.op.renumbered(renumber)).collect(),
            tables: graph
                .tables
                .iter()
                .map(|t| Table { nodes: t.nodes.iter().map(|&id| renumber(id)).collect(), choice: t.choice.clone() })
                .collect(),
            active: kept.iter().map(|node| node.active).collect(),
            origins: kept.iter().map(|node| node.origin).collect(),
            outputs: outputs.iter().map(|&id| renumber(id)).collect(),
            columns: graph.columns.clone(),
            formulas: graph.formulas.clone(),
            rows: graph.rows.max(1),
            ..Tape::default()
        };
        let lanes = kept.iter().map(|node| if node.rows { tape.rows } else { 1 }).collect();
        tape.laid_out(lanes)
    }

    /// The tape with its memory laid out for these lanes, and what does not depend on weights evaluated.
    ///
    /// # Errors
    /// More numbers than allowed; a part without weights that has no finite value.
    pub fn laid_out(mut self, lanes: Vec<usize>) -> Result<Tape, ExpressionError> {
        let tape = &mut self;
        tape.derivatives = Layout::new(lanes.iter().zip(&tape.active).map(|(n, a)| if *a { *n } else { 0 }).collect());
        tape.values = Layout::new(lanes);
        if tape.values.size > MAX_NUMBERS {
            let found = tape.values.size;
            let problem = Problem::TooLarge { quantity: "operations times data rows", found, limit: MAX_NUMBERS };
            return Err(origin_error(&tape.formulas, Origin::default(), problem));
        }
        tape.moving = (0..tape.ops.len() as Id).filter(|&id| tape.active[id as usize]).collect();
        let mut template = vec![0.0; tape.values.size];
        for id in (0..tape.ops.len() as Id).filter(|&id| !tape.active[id as usize]) {
            tape.run(id, &[], &mut template);
            if let Some(row) = tape.values.of(&template, id).0.iter().position(|x| !x.is_finite()) {
                let (value, row) = (tape.values.of(&template, id).at(row), (tape.rows > 1).then_some(row + 1));
                return Err(origin_error(&tape.formulas, tape.origins[id as usize], Problem::NonFinite { value, row }));
            }
        }
        tape.template = template;
        Ok(self)
    }

    /// Evaluates everything that depends on the weights. `values` starts as a copy of the template.
    pub fn evaluate(&self, w: &[f64], values: &mut [f64]) {
        self.moving.iter().for_each(|&id| self.run(id, w, values));
    }

    #[inline]
    fn run(&self, id: Id, w: &[f64], values: &mut [f64]) {
        let (before, out) = self.values.split(values, id);
        let of = |id: Id| self.values.of(before, id);
        match &self.ops[id as usize] {
            Op::Constant(x) => out[0] = *x,
            Op::Weight(i) => out[0] = w[*i as usize],
            Op::Column(j) => out.copy_from_slice(&self.columns[*j as usize]),
            Op::Select(table) => {
                let table = &self.tables[*table as usize];
                for (k, (out, &choice)) in out.iter_mut().zip(&table.choice).enumerate() {
                    *out = of(table.nodes[choice as usize]).at(k);
                }
            }
            Op::Sum(Sum { constant, linear, products }) => {
                out.fill(*constant);
                linear.iter().for_each(|&(c, x)| add_multiple(out, c, of(x)));
                products.iter().for_each(|&(c, a, b)| add_product(out, c, of(a), of(b)));
            }
            Op::Quotient(a, b) => {
                let (a, b) = (of(*a), of(*b));
                out.iter_mut().enumerate().for_each(|(k, o)| *o = a.at(k) / b.at(k));
            }
            Op::Apply(f, a) => {
                let a = of(*a);
                out.iter_mut().enumerate().for_each(|(k, o)| *o = f.value(a.at(k)));
            }
            Op::Power(a, p) => {
                let a = of(*a);
                out.iter_mut().enumerate().for_each(|(k, o)| *o = function::power(a.at(k), *p));
            }
            Op::Rows(a, scale) => out[0] = scale * of(*a).0.iter().sum::<f64>(),
        }
    }

    /// The nodes that depend on weights and that `output` needs, itself included, ascending.
    pub fn needed_by(&self, output: Id) -> Vec<Id> {
        let (mut nodes, mut open, mut seen) = (Vec::new(), vec![output], std::collections::HashSet::new());
        while let Some(id) = open.pop() {
            if !self.active[id as usize] || !seen.insert(id) {
                continue;
            }
            nodes.push(id);
            match &self.ops[id as usize] {
                Op::Select(table) => open.extend(&self.tables[*table as usize].nodes),
                op => op.operands(|x| open.push(x)),
            }
        }
        nodes.sort_unstable();
        nodes
    }

    /// The first node without a finite value or without finite derivatives, in words with the numbers.
    pub fn defect(&self, values: &[f64]) -> Option<String> {
        for &id in &self.moving {
            let own = self.values.of(values, id);
            let argument = match &self.ops[id as usize] {
                Op::Apply(_, a) | Op::Power(a, _) => Some(self.values.of(values, *a)),
                Op::Quotient(_, b) => Some(self.values.of(values, *b)),
                _ => None,
            };
            for (k, &value) in own.0.iter().enumerate() {
                let x = argument.map(|a| a.at(k));
                let kink = match (&self.ops[id as usize], x) {
                    (Op::Apply(Function::Sqrt, _), Some(x)) => x == 0.0,
                    (Op::Power(_, p), Some(x)) => x == 0.0 && *p < 2.0 && !function::whole(*p),
                    _ => false,
                };
                if value.is_finite() && !kink {
                    continue;
                }
                let at = if own.0.len() > 1 { format!(" in data row {}", k + 1) } else { String::new() };
                let of = match (&self.ops[id as usize], x) {
                    (Op::Quotient(..), Some(x)) => format!(", divided by {}", written(x)),
                    (_, Some(x)) => format!(" of {}", written(x)),
                    _ => String::new(),
                };
                let what = if kink { format!("has no finite derivatives{of}") } else { format!("is {value}{of}") };
                return Some(format!("{} {what}{at}", self.name(id)));
            }
        }
        None
    }

    /// Whether every value is finite and has finite derivatives.
    pub fn is_sound(&self, values: &[f64]) -> bool {
        values.iter().all(|x| x.is_finite())
            && self.moving.iter().all(|&id| match &self.ops[id as usize] {
                Op::Apply(Function::Sqrt, a) => self.values.of(values, *a).0.iter().all(|x| *x > 0.0),
                Op::Power(a, p) if *p < 2.0 && !function::whole(*p) => self.values.of(values, *a).0.iter().all(|x| *x > 0.0),
                _ => true,
            })
    }

    /// A node in words: the text it came from, with its formula and place.
    fn name(&self, id: Id) -> String {
        let origin = self.origins[id as usize];
        match self.formulas.get(origin.formula as usize) {
            Some((place, text)) => {
                let part = text.get(origin.start as usize..origin.end as usize).unwrap_or("");
                let short: String = part.chars().take(60).collect();
                let more = if short.len() < part.len() { "…" } else { "" };
                let character = text.get(..origin.start as usize).map_or(0, |t| t.chars().count()) + 1;
                format!("`{short}{more}` ({place}, character {character})")
            }
            None => format!("operation {id} ({})", self.ops[id as usize].describe()),
        }
    }
}

fn written(x: f64) -> String {
    if x.is_finite() { shortest::number(x) } else { x.to_string() }
}

/// An error at the place where a node came from.
pub fn origin_error(formulas: &[(String, String)], origin: Origin, problem: Problem) -> ExpressionError {
    let (place, text) = formulas.get(origin.formula as usize).cloned().unwrap_or_default();
    ExpressionError { place, text, span: (origin.start as usize, origin.end as usize), problem: Box::new(problem), hint: None }
}
