use std::sync::Arc;

use super::formula;
use super::graph::Op;
use super::structure;
use super::tape::{Layout, MAX_NUMBERS, Tape};
use super::workspace::{Machine, Workspace, zeroed};
use crate::field::{Block, Curvature, FieldError, Residual, Weights};
use crate::numeric::graph::{Graph, Node};
use crate::numeric::{Matrix, Vector};

/// Largest block of the curvature that is formed; beyond, it is an operator.
const MAX_BLOCK: usize = 256;

/// Residuals written as formulas, made by [`super::Expression::residuals`].
#[derive(Debug)]
pub struct Formulas {
    machine: Machine,
    dim: usize,
    /// First residual and number of residuals of every output.
    parts: Vec<(usize, usize)>,
    samples: usize,
    components: Option<Vec<Vec<usize>>>,
    /// One lane a data row for every node, where one sweep can give the gradients of all rows.
    wide: Option<Layout>,
}

impl Formulas {
    pub(super) fn new(tape: Tape, dim: usize) -> Self {
        let mut samples = 0;
        let parts: Vec<(usize, usize)> = tape
            .outputs
            .iter()
            .map(|&id| {
                let lanes = tape.values.lanes[id as usize];
                samples += lanes;
                (samples - lanes, lanes)
            })
            .collect();
        let components = structure::components(&tape, dim).filter(|all| all.iter().all(|c| c.len() <= MAX_BLOCK));
        let mixes_rows = tape.moving.iter().any(|&id| matches!(tape.ops[id as usize], Op::Rows(..)));
        let wide = (!mixes_rows && tape.rows > 1 && tape.moving.len().saturating_mul(tape.rows) <= MAX_NUMBERS)
            .then(|| tape.wide_layout());
        Formulas { machine: Machine::new(tape), dim, parts, samples, components, wide }
    }

    /// Seeds the outputs' adjoints with c.
    fn seed(&self, tape: &Tape, layout: &Layout, adjoints: &mut [f64], c: &Vector) {
        for (&id, &(first, count)) in tape.outputs.iter().zip(&self.parts) {
            if tape.active[id as usize] {
                let target = layout.within(adjoints, id);
                target.iter_mut().zip(&c.as_slice()[first..first + count]).for_each(|(t, c)| *t += c);
            }
        }
    }

    /// Adjoints for multipliers c into the workspace.
    fn adjoints(&self, tape: &Tape, space: &mut Workspace, c: &Vector) {
        let adjoints = zeroed(&mut space.adjoints, tape.derivatives.size);
        self.seed(tape, &tape.derivatives, adjoints, c);
        tape.reverse(&tape.moving, &tape.derivatives, &space.values, adjoints);
    }

    /// The Hessian product along v of what the workspace's adjoints belong to.
    fn turned(&self, tape: &Tape, space: &mut Workspace, v: &[f64], out: &mut Weights) {
        let size = tape.derivatives.size;
        space.tangents.resize(size, 0.0);
        tape.tangent(&space.values, v, &mut space.tangents);
        let turning = zeroed(&mut space.turning, size);
        tape.turn(&space.values, &space.tangents, &space.adjoints, turning);
        tape.read_weights(&tape.derivatives, turning, out);
    }

    /// Jacobian rows of an output, one sweep each over the nodes that the output needs.
    fn row_by_row(&self, tape: &Tape, space: &mut Workspace, output: usize, jacobian: &mut Matrix) {
        let (first, count) = self.parts[output];
        let layout = &tape.derivatives;
        let nodes = tape.needed_by(tape.outputs[output]);
        space.adjoints.resize(layout.size, 0.0);
        for k in 0..count {
            nodes.iter().for_each(|&id| layout.within(&mut space.adjoints, id).fill(0.0));
            layout.within(&mut space.adjoints, tape.outputs[output])[k] = 1.0;
            tape.reverse(&nodes, layout, &space.values, &mut space.adjoints);
            for &id in &nodes {
                if let Op::Weight(i) = tape.ops[id as usize] {
                    jacobian[(first + k, i as usize)] = layout.of(&space.adjoints, id).at(0);
                }
            }
        }
    }

    /// Jacobian rows of an output with one lane a data row: one sweep for all rows.
    fn rows(&self, tape: &Tape, wide: &Layout, space: &mut Workspace, output: usize, jacobian: &mut Matrix) {
        let (first, count) = self.parts[output];
        let id = tape.outputs[output];
        let adjoints = zeroed(&mut space.adjoints, wide.size);
        wide.within(adjoints, id).fill(1.0);
        tape.reverse(&tape.moving, wide, &space.values, adjoints);
        for &id in &tape.moving {
            if let Op::Weight(i) = tape.ops[id as usize] {
                let lanes = wide.of(adjoints, id).0;
                jacobian.view_mut((first, i as usize), (count, 1)).iter_mut().zip(lanes).for_each(|(j, a)| *j = *a);
            }
        }
    }
}

impl Tape {
    /// A layout with one lane a data row for every node that depends on weights.
    fn wide_layout(&self) -> Layout {
        Layout::new(self.active.iter().map(|&active| if active { self.rows } else { 0 }).collect())
    }

    /// Writes the weights' entries of a buffer of derivatives; weights that no formula uses get 0.
    pub(super) fn read_weights(&self, layout: &Layout, buffer: &[f64], out: &mut Weights) {
        out.fill(0.0);
        for &id in &self.moving {
            if let Op::Weight(i) = self.ops[id as usize] {
                out[i as usize] = layout.of(buffer, id).at(0);
            }
        }
    }
}

impl Residual for Formulas {
    fn dim(&self) -> usize {
        self.dim
    }

    fn samples(&self) -> usize {
        self.samples
    }

