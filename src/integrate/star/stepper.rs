use super::curvature::Diagonalised;
use super::linearisation::{Factors, Knowledge, Linearisation};
use super::newton::{NewtonProblem, Outcome, StageValues};
use super::tableau::lagrange;
use super::{Cause, Clock, Stages, Star, StarError, Tableau};
use crate::field::{FieldError, Weights, Work};
use crate::integrate::Tolerance;
use crate::numeric::{Matrix, Vector, dense};

/// Smallest relative tolerance that round-off allows.
pub const SMALLEST_RTOL: f64 = 1e-14;

/// What bounds a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Most steps, accepted and rejected together.
    pub steps: u64,
    /// Hand-over from fast to slow steps: made when the velocity dw/ds changes by less than this, relatively, from one step to
    /// the next. The error estimate judges the first slow step as any other; 0 never hands over, steps then grow by themselves.
    pub steadiness: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { steps: 20_000, steadiness: 1e-2 }
    }
}

/// Weights and multipliers at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// The time, in the run's clock.
    pub time: f64,
    /// w there.
    pub w: Weights,
    /// μ there: of the last stage, accurate to the order s of the stages.
    pub mu: Vector,
}

/// The stage polynomial of the last step: starting values for the next one.
struct History {
    h: f64,
    start: Weights,
    values: StageValues,
}

/// An adaptive run of (★) in one clock.
pub struct Stepper<'a> {
    star: Star<'a>,
    clock: Clock,
    tableau: Tableau,
    tolerance: Tolerance,
    limits: Limits,
    time: f64,
    w: Weights,
    mu: Vector,
    step: f64,
    history: Option<History>,
    /// Mean dw/dτ of the last step.
    velocity: Weights,
    /// The step that was proposed before the hand-over, until a slow step has been accepted.
    before_hand_over: Option<f64>,
    /// Whether the clock is slow time and the steps are still those of the fast phase.
    fast_phase: bool,
    /// Whether the blocks of C are known and worth their price.
    structured: bool,
    /// What it cost so far.
    pub work: Work,
}

