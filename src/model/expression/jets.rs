//! Third derivatives on a tape: reverse mode in numbers that carry a mixed second derivative.
//!
//! A jet a + a₁ε₁ + a₂ε₂ + a₁₂ε₁ε₂ with ε₁² = ε₂² = 0 evaluated at w + ε₁u + ε₂v has ∂²/∂ε₁∂ε₂ as its last part. The reverse
//! sweep in jets needs only the first derivatives of the operations, as jets: the last part of the weights' adjoints is
//! ∂²∇f/∂ε₁∂ε₂ = D³f(w)[u, v], exact to round-off. No product of more than two parts appears, so no step size does.

use super::function::{self, Function};
use super::graph::{Op, Sum};
use super::tape::Tape;
use crate::field::Weights;

/// A number with its first derivatives along two directions and the mixed second one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Jet(pub [f64; 4]);

impl Jet {
    /// Zero.
    pub const ZERO: Jet = Jet([0.0; 4]);

    fn constant(x: f64) -> Jet {
        Jet([x, 0.0, 0.0, 0.0])
    }

    fn scaled(self, c: f64) -> Jet {
        Jet(self.0.map(|x| c * x))
    }

    fn plus(self, other: Jet) -> Jet {
        Jet(std::array::from_fn(|k| self.0[k] + other.0[k]))
    }

    fn times(self, other: Jet) -> Jet {
        let ([a, a1, a2, a12], [b, b1, b2, b12]) = (self.0, other.0);
        Jet([a * b, a1 * b + a * b1, a2 * b + a * b2, a12 * b + a1 * b2 + a2 * b1 + a * b12])
    }

    /// g of it, from g, g′ and g″ at its value.
    fn through(self, g: [f64; 3]) -> Jet {
        let [_, a1, a2, a12] = self.0;
        Jet([g[0], g[1] * a1, g[1] * a2, g[2] * a1 * a2 + g[1] * a12])
    }

    fn inverse(self) -> Jet {
        let x = 1.0 / self.0[0];
        self.through([x, -x * x, 2.0 * x * x * x])
    }
}

/// f and f′ of a jet.
fn apply(f: Function, a: Jet) -> (Jet, Jet) {
    let x = a.0[0];
    let y = f.value(x);
    let (first, second) = f.derivatives(x, y);
    (a.through([y, first, second]), a.through([first, second, f.third(x, y)]))
}

fn power(a: Jet, p: f64) -> (Jet, Jet) {
    let x = a.0[0];
    let (first, second) = function::power_derivatives(x, p);
    let third = function::power_derivatives(x, p - 1.0).1 * p;
    (a.through([function::power(x, p), first, second]), a.through([first, second, third]))
}

/// The jets of all nodes that depend on weights, and of their adjoints.
pub struct Jets {
    values: Vec<Jet>,
    adjoints: Vec<Jet>,
}

impl Tape {
    fn jet(&self, values: &[f64], jets: &[Jet], id: u32, k: usize) -> Jet {
        if self.active[id as usize] {
            let lane = if self.derivatives.lanes[id as usize] == 1 { 0 } else { k };
            jets[self.derivatives.offset[id as usize] + lane]
        } else {
            Jet::constant(self.values.of(values, id).at(k))
        }
    }

    /// Jets of all nodes at w + ε₁u + ε₂v, `values` those at w.
    pub fn lift(&self, values: &[f64], u: &Weights, v: &Weights) -> Jets {
        let mut jets = vec![Jet::ZERO; self.derivatives.size];
        for &id in &self.moving {
            let at = |id, k| self.jet(values, &jets, id, k);
            let lanes = self.derivatives.lanes[id as usize];
            let own: Vec<Jet> = match &self.ops[id as usize] {
                Op::Weight(i) => {
                    let i = *i as usize;
                    vec![Jet([self.values.of(values, id).at(0), u[i], v[i], 0.0])]
                }
                Op::Rows(a, scale) => {
                    let terms = (0..self.values.lanes[*a as usize]).map(|k| at(*a, k).scaled(*scale));
                    vec![terms.fold(Jet::ZERO, Jet::plus)]
                }
                op => (0..lanes).map(|k| self.lane_of(op, k, &at)).collect(),
            };
            let offset = self.derivatives.offset[id as usize];
            jets[offset..offset + lanes].copy_from_slice(&own);
        }
        Jets { adjoints: vec![Jet::ZERO; jets.len()], values: jets }
    }

