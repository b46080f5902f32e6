use super::{Clock, Star};
use crate::field::{FieldError, Weights};
use crate::numeric::{Vector, dense};

impl Star<'_> {
    /// The multipliers that belong to `w`: μ = c r/κ in the rows where κ > 0, or those of `known`; in the rows where κ = 0
    /// those that keep the rate of change of r at zero, J₀J₀ᵀμ₀ = −J₀(α∇R + J₁ᵀμ₁) with J₀ the rows of κ = 0 and J₁ the others.
    ///
    /// Under a coupling and κ > 0 those of its constraint. `None` where J₀ has no full rank, or the chart has no such μ.
    ///
    /// # Errors
    /// Residuals that are not finite.
    pub fn multipliers(&self, clock: Clock, w: &Weights, known: Option<&Vector>) -> Result<Option<Vector>, FieldError> {
        let residual = self.problem.residual.as_ref();
        let n = self.samples();
        if let (Some(coupling), true, true) = (residual.coupling(), clock.kappa > 0.0, n > 0) {
            return coupling.multipliers(w, clock.kappa);
        }
        let soft = if clock.kappa > 0.0 { self.soft() } else { 0 };
        let mut mu = Vector::zeros(n);
        let mut image = Vector::zeros(n);
        residual.residual(w, &mut image)?;
        for k in 0..soft {
            mu[k] = known.map_or(image[k] * self.problem.c / clock.kappa, |known| known[k]);
        }
        if soft == n {
            return Ok(Some(mu));
        }
        let (mut pull, mut scratch) = (Weights::zeros(w.len()), Weights::zeros(w.len()));
        self.evaluate(clock, w, &mu, &mut image, &mut scratch, &mut pull)?;
        residual.push_forward(w, &pull, &mut image);
        let gram = residual.gram(w).view((soft, soft), (n - soft, n - soft)).into_owned();
        let Some(factor) = dense::Cholesky::new(gram) else { return Ok(None) };
        let mut rigid = image.rows(soft, n - soft).into_owned();
        factor.solve_mut(&mut rigid);
        mu.rows_mut(soft, n - soft).copy_from(&rigid);
        Ok(Some(mu))
    }
}
