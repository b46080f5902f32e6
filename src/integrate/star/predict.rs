use super::newton::StageValues;
use super::stepper::Stepper;
use super::tableau::lagrange;
use super::tangent::Followed;
use crate::field::Weights;
use crate::numeric::Matrix;
use crate::numeric::bundle::{Bundle, Mix};

/// Beyond this many times the last step, its polynomial says nothing.
const FAR: f64 = 20.0;

impl Stepper<'_> {
    /// Starting values: the stage polynomial of the last step (or of a longer trial from here) at the new stages.
    pub(super) fn predict(&self, h: f64, guess: Option<&(f64, StageValues)>) -> StageValues {
        let s = self.tableau.stages();
        match (guess, &self.history) {
            (Some((tried, trial)), _) => self.extrapolate(h / tried, None, trial),
            (None, Some(history)) if h <= FAR * history.h => {
                self.extrapolate(h / history.h, Some(&(&history.start - &self.w)), &history.values)
            }
            // After the hand-over the last step is a point: its velocity is all there is.
            (None, history) => {
                let mut z = Bundle::zeros(self.w.len());
                if history.is_some() {
                    (0..s).for_each(|i| z.add_to_column(i, h * self.tableau.c[i], &self.velocity));
                }
                StageValues { z, mu: Bundle::repeat(&self.mu, s) }
            }
        }
    }

    /// The same for ∂w/∂λ and ∂μ/∂λ.
    pub(super) fn predict_tangent(&self, h: f64, from: &Followed) -> StageValues {
        match &from.last {
            Some(last) if h <= FAR * last.h => self.extrapolate(h / last.h, Some(&(&last.start - &from.end.w)), &last.values),
            _ => StageValues { z: Bundle::zeros(self.w.len()), mu: Bundle::repeat(&from.end.mu, self.tableau.stages()) },
        }
    }

    /// The polynomial through `source`, of a step that is `ratio` times shorter, at the stages of the new step: which follows it,
    /// from a point that lies −`offset` from its start, or begins with it.
    fn extrapolate(&self, ratio: f64, offset: Option<&Weights>, source: &StageValues) -> StageValues {
        let s = self.tableau.stages();
        let shift = if offset.is_some() { 1.0 } else { 0.0 };
        // Far beyond the last step only the latest stages are asked: extrapolation of high degree would explode.
        let kept = if ratio > 2.5 { 3.min(s) } else { s };
        let first = s - kept;
        let nodes: Vec<f64> = self.tableau.c.iter().copied().skip(first).collect();
        let full: Vec<f64> = if kept == s { std::iter::once(0.0).chain(nodes.iter().copied()).collect() } else { nodes.clone() };
        let (mut of_z, mut of_mu) = (Matrix::zeros(s, s), Matrix::zeros(s, s));
        for i in 0..s {
            let at = shift + ratio * self.tableau.c[i];
            let skip = usize::from(kept == s);
            for (j, weight) in lagrange(&full, at).iter().enumerate().skip(skip) {
                of_z[(i, first + j - skip)] = *weight;
            }
            for (j, weight) in lagrange(&nodes, at).iter().enumerate() {
                of_mu[(i, first + j)] = *weight;
            }
        }
        let mut values = StageValues { z: Bundle::zeros(source.z.len()), mu: Bundle::zeros(source.mu.len()) };
        values.z.mix(&Mix::new(&of_z, 1.0), &source.z);
        values.mu.mix(&Mix::new(&of_mu, 1.0), &source.mu);
        if let Some(offset) = offset {
            values.z.add_to_each(offset, s);
        }
        values
    }
}