/// What came of one trial step.
enum Trial {
    Accepted { estimate: f64, values: StageValues },
    TooLong { estimate: f64, values: StageValues },
    NoConvergence { correction: f64 },
}

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
        if !(SMALLEST_RTOL..=0.1).contains(&rtol) || !(atol >= 0.0 && atol.is_finite()) {
            return Err(Cause::Tolerance { rtol, atol, smallest: SMALLEST_RTOL });
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
            structured: true,
            work: Work::default(),
        };
        run.start_multipliers()?;
        run.step = run.first_step()?;
        Ok(run)
    }

    /// The time reached.
    pub fn time(&self) -> f64 {
        self.time
    }

    /// The weights reached.
    pub fn weights(&self) -> &Weights {
        &self.w
    }

    /// The multipliers reached.
    pub fn multipliers(&self) -> &Vector {
        &self.mu
    }

    /// The length proposed for the next step.
    pub fn step(&self) -> f64 {
        self.step
    }

    /// What the tolerance allows a step, as a norm of w.
    pub fn allowed(&self) -> f64 {
        self.tolerance.atol + self.tolerance.rtol * self.w.norm()
    }

    /// ‖dw/dτ‖, mean of the last step: how fast the weights still move (infinite before the first step).
    pub fn speed(&self) -> f64 {
        if self.work.steps == 0 { f64::INFINITY } else { self.velocity.norm() }
    }

    /// Rate 1/h of the last step.
    pub fn rate(&self) -> f64 {
        self.history.as_ref().map_or(0.0, |history| 1.0 / history.h)
    }

    /// This run's end as an error that carries the point reached.
    pub fn stopped(&self, cause: Cause) -> StarError {
        let last = Saved { time: self.time, w: self.w.clone(), mu: self.mu.clone() };
        StarError { cause, symbol: self.clock.symbol, time: self.time, partial: vec![last], work: self.work }
    }

    fn field(&self, source: FieldError) -> Cause {
        Cause::Field { symbol: self.clock.symbol, time: self.time, source }
    }

    /// κ > 0: μ = c r/κ. κ = 0: JJᵀμ = −αJ∇R, the multiplier that keeps r at zero.
    fn start_multipliers(&mut self) -> Result<(), Cause> {
        let residual = self.star.problem.residual.as_ref();
        let mut r = Vector::zeros(self.star.samples());
        residual.residual(&self.w, &mut r).map_err(|e| self.field(e))?;
        if self.clock.kappa > 0.0 {
            self.mu = r * (self.star.problem.c / self.clock.kappa);
            return Ok(());
        }
        let mut pull = Weights::zeros(self.star.dim());
        self.star.regulariser.gradient(&self.w, &mut pull);
        residual.push_forward(&self.w, &pull, &mut r);
        r *= -self.clock.alpha;
        let gram = residual.gram(&self.w);
        let Some(factor) = dense::Cholesky::new(gram) else {
            return Err(self.rank_lost());
        };
        factor.solve_mut(&mut r);
        self.mu = r;
        Ok(())
    }

    fn rank_lost(&self) -> Cause {
        let (smallest, largest) = self.singular_range();
        Cause::RankLost { symbol: self.clock.symbol, time: self.time, smallest, largest }
    }

    /// Smallest and largest singular value of J at the weights reached.
    pub fn singular_range(&self) -> (f64, f64) {
        match dense::singular_values(&self.star.problem.residual.jacobian(&self.w)) {
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
            residual.pull_back(&self.w, &r, &mut second);
            curved.axpy(self.star.problem.c / self.clock.kappa, &second, 1.0);
        }
        Ok(self.scale(f.norm(), curved.norm()))
    }

    /// Advances to each of `times` in turn, exactly, and returns the states there.
    ///
    /// # Errors
    /// Every way of not arriving, with the states reached before it.
    pub fn run(&mut self, times: &[f64]) -> Result<Vec<Saved>, StarError> {
        let mut saved = Vec::with_capacity(times.len());
        for (index, &time) in times.iter().enumerate() {
            let outcome = if time.is_finite() && time >= self.time {
                self.advance(time)
            } else {
                Err(Cause::Times { index, value: time, start: self.time })
            };
            if let Err(cause) = outcome {
                return Err(StarError { cause, symbol: self.clock.symbol, time: self.time, partial: saved, work: self.work });
            }
            saved.push(Saved { time, w: self.w.clone(), mu: self.mu.clone() });
        }
        Ok(saved)
    }

    /// Advances to `target` exactly: the last steps are stretched or evened out so that none is a sliver.
    fn advance(&mut self, target: f64) -> Result<(), Cause> {
        while self.time < target {
            let left = target - self.time;
            let proposed = self.step;
            let (h, lands) = if left <= 1.05 * proposed {
                (left, true)
            } else if left < 2.0 * proposed {
                (0.5 * left, false)
            } else {
                (proposed, false)
            };
            self.accepted_step(h, lands.then_some(target))?;
            // A step cut short by a save time says nothing against the longer one proposed before it.
            if h < proposed && self.step < proposed && lands {
                self.step = proposed.min(self.step * 8.0).max(self.step);
            }
        }
        Ok(())
    }

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
                Trial::Accepted { estimate, values } => {
                    let steady = self.accept(h, target, values);
                    self.before_hand_over = None;
                    let mut factor = self.factor(estimate, allowed);
                    if rejected > 0 {
                        factor = factor.min(1.0);
                    }
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
                        let (smallest, largest) = self.singular_range();
                        if self.clock.kappa == 0.0 && smallest <= 1e-7 * largest {
                            return Err(Cause::RankLost { symbol: self.clock.symbol, time: self.time, smallest, largest });
                        }
                        return Err(Cause::Newton { symbol: self.clock.symbol, time: self.time, step: h, correction });
                    }
                    h = next;
                }
            }
            target = None;
        }
    }

    /// One step of length `h`, accepted whatever its error estimate: for runs with fixed steps.
    ///
    /// # Errors
    /// Where Newton's method does not converge.
    pub fn fixed_step(&mut self, h: f64) -> Result<f64, Cause> {
        match self.attempt(h, None)? {
            Trial::Accepted { estimate, values } | Trial::TooLong { estimate, values } => {
                self.accept(h, None, values);
                Ok(estimate)
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
        let proposed = self.scale(self.velocity.norm(), curved.norm());
        if proposed > 50.0 * h && proposed > 5.0 * self.step {
            self.before_hand_over = Some(self.step);
            self.step = proposed;
            self.fast_phase = false;
        }
    }

    /// A first step from two derivatives: ½ (allowed/‖w‖)^{1/2s} ‖w'‖/‖w''‖, and no longer than ‖w‖/‖w'‖ asks.
    fn scale(&self, first: f64, second: f64) -> f64 {
        let resolved =
            (self.allowed() / self.w.norm().max(self.tolerance.atol)).min(1.0).powf(0.5 / self.tableau.stages() as f64);
        let scale = if second > 0.0 { first / second } else { f64::INFINITY };
        let scale = if first > 0.0 { scale.min(self.w.norm().max(f64::MIN_POSITIVE) / first) } else { scale };
        if scale.is_finite() && scale > 0.0 { 0.5 * resolved * scale } else { 1e-3 }
    }

    fn attempt(&mut self, h: f64, guess: Option<(f64, StageValues)>) -> Result<Trial, Cause> {
        let predicted = self.predict(h, guess.as_ref());
        let middle = self.tableau.stages() / 2;
        let point = &self.w + predicted.z.column(middle);
        let mu = predicted.mu.column(middle).into_owned();
        let Some(curvature) = self.diagonalise(&point, &mu) else {
            return Ok(Trial::NoConvergence { correction: f64::NAN });
        };
        let mut linearisation = Linearisation::at(&self.star, point, curvature);
        let mut knowledge = linearisation.advised(&self.tableau, h);
        loop {
            self.work.factorisations += 1;
            let c = self.star.problem.c;
            let Some(factors) = linearisation.factorise(&self.tableau, self.clock, c, h, knowledge) else {
                return Ok(Trial::NoConvergence { correction: f64::NAN });
            };
            let mut values = predicted.clone();
            let newton = NewtonProblem {
                star: self.star,
                clock: self.clock,
                tableau: &self.tableau,
                linearisation: &linearisation,
                factors: &factors,
                w: &self.w,
                h,
                tolerance: 0.05 * self.allowed(),
            };
            let correction = match newton.solve(&mut values, &mut self.work) {
                Ok(Outcome::Converged { .. }) => {
                    let estimate = self.estimate(h, &values, &linearisation, &factors)?;
                    return Ok(if estimate <= self.allowed() {
                        Trial::Accepted { estimate, values }
                    } else {
                        Trial::TooLong { estimate, values }
                    });
                }
                Ok(Outcome::Failed { correction }) => correction,
                // A trial point outside of the domain: shorter steps first; the start itself was finite.
                Err(_) if h > 1e-12 * self.step => f64::INFINITY,
                Err(e) => return Err(self.field(e)),
            };
            // What the factors do not know of C may be what keeps Newton's method from converging.
            if knowledge == Knowledge::Exact || !self.structured || !correction.is_finite() {
                return Ok(Trial::NoConvergence { correction });
            }
            knowledge = Knowledge::Exact;
        }
    }

    fn diagonalise(&mut self, point: &Weights, mu: &Vector) -> Option<Diagonalised> {
        if !self.structured {
            let second = self.star.regulariser.hessian_diagonal(point) * self.clock.alpha;
            return Some(Diagonalised::mean(second));
        }
        let (curvature, known) = Diagonalised::at(&self.star, self.clock, point, mu)?;
        self.structured = known;
        Some(curvature)
    }

    /// Starting values: the stage polynomial of the last step (or of a longer trial from here) at the new stages.
    fn predict(&self, h: f64, guess: Option<&(f64, StageValues)>) -> StageValues {
        let (d, n, s) = (self.w.len(), self.mu.len(), self.tableau.stages());
        let mut values = StageValues { z: Matrix::zeros(d, s), mu: Matrix::zeros(n, s) };
        let (source, ratio, shift) = match (guess, &self.history) {
            (Some((tried, trial)), _) => (trial, h / tried, 0.0),
            (None, Some(history)) => (&history.values, h / history.h, 1.0),
            (None, None) => {
                for i in 0..s {
                    values.mu.set_column(i, &self.mu);
                }
                return values;
            }
        };
        // After the hand-over the last step is a point: its velocity is all there is.
        if shift == 1.0 && ratio > 20.0 {
            for i in 0..s {
                values.z.set_column(i, &(&self.velocity * (h * self.tableau.c[i])));
                values.mu.set_column(i, &self.mu);
            }
            return values;
        }
        // Far beyond the last step only the latest stages are asked: extrapolation of high degree would explode.
        let kept = if ratio > 2.5 { 3.min(s) } else { s };
        let first = s - kept;
        let nodes: Vec<f64> = self.tableau.c.iter().copied().skip(first).collect();
        let full: Vec<f64> = if kept == s { std::iter::once(0.0).chain(nodes.iter().copied()).collect() } else { nodes.clone() };
        let offset = match (&self.history, shift) {
            (Some(history), 1.0) => Some(&history.start - &self.w),
            _ => None,
        };
        for i in 0..s {
            let at = shift + ratio * self.tableau.c[i];
            let basis = lagrange(&full, at);
            let skip = usize::from(kept == s);
            let mut z = values.z.column_mut(i);
            for (j, weight) in basis.iter().enumerate().skip(skip) {
                z.axpy(*weight, &source.z.column(first + j - skip), 1.0);
            }
            if let Some(offset) = &offset {
                z += offset;
            }
            let mut mu = values.mu.column_mut(i);
            for (j, weight) in lagrange(&nodes, at).iter().enumerate() {
                mu.axpy(*weight, &source.mu.column(first + j), 1.0);
            }
        }
        values
    }

    /// Estimated error of the end value of a step.
    ///
    /// With p and q the stage polynomials of w and μ, e solves the system of γ₀ for their defects at the start of the step,
    /// hγ₀ (f(w, q(0)) − p'(0)) and κ q(0) − c r(w): the jump of slope, damped in the fast modes, O(h^{s+1}). (Asking q(0) and
    /// not r(w)/κ, which is the same equation, keeps round-off out of it.) Where the stages resolve the solution, coefficients of the polynomial decay by q = (‖e‖/‖z‖)^{1/s} and the
    /// end value, accurate to order 2s − 1, is wrong by ‖e‖ q^{s−1}. What damping changes much belongs to modes that the step
    /// does not resolve; it moves w along M only through the turn of the tangent space over the step, ‖z‖/‖w‖.
    fn estimate(&mut self, h: f64, values: &StageValues, linearisation: &Linearisation, factors: &Factors) -> Result<f64, Cause> {
        let (d, n) = (self.w.len(), self.mu.len());
        let (mut f, mut scratch, mut r) = (Weights::zeros(d), Weights::zeros(d), Vector::zeros(n));
        let mut mu = Vector::zeros(n);
        for (j, weight) in lagrange(self.tableau.c.as_slice(), 0.0).iter().enumerate() {
            mu.axpy(*weight, &values.mu.column(j), 1.0);
        }
        self.star.evaluate(self.clock, &self.w, &mu, &mut r, &mut scratch, &mut f).map_err(|e| self.field(e))?;
        self.work.evaluations += 1;
        let off = mu * self.clock.kappa - r * self.star.problem.c;
        f *= h;
        f.gemv(-1.0, &values.z, &self.tableau.slope_at_start, 1.0);
        f *= self.tableau.gamma_real;
        let c = self.star.problem.c;
        let e = linearisation.damp(factors, c, &f, Some(&off));
        let mut stiff = &e - linearisation.damp(factors, c, &e, None);
        stiff -= linearisation.damp(factors, c, &stiff, None);
        let size = e.norm();
        let moved = values.z.column_iter().map(|z| z.norm()).fold(0.0, f64::max);
        let s = self.tableau.stages() as f64;
        let smooth = if moved > 0.0 { size * (size / moved).min(1.0).powf((s - 1.0) / s) } else { size };
        let turn = (moved / self.w.norm().max(f64::MIN_POSITIVE)).min(1.0);
        Ok(smooth.max(stiff.norm() * turn))
    }
}
