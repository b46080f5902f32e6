//! M = {∇F = 0} from ∇F and Hessian products alone: T_wM = ker H, by the eigenvalues of H formed from d products.
//!
//! On M the rank of H is decided by a rule with a gap ([`rank::decide`]), and a negative eigenvalue is an error: M is then no
//! manifold of minima. Beside M, at a distance δ, the kernel shows as eigenvalues of size δ: there the rank is known from elsewhere, or
//! the widest gap between the positive eigenvalues and all others is a candidate (the right one below a distance of about √ε), and
//! the point reached must confirm either. Costs d³.

use super::{CriticalManifold, ManifoldError, Spectrum, TangentSpace};
use crate::field::{FieldError, Loss, Weights};
use crate::numeric::{Matrix, Vector, dense, rank};

/// The critical points of a loss near which H has constant rank.
pub struct HessianKernel<'a> {
    loss: &'a dyn Loss,
}

/// Largest number of weights: the eigenvalues of H cost d³ at every step.
pub const WEIGHTS: usize = 1000;
/// Newton iterations of a retraction before it gives up.
const ITERATIONS: usize = 30;
/// ‖P∇F‖ that counts as zero on M, in units of ‖H‖‖w‖.
const CRITICAL: f64 = 1e-9;

/// H(w) from d products, its two halves averaged.
///
/// # Errors
/// Values that are not finite.
pub fn hessian(loss: &dyn Loss, w: &Weights) -> Result<Matrix, FieldError> {
    let d = w.len();
    let mut matrix = Matrix::zeros(d, d);
    let (mut unit, mut column) = (Weights::zeros(d), Weights::zeros(d));
    for i in 0..d {
        unit[i] = 1.0;
        loss.hessian_product(w, &unit, &mut column)?;
        matrix.set_column(i, &column);
        unit[i] = 0.0;
    }
    Ok((&matrix + matrix.transpose()) * 0.5)
}

/// Normal directions and their eigenvalues at one point.
pub struct Kernel {
    /// Eigenvectors, d × r.
    pub normals: Matrix,
    /// Their eigenvalues, descending, all > 0.
    pub values: Vector,
    /// As it is reported.
    pub spectrum: Spectrum,
}

impl<'a> HessianKernel<'a> {
    /// M of that loss.
    ///
    /// # Errors
    /// More weights than dense eigenvalues can serve.
    pub fn new(loss: &'a dyn Loss) -> Result<Self, ManifoldError> {
        match loss.dim() {
            weights if weights > WEIGHTS => Err(ManifoldError::TooManyWeights { weights, limit: WEIGHTS }),
            _ => Ok(HessianKernel { loss }),
        }
    }

    /// Eigenvalues of H descending, with their eigenvectors.
    fn eigen(&self, w: &Weights) -> Result<(Vector, Matrix), ManifoldError> {
        let (values, vectors) = dense::symmetric_eigen(&(-hessian(self.loss, w)?))?;
        Ok((-values, vectors))
    }

    /// At a point of M: the rank decided, no eigenvalue negative.
    ///
    /// # Errors
    /// A rank without a gap or zero, a negative eigenvalue, values that are not finite.
    pub fn decided(&self, on: &Weights) -> Result<Kernel, ManifoldError> {
        let (values, vectors) = self.eigen(on)?;
        let mut sizes: Vec<f64> = values.iter().map(|x| x.abs()).collect();
        sizes.sort_by(|a, b| b.total_cmp(a));
        let found = rank::decide(&sizes)?;
        let (largest, lowest) = (sizes.first().copied().unwrap_or(0.0), values.iter().copied().fold(f64::INFINITY, f64::min));
        if lowest < -rank::FLOOR * largest {
            return Err(ManifoldError::NotMinima { eigenvalue: lowest, largest });
        }
        let Some(smallest) = found.smallest else { return Err(ManifoldError::Flat { largest, steepest: largest }) };
        let spectrum = Spectrum { rank: found.rank, smallest, largest, rank_gap: found.gap };
        Ok(first(&values, &vectors, spectrum))
    }

    /// The largest eigenvalue of H in size, at any point.
    ///
    /// # Errors
    /// Values that are not finite.
    pub fn steepest(&self, w: &Weights) -> Result<f64, ManifoldError> {
        Ok(self.eigen(w)?.0.amax())
    }

    /// The directions that look normal at any point.
    fn candidate(&self, w: &Weights, known: Option<usize>) -> Result<Option<Kernel>, ManifoldError> {
        let (values, vectors) = self.eigen(w)?;
        let largest = values.iter().fold(0.0_f64, |a, x| a.max(x.abs()));
        let rest = |k: usize| values.iter().skip(k).fold(f64::EPSILON * largest, |a, x| a.max(x.abs()));
        let gap = |k: &usize| values[k - 1] / rest(*k);
        let positive = values.iter().take_while(|x| **x > rank::FLOOR * largest).count();
        let best = known.or_else(|| (1..=positive).max_by(|a, b| gap(a).total_cmp(&gap(b))));
        Ok(best.filter(|rank| (1..=positive).contains(rank)).map(|rank| {
            let spectrum = Spectrum { rank, smallest: values[rank - 1], largest, rank_gap: Some(gap(&rank)) };
            first(&values, &vectors, spectrum)
        }))
    }

