//! The Riemannian model of R on M at one point, and its two linear solvers.
//!
//! With μ = −(Jᵀ)⁺∇R the Riemannian gradient is g = ∇R + Jᵀμ = P∇R, the Hessian P(∇²R + Σμₖ∇²cₖ)P on ker J. Both
//! solvers use products only: n d per iteration, never d³.

use super::MinNormError;
use super::constraint::Constraint;
use super::metric::Metric;
use super::normal::Normal;
use crate::field::{Regulariser, Weights};
use crate::numeric::seed::Stream;
use crate::numeric::{Matrix, Vector, dense};

/// Everything about R on M at one point.
#[derive(Debug, Clone)]
pub struct Tangent {
    /// The point.
    pub w: Weights,
    /// c(w).
    pub residual: Vector,
    /// The normal space.
    pub normal: Normal,
    /// μ.
    pub mu: Vector,
    /// ∇R(w).
    pub pull: Weights,
    /// g = P∇R.
    pub gradient: Weights,
}

impl Tangent {
    /// At `w`, with the rank of J cut at `rank` where given.
    pub fn at(
        constraint: &Constraint,
        regulariser: &Regulariser,
        w: &Weights,
        rank: Option<usize>,
    ) -> Result<Self, MinNormError> {
        let residual = constraint.residual(w)?;
        let normal = Normal::new(&constraint.jacobian(w)?, rank)?;
        let mut pull = Weights::zeros(w.len());
        regulariser.gradient(w, &mut pull);
        constraint.finite("the gradient of the regulariser", pull.as_slice(), w)?;
        let mu = normal.multipliers(&pull);
        let gradient = normal.project(&pull);
        Ok(Tangent { w: w.clone(), residual, normal, mu, pull, gradient })
    }

    /// (∇²R + Σμₖ∇²cₖ) v.
    pub fn lagrangian_product(
        &self,
        constraint: &Constraint,
        regulariser: &Regulariser,
        v: &Weights,
    ) -> Result<Weights, MinNormError> {
        let mut out = Weights::zeros(v.len());
        regulariser.hessian_product(&self.w, v, &mut out);
        out += constraint.curvature_product(&self.w, &self.mu, v)?;
        Ok(out)
    }

    /// Steihaug's truncated conjugate gradients for min g·η + ½ηᵀHη, ‖η‖ ≤ `radius`, in ker J: the step and the
    /// predicted decrease.
    pub fn trust_region_step(
        &self,
        constraint: &Constraint,
        regulariser: &Regulariser,
        radius: f64,
    ) -> Result<(Weights, f64), MinNormError> {
        let d = self.w.len();
        let (mut step, mut image) = (Weights::zeros(d), Weights::zeros(d));
        let mut residual = self.gradient.clone();
        let mut direction = -&residual;
        let start = residual.norm();
        let tolerance = start * (start / self.pull.norm().max(f64::MIN_POSITIVE)).sqrt().min(0.1);
        for _ in 0..2 * d + 10 {
            let bent = self.normal.project_once(&self.lagrangian_product(constraint, regulariser, &direction)?);
            let curvature = direction.dot(&bent);
            let square = residual.norm_squared();
            let length = square / curvature;
            if curvature <= 1e-14 * direction.norm_squared() || (&step + &direction * length).norm() >= radius {
                let tau = to_the_boundary(&step, &direction, radius);
                step += &direction * tau;
                image += &bent * tau;
                break;
            }
            step += &direction * length;
            image += &bent * length;
            residual += &bent * length;
            if residual.norm() <= tolerance {
                break;
            }
            direction = &direction * (residual.norm_squared() / square) - &residual;
        }
        let predicted = -(self.gradient.dot(&step) + 0.5 * step.dot(&image));
        Ok((self.normal.project(&step), predicted))
    }

    /// The smallest curvature that Lanczos' method finds in ker J from a fixed start, and its direction of unit length;
    /// `None` where ker J = {0}. Never below the smallest eigenvalue, and soon near it where that stands apart.
    pub fn lowest_curvature(
        &self,
        constraint: &Constraint,
        regulariser: &Regulariser,
    ) -> Result<Option<(f64, Weights)>, MinNormError> {
        let (values, direction) = self.ritz(constraint, regulariser)?;
        Ok(values.first().map(|lowest| (*lowest, direction)))
    }

