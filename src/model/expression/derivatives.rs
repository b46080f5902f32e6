//! Exact derivatives on a tape: forward mode, reverse mode, and forward over reverse for second derivatives.
//!
//! With the values y of all nodes, a direction v and weights μ of the outputs:
//! tangent ẏ = ∂y/∂w v (operands first); adjoint ȳ = ∂⟨μ, outputs⟩/∂y (outputs first), at the weights the gradient;
//! and the adjoint's own tangent along v, at the weights the Hessian product ∇²⟨μ, outputs⟩ v. For y = f(a):
//! ẏ = f′ȧ, ā += f′ȳ, and its tangent f′·(ȳ)˙ + f″ȧȳ.

use super::function;
use super::graph::{Id, Op, Sum};
use super::tape::{Lane, Layout, Tape, add_multiple, add_product};

/// targetₖ += f(k); a target with one lane takes the sum over k, in fixed order.
#[inline(always)]
fn add(target: &mut [f64], lanes: usize, f: impl Fn(usize) -> f64) {
    if target.len() == lanes {
        target.iter_mut().enumerate().for_each(|(k, t)| *t += f(k));
    } else if let [target] = target {
        *target += sum(lanes, f);
    }
}

/// Σ f(k) in four interleaved sums: the same order on every machine.
#[inline(always)]
fn sum(lanes: usize, f: impl Fn(usize) -> f64) -> f64 {
    let mut four = [0.0; 4];
    let whole = lanes / 4 * 4;
    for k in (0..whole).step_by(4) {
        four[0] += f(k);
        four[1] += f(k + 1);
        four[2] += f(k + 2);
        four[3] += f(k + 3);
    }
    (whole..lanes).for_each(|k| four[k - whole] += f(k));
    (four[0] + four[1]) + (four[2] + four[3])
}

/// target += c·bar·x, lane by lane.
#[inline(always)]
fn add_scaled(target: &mut [f64], c: f64, bar: &[f64], x: Lane<'_>) {
    match (target.len() == bar.len(), x.0) {
        (true, [x]) => add_multiple(target, c * x, Lane(bar)),
        (true, _) => add_product(target, c, Lane(bar), x),
        (false, [x]) => add(target, bar.len(), |k| c * x * bar[k]),
        (false, x) => {
            let x = &x[..bar.len()];
            add(target, bar.len(), |k| c * (bar[k] * x[k]));
        }
    }
}

impl Tape {
    /// Tangents of all nodes along v, given the values.
    pub fn tangent(&self, values: &[f64], v: &[f64], tangents: &mut [f64]) {
        for &id in &self.moving {
            let (before, out) = self.derivatives.split(tangents, id);
            let value = |id| self.values.of(values, id);
            let tangent = |id| self.derivatives.of(before, id);
            let active = |id: u32| self.active[id as usize];
            match &self.ops[id as usize] {
                Op::Constant(_) | Op::Column(_) => {}
                Op::Weight(i) => out[0] = v[*i as usize],
                Op::Select(table) => {
                    let table = &self.tables[*table as usize];
                    for (k, (out, &choice)) in out.iter_mut().zip(&table.choice).enumerate() {
                        let node = table.nodes[choice as usize];
                        *out = if active(node) { tangent(node).at(k) } else { 0.0 };
                    }
                }
                Op::Sum(Sum { linear, products, .. }) => {
                    out.fill(0.0);
                    linear.iter().filter(|t| active(t.1)).for_each(|&(c, x)| add_multiple(out, c, tangent(x)));
                    for &(c, a, b) in products {
                        if a == b {
                            add_product(out, 2.0 * c, value(a), tangent(a));
                            continue;
                        }
                        if active(a) {
                            add_product(out, c, tangent(a), value(b));
                        }
                        if active(b) {
                            add_product(out, c, value(a), tangent(b));
                        }
                    }
                }
                Op::Quotient(a, b) => {
                    let (y, below) = (value(id), value(*b));
                    out.fill(0.0);
                    if active(*a) {
                        let a = tangent(*a);
                        out.iter_mut().enumerate().for_each(|(k, o)| *o += a.at(k));
                    }
                    if active(*b) {
                        let b = tangent(*b);
                        out.iter_mut().enumerate().for_each(|(k, o)| *o -= y.at(k) * b.at(k));
                    }
                    out.iter_mut().enumerate().for_each(|(k, o)| *o /= below.at(k));
                }
                Op::Apply(f, a) => {
                    let (x, y, dx) = (value(*a), value(id), tangent(*a));
                    out.iter_mut().enumerate().for_each(|(k, o)| *o = f.derivatives(x.at(k), y.at(k)).0 * dx.at(k));
                }
                Op::Power(a, p) => {
                    let (x, dx) = (value(*a), tangent(*a));
                    out.iter_mut().enumerate().for_each(|(k, o)| *o = function::power_derivatives(x.at(k), *p).0 * dx.at(k));
                }
                Op::Rows(a, scale) => out[0] = scale * tangent(*a).0.iter().sum::<f64>(),
            }
        }
    }