    /// An operation in one lane.
    fn lane_of(&self, op: &Op, k: usize, at: &dyn Fn(u32, usize) -> Jet) -> Jet {
        match op {
            Op::Constant(x) => Jet::constant(*x),
            Op::Select(table) => {
                let table = &self.tables[*table as usize];
                at(table.nodes[table.choice[k] as usize], k)
            }
            Op::Sum(Sum { constant, linear, products }) => {
                let sum = linear.iter().fold(Jet::constant(*constant), |sum, &(c, x)| sum.plus(at(x, k).scaled(c)));
                products.iter().fold(sum, |sum, &(c, a, b)| sum.plus(at(a, k).times(at(b, k)).scaled(c)))
            }
            Op::Quotient(a, b) => at(*a, k).times(at(*b, k).inverse()),
            Op::Apply(f, a) => apply(*f, at(*a, k)).0,
            Op::Power(a, p) => power(at(*a, k), *p).0,
            // One lane each, and no data row: `lift` has seen to them.
            Op::Weight(_) | Op::Column(_) | Op::Rows(..) => Jet::ZERO,
        }
    }

    /// D³f[u, v] into `out` for the f whose outputs have the adjoints `seeds`, asked with the place of a lane.
    pub fn third(&self, values: &[f64], mut jets: Jets, seeds: impl Fn(&Jets, usize) -> Jet, out: &mut Weights) {
        for &id in self.outputs.iter().filter(|id| self.active[**id as usize]) {
            let offset = self.derivatives.offset[id as usize];
            for k in 0..self.derivatives.lanes[id as usize] {
                let seed = seeds(&jets, offset + k);
                jets.adjoints[offset + k] = jets.adjoints[offset + k].plus(seed);
            }
        }
        for &id in self.moving.iter().rev() {
            let offset = self.derivatives.offset[id as usize];
            for k in 0..self.derivatives.lanes[id as usize] {
                let bar = jets.adjoints[offset + k];
                if bar != Jet::ZERO {
                    self.hand_down(id, k, bar, values, &mut jets);
                }
            }
        }
        out.fill(0.0);
        for &id in &self.moving {
            if let Op::Weight(i) = self.ops[id as usize] {
                out[i as usize] = jets.adjoints[self.derivatives.offset[id as usize]].0[3];
            }
        }
    }

    /// Adds what one lane of a node owes to its operands.
    fn hand_down(&self, id: u32, k: usize, bar: Jet, values: &[f64], jets: &mut Jets) {
        let Jets { values: known, adjoints } = jets;
        let at = |id| self.jet(values, known, id, k);
        let mut add = |id: u32, k: usize, part: Jet| {
            if self.active[id as usize] {
                let lane = if self.derivatives.lanes[id as usize] == 1 { 0 } else { k };
                let target = &mut adjoints[self.derivatives.offset[id as usize] + lane];
                *target = target.plus(part);
            }
        };
        match &self.ops[id as usize] {
            Op::Constant(_) | Op::Column(_) | Op::Weight(_) => {}
            Op::Select(table) => {
                let table = &self.tables[*table as usize];
                add(table.nodes[table.choice[k] as usize], k, bar);
            }
            Op::Sum(Sum { linear, products, .. }) => {
                linear.iter().for_each(|&(c, x)| add(x, k, bar.scaled(c)));
                for &(c, a, b) in products {
                    add(a, k, bar.times(at(b)).scaled(c));
                    add(b, k, bar.times(at(a)).scaled(c));
                }
            }
            Op::Quotient(a, b) => {
                let inverse = at(*b).inverse();
                add(*a, k, bar.times(inverse));
                add(*b, k, bar.times(at(*a)).times(inverse).times(inverse).scaled(-1.0));
            }
            Op::Apply(f, a) => add(*a, k, bar.times(apply(*f, at(*a)).1)),
            Op::Power(a, p) => add(*a, k, bar.times(power(at(*a), *p).1)),
            Op::Rows(a, scale) => (0..self.values.lanes[*a as usize]).for_each(|row| add(*a, row, bar.scaled(*scale))),
        }
    }
}

impl Jets {
    /// The value of a lane.
    pub fn value(&self, place: usize) -> Jet {
        self.values[place]
    }
}
