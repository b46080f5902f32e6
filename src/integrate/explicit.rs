//! Dormand–Prince methods of order 5 and 8 over `ode_solvers`, driven from save point to save point.
//!
//! What is kept away from (each a test in `tests/explicit.rs`): dense output returns a wrong last point, so only sparse
//! output is used and every asked time ends a step; the stiffness test stops at t ≪ 1/λ, so it is off; backward time
//! gives wrong values, so it is refused; NaN is reported as a step-size underflow, so the cause is remembered here; every
//! step is stored, so the solver restarts after a bounded number of steps.

use std::cell::{Cell, RefCell};

use ode_solvers::dop_shared::{IntegrationError, OutputType, Stats, System};
use ode_solvers::{Dop853, Dopri5};

use super::{Cause, IntegrateError, Integrator, Solution, Tolerance, check_times};
use crate::field::{FieldError, VectorField, Weights, Work};

/// Smallest relative tolerance: below it the error estimate is round-off.
const SMALLEST_RTOL: f64 = 1e-15;
/// Stored numbers between restarts of the solver (8 bytes each).
const STORED: usize = 4_000_000;

/// Which of the two methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Dopri5: order 5, 6 evaluations a step.
    Five,
    /// Dop853: order 8, 12 evaluations a step.
    Eight,
}

/// An explicit Runge–Kutta method with its tolerance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Explicit {
    /// The method.
    pub order: Order,
    /// The tolerance.
    pub tolerance: Tolerance,
    /// Evaluations allowed in one call.
    pub budget: u64,
    /// A fixed step instead of an adaptive one: for observed orders.
    pub fixed_step: Option<f64>,
}

impl Explicit {
    /// Adaptive steps.
    pub fn adaptive(order: Order, tolerance: Tolerance, budget: u64) -> Self {
        Explicit { order, tolerance, budget, fixed_step: None }
    }

    /// Evaluations that a linear field with largest eigenvalue `stiffness` needs over a time `span`.
    ///
    /// An explicit method is limited by stability to steps of about 3.4/L (order 5) and 6.7/L (order 8), whatever the
    /// tolerance; that is 6 and 12 evaluations a step, so 1.75·L·span and 1.8·L·span evaluations.
    pub fn predicted_evaluations(&self, stiffness: f64, span: f64) -> f64 {
        1.8 * stiffness * span + 100.0
    }
}

/// The field as `ode_solvers` sees it: counts, and remembers the first thing that went wrong.
struct Watched<'a> {
    field: &'a dyn VectorField,
    evaluations: &'a Cell<u64>,
    limit: u64,
    fault: &'a RefCell<Option<FieldError>>,
}

impl System<f64, Weights> for Watched<'_> {
    fn system(&self, _time: f64, w: &Weights, dw: &mut Weights) {
        self.evaluations.set(self.evaluations.get() + 1);
        if self.evaluations.get() > self.limit {
            dw.fill(f64::NAN);
            return;
        }
        if let Err(fault) = self.field.eval(w, dw) {
            *self.fault.borrow_mut() = Some(fault);
            dw.fill(f64::NAN);
        }
    }
}

/// One restart of the solver: the last accepted point, the last step, and how it ended.
struct Leg {
    time: f64,
    w: Weights,
    step: f64,
    end: Result<Stats, IntegrationError>,
}

impl Explicit {
    fn leg(&self, system: Watched<'_>, from: f64, to: f64, w: &Weights, step: f64) -> Leg {
        let Tolerance { rtol, atol } = self.tolerance;
        let (rtol, atol, h, h_max) = match self.fixed_step {
            // A tolerance that accepts everything, and a step that may not grow: fixed steps.
            Some(h) => (1e30, 1e30, h, h),
            None => (rtol, atol, step.min(to - from), to - from),
        };
        let steps = (STORED / w.len().max(1)).clamp(16, 4096) as u32;
        macro_rules! run {
            ($method:ident, $beta:expr, $smallest:expr, $largest:expr) => {{
                let mut solver = $method::from_param(
                    system,
                    from,
                    to,
                    to - from,
                    w.clone(),
                    rtol,
                    atol,
                    0.9,
                    $beta,
                    $smallest,
                    $largest,
                    h_max,
                    h,
                    steps,
                    u32::MAX,
                    OutputType::Sparse,
                );
                let end = solver.integrate();
                let (times, states) = (solver.x_out(), solver.y_out());
                let last = times.len().saturating_sub(1);
                Leg {
                    time: times.get(last).copied().unwrap_or(from),
                    w: states.get(last).cloned().unwrap_or_else(|| w.clone()),
                    step: if last > 1 { times[last - 1] - times[last - 2] } else { 0.0 },
                    end,
                }
            }};
        }
        match self.order {
            Order::Five => run!(Dopri5, 0.04, 0.2, 10.0),
            Order::Eight => run!(Dop853, 0.0, 0.333, 6.0),
        }
    }
}

impl Integrator for Explicit {
    fn integrate(&self, field: &dyn VectorField, start: &Weights, times: &[f64]) -> Result<Solution, IntegrateError> {
        let mut done = Solution { states: Vec::with_capacity(times.len()), work: Work::default() };
        let evaluations = Cell::new(0);
        let fault = RefCell::new(None);
        let Tolerance { rtol, atol } = self.tolerance;
        if !((SMALLEST_RTOL..=0.1).contains(&rtol) && atol > 0.0 && atol.is_finite()) {
            return Err(IntegrateError { cause: Cause::Tolerance { rtol, atol, smallest: SMALLEST_RTOL }, partial: done });
        }
        check_times(times).map_err(|cause| IntegrateError { cause, partial: done.clone() })?;

        let (mut time, mut w, mut step) = (0.0, start.clone(), 0.0);
        for &until in times {
            while time < until {
                let watched = Watched { field, evaluations: &evaluations, limit: self.budget, fault: &fault };
                let leg = self.leg(watched, time, until, &w, step);
                if leg.step > 0.0 {
                    step = leg.step;
                }
                done.work.evaluations = evaluations.get();
                let progressed = leg.time > time;
                (time, w) = (leg.time, leg.w);
                let cause = match leg.end {
                    Ok(stats) => {
                        done.work.steps += u64::from(stats.accepted_steps);
                        done.work.rejected += u64::from(stats.rejected_steps);
                        // Sparse output ends at `until` exactly up to round-off of its own sum of steps.
                        time = until;
                        None
                    }
                    Err(IntegrationError::MaxNumStepReached { n_step, .. }) if progressed => {
                        done.work.steps += u64::from(n_step);
                        None
                    }
                    Err(_) if evaluations.get() > self.budget => Some(Cause::Budget { time, limit: self.budget }),
                    Err(_) => Some(match fault.borrow_mut().take() {
                        Some(source) => Cause::Field { time, source },
                        None => Cause::StepUnderflow { time },
                    }),
                };
                if let Some(cause) = cause {
                    return Err(IntegrateError { cause, partial: done });
                }
                if let Err(source) = FieldError::check("the state", w.as_slice(), &w) {
                    return Err(IntegrateError { cause: Cause::Field { time, source }, partial: done });
                }
            }
            done.states.push(w.clone());
        }
        Ok(done)
    }
}
