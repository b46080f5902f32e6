//! Which weights share a second derivative: the connected components of the Hessian's sparsity pattern.
//!
//! A product of nodes couples the weights of both; a non-linear function couples all weights of its argument. Components
//! never interact, so one Hessian product with a direction that has one weight of every component gives one column of
//! every block: a block-diagonal Hessian costs as many products as its largest block has weights.

use super::function::Function;
use super::graph::{Op, Sum};
use super::tape::Tape;

/// Effort after which the search is given up (then no structure is claimed).
const EFFORT: usize = 20_000_000;

/// The components of weights with second derivatives, each ascending; empty for an affine model, `None` beyond the effort.
pub fn components(tape: &Tape, dim: usize) -> Option<Vec<Vec<usize>>> {
    let mut sets = Sets { parent: (0..dim).collect(), curved: vec![false; dim] };
    let mut weights: Vec<Vec<usize>> = Vec::with_capacity(tape.ops.len());
    let mut effort = 0;
    for op in &tape.ops {
        let own = match op {
            Op::Constant(_) | Op::Column(_) => Vec::new(),
            Op::Weight(i) => vec![*i as usize],
            Op::Select(table) => merged(tape.tables[*table as usize].nodes.iter().map(|&id| &weights[id as usize])),
            Op::Sum(Sum { linear, products, .. }) => {
                let mut own = merged(linear.iter().map(|t| &weights[t.1 as usize]));
                for &(_, a, b) in products {
                    let (a, b) = (&weights[a as usize], &weights[b as usize]);
                    own.extend(a.iter().chain(b));
                    effort += a.len() + b.len();
                    if !a.is_empty() && !b.is_empty() {
                        sets.couple(a.iter().chain(b));
                    }
                    if effort > EFFORT {
                        return None;
                    }
                }
                own
            }
            Op::Quotient(a, b) => {
                let both = merged([&weights[*a as usize], &weights[*b as usize]].into_iter());
                if !weights[*b as usize].is_empty() {
                    sets.couple(both.iter());
                }
                both
            }
            // Kinks have no second derivative away from them.
            Op::Apply(Function::Relu | Function::Abs, a) | Op::Rows(a, _) => weights[*a as usize].clone(),
            Op::Apply(_, a) | Op::Power(a, _) => {
                sets.couple(weights[*a as usize].iter());
                weights[*a as usize].clone()
            }
        };
        // Weights that are coupled already act as one: their representative stands for all.
        let mut own: Vec<usize> = own.into_iter().map(|i| if sets.curved[i] { sets.find(i) } else { i }).collect();
        own.sort_unstable();
        own.dedup();
        effort += own.len();
        if effort > EFFORT {
            return None;
        }
        weights.push(own);
    }
    let mut found: std::collections::BTreeMap<usize, Vec<usize>> = std::collections::BTreeMap::new();
    for i in (0..dim).filter(|&i| sets.curved[i]).collect::<Vec<_>>() {
        found.entry(sets.find(i)).or_default().push(i);
    }
    Some(found.into_values().collect())
}

fn merged<'a>(parts: impl Iterator<Item = &'a Vec<usize>>) -> Vec<usize> {
    let mut all: Vec<usize> = parts.flatten().copied().collect();
    all.sort_unstable();
    all.dedup();
    all
}

struct Sets {
    parent: Vec<usize>,
    curved: Vec<bool>,
}

impl Sets {
    fn find(&mut self, mut i: usize) -> usize {
        while self.parent[i] != i {
            self.parent[i] = self.parent[self.parent[i]];
            i = self.parent[i];
        }
        i
    }

    fn couple<'a>(&mut self, mut members: impl Iterator<Item = &'a usize>) {
        let Some(&first) = members.next() else { return };
        self.curved[first] = true;
        let mut root = self.find(first);
        for &i in members {
            self.curved[i] = true;
            let other = self.find(i);
            // The smallest weight represents its component, so that components come in the order of their first weight.
            let (low, high) = (root.min(other), root.max(other));
            self.parent[high] = low;
            root = low;
        }
    }
}
