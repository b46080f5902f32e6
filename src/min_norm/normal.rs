use crate::field::Weights;
use crate::numeric::dense::{self, DenseError};
use crate::numeric::rank::FLOOR;
use crate::numeric::{Matrix, Vector};

/// The normal space of M at one point, from the singular value decomposition J = L diag(σ) Qᵀ cut at its rank.
///
/// Costs n²d for n ≪ d: a QR factorisation Jᵀ = Q₀R first, then the SVD of the small R. From [`LARGE`] operations on, Q₀ comes
/// in matrix products only, by Cholesky factors of Gram matrices where J is far from losing rank; elsewhere by Householder's method.
#[derive(Debug, Clone)]
pub struct Normal {
    basis: Matrix,
    sigma: Vector,
    left: Matrix,
    /// All singular values of J, descending, also those cut.
    pub singular_values: Vec<f64>,
}

/// Operations n²d from which on matrix products pay.
const LARGE: usize = 100_000_000;

/// Passes of Cholesky's factorisation before it is given up.
const PASSES: usize = 6;

/// Smallest ratio of pivots of JJᵀ at which Cholesky's factors carry its small singular directions: a condition of J of 1e5.
const TRUSTED: f64 = 1e-10;

/// An orthonormal basis of the range of Jᵀ; a pass from a basis that is orthonormal to 1e-2 makes it so to round-off.
fn by_cholesky(tall: &Matrix) -> Option<Matrix> {
    let (d, n) = tall.shape();
    if n.saturating_mul(n).saturating_mul(d) < LARGE {
        return None;
    }
    let mut basis = tall.clone();
    for _ in 0..PASSES {
        let gram = basis.transpose() * &basis;
        let nearly = (&gram - Matrix::identity(n, n)).amax() <= 1e-2;
        let factor = gram.cholesky()?;
        let pivots = factor.l_dirty().diagonal().map(|x| x * x);
        if pivots.min() < TRUSTED * pivots.max() {
            return None;
        }
        basis *= factor.l().transpose().try_inverse().filter(|inverse| inverse.iter().all(|x| x.is_finite()))?;
        if nearly {
            return Some(basis);
        }
    }
    None
}

impl Normal {
    /// From J (n × d); singular values below `FLOOR`·σ₁ are cut, and all beyond the first `rank` where that is given.
    pub fn new(jacobian: &Matrix, rank: Option<usize>) -> Result<Self, DenseError> {
        let tall = jacobian.transpose();
        let (right, svd) = if jacobian.nrows() < jacobian.ncols() {
            let q = match by_cholesky(&tall) {
                Some(q) => q,
                None => dense::orthonormal_range(&tall)?,
            };
            let svd = dense::svd(&(q.transpose() * &tall))?;
            (&q * &svd.u, svd)
        } else {
            let svd = dense::svd(&tall)?;
            (svd.u.clone(), svd)
        };
        let singular_values: Vec<f64> = svd.values.iter().copied().collect();
        let largest = singular_values.first().copied().unwrap_or(0.0);
        let floor = (FLOOR * largest).max(f64::MIN_POSITIVE);
        let kept = singular_values.iter().take_while(|s| **s > floor).count().min(rank.unwrap_or(usize::MAX));
        Ok(Normal {
            basis: right.columns(0, kept).into_owned(),
            sigma: svd.values.rows(0, kept).into_owned(),
            left: svd.v.columns(0, kept).into_owned(),
            singular_values,
        })
    }

    /// Q, orthonormal columns.
    pub fn basis(&self) -> &Matrix {
        &self.basis
    }

    /// Rank of J as cut.
    pub fn rank(&self) -> usize {
        self.sigma.len()
    }

    /// σ₁, the norm of J.
    pub fn largest(&self) -> f64 {
        self.singular_values.first().copied().unwrap_or(0.0)
    }

    /// P v = v − QQᵀv, twice so that QᵀPv is at round-off of v.
    pub fn project(&self, v: &Weights) -> Weights {
        let mut out = v.clone();
        for _ in 0..2 {
            let along = self.basis.tr_mul(&out);
            out.gemv(-1.0, &self.basis, &along, 1.0);
        }
        out
    }

    /// P v in one pass: for iterations that correct themselves.
    pub fn project_once(&self, v: &Weights) -> Weights {
        let along = self.basis.tr_mul(v);
        let mut out = v.clone();
        out.gemv(-1.0, &self.basis, &along, 1.0);
        out
    }

    /// The Gauss–Newton step −J⁺c towards M.
    pub fn step(&self, c: &Vector) -> Weights {
        &self.basis * -self.left.tr_mul(c).component_div(&self.sigma)
    }

    /// The multipliers μ = −(Jᵀ)⁺g of least norm, so that g + Jᵀμ = Pg.
    pub fn multipliers(&self, gradient: &Weights) -> Vector {
        &self.left * -self.basis.tr_mul(gradient).component_div(&self.sigma)
    }
}
