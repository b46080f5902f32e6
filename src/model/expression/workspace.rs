//! Memory for one evaluation, kept for the next: values at weights that come again are not evaluated again.

use std::sync::{Mutex, PoisonError};

use super::tape::Tape;
use crate::field::{FieldError, Weights};

/// Buffers of one evaluation.
#[derive(Debug, Default)]
pub struct Workspace {
    weights: Vec<f64>,
    /// Values of all nodes at the weights.
    pub values: Vec<f64>,
    /// Whether all of them are finite and have finite derivatives.
    pub sound: bool,
    /// Tangents.
    pub tangents: Vec<f64>,
    /// Adjoints.
    pub adjoints: Vec<f64>,
    /// Tangents of adjoints.
    pub turning: Vec<f64>,
}

/// A tape with workspaces to run it in, one for each thread that asks at the same time.
#[derive(Debug)]
pub struct Machine {
    /// The tape.
    pub tape: Tape,
    idle: Mutex<Vec<Workspace>>,
}

impl Machine {
    /// A machine for a tape.
    pub fn new(tape: Tape) -> Self {
        Machine { tape, idle: Mutex::new(Vec::new()) }
    }

    /// Runs `job` on a workspace whose values are those at w. What comes out never depends on which workspace it was.
    pub fn at<T>(&self, w: &Weights, job: impl FnOnce(&Tape, &mut Workspace) -> T) -> T {
        let same = |space: &Workspace| space.weights.iter().map(|x| x.to_bits()).eq(w.iter().map(|x| x.to_bits()));
        let mut space = {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            match idle.iter().position(same) {
                Some(k) => idle.swap_remove(k),
                None => idle.pop().unwrap_or_default(),
            }
        };
        if !same(&space) || space.values.is_empty() {
            if space.values.is_empty() {
                space.values = self.tape.template.clone();
            }
            self.tape.evaluate(w.as_slice(), &mut space.values);
            space.sound = self.tape.is_sound(&space.values);
            space.weights.clear();
            space.weights.extend(w.iter());
        }
        let result = job(&self.tape, &mut space);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(space);
        result
    }

    /// The error at weights where `space` is not sound.
    pub fn check(&self, space: &Workspace, quantity: &'static str) -> Result<(), FieldError> {
        if space.sound {
            return Ok(());
        }
        let reason = self.tape.defect(&space.values).unwrap_or_else(|| "a value is not finite".into());
        Err(FieldError::Undefined { quantity, reason })
    }
}

/// The buffer with that many zeros.
pub fn zeroed(buffer: &mut Vec<f64>, size: usize) -> &mut [f64] {
    buffer.clear();
    buffer.resize(size, 0.0);
    buffer
}
