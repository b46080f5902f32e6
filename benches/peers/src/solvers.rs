//! One function a tool: states at the slow times, or why there are none.

use std::cell::Cell;
use std::sync::Arc;

use slowflow::field::{FieldError, Objective, Regulariser, VectorField, Weights};
use slowflow::flow::RadauFlows;
use slowflow::integrate::star::Stages;
use slowflow::integrate::{Explicit, Integrator, Order, Tolerance};

use crate::problems::{Problem, SLOW};

pub const HALF: Regulariser = Regulariser::HalfSquaredNorm;

/// What a run reached.
pub struct Reached {
    pub states: Vec<Weights>,
    pub evaluations: u64,
    pub steps: Option<u64>,
    pub solves: Option<u64>,
    /// CPU milliseconds of the integration, where the tool measures itself.
    pub milliseconds: Option<f64>,
}

pub type Outcome = Result<Reached, String>;

fn tolerance(rtol: f64) -> Tolerance {
    Tolerance { rtol, atol: 1e-2 * rtol }
}

/// Seven stages at the smallest tolerance.
pub fn reference(problem: &Problem, lambda: f64) -> Vec<Weights> {
    radau(problem, Stages::Seven, lambda, 1e-13).map(|r| r.states).unwrap_or_else(|e| panic!("reference: {e}"))
}

/// slowflow's Radau IIA on (★).
pub fn radau(problem: &Problem, stages: Stages, lambda: f64, rtol: f64) -> Outcome {
    let mut flows = RadauFlows::new(&problem.loss, &HALF, &problem.start, tolerance(rtol)).map_err(|e| e.to_string())?;
    flows.stages = stages;
    let run = flows.in_slow_time(lambda, &SLOW).map_err(|e| e.to_string())?.trajectory;
    let work = run.work;
    Ok(Reached {
        states: run.points.into_iter().map(|p| p.w).collect(),
        evaluations: work.evaluations,
        steps: Some(work.steps + work.rejected),
        solves: Some(work.linear_solves),
        milliseconds: None,
    })
}

/// −∇F − λw until the time allowed is over.
struct Watched<'a> {
    field: &'a dyn VectorField,
    clock: &'a Clock,
}

impl VectorField for Watched<'_> {
    fn dim(&self) -> usize {
        self.field.dim()
    }

    fn eval(&self, w: &Weights, dw: &mut Weights) -> Result<(), FieldError> {
        if self.clock.over() {
            return Err(FieldError::Undefined { quantity: "the flow", reason: self.clock.sentence() });
        }
        self.field.eval(w, dw)
    }
}

/// CPU time of this process, against a limit; read once in 64 questions, for reading it is a system call.
pub struct Clock {
    started: cpu_time::ProcessTime,
    seconds: f64,
    asked: Cell<u64>,
    over: Cell<bool>,
}

impl Clock {
    fn new(seconds: f64) -> Clock {
        Clock { started: cpu_time::ProcessTime::now(), seconds, asked: Cell::new(0), over: Cell::new(false) }
    }

    pub fn over(&self) -> bool {
        if !self.over.get() && self.asked.get().is_multiple_of(64) {
            self.over.set(self.started.elapsed().as_secs_f64() > self.seconds);
        }
        self.asked.set(self.asked.get() + 1);
        self.over.get()
    }

    pub fn sentence(&self) -> String {
        format!("not within {} CPU seconds", self.seconds)
    }
}

/// ode_solvers' Dop853 through slowflow's bridge, from save point to save point.
pub fn dop853(problem: &Problem, lambda: f64, rtol: f64, seconds: f64) -> Outcome {
    let objective = Objective { loss: Arc::new(problem.loss.clone()), regulariser: HALF };
    let integrator = Explicit::adaptive(Order::Eight, tolerance(rtol), u64::MAX);
    let times: Vec<f64> = SLOW.iter().map(|s| s / lambda).collect();
    let (clock, descent) = (Clock::new(seconds), objective.descent(lambda));
    let watched = Watched { field: &descent, clock: &clock };
    let solution = integrator.integrate(&watched, &problem.start, &times).map_err(|e| match clock.over() {
        true => format!("{}, {} of {} slow times reached", clock.sentence(), e.partial.states.len(), SLOW.len()),
        false => e.to_string(),
    })?;
    let work = solution.work;
    Ok(Reached {
        states: solution.states,
        evaluations: work.evaluations,
        steps: Some(work.steps + work.rejected),
        solves: None,
        milliseconds: None,
    })
}

#[cfg(feature = "diffsol")]
pub use with_diffsol::{diffsol, on_one_thread};

/// Without the feature `diffsol`: says so.
#[cfg(not(feature = "diffsol"))]
pub fn diffsol(_: &Problem, _: bool, _: f64, _: f64, _: f64) -> Outcome {
    Err("built without diffsol".into())
}

/// Without the feature `diffsol` nothing has threads.
#[cfg(not(feature = "diffsol"))]
pub fn on_one_thread() {}

#[cfg(feature = "diffsol")]
#[path = "diffsol.rs"]
mod with_diffsol;
