use super::formula;
use super::jets::Jet;
use super::tape::Tape;
use super::workspace::{Machine, zeroed};
use crate::field::{FieldError, Loss, Weights};
use crate::numeric::graph::{Graph, Node};

/// A loss written as one formula, made by [`super::Expression::loss`].
#[derive(Debug)]
pub struct FormulaLoss {
    machine: Machine,
    dim: usize,
}

impl FormulaLoss {
    pub(super) fn new(tape: Tape, dim: usize) -> Self {
        FormulaLoss { machine: Machine::new(tape), dim }
    }

    /// Adjoints for the loss itself.
    fn adjoints(tape: &Tape, values: &[f64], adjoints: &mut Vec<f64>) {
        let adjoints = zeroed(adjoints, tape.derivatives.size);
        tape.outputs.iter().for_each(|&id| tape.derivatives.within(adjoints, id).fill(1.0));
        tape.reverse(&tape.moving, &tape.derivatives, values, adjoints);
    }
}

impl Loss for FormulaLoss {
    fn dim(&self) -> usize {
        self.dim
    }

    fn value(&self, w: &Weights) -> Result<f64, FieldError> {
        self.machine.at(w, |tape, space| {
            self.machine.check(space, "the loss")?;
            Ok(tape.outputs.iter().map(|&id| tape.values.of(&space.values, id).at(0)).sum())
        })
    }

    fn gradient(&self, w: &Weights, out: &mut Weights) -> Result<(), FieldError> {
        self.machine.at(w, |tape, space| {
            self.machine.check(space, "the loss")?;
            Self::adjoints(tape, &space.values, &mut space.adjoints);
            tape.read_weights(&tape.derivatives, &space.adjoints, out);
            FieldError::check("the gradient", out.as_slice(), w)
        })
    }

    fn hessian_product(&self, w: &Weights, v: &Weights, out: &mut Weights) -> Result<(), FieldError> {
        self.machine.at(w, |tape, space| {
            self.machine.check(space, "the loss")?;
            let size = tape.derivatives.size;
            Self::adjoints(tape, &space.values, &mut space.adjoints);
            space.tangents.resize(size, 0.0);
            tape.tangent(&space.values, v.as_slice(), &mut space.tangents);
            let turning = zeroed(&mut space.turning, size);
            tape.turn(&space.values, &space.tangents, &space.adjoints, turning);
            tape.read_weights(&tape.derivatives, turning, out);
            FieldError::check("the Hessian product", out.as_slice(), w)
        })
    }

    fn third_product(&self, w: &Weights, u: &Weights, v: &Weights, out: &mut Weights) -> Result<(), FieldError> {
        self.machine.at(w, |tape, space| {
            self.machine.check(space, "the loss")?;
            let jets = tape.lift(&space.values, u, v);
            tape.third(&space.values, jets, |_, _| Jet([1.0, 0.0, 0.0, 0.0]), out);
            FieldError::check("the third derivative", out.as_slice(), w)
        })
    }

    fn formula(&self, graph: &mut Graph) -> Option<Node> {
        let parts = formula::formula(&self.machine.tape, graph)?;
        Some(graph.linear(0.0, parts.into_iter().map(|part| (1.0, part))))
    }

    fn switches(&self, w: &Weights, out: &mut Vec<f64>) {
        self.machine.at(w, |tape, space| tape.switches(&space.values, out));
    }
}