    fn residual(&self, w: &Weights, r: &mut Vector) -> Result<(), FieldError> {
        self.machine.at(w, |tape, space| {
            for (&id, &(first, count)) in tape.outputs.iter().zip(&self.parts) {
                r.as_mut_slice()[first..first + count].copy_from_slice(tape.values.of(&space.values, id).0);
            }
            self.machine.check(space, "the residual")
        })
    }

    fn push_forward(&self, w: &Weights, v: &Weights, out: &mut Vector) {
        self.machine.at(w, |tape, space| {
            space.tangents.resize(tape.derivatives.size, 0.0);
            tape.tangent(&space.values, v.as_slice(), &mut space.tangents);
            for (&id, &(first, count)) in tape.outputs.iter().zip(&self.parts) {
                let target = &mut out.as_mut_slice()[first..first + count];
                match tape.active[id as usize] {
                    true => target.copy_from_slice(tape.derivatives.of(&space.tangents, id).0),
                    false => target.fill(0.0),
                }
            }
        });
    }

    fn pull_back(&self, w: &Weights, c: &Vector, out: &mut Weights) {
        self.machine.at(w, |tape, space| {
            self.adjoints(tape, space, c);
            tape.read_weights(&tape.derivatives, &space.adjoints, out);
        });
    }

    fn curvature_product(&self, w: &Weights, mu: &Vector, v: &Weights, out: &mut Weights) {
        self.machine.at(w, |tape, space| {
            self.adjoints(tape, space, mu);
            self.turned(tape, space, v.as_slice(), out);
        });
    }

    fn jacobian(&self, w: &Weights) -> Matrix {
        let mut jacobian = Matrix::zeros(self.samples, self.dim);
        self.machine.at(w, |tape, space| {
            for (output, &(_, count)) in self.parts.iter().enumerate() {
                match &self.wide {
                    _ if !tape.active[tape.outputs[output] as usize] => {}
                    Some(wide) if count > 1 => self.rows(tape, wide, space, output, &mut jacobian),
                    _ => self.row_by_row(tape, space, output, &mut jacobian),
                }
            }
        });
        jacobian
    }

    fn curvature(&self, w: &Weights, mu: &Vector) -> Curvature {
        let Some(components) = &self.components else { return Curvature::Operator };
        let Some(largest) = components.iter().map(Vec::len).max() else { return Curvature::Zero };
        self.machine.at(w, |tape, space| {
            self.adjoints(tape, space, mu);
            let mut matrices: Vec<Matrix> = components.iter().map(|c| Matrix::zeros(c.len(), c.len())).collect();
            let (mut direction, mut column) = (vec![0.0; self.dim], Weights::zeros(self.dim));
            for k in 0..largest {
                // Components do not interact: one product gives column k of every block.
                components.iter().filter_map(|c| c.get(k)).for_each(|&i| direction[i] = 1.0);
                self.turned(tape, space, &direction, &mut column);
                components.iter().filter_map(|c| c.get(k)).for_each(|&i| direction[i] = 0.0);
                for (matrix, component) in matrices.iter_mut().zip(components).filter(|(_, c)| k < c.len()) {
                    // The two halves agree to round-off; one of them is taken.
                    for (row, &i) in component.iter().enumerate().skip(k) {
                        (matrix[(row, k)], matrix[(k, row)]) = (column[i], column[i]);
                    }
                }
            }
            let mut blocks: Vec<Block> = Vec::new();
            for (matrix, component) in matrices.into_iter().zip(components) {
                // Equal neighbours are one block with copies, as in a matrix factorisation.
                match blocks.last_mut() {
                    Some(last) if last.matrix == matrix => last.copies.push(component.clone()),
                    _ => blocks.push(Block { matrix, copies: vec![component.clone()] }),
                }
            }
            Curvature::Blocks(blocks)
        })
    }

    fn formula(&self, graph: &mut Graph) -> Option<Vec<Node>> {
        formula::formula(&self.machine.tape, graph)
    }

    fn third_product(&self, w: &Weights, u: &Weights, v: &Weights, out: &mut Weights) -> bool {
        self.machine.at(w, |tape, space| {
            let jets = tape.lift(&space.values, u, v);
            tape.third(&space.values, jets, |jets, place| jets.value(place), out);
        });
        true
    }

    fn switches(&self, w: &Weights, out: &mut Vec<f64>) {
        self.machine.at(w, |tape, space| tape.switches(&space.values, out));
    }

    fn in_cell(&self, pattern: &[bool]) -> Option<Arc<dyn Residual>> {
        self.machine.tape.in_cell(pattern).map(|tape| Arc::new(Formulas::new(tape, self.dim)) as Arc<dyn Residual>)
    }

    fn wall(&self, w: &Weights, mu: &Vector, switch: usize, gradient: &mut Weights) -> f64 {
        gradient.fill(0.0);
        let Some((kink, lane)) = self.machine.tape.kink(switch) else { return 0.0 };
        self.machine.at(w, |tape, space| {
            let layout = &tape.derivatives;
            self.adjoints(tape, space, mu);
            let kappa = (kink.slopes.1 - kink.slopes.0) * layout.of(&space.adjoints, kink.node).0[lane];
            let adjoints = zeroed(&mut space.adjoints, layout.size);
            layout.within(adjoints, kink.argument)[lane] = 1.0;
            tape.reverse(&tape.needed_by(kink.argument), layout, &space.values, adjoints);
            tape.read_weights(layout, adjoints, gradient);
            kappa
        })
    }

    fn is_affine(&self) -> bool {
        self.components.as_ref().is_some_and(Vec::is_empty) && self.machine.tape.kinks().next().is_none()
    }
}
