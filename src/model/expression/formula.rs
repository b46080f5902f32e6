//! A tape as a formula in interval arithmetic: one node a data row.
//!
//! What does not depend on weights enters as the `f64` number that the tape has folded it to; everything else is exact.

use super::function::Function;
use super::graph::{Id, Op, Sum};
use super::tape::Tape;
use crate::numeric::graph::{self, Graph, Node};

/// Most operations that a formula may have.
const LARGEST: usize = 2_000_000;

/// The outputs of the tape, lane by lane; `None` where relu or abs is applied, or beyond [`LARGEST`] operations.
pub fn formula(tape: &Tape, graph: &mut Graph) -> Option<Vec<Node>> {
    let mut writer = Writer { tape, graph, lanes: vec![Vec::new(); tape.ops.len()] };
    for id in 0..tape.ops.len() as Id {
        writer.write(id)?;
        if writer.graph.len() > LARGEST {
            return None;
        }
    }
    Some(tape.outputs.iter().flat_map(|&id| writer.lanes[id as usize].iter().copied()).collect())
}

struct Writer<'a> {
    tape: &'a Tape,
    graph: &'a mut Graph,
    /// The nodes of every operation, one a lane.
    lanes: Vec<Vec<Node>>,
}

impl Writer<'_> {
    fn write(&mut self, id: Id) -> Option<()> {
        let (tape, at) = (self.tape, id as usize);
        if !tape.active[at] {
            let numbers = tape.values.of(&tape.template, id).0;
            self.lanes[at] = numbers.iter().map(|x| self.graph.linear(*x, [])).collect();
            return Some(());
        }
        let count = tape.values.lanes[at];
        let mut nodes = Vec::with_capacity(count);
        for k in 0..count {
            let node = match &tape.ops[at] {
                Op::Weight(i) => Graph::variable(*i as usize),
                Op::Select(table) => {
                    let table = &tape.tables[*table as usize];
                    self.lane(table.nodes[table.choice[k] as usize], k)
                }
                Op::Sum(sum) => self.sum(sum, k),
                Op::Quotient(a, b) => {
                    let (a, b) = (self.lane(*a, k), self.lane(*b, k));
                    self.graph.quotient(a, b)
                }
                Op::Apply(f, a) => {
                    let a = self.lane(*a, k);
                    self.graph.apply(smooth(*f)?, a)
                }
                Op::Power(a, p) => {
                    let a = self.lane(*a, k);
                    self.graph.apply(graph::Function::Power(*p), a)
                }
                Op::Rows(a, scale) => {
                    let terms: Vec<(f64, Node)> = self.lanes[*a as usize].iter().map(|&node| (*scale, node)).collect();
                    self.graph.linear(0.0, terms)
                }
                // Neither depends on weights.
                Op::Constant(_) | Op::Column(_) => return None,
            };
            nodes.push(node);
        }
        self.lanes[at] = nodes;
        Some(())
    }

    fn sum(&mut self, Sum { constant, linear, products }: &Sum, k: usize) -> Node {
        let mut terms: Vec<(f64, Node)> = linear.iter().map(|&(c, x)| (c, self.lane(x, k))).collect();
        for &(c, a, b) in products {
            let node = if a == b { self.square(a, k) } else { self.product(a, b, k) };
            terms.push((c, node));
        }
        self.graph.linear(*constant, terms)
    }

    fn square(&mut self, a: Id, k: usize) -> Node {
        let a = self.lane(a, k);
        self.graph.apply(graph::Function::Square, a)
    }

    /// A number times a node is a linear term: it costs no product.
    fn product(&mut self, a: Id, b: Id, k: usize) -> Node {
        let (left, right) = (self.lane(a, k), self.lane(b, k));
        match (self.number(a, k), self.number(b, k)) {
            (Some(x), _) => self.graph.linear(0.0, [(x, right)]),
            (_, Some(y)) => self.graph.linear(0.0, [(y, left)]),
            (None, None) => self.graph.product(left, right),
        }
    }

    fn number(&self, id: Id, k: usize) -> Option<f64> {
        (!self.tape.active[id as usize]).then(|| self.tape.values.of(&self.tape.template, id).at(k))
    }

    fn lane(&self, id: Id, k: usize) -> Node {
        let lanes = &self.lanes[id as usize];
        lanes[if lanes.len() == 1 { 0 } else { k }]
    }
}

fn smooth(function: Function) -> Option<graph::Function> {
    match function {
        Function::Exp => Some(graph::Function::Exp),
        Function::Log => Some(graph::Function::Log),
        Function::Tanh => Some(graph::Function::Tanh),
        Function::Sigmoid => Some(graph::Function::Logistic),
        Function::Softplus => Some(graph::Function::Softplus),
        Function::Sqrt => Some(graph::Function::Sqrt),
        Function::Sin => Some(graph::Function::Sin),
        Function::Cos => Some(graph::Function::Cos),
        Function::Relu | Function::Abs => None,
    }
}
