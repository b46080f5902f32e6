use std::sync::Arc;

use super::Cause;
use super::contraction::Contraction;
use super::curvature::{Diagonalised, Structure};
use super::linearisation::{Factors, Knowledge, Linearisation, spread_at};
use super::newton::{NewtonProblem, Outcome, StageValues};
use super::stepper::Stepper;
use super::tableau::lagrange;
use super::tangent::Followed;
use crate::field::Weights;
use crate::numeric::Vector;

/// What came of one trial step.
pub(super) enum Trial {
    Accepted { estimate: f64, values: StageValues, tangent: Option<Followed> },
    TooLong { estimate: f64, values: StageValues },
    NoConvergence { correction: f64 },
}

/// What a step leaves at least of modes that it does not resolve.
const UNRESOLVED: f64 = 0.1;
/// A linearisation serves the next step too where Newton's method contracts by this: the iterations that an older one costs are cheaper
/// than a new one.
const KEPT: f64 = 0.01;
/// While the spread of hγC stays below this, a multiple of the identity stands for a C that is costly to diagonalise.
const PLAIN: f64 = 0.02;

impl Stepper<'_> {
    pub(super) fn attempt(&mut self, h: f64, guess: Option<(f64, StageValues)>) -> Result<Trial, Cause> {
        let predicted = self.predict(h, guess.as_ref());
        let middle = self.tableau.stages() / 2;
        let point = &self.w + predicted.z.column(middle);
        let mu = predicted.mu.column(middle);
        let constant = self.constant(h, &point, &mu);
        let serves = self.keeps(h) && (self.structure != Structure::Costly || constant.is_some());
        if let Some(kept) = self.kept.take().filter(|_| serves) {
            let knowledge = kept.advised(&self.tableau, h);
            self.work.factorisations += u64::from(knowledge == Knowledge::Exact);
            if let Some(factors) = kept.factorise(&self.tableau, self.clock, self.star.problem.c, h, knowledge) {
                let trial = self.solve_step(h, &predicted, &kept, &factors)?;
                if !matches!(trial, Trial::NoConvergence { .. }) {
                    self.kept = Some(kept);
                    return Ok(trial);
                }
            }
        }
        let mut plain = constant.is_some();
        let Some(curvature) = constant.or_else(|| self.diagonalise(&point, &mu)) else {
            return Ok(Trial::NoConvergence { correction: f64::NAN });
        };
        let mut linearisation = Linearisation::at(&self.star, point.clone(), curvature);
        let mut knowledge = linearisation.advised(&self.tableau, h);
        loop {
            self.work.factorisations += 1;
            let c = self.star.problem.c;
            let Some(factors) = linearisation.factorise(&self.tableau, self.clock, c, h, knowledge) else {
                return Ok(Trial::NoConvergence { correction: f64::NAN });
            };
            let trial = self.solve_step(h, &predicted, &linearisation, &factors)?;
            let Trial::NoConvergence { correction } = trial else {
                self.kept = Some(Arc::new(linearisation));
                return Ok(trial);
            };
            // What the factors do not know of C may be what keeps Newton's method from converging.
            if knowledge == Knowledge::Exact || self.structure == Structure::Unknown || !correction.is_finite() {
                return Ok(Trial::NoConvergence { correction });
            }
            if std::mem::take(&mut plain) {
                let Some(curvature) = self.diagonalise(&point, &mu) else {
                    return Ok(Trial::NoConvergence { correction });
                };
                linearisation = Linearisation::at(&self.star, point.clone(), curvature);
                knowledge = linearisation.advised(&self.tableau, h);
            } else {
                knowledge = Knowledge::Exact;
            }
        }
    }

    /// A step by the factors of one linearisation.
    fn solve_step(
        &mut self,
        h: f64,
        predicted: &StageValues,
        linearisation: &Linearisation,
        factors: &Factors,
    ) -> Result<Trial, Cause> {
        let mut values = predicted.clone();
        let newton = NewtonProblem {
            star: self.star,
            clock: self.clock,
            tableau: &self.tableau,
            linearisation,
            factors,
            w: &self.w,
            h,
            allowed: self.allowed(),
            expected: self.expected_contraction(h),
            patience: if self.fixed { 100 } else { 20 },
        };
        match newton.solve(&mut values, &mut self.work) {
            Ok(Outcome::Converged { iterations, contraction }) => {
                if iterations > 1 {
                    self.contraction = Some(Contraction::measured(self.contraction, h, contraction));
                }
                if self.clock.kappa == 0.0 && factors.schur.is_nearly_singular() {
                    self.check_rank(&(&self.w + values.z.column(self.tableau.stages() - 1)))?;
                }
                let estimate = self.estimate(h, &values, linearisation, factors)?;
                if estimate > self.allowed() && !self.fixed {
                    return Ok(Trial::TooLong { estimate, values });
                }
                let Some(from) = self.tangent.clone() else {
                    return Ok(Trial::Accepted { estimate, values, tangent: None });
                };
                Ok(match self.step_tangent(&from, h, &values, linearisation, factors) {
                    Some(next) => Trial::Accepted { estimate, values, tangent: Some(next) },
                    None => Trial::NoConvergence { correction: f64::NAN },
                })
            }
            Ok(Outcome::Failed { correction }) => Ok(Trial::NoConvergence { correction }),
            // A trial point outside of the domain: shorter steps first; the start itself was finite.
            Err(_) if h > 1e-12 * self.step => Ok(Trial::NoConvergence { correction: f64::INFINITY }),
            Err(e) => Err(self.field(e)),
        }
    }

    /// Whether the linearisation of the last step is good enough for one of length `h`; at κ = 0 the rank of J is asked anew with every
    /// step.
    fn keeps(&self, h: f64) -> bool {
        self.clock.kappa > 0.0 && self.contraction.is_some_and(|contraction| contraction.at(h) <= KEPT)
    }

    /// The contraction of the last step that measured one, in proportion to the length of the step and doubled.
    fn expected_contraction(&self, h: f64) -> f64 {
        let expected = self.contraction.map_or(1.0, |contraction| 2.0 * contraction.at(h));
        if self.fixed { 1.0 } else { expected.min(1.0) }
    }

    /// A multiple of the identity, where that is enough and more would be costly.
    fn constant(&self, h: f64, point: &Weights, mu: &Vector) -> Option<Diagonalised> {
        if self.structure != Structure::Costly {
            return None;
        }
        let (mean, deviation) = spread_at(&self.star, self.clock, point, mu);
        (self.tableau.reach(h) * deviation <= PLAIN).then(|| Diagonalised::constant(point.len(), mean))
    }

    fn diagonalise(&mut self, point: &Weights, mu: &Vector) -> Option<Diagonalised> {
        if self.structure == Structure::Unknown {
            let second = self.star.regulariser.hessian_diagonal(point) * self.clock.alpha;
            return Some(Diagonalised::mean(second));
        }
        let (curvature, structure) = Diagonalised::at(&self.star, self.clock, point, mu)?;
        self.structure = structure;
        Some(curvature)
    }

    /// Estimated error of the end value of a step.
    ///
    /// With p and q the stage polynomials of w and μ, e solves the system of γ₀ for their defects at the start of the step,
    /// hγ₀ (f(w, q(0)) − p'(0)) and κ q(0) − c r(w): the jump of slope, damped in the fast modes, O(h^{s+1}). (Asking q(0) and
    /// not r(w)/κ, which is the same equation, keeps round-off out of it.) Where the stages resolve the solution, coefficients of the polynomial decay by q = (‖e‖/‖z‖)^{1/s} and the
    /// end value, accurate to order 2s − 1, is wrong by ‖e‖ q^{s−1}. What damping changes much belongs to modes that the step
    /// does not resolve: the step damps those to R(−hh₊) ~ s/(hh₊) of their size, and they move w along M through the turn of the
    /// tangent space over the step, ‖z‖/‖w‖.
    fn estimate(&mut self, h: f64, values: &StageValues, linearisation: &Linearisation, factors: &Factors) -> Result<f64, Cause> {
        let (d, n) = (self.w.len(), self.mu.len());
        let (mut f, mut scratch, mut r) = (Weights::zeros(d), Weights::zeros(d), Vector::zeros(n));
        let mut mu = Vector::zeros(n);
        for (j, weight) in lagrange(self.tableau.c.as_slice(), 0.0).iter().enumerate() {
            mu.axpy(*weight, &values.mu.column(j), 1.0);
        }
        self.star.evaluate(self.clock, &self.w, &mu, &mut r, &mut scratch, &mut f).map_err(|e| self.field(e))?;
        self.work.evaluations += 1;
        let off = self.star.defect(self.clock, &mu, &r);
        f *= h;
        for (j, slope) in self.tableau.slope_at_start.iter().enumerate() {
            f.axpy(-slope, &values.z.column(j), 1.0);
        }
        f *= self.tableau.gamma_real;
        let c = self.star.problem.c;
        let e = linearisation.damp(factors, c, &f, Some(&off));
        let mut stiff = &e - linearisation.damp(factors, c, &e, None);
        stiff -= linearisation.damp(factors, c, &stiff, None);
        let size = e.norm();
        let moved = values.z.largest_norm();
        let s = self.tableau.stages() as f64;
        let smooth = if moved > 0.0 { size * (size / moved).min(1.0).powf((s - 1.0) / s) } else { size };
        let turn = (moved / self.w.norm().max(f64::MIN_POSITIVE)).clamp(UNRESOLVED, 1.0);
        Ok(smooth.max(stiff.norm() * turn))
    }
}
