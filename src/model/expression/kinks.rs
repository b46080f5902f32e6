//! The kinks of relu and abs: between the zeros of their arguments the residuals are smooth.
//!
//! In a cell relu(z) is z or 0 and |z| is z or −z, so its continuation beyond the walls has the slope of the cell, data row by
//! data row, in the place of the function: a product with a column of slopes. Across a wall z = 0 only that slope jumps, by 1 for relu and 2 for abs, so
//! J₊ᵀμ − J₋ᵀμ is that jump times the adjoint of the function, times ∇z.

use std::sync::Arc;

use super::function::Function;
use super::graph::{Id, Op, Origin, Sum};
use super::tape::Tape;

/// An application of relu or abs to something that depends on weights.
#[derive(Debug, Clone, Copy)]
pub struct Kink {
    /// The function's node.
    pub node: Id,
    /// Its argument's.
    pub argument: Id,
    /// Slopes for negative and for positive arguments.
    pub slopes: (f64, f64),
}

impl Tape {
    /// Every kink in order; each has one zero a lane of its argument.
    pub fn kinks(&self) -> impl Iterator<Item = Kink> + '_ {
        self.moving.iter().filter_map(|&node| match self.ops[node as usize] {
            Op::Apply(Function::Relu, argument) => Some(Kink { node, argument, slopes: (0.0, 1.0) }),
            Op::Apply(Function::Abs, argument) => Some(Kink { node, argument, slopes: (-1.0, 1.0) }),
            _ => None,
        })
    }

    /// Appends the arguments of the kinks, lane by lane: their zeros are the walls.
    pub fn switches(&self, values: &[f64], out: &mut Vec<f64>) {
        self.kinks().for_each(|kink| out.extend_from_slice(self.values.of(values, kink.argument).0));
    }

    /// The kink with that number, counted over all lanes, and its lane.
    pub fn kink(&self, mut number: usize) -> Option<(Kink, usize)> {
        for kink in self.kinks() {
            let lanes = self.values.lanes[kink.argument as usize];
            if number < lanes {
                return Some((kink, number));
            }
            number -= lanes;
        }
        None
    }

    /// The tape that equals this one in a cell (`true`: the argument is positive) and is smooth beyond; `None` for another number
    /// of kinks.
    pub fn in_cell(&self, pattern: &[bool]) -> Option<Tape> {
        let kinks: Vec<Kink> = self.kinks().collect();
        let shift = kinks.len() as Id;
        let (mut columns, mut lanes, mut rest) = (self.columns.clone(), Vec::new(), pattern);
        for kink in &kinks {
            let count = self.values.lanes[kink.argument as usize];
            let (own, others) = rest.split_at_checked(count)?;
            let slope = |positive: &bool| if *positive { kink.slopes.1 } else { kink.slopes.0 };
            columns.push(own.iter().map(slope).collect::<Arc<[f64]>>());
            lanes.push(count);
            rest = others;
        }
        if !rest.is_empty() {
            return None;
        }
        // The slopes come first, so that operands stay before their use.
        let mut ops: Vec<Op> = (self.columns.len()..columns.len()).map(|j| Op::Column(j as u32)).collect();
        ops.extend(self.ops.iter().map(|op| op.renumbered(|id| id + shift)));
        for (k, kink) in kinks.iter().enumerate() {
            let products = vec![(1.0, k as Id, kink.argument + shift)];
            ops[(kink.node + shift) as usize] = Op::Sum(Sum { constant: 0.0, linear: Vec::new(), products });
        }
        let mut tables = self.tables.clone();
        tables.iter_mut().flat_map(|table| &mut table.nodes).for_each(|id| *id += shift);
        lanes.extend(&self.values.lanes);
        let tape = Tape {
            ops,
            tables,
            columns,
            active: [vec![false; kinks.len()], self.active.clone()].concat(),
            origins: [vec![Origin::default(); kinks.len()], self.origins.clone()].concat(),
            outputs: self.outputs.iter().map(|id| id + shift).collect(),
            formulas: self.formulas.clone(),
            rows: self.rows,
            ..Tape::default()
        };
        tape.laid_out(lanes).ok()
    }
}
