use std::sync::Arc;

use super::Tableau;
use super::lanes::Lanes;
use super::ldl::ComplexLdl;
use super::linearisation::{Knowledge, Linearisation};
use super::shifted::Shifted;
use crate::numeric::bundle::{self, Bundle};
use crate::numeric::dense::Cholesky;
use crate::numeric::tridiagonal::Tridiagonal;
use crate::numeric::{Complex, Matrix, Vector};

/// Ratio of pivots, or of eigenvalues of JJᵀ, below which the singular values of J are to be asked.
const DEFICIENT: f64 = 1e-9;

/// Factors of the Schur complements of (★) in δμ, κS/(c h γ) + J (I + hγC)⁻¹ Jᵀ for each eigenvalue γ of A; S = I without a
/// coupling.
pub(super) enum Schur {
    /// Where the mean of C stands for C: w(JJᵀ + τI) for every γ, with w = 1/(1 + hγ·mean) and τ = κ/(c h γ w).
    Shifted { reduced: Arc<Tridiagonal>, shifted: Shifted, inverse: Lanes },
    /// A matrix of its own for every γ.
    Own { real: Cholesky, pairs: Vec<ComplexLdl> },
}

impl Schur {
    /// x ← S⁻¹ x for γ₀.
    pub fn solve_real(&self, x: &mut Vector) {
        match self {
            Schur::Shifted { reduced, shifted, inverse } => {
                reduced.vector_to_basis(x.as_mut_slice());
                shifted.solve_real(x.as_mut_slice());
                reduced.vector_from_basis(x.as_mut_slice());
                *x *= inverse.real();
            }
            Schur::Own { real, .. } => real.solve_mut(x),
        }
    }

    /// columns ← S⁻¹ · columns, for every γ.
    pub fn solve(&self, columns: &mut Bundle) {
        match self {
            Schur::Shifted { reduced, shifted, inverse } => {
                reduced.to_basis(columns);
                shifted.solve(columns);
                reduced.from_basis(columns);
                inverse.multiply(columns);
            }
            Schur::Own { real, pairs } => {
                let solved = pairs.iter().enumerate().map(|(k, ldl)| {
                    // The amplitude of the two columns is p − iq.
                    let (mut x, mut y) = (columns.column(1 + 2 * k), -columns.column(2 + 2 * k));
                    ldl.solve(x.as_mut_slice(), y.as_mut_slice());
                    (x, -y)
                });
                let solved: Vec<_> = solved.collect();
                bundle::cholesky_solve(real.l_dirty(), columns);
                for (k, (p, q)) in solved.iter().enumerate() {
                    columns.set_column(1 + 2 * k, p);
                    columns.set_column(2 + 2 * k, q);
                }
            }
        }
    }

    /// Whether J is near to losing rank, at κ = 0.
    pub fn is_nearly_singular(&self) -> bool {
        match self {
            Schur::Shifted { reduced, .. } => reduced.has_eigenvalue_below(DEFICIENT),
            Schur::Own { real, .. } => {
                let pivots = real.l_dirty().diagonal().map(|x| x * x);
                pivots.min() < DEFICIENT * pivots.max()
            }
        }
    }
}

impl Linearisation<'_> {
    /// Factors for `shift` = κ/(ch); `None` where J has no full rank.
    pub fn schur(&self, tableau: &Tableau, shift: f64, h: f64, knowledge: Knowledge) -> Option<Schur> {
        let plain = self.compliance.is_none() && self.soft == self.gram.nrows();
        if knowledge == Knowledge::Mean && (plain || shift == 0.0) {
            let inverse = |gamma: Complex<f64>| gamma * (h * self.mean) + 1.0;
            let tau = |gamma: Complex<f64>| inverse(gamma) / gamma * shift;
            let pairs: Vec<_> = tableau.gamma_pairs.iter().map(|&gamma| tau(gamma)).collect();
            let real = tableau.gamma_real;
            let reduced = self.reduced.get_or_init(|| Arc::new(Tridiagonal::new(&self.gram)));
            if let Some(shifted) = Shifted::new(reduced, tau(real.into()).re, &pairs) {
                let others = tableau.gamma_pairs.iter().map(|&gamma| inverse(gamma));
                let inverse = Lanes::of(inverse(real.into()).re, others);
                return Some(Schur::Shifted { reduced: reduced.clone(), shifted, inverse });
            }
        }
        self.own(tableau, shift, h, knowledge)
    }

    fn own(&self, tableau: &Tableau, shift: f64, h: f64, knowledge: Knowledge) -> Option<Schur> {
        let values = &self.curvature.values;
        let weight = |gamma: Complex<f64>, i: usize| (gamma * (h * values[i]) + 1.0).inv();
        let at_mean = |gamma: Complex<f64>| (gamma * (h * self.mean) + 1.0).inv();
        let known = match knowledge {
            Knowledge::Mean => Known::Mean,
            Knowledge::Exact => Known::Exact(self.rotated()),
        };
        // Real and imaginary part, the latter only where γ has one.
        let parts = |gamma: Complex<f64>| {
            let (w, complex) = (at_mean(gamma), gamma.im != 0.0);
            let part = |of: fn(Complex<f64>) -> f64| match &known {
                Known::Mean => &self.gram * of(w),
                Known::Exact(rotated) => {
                    let weights: Vec<f64> = (0..values.len()).map(|i| of(weight(gamma, i))).collect();
                    bundle::gram(rotated, &weights)
                }
            };
            let offset = gamma.inv() * shift;
            let re = self.with_shift(part(|z| z.re), offset.re);
            (re, complex.then(|| self.with_shift(part(|z| z.im), offset.im)))
        };
        let real = Cholesky::new(parts(tableau.gamma_real.into()).0)?;
        let mut pairs = Vec::with_capacity(tableau.gamma_pairs.len());
        for &gamma in &tableau.gamma_pairs {
            let (re, im) = parts(gamma);
            pairs.push(ComplexLdl::new(re, im?)?);
        }
        Some(Schur::Own { real, pairs })
    }

    /// `shift` times S added, or to the first `soft` entries of the diagonal.
    fn with_shift(&self, mut matrix: Matrix, shift: f64) -> Matrix {
        match &self.compliance {
            Some(compliance) => matrix += compliance * shift,
            None => (0..self.soft).for_each(|k| matrix[(k, k)] += shift),
        }
        matrix
    }

    /// J in the basis of C.
    fn rotated(&self) -> Matrix {
        let (mut jacobian, _) = self.jacobian();
        self.curvature.rotate_columns(&mut jacobian);
        jacobian
    }
}

enum Known {
    Mean,
    Exact(Matrix),
}
