use std::cell::Cell;

use super::MinNormError;
use crate::field::{FieldError, LeastSquares, Loss, Weights};
use crate::numeric::rank::FLOOR;
use crate::numeric::{Matrix, Vector, dense};

/// The constraint w ∈ M as c(w) = 0, with first and second derivatives, every evaluation checked and counted.
///
/// Residuals: c = r. A general loss: c = ∇F, whose Jacobian H has constant rank on M, and D³F.
pub struct Constraint<'a> {
    source: Source<'a>,
    used: Cell<u64>,
    budget: u64,
}

enum Source<'a> {
    Residuals(&'a LeastSquares),
    Gradient(&'a dyn Loss),
}

impl<'a> Constraint<'a> {
    /// The critical manifold of `loss`, with at most `budget` evaluations.
    pub fn new(loss: &'a dyn Loss, budget: u64) -> Self {
        let source = loss.least_squares().map_or(Source::Gradient(loss), Source::Residuals);
        Constraint { source, used: Cell::new(0), budget }
    }

    /// The residuals, where c = r.
    pub fn squares(&self) -> Option<&'a LeastSquares> {
        match self.source {
            Source::Residuals(squares) => Some(squares),
            Source::Gradient(_) => None,
        }
    }

    /// The name of the Jacobian of c: its kernel is tangent to M.
    pub fn derivative(&self) -> &'static str {
        match self.source {
            Source::Residuals(_) => "J",
            Source::Gradient(_) => "∇²F",
        }
    }

    /// Number of weights d.
    pub fn dim(&self) -> usize {
        match self.source {
            Source::Residuals(squares) => squares.dim(),
            Source::Gradient(loss) => loss.dim(),
        }
    }

    /// Number of components of c.
    pub fn rows(&self) -> usize {
        match self.source {
            Source::Residuals(squares) => squares.residual.samples(),
            Source::Gradient(loss) => loss.dim(),
        }
    }

    /// Evaluations so far.
    pub fn evaluations(&self) -> u64 {
        self.used.get()
    }

    /// c(w).
    pub fn residual(&self, w: &Weights) -> Result<Vector, MinNormError> {
        let mut c = Vector::zeros(self.rows());
        self.count()?;
        match self.source {
            Source::Residuals(squares) => squares.residual.residual(w, &mut c),
            Source::Gradient(loss) => loss.gradient(w, &mut c),
        }
        .map_err(|source| self.field(source))?;
        self.finite("the constraint", c.as_slice(), w)?;
        Ok(c)
    }

    /// The Jacobian of c, rows × d.
    pub fn jacobian(&self, w: &Weights) -> Result<Matrix, MinNormError> {
        self.count()?;
        let jacobian = match self.source {
            Source::Residuals(squares) => squares.residual.jacobian(w),
            Source::Gradient(loss) => {
                let d = loss.dim();
                let mut hessian = Matrix::zeros(d, d);
                let (mut unit, mut column) = (Weights::zeros(d), Weights::zeros(d));
                for i in 0..d {
                    unit[i] = 1.0;
                    loss.hessian_product(w, &unit, &mut column).map_err(|source| self.field(source))?;
                    hessian.set_column(i, &column);
                    unit[i] = 0.0;
                }
                (&hessian + hessian.transpose()) * 0.5
            }
        };
        self.finite("the Jacobian of the constraint", jacobian.as_slice(), w)?;
        Ok(jacobian)
    }

    /// F(w), where M = {∇F = 0}.
    pub fn loss(&self, w: &Weights) -> Option<Result<f64, MinNormError>> {
        let Source::Gradient(loss) = self.source else { return None };
        Some(self.count().and_then(|()| loss.value(w).map_err(|source| self.field(source))))
    }

    /// Fails where M = {∇F = 0} and H has a clearly negative eigenvalue: a saddle of F solves c = 0 too, but lies on no M.
    pub fn is_minimum(&self, w: &Weights) -> Result<(), MinNormError> {
        let Source::Gradient(_) = self.source else { return Ok(()) };
        let (values, _) = dense::symmetric_eigen(&self.jacobian(w)?)?;
        let (eigenvalue, largest) = (values.min(), values.amax());
        if eigenvalue < -FLOOR * largest { Err(MinNormError::NotMinimum { eigenvalue, largest }) } else { Ok(()) }
    }

    /// Σₖ μₖ ∇²cₖ(w) v.
    pub fn curvature_product(&self, w: &Weights, mu: &Vector, v: &Weights) -> Result<Weights, MinNormError> {
        self.count()?;
        let mut out = Weights::zeros(v.len());
        match self.source {
            Source::Residuals(squares) => squares.residual.curvature_product(w, mu, v, &mut out),
            Source::Gradient(loss) => loss.third_product(w, mu, v, &mut out).map_err(|source| self.field(source))?,
        }
        self.finite("the curvature of the constraint", out.as_slice(), w)?;
        Ok(out)
    }

    /// Fails where a value is not finite.
    pub fn finite(&self, quantity: &'static str, values: &[f64], w: &Weights) -> Result<(), MinNormError> {
        FieldError::check(quantity, values, w).map_err(|source| self.field(source))
    }

    fn field(&self, source: FieldError) -> MinNormError {
        MinNormError::Field { evaluations: self.used.get(), source }
    }

    fn count(&self) -> Result<(), MinNormError> {
        self.used.set(self.used.get() + 1);
        if self.used.get() > self.budget { Err(MinNormError::Budget { budget: self.budget }) } else { Ok(()) }
    }
}
