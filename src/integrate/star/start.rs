use super::curvature::Structure;
use super::stepper::Stepper;
use super::{Cause, Clock, Limits, Stages, Star, Tableau};
use crate::field::{FieldError, Weights, Work};
use crate::integrate::Tolerance;
use crate::numeric::{Vector, dense};

/// Smallest relative tolerance that round-off allows.
pub const SMALLEST_RTOL: f64 = 1e-14;
/// Distance from M, relative to ‖w‖, that a start of the slow flow may have: its first step turns it into a tangent error.
const CLOSE: f64 = 1e-7;
/// Ratio of singular values of J at which it counts as rank deficient on the way: μ = −(JJᵀ)⁻¹J∇R is then round-off.
const SMALLEST_RATIO: f64 = 1e-7;

impl<'a> Stepper<'a> {
    /// A run from `w` at time `start`.
    ///
    /// # Errors
    /// A tolerance below round-off, a start without finite residuals, and at κ = 0 a start where J has no full rank.
    pub fn new(
        star: Star<'a>,
        clock: Clock,
        stages: Stages,
        tolerance: Tolerance,
        limits: Limits,
        start: f64,
        w: &Weights,
    ) -> Result<Self, Cause> {
        let Tolerance { rtol, atol } = tolerance;
        if !((SMALLEST_RTOL..=0.1).contains(&rtol) && atol >= 0.0 && atol.is_finite()) {
            return Err(Cause::Tolerance { rtol, atol, smallest: SMALLEST_RTOL });
        }
        if !(clock.alpha >= 0.0 && clock.alpha.is_finite() && clock.kappa >= 0.0 && clock.kappa.is_finite()) {
            let lambda = if clock.kappa == 1.0 { clock.alpha } else { clock.kappa };
            return Err(Cause::Lambda { lambda });
        }
        let tableau = Tableau::radau(stages)?;
        let mu = Vector::zeros(star.samples());
        let mut run = Stepper {
            star,
            clock,
            tableau,
            tolerance,
            limits,
            time: start,
            w: w.clone(),
            mu,
            step: 0.0,
            history: None,
            velocity: Weights::zeros(w.len()),
            before_hand_over: None,
            fast_phase: clock.alpha == 1.0 && clock.kappa > 0.0,
            structure: Structure::Cheap,
            kept: None,
            contraction: None,
            tangent: None,
            fixed: false,
            work: Work::default(),
        };
        run.start_multipliers()?;
        run.step = run.first_step()?;
        Ok(run)
    }

    pub(super) fn field(&self, source: FieldError) -> Cause {
        Cause::Field { symbol: self.clock.symbol, time: self.time, source }
    }

    fn start_multipliers(&mut self) -> Result<(), Cause> {
        match self.star.multipliers(self.clock, &self.w, None).map_err(|e| self.field(e))? {
            Some(mu) => self.mu = mu,
            None => return Err(self.rank_lost()),
        }
        if self.clock.kappa > 0.0 {
            return Ok(());
        }
        let residual = self.star.problem.residual.as_ref();
        let Some(factor) = dense::Cholesky::new(residual.gram(&self.w)) else {
            return Err(self.rank_lost());
        };
        let (mut r, mut off) = (Vector::zeros(self.star.samples()), Weights::zeros(self.star.dim()));
        residual.residual(&self.w, &mut r).map_err(|e| self.field(e))?;
        factor.solve_mut(&mut r);
        residual.pull_back(&self.w, &r, &mut off);
        let (distance, allowed) = (off.norm(), CLOSE * self.w.norm() + self.allowed());
        if distance > allowed {
            return Err(Cause::OffManifold { distance, allowed });
        }
        Ok(())
    }

    /// Fails where σ_min(J(w)) is too small against σ_max for the multipliers to mean anything.
    pub(super) fn check_rank(&self, w: &Weights) -> Result<(), Cause> {
        let (smallest, largest) = self.singular_range(w);
        if smallest > SMALLEST_RATIO * largest {
            return Ok(());
        }
        Err(Cause::RankLost { symbol: self.clock.symbol, time: self.time, smallest, largest })
    }

    fn rank_lost(&self) -> Cause {
        let (smallest, largest) = self.singular_range(&self.w);
        Cause::RankLost { symbol: self.clock.symbol, time: self.time, smallest, largest }
    }

    /// Smallest and largest singular value of J(w).
    pub fn singular_range(&self, w: &Weights) -> (f64, f64) {
        match dense::singular_values(&self.star.problem.residual.jacobian(w)) {
            Ok(values) if !values.is_empty() => {
                let smallest = if values.len() < self.star.samples() { 0.0 } else { values[values.len() - 1] };
                (smallest, values[0])
            }
            _ => (f64::NAN, f64::NAN),
        }
    }

    /// The first step of the run, with w'' = −Kw', K = C + (c/κ)JᵀJ.
    fn first_step(&mut self) -> Result<f64, Cause> {
        let (d, n) = (self.star.dim(), self.star.samples());
        let residual = self.star.problem.residual.as_ref();
        let (mut f, mut scratch, mut r) = (Weights::zeros(d), Weights::zeros(d), Vector::zeros(n));
        self.star.evaluate(self.clock, &self.w, &self.mu, &mut r, &mut scratch, &mut f).map_err(|e| self.field(e))?;
        self.work.evaluations += 1;
        let (mut curved, mut second) = (Weights::zeros(d), Weights::zeros(d));
        residual.curvature_product(&self.w, &self.mu, &f, &mut curved);
        self.star.regulariser.hessian_product(&self.w, &f, &mut second);
        curved.axpy(self.clock.alpha, &second, 1.0);
        if self.clock.kappa > 0.0 {
            residual.push_forward(&self.w, &f, &mut r);
            r.rows_mut(self.star.soft(), self.star.samples() - self.star.soft()).fill(0.0);
            residual.pull_back(&self.w, &r, &mut second);
            curved.axpy(self.star.problem.c / self.clock.kappa, &second, 1.0);
        }
        Ok(1.5 * self.scale(f.norm(), curved.norm()))
    }

    /// The scale of steps from two derivatives: (allowed/‖w‖)^{1/2s} ‖w'‖/‖w''‖, and no longer than ‖w‖/‖w'‖ asks.
    pub(super) fn scale(&self, first: f64, second: f64) -> f64 {
        let resolved =
            (self.allowed() / self.w.norm().max(self.tolerance.atol)).min(1.0).powf(0.5 / self.tableau.stages() as f64);
        let scale = if second > 0.0 { first / second } else { f64::INFINITY };
        // Below atol/rtol the weights give no length: a start at the origin would ask for a step of zero.
        let length = self.w.norm().max(self.tolerance.atol / self.tolerance.rtol);
        let scale = if first > 0.0 && length > 0.0 { scale.min(length / first) } else { scale };
        if scale.is_finite() && scale > 0.0 { resolved * scale } else { 1e-3 }
    }
}
