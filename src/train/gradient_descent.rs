use crate::field::{FieldError, VectorField, Weights};

/// w_{k+1} = w_k + ηf(w_k) with a constant step η: explicit Euler, t = ηk.
///
/// For f = −∇F − λ∇R it is gradient descent with weight decay. Stable while η is below 2 over the largest curvature; the
/// error at a fixed time is of order η, across kinks of F too.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GradientDescent {
    /// The step η > 0, in the unit of time.
    pub step: f64,
}

/// A descent that did not arrive.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TrainError {
    /// The field has no finite value on the path.
    #[error("gradient descent with step {step:e} at t = {time:.6e} (step number {number}): {source}")]
    Field {
        /// η.
        step: f64,
        /// Time reached.
        time: f64,
        /// Steps made.
        number: u64,
        /// What was not finite.
        source: FieldError,
    },
    /// The weights ran away: the step is too large for the curvature.
    #[error(
        "gradient descent with step {step:e} ran away: |w| = {norm:.3e} at t = {time:.6e}, {start_norm:.3e} at the start; \
         take a step below 2 over the largest curvature"
    )]
    Diverged {
        /// η.
        step: f64,
        /// Time reached.
        time: f64,
        /// ‖w‖ there.
        norm: f64,
        /// ‖w₀‖.
        start_norm: f64,
    },
}

impl GradientDescent {
    /// The weights after round(t/η) steps for ascending times t ≥ 0.
    ///
    /// # Errors
    /// A field that is not finite; weights a factor 1e6 larger than at the start.
    pub fn run(&self, field: &dyn VectorField, start: &Weights, times: &[f64]) -> Result<Vec<Weights>, TrainError> {
        let (mut w, mut slope) = (start.clone(), Weights::zeros(start.len()));
        let (step, start_norm, mut number) = (self.step, start.norm(), 0_u64);
        let mut saved = Vec::with_capacity(times.len());
        for t in times {
            let until = (t / step).round() as u64;
            while number < until {
                let time = number as f64 * step;
                field.eval(&w, &mut slope).map_err(|source| TrainError::Field { step, time, number, source })?;
                w.axpy(step, &slope, 1.0);
                number += 1;
                if number.is_multiple_of(1024) && w.norm() > 1e6 * (1.0 + start_norm) {
                    return Err(TrainError::Diverged { step, time: number as f64 * step, norm: w.norm(), start_norm });
                }
            }
            saved.push(w.clone());
        }
        Ok(saved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Linear;
    impl VectorField for Linear {
        fn dim(&self) -> usize {
            1
        }
        fn eval(&self, w: &Weights, dw: &mut Weights) -> Result<(), FieldError> {
            dw[0] = -3.0 * w[0];
            FieldError::check("the field", dw.as_slice(), w)
        }
    }

    #[test]
    fn a_linear_field_gives_powers_and_a_large_step_is_reported() {
        let start = Weights::from_element(1, 2.0);
        let ends = GradientDescent { step: 0.01 }.run(&Linear, &start, &[0.0, 0.5, 1.0]).unwrap();
        let expected = [2.0, 2.0 * 0.97_f64.powi(50), 2.0 * 0.97_f64.powi(100)];
        assert!(ends.iter().zip(expected).all(|(w, e)| (w[0] - e).abs() < 1e-12));
        let error = GradientDescent { step: 1.0 }.run(&Linear, &start, &[4000.0]).unwrap_err();
        // The factor is −2 a step: the weights overflow after 1,022 steps, and the error says at which one.
        assert!(error.to_string().contains("step number 102"), "{error}");
    }
}