    fn gradient(&self, w: &Weights) -> Result<Weights, FieldError> {
        let mut gradient = Weights::zeros(w.len());
        self.loss.gradient(w, &mut gradient)?;
        Ok(gradient)
    }

    /// Gauss–Newton in the normal directions of a fixed number; the point and that number.
    fn newton(&self, w: &Weights, known: Option<usize>) -> Result<(Weights, usize), ManifoldError> {
        let (mut here, mut known, mut before) = (w.clone(), known, f64::INFINITY);
        for iterations in 0..ITERATIONS {
            let Some(kernel) = self.candidate(&here, known)? else {
                return Err(ManifoldError::NoRetraction { distance: f64::INFINITY, iterations });
            };
            known = Some(kernel.spectrum.rank);
            let step = kernel.inverse(&self.gradient(&here)?);
            let length = step.norm();
            if !length.is_finite() || (iterations > 8 && length > 10.0 * before) {
                return Err(ManifoldError::NoRetraction { distance: length, iterations });
            }
            here -= step;
            let size = here.norm();
            if length <= 4.0 * f64::EPSILON * size || (length > 0.5 * before && length < 1e-12 * (1.0 + size)) {
                return Ok((here, kernel.spectrum.rank));
            }
            before = length;
        }
        Err(ManifoldError::NoRetraction { distance: before, iterations: ITERATIONS })
    }
}

/// The first `spectrum.rank` eigenpairs.
fn first(values: &Vector, vectors: &Matrix, spectrum: Spectrum) -> Kernel {
    let rank = spectrum.rank;
    Kernel { normals: vectors.columns(0, rank).into_owned(), values: values.rows(0, rank).into_owned(), spectrum }
}

impl Kernel {
    /// QΛ⁻¹Qᵀv.
    fn inverse(&self, v: &Weights) -> Weights {
        &self.normals * self.normals.tr_mul(v).component_div(&self.values)
    }
}

impl CriticalManifold for HessianKernel<'_> {
    fn at<'b>(&'b self, w: &Weights) -> Result<Box<dyn TangentSpace + 'b>, ManifoldError> {
        Ok(Box::new(self.decided(w)?))
    }

    fn project_tangent(&self, w: &Weights, v: &Weights) -> Result<Weights, ManifoldError> {
        match self.candidate(w, None)? {
            Some(kernel) => Ok(kernel.project_tangent(v)),
            None => Ok(self.decided(w)?.project_tangent(v)),
        }
    }

    fn retract(&self, w: &Weights) -> Result<(Weights, f64), ManifoldError> {
        self.retract_to_rank(w, None)
    }

    fn distance(&self, w: &Weights) -> Result<f64, ManifoldError> {
        self.distance_at_rank(w, None)
    }

    fn defect(&self, w: &Weights) -> Result<f64, FieldError> {
        Ok(self.gradient(w)?.norm())
    }
}

impl HessianKernel<'_> {
    /// [`CriticalManifold::retract`] where the rank of H on M is known.
    ///
    /// # Errors
    /// As there.
    pub fn retract_to_rank(&self, w: &Weights, known: Option<usize>) -> Result<(Weights, f64), ManifoldError> {
        let (mut on, mut rank) = self.newton(w, known)?;
        let mut kernel = self.decided(&on)?;
        if kernel.spectrum.rank != rank {
            (on, rank) = self.newton(w, Some(kernel.spectrum.rank))?;
            kernel = self.decided(&on)?;
        }
        let left = kernel.project_tangent(&self.gradient(&on)?).norm();
        let allowed = CRITICAL * kernel.spectrum.largest * on.norm();
        if kernel.spectrum.rank != rank || left > allowed {
            return Err(ManifoldError::NotCritical { rank, found: kernel.spectrum.rank, gradient: left, allowed });
        }
        let distance = (&on - w).norm();
        Ok((on, distance))
    }

    /// [`CriticalManifold::distance`] where the rank of H on M is known.
    ///
    /// # Errors
    /// As there.
    pub fn distance_at_rank(&self, w: &Weights, known: Option<usize>) -> Result<f64, ManifoldError> {
        let gradient = self.gradient(w)?;
        Ok(self.candidate(w, known)?.map_or(f64::INFINITY, |kernel| kernel.inverse(&gradient).norm()))
    }
}

impl TangentSpace for Kernel {
    fn project_tangent(&self, v: &Weights) -> Weights {
        let once = v - &self.normals * self.normals.tr_mul(v);
        &once - &self.normals * self.normals.tr_mul(&once)
    }

    fn hessian_pseudo_inverse(&self, v: &Weights) -> Weights {
        self.inverse(v)
    }

    fn spectrum(&self) -> &Spectrum {
        &self.spectrum
    }
}
