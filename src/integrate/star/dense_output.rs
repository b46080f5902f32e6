use super::Cause;
use super::stepper::{Saved, Stepper};
use super::tableau::lagrange;
use crate::field::{Weights, Work};
use crate::numeric::{Matrix, Vector};

/// w and μ anywhere within one step, at the order of the method.
///
/// The stage polynomial is wrong by O(h^{s+1}) inside of its step, the end value only by O(h^{2s}). So the run is taken again
/// from the start of the step to the inner ones of 2s Chebyshev–Lobatto points xⱼ = (1 − cos(πj/(2s − 1)))/2, each time by a
/// single step, whose end value has the full order, and w is the polynomial of degree 2s − 1 through these and both ends:
/// again O(h^{2s}). μ is as accurate as at the ends of steps, O(hˢ).
#[derive(Debug, Clone)]
pub struct Dense {
    start: f64,
    length: f64,
    nodes: Vec<f64>,
    w: Matrix,
    mu: Matrix,
}

impl Dense {
    /// w and μ at a time within the step.
    pub fn at(&self, time: f64) -> Saved {
        let basis = Vector::from_vec(lagrange(&self.nodes, (time - self.start) / self.length));
        Saved { time, w: &self.w * &basis, mu: &self.mu * &basis }
    }
}

impl Stepper<'_> {
    /// Moves the point reached by less than the error of the step: onto constraints that the step keeps to its tolerance only.
    pub fn correct(&mut self, w: Weights) {
        self.w = w;
    }

    /// Points of the dense output of a step, both ends among them.
    pub fn dense_nodes(&self) -> usize {
        2 * self.tableau.stages()
    }

    /// The dense output of the step that led here from `before`, a clone taken before that step.
    ///
    /// # Errors
    /// Where a step to an inner point fails.
    pub fn dense(&mut self, before: &Self) -> Result<Dense, Cause> {
        let (start, length, count) = (before.time, self.time - before.time, self.dense_nodes());
        let nodes: Vec<f64> =
            (0..count).map(|j| 0.5 - 0.5 * (std::f64::consts::PI * j as f64 / (count - 1) as f64).cos()).collect();
        let (mut w, mut mu) = (Matrix::zeros(self.w.len(), count), Matrix::zeros(self.mu.len(), count));
        for (j, x) in nodes.iter().enumerate() {
            if j == 0 || j + 1 == count {
                let end = if j == 0 { before } else { &*self };
                w.set_column(j, &end.w);
                mu.set_column(j, &end.mu);
                continue;
            }
            let mut inner = before.clone();
            inner.work = Work::default();
            let guess = self.history.as_ref().map(|whole| (whole.h, whole.values.clone()));
            let outcome = inner.fixed_step_from(x * length, guess);
            // Evaluations and solves count; a step on the way it is not.
            self.work += Work { steps: 0, ..inner.work };
            outcome?;
            w.set_column(j, &inner.w);
            mu.set_column(j, &inner.mu);
        }
        Ok(Dense { start, length, nodes, w, mu })
    }

    /// w and μ at the fraction `x` ∈ [0, 1] of the last step, by the stage polynomials: w is wrong by O(hˢ⁺¹) inside of the step
    /// and as accurate as the step at its ends, μ by O(hˢ). `None` before the first step.
    pub fn interpolate(&self, x: f64) -> Option<(Weights, Vector)> {
        let history = self.history.as_ref()?;
        let nodes = self.tableau.c.as_slice();
        let full: Vec<f64> = std::iter::once(0.0).chain(nodes.iter().copied()).collect();
        let mut w = history.start.clone();
        for (j, weight) in lagrange(&full, x).iter().enumerate().skip(1) {
            w.axpy(*weight, &history.values.z.column(j - 1), 1.0);
        }
        let mut mu = Vector::zeros(self.mu.len());
        for (j, weight) in lagrange(nodes, x).iter().enumerate() {
            mu.axpy(*weight, &history.values.mu.column(j), 1.0);
        }
        Some((w, mu))
    }
}
