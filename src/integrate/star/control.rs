use super::Cause;
use super::newton::{SHARE, StageValues};
use super::stepper::{History, Stepper};
use super::trial::Trial;
use crate::field::Weights;

/// What no shortening of a step makes smaller is taken for round-off below this, in units of ‖w‖: a condition of J of 1e6.
const NOISE: f64 = 1e-10;

/// Which steps are accepted, and how long the next one is.
impl Stepper<'_> {
    /// One accepted step of length at most `h`.
    pub fn accepted_step(&mut self, mut h: f64, mut target: Option<f64>) -> Result<(), Cause> {
        let mut guess = None;
        let mut rejected = 0;
        loop {
            if rejected > 0
                && let Some(step) = self.before_hand_over.take()
            {
                // Too early: back to fast steps, until the velocity is steadier.
                (self.fast_phase, self.limits.steadiness) = (true, 0.03 * self.limits.steadiness);
                (h, guess) = (step.min(h), None);
            }
            if self.work.steps + self.work.rejected >= self.limits.steps {
                return Err(Cause::StepLimit { symbol: self.clock.symbol, time: self.time, step: h, limit: self.limits.steps });
            }
            let trial = self.attempt(h, guess.take())?;
            let allowed = self.allowed();
            let shortest = (16.0 * f64::EPSILON * self.time.abs()).max(f64::MIN_POSITIVE * 1e10);
            match trial {
                Trial::Accepted { estimate, values, tangent } => {
                    let steady = self.accept(h, target, values);
                    self.tangent = tangent;
                    self.before_hand_over = None;
                    let mut factor = self.factor(estimate, allowed);
                    if rejected > 0 {
                        factor = factor.min(1.0);
                    }
                    factor = factor.min(self.contraction.map_or(f64::INFINITY, |contraction| contraction.growth()));
                    self.step = h * factor;
                    if self.fast_phase && steady {
                        self.hand_over(h);
                    }
                    return Ok(());
                }
                Trial::TooLong { estimate, values } => {
                    self.work.rejected += 1;
                    rejected += 1;
                    let next = h * self.factor(estimate, allowed).clamp(0.1, 0.9);
                    if next < shortest || rejected > 40 {
                        if let Some(cause) = self.round_off(estimate, 4.0 * self.tolerance.rtol * estimate / allowed) {
                            return Err(cause);
                        }
                        return Err(Cause::StepUnderflow {
                            symbol: self.clock.symbol,
                            time: self.time,
                            step: h,
                            estimate,
                            allowed,
                        });
                    }
                    guess = Some((h, values));
                    h = next;
                }
                Trial::NoConvergence { correction } => {
                    self.work.rejected += 1;
                    rejected += 1;
                    let next = h * 0.3;
                    if next < shortest || rejected > 40 {
                        if self.clock.kappa == 0.0 {
                            self.check_rank(&self.w)?;
                        }
                        let kept = 4.0 * correction / (SHARE * self.w.norm());
                        if let Some(cause) = self.round_off(correction, kept) {
                            return Err(cause);
                        }
                        return Err(Cause::Newton { symbol: self.clock.symbol, time: self.time, step: h, correction });
                    }
                    h = next;
                }
            }
            target = None;
        }
    }

    /// The cause of a step that no shortening helps, where what is left is as small as round-off can make it: `moved`, for which a
    /// tolerance of `kept` would do.
    fn round_off(&self, moved: f64, kept: f64) -> Option<Cause> {
        let rtol = self.tolerance.rtol;
        let small = moved <= NOISE * self.w.norm() && kept > rtol;
        small.then_some(Cause::RoundOff { symbol: self.clock.symbol, time: self.time, moved, rtol, smallest: kept })
    }

    /// One step of length `h`, accepted whatever its error estimate: for runs with fixed steps.
    ///
    /// # Errors
    /// Where Newton's method does not converge.
    pub fn fixed_step(&mut self, h: f64) -> Result<f64, Cause> {
        self.fixed_step_from(h, None)
    }

    /// The same with the stages of a longer step from here as starting values.
    pub(super) fn fixed_step_from(&mut self, h: f64, guess: Option<(f64, StageValues)>) -> Result<f64, Cause> {
        self.fixed = true;
        let trial = self.attempt(h, guess);
        self.fixed = false;
        match trial? {
            Trial::Accepted { estimate, values, tangent } => {
                self.accept(h, None, values);
                self.tangent = tangent;
                Ok(estimate)
            }
            Trial::TooLong { estimate, .. } => {
                let allowed = self.allowed();
                Err(Cause::StepUnderflow { symbol: self.clock.symbol, time: self.time, step: h, estimate, allowed })
            }
            Trial::NoConvergence { correction } => {
                Err(Cause::Newton { symbol: self.clock.symbol, time: self.time, step: h, correction })
            }
        }
    }

    /// Ratio of the next step to this one: the estimate behaves like h^{2s}.
    fn factor(&self, estimate: f64, allowed: f64) -> f64 {
        let order = 2.0 * self.tableau.stages() as f64;
        (0.85 * (allowed / estimate.max(1e-300)).powf(1.0 / order)).clamp(0.1, 8.0)
    }

    fn accept(&mut self, h: f64, target: Option<f64>, values: StageValues) -> bool {
        let last = self.tableau.stages() - 1;
        let start = self.w.clone();
        let velocity = values.z.column(last) / h;
        let change = (&velocity - &self.velocity).norm();
        let steady = change <= self.limits.steadiness * velocity.norm();
        self.velocity = velocity;
        self.w += values.z.column(last);
        self.mu.copy_from(&values.mu.column(last));
        self.time = target.unwrap_or(self.time + h);
        self.history = Some(History { h, start, values });
        self.work.steps += 1;
        steady
    }

    /// The change of clock: once the fast modes are dead the velocity is that of the drift, and the next step is as long as the
    /// first step of the slow flow would be. Without it steps would grow to that by a bounded factor each.
    fn hand_over(&mut self, h: f64) {
        let mut curved = Weights::zeros(self.w.len());
        let mut second = curved.clone();
        self.star.problem.residual.curvature_product(&self.w, &self.mu, &self.velocity, &mut curved);
        self.star.regulariser.hessian_product(&self.w, &self.velocity, &mut second);
        curved += second;
        let proposed = 0.5 * self.scale(self.velocity.norm(), curved.norm());
        if proposed > 50.0 * h && proposed > 5.0 * self.step {
            self.before_hand_over = Some(self.step);
            self.step = proposed;
            self.fast_phase = false;
        }
    }
}