    /// Ritz values of the Riemannian Hessian, ascending, and the vector of the lowest.
    pub fn ritz(&self, constraint: &Constraint, regulariser: &Regulariser) -> Result<(Vec<f64>, Weights), MinNormError> {
        const STEPS: usize = 60;
        let d = self.w.len();
        let mut stream = Stream::new(0, "curvature");
        let mut next = self.normal.project(&Weights::from_fn(d, |_, _| stream.normal()));
        let limit = STEPS.min(d.saturating_sub(self.normal.rank()));
        let (mut basis, mut images): (Vec<Weights>, Vec<Weights>) = (Vec::new(), Vec::new());
        let mut scale = 0.0_f64;
        while basis.len() < limit && next.norm() > 1e-10 * scale {
            let unit = next.normalize();
            let image = self.normal.project(&self.lagrangian_product(constraint, regulariser, &unit)?);
            scale = scale.max(image.norm()).max(f64::MIN_POSITIVE);
            basis.push(unit);
            next = image.clone();
            images.push(image);
            for _ in 0..2 {
                for known in &basis {
                    next.axpy(-known.dot(&next), known, 1.0);
                }
            }
        }
        if basis.is_empty() {
            return Ok((Vec::new(), Weights::zeros(d)));
        }
        let small = Matrix::from_fn(basis.len(), basis.len(), |i, j| basis[i.min(j)].dot(&images[i.max(j)]));
        let (values, vectors) = dense::symmetric_eigen(&small)?;
        let direction = basis.iter().zip(&vectors.column(0)).fold(Weights::zeros(d), |sum, (unit, a)| sum + unit * *a);
        Ok((values.iter().copied().collect(), direction))
    }

    /// The Newton step on the KKT system: normal part −J⁺c, tangential part −(PHP)⁺P(g + H·normal) by minimal residuals,
    /// which on a singular PHP takes the step of least norm.
    pub fn newton_step(&self, constraint: &Constraint, regulariser: &Regulariser) -> Result<Weights, MinNormError> {
        let normal = self.normal.step(&self.residual);
        let bent = self.lagrangian_product(constraint, regulariser, &normal)?;
        let target = -self.normal.project(&(&self.gradient + bent));
        let product = |v: &Weights| self.lagrangian_product(constraint, regulariser, v);
        let limit = 2 * self.w.len() + 20;
        let metric = constraint.squares().and_then(|loss| Metric::at(loss, regulariser, &self.w, &self.mu, &self.normal));
        let tangential = match metric {
            Some(metric) => {
                let apply = |v: &Vector| Ok(metric.gradient(&self.normal.project_once(&product(v)?)));
                minimal_residual(&metric.gradient(&target), 1e-9, limit, apply, |v| metric.product(v))?
            }
            None => minimal_residual(&target, 1e-9, limit, |v| Ok(self.normal.project_once(&product(v)?)), Vector::clone)?,
        };
        Ok(normal + self.normal.project(&tangential))
    }
}

fn to_the_boundary(step: &Weights, direction: &Weights, radius: f64) -> f64 {
    let (a, b, c) = (direction.norm_squared(), step.dot(direction), step.norm_squared() - radius * radius);
    let root = (b * b - a * c).max(0.0).sqrt();
    if b > 0.0 { -c / (b + root) } else { (root - b) / a }
}

/// Iterations in which the residual must fall by a thousandth.
const STALLED: usize = 50;

/// x ∈ span{b, Ab, A²b, …} of least ‖b − Ax‖ for A symmetric in the inner product uᵀMv, by the three-term recurrence of
/// conjugate residuals.
fn minimal_residual<A, M>(b: &Vector, tolerance: f64, limit: usize, apply: A, metric: M) -> Result<Vector, MinNormError>
where
    A: Fn(&Vector) -> Result<Vector, MinNormError>,
    M: Fn(&Vector) -> Vector,
{
    let mut x = Vector::zeros(b.len());
    let mut rest = b.clone();
    let size = b.dot(&metric(b)).sqrt();
    if size == 0.0 {
        return Ok(x);
    }
    let mut direction = b.clone();
    let mut image = apply(&direction)?;
    let mut before: Option<(Vector, Vector, Vector)> = None;
    let mut marked = size;
    for k in 1..=limit {
        let dual = metric(&image);
        let square = image.dot(&dual);
        if square <= f64::EPSILON.powi(2) * direction.dot(&metric(&direction)) {
            break;
        }
        let along = rest.dot(&dual) / square;
        x += &direction * along;
        rest -= &image * along;
        let left = rest.dot(&metric(&rest)).sqrt();
        // Where A is singular b may have a part that no x reaches.
        if left <= tolerance * size || (k % STALLED == 0 && left > 0.999 * marked) {
            break;
        }
        if k % STALLED == 0 {
            marked = left;
        }
        let mut next = image.clone();
        let mut next_image = apply(&next)?;
        let first = next_image.dot(&dual) / square;
        next -= &direction * first;
        next_image -= &image * first;
        if let Some((older, older_image, older_dual)) = &before {
            let second = next_image.dot(older_dual) / older_image.dot(older_dual);
            next -= older * second;
            next_image -= older_image * second;
        }
        // Scaled to unit length: the recurrence is homogeneous and would overflow on long runs.
        let scale = 1.0 / next.norm().max(f64::MIN_POSITIVE);
        before = Some((direction, image, dual));
        direction = next * scale;
        image = next_image * scale;
    }
    Ok(x)
}