    /// Adjoints of `nodes` (ascending; all that the seeded outputs need), given the values and the outputs' adjoints in
    /// `adjoints`, the others zero.
    ///
    /// `layout` is the tape's own, or one with a lane a data row for every node: then the adjoint in lane k is that of row k alone.
    pub fn reverse(&self, nodes: &[Id], layout: &Layout, values: &[f64], adjoints: &mut [f64]) {
        for &id in nodes.iter().rev() {
            let (before, bar) = layout.split(adjoints, id);
            let bar = &*bar;
            if bar.iter().all(|x| *x == 0.0) {
                continue;
            }
            let value = |id| self.values.of(values, id);
            let active = |id: u32| self.active[id as usize];
            match &self.ops[id as usize] {
                Op::Constant(_) | Op::Column(_) | Op::Weight(_) => {}
                Op::Select(table) => {
                    let table = &self.tables[*table as usize];
                    for (k, (bar, &choice)) in bar.iter().zip(&table.choice).enumerate() {
                        let node = table.nodes[choice as usize];
                        if active(node) {
                            lane(layout.within(before, node), k, *bar);
                        }
                    }
                }
                Op::Sum(Sum { linear, products, .. }) => {
                    for &(c, x) in linear.iter().filter(|t| active(t.1)) {
                        add_scaled(layout.within(before, x), c, bar, Lane(&[1.0]));
                    }
                    for &(c, a, b) in products {
                        if a == b {
                            add_scaled(layout.within(before, a), 2.0 * c, bar, value(a));
                            continue;
                        }
                        if active(a) {
                            add_scaled(layout.within(before, a), c, bar, value(b));
                        }
                        if active(b) {
                            add_scaled(layout.within(before, b), c, bar, value(a));
                        }
                    }
                }
                Op::Quotient(a, b) => {
                    let (y, below) = (value(id), value(*b));
                    if active(*a) {
                        add(layout.within(before, *a), bar.len(), |k| bar[k] / below.at(k));
                    }
                    if active(*b) {
                        add(layout.within(before, *b), bar.len(), |k| -bar[k] * y.at(k) / below.at(k));
                    }
                }
                Op::Apply(f, a) => {
                    let (x, y) = (value(*a), value(id));
                    add(layout.within(before, *a), bar.len(), |k| bar[k] * f.derivatives(x.at(k), y.at(k)).0);
                }
                Op::Power(a, p) => {
                    let x = value(*a);
                    add(layout.within(before, *a), bar.len(), |k| bar[k] * function::power_derivatives(x.at(k), *p).0);
                }
                Op::Rows(a, scale) => layout.within(before, *a).iter_mut().for_each(|t| *t += scale * bar[0]),
            }
        }
    }

    /// Tangents of the adjoints, given values, tangents and adjoints; `turning` starts at zero. (Outputs' adjoints are constant.)
    pub fn turn(&self, values: &[f64], tangents: &[f64], adjoints: &[f64], turning: &mut [f64]) {
        let layout = &self.derivatives;
        for &id in self.moving.iter().rev() {
            let (before, turn) = layout.split(turning, id);
            let (turn, bar) = (&*turn, layout.of(adjoints, id).0);
            let value = |id| self.values.of(values, id);
            let tangent = |id| layout.of(tangents, id);
            let active = |id: u32| self.active[id as usize];
            match &self.ops[id as usize] {
                Op::Constant(_) | Op::Column(_) | Op::Weight(_) => {}
                Op::Select(table) => {
                    let table = &self.tables[*table as usize];
                    for (k, (turn, &choice)) in turn.iter().zip(&table.choice).enumerate() {
                        let node = table.nodes[choice as usize];
                        if active(node) {
                            lane(layout.within(before, node), k, *turn);
                        }
                    }
                }
                Op::Sum(Sum { linear, products, .. }) => {
                    for &(c, x) in linear.iter().filter(|t| active(t.1)) {
                        add_scaled(layout.within(before, x), c, turn, Lane(&[1.0]));
                    }
                    for &(c, a, b) in products {
                        let mut one = |a: u32, b: u32, c: f64| {
                            let target = layout.within(before, a);
                            add_scaled(target, c, turn, value(b));
                            if active(b) {
                                add_scaled(target, c, bar, tangent(b));
                            }
                        };
                        if a == b {
                            one(a, a, 2.0 * c);
                            continue;
                        }
                        if active(a) {
                            one(a, b, c);
                        }
                        if active(b) {
                            one(b, a, c);
                        }
                    }
                }
                Op::Quotient(a, b) => {
                    // y = a/b: ā = ȳ/b and b̄ = −ȳ y/b, differentiated once more.
                    let (y, below, dy) = (value(id), value(*b), tangent(id));
                    let db = |k| if active(*b) { tangent(*b).at(k) } else { 0.0 };
                    if active(*a) {
                        add(layout.within(before, *a), bar.len(), |k| (turn[k] - bar[k] * db(k) / below.at(k)) / below.at(k));
                    }
                    if active(*b) {
                        add(layout.within(before, *b), bar.len(), |k| {
                            -(turn[k] * y.at(k) + bar[k] * (dy.at(k) - y.at(k) * db(k) / below.at(k))) / below.at(k)
                        });
                    }
                }
                Op::Apply(f, a) => {
                    let (x, y, dx) = (value(*a), value(id), tangent(*a));
                    add(layout.within(before, *a), bar.len(), |k| {
                        let (first, second) = f.derivatives(x.at(k), y.at(k));
                        turn[k] * first + bar[k] * second * dx.at(k)
                    });
                }
                Op::Power(a, p) => {
                    let (x, dx) = (value(*a), tangent(*a));
                    add(layout.within(before, *a), bar.len(), |k| {
                        let (first, second) = function::power_derivatives(x.at(k), *p);
                        turn[k] * first + bar[k] * second * dx.at(k)
                    });
                }
                Op::Rows(a, scale) => layout.within(before, *a).iter_mut().for_each(|t| *t += scale * turn[0]),
            }
        }
    }
}

/// Adds to lane k, or to the only lane.
#[inline(always)]
fn lane(target: &mut [f64], k: usize, x: f64) {
    match target {
        [only] => *only += x,
        lanes => lanes[k] += x,
    }
}
