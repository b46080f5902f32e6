use super::stepper::Stepper;
use super::tableau::lagrange;
use crate::field::Weights;
use crate::numeric::Vector;

impl Stepper<'_> {
    /// Moves the point reached by less than the error of the step: onto constraints that the step keeps to its tolerance only.
    pub fn correct(&mut self, w: Weights) {
        self.w = w;
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
