//! One function a tool: states at the slow times, or why there are none.

#[cfg(feature = "diffsol")]
use diffsol::{NalgebraLU, NalgebraMat, OdeBuilder, OdeSolverMethod};
#[cfg(feature = "diffsol")]
use slowflow::field::Loss;
use slowflow::field::{Objective, Regulariser, Weights};
use slowflow::flow::RadauFlows;
use slowflow::integrate::star::Stages;
use slowflow::integrate::{Explicit, Integrator, Order, Tolerance};
#[cfg(feature = "diffsol")]
use slowflow::numeric::Vector;
#[cfg(feature = "diffsol")]
use std::cell::Cell;
use std::sync::Arc;

use crate::problems::{Problem, SLOW};

pub const HALF: Regulariser = Regulariser::HalfSquaredNorm;

/// What a run reached.
pub struct Reached {
    pub states: Vec<Weights>,
    pub evaluations: u64,
    pub steps: u64,
    pub solves: u64,
    /// CPU milliseconds of the integration, where the tool measures itself.
    pub milliseconds: Option<f64>,
}

pub type Outcome = Result<Reached, String>;

fn tolerance(rtol: f64) -> Tolerance {
    Tolerance { rtol, atol: 1e-2 * rtol }
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
        steps: work.steps + work.rejected,
        solves: work.linear_solves,
        milliseconds: None,
    })
}

/// ode_solvers' Dop853 through slowflow's bridge, from save point to save point.
pub fn dop853(problem: &Problem, lambda: f64, rtol: f64, budget: u64) -> Outcome {
    let objective = Objective { loss: Arc::new(problem.loss.clone()), regulariser: HALF };
    let integrator = Explicit::adaptive(Order::Eight, tolerance(rtol), budget);
    let times: Vec<f64> = SLOW.iter().map(|s| s / lambda).collect();
    let solution = integrator.integrate(&objective.descent(lambda), &problem.start, &times).map_err(|e| e.to_string())?;
    let work = solution.work;
    Ok(Reached { states: solution.states, evaluations: work.evaluations, steps: work.steps, solves: 0, milliseconds: None })
}

/// Without the feature `diffsol`: says so.
#[cfg(not(feature = "diffsol"))]
pub fn diffsol(_: &Problem, _: bool, _: f64, _: f64, _: f64) -> Outcome {
    Err("built without diffsol".into())
}

/// diffsol's BDF or ESDIRK34 with analytic Jacobian products, dense LU and its limit of Newton failures lifted.
#[cfg(feature = "diffsol")]
pub fn diffsol(problem: &Problem, esdirk: bool, lambda: f64, rtol: f64, seconds: f64) -> Outcome {
    type M = NalgebraMat<f64>;
    let loss = &problem.loss;
    let d = problem.start.len();
    let evaluations = Cell::new(0_u64);
    let started = cpu_time::ThreadTime::now();
    let expired = || started.elapsed().as_secs_f64() > seconds;
    let rhs = |x: &[f64], _: &[f64], _: f64, y: &mut [f64]| {
        evaluations.set(evaluations.get() + 1);
        let w = Vector::from_column_slice(x);
        let mut out = Vector::zeros(x.len());
        if expired() || loss.gradient(&w, &mut out).is_err() {
            out.fill(f64::NAN);
        }
        out.axpy(-lambda, &w, -1.0);
        y.copy_from_slice(out.as_slice());
    };
    let product = |x: &[f64], _: &[f64], _: f64, v: &[f64], y: &mut [f64]| {
        let (w, v) = (Vector::from_column_slice(x), Vector::from_column_slice(v));
        let mut out = Vector::zeros(x.len());
        if loss.hessian_product(&w, &v, &mut out).is_err() {
            out.fill(f64::NAN);
        }
        out.axpy(-lambda, &v, -1.0);
        y.copy_from_slice(out.as_slice());
    };
    let start = problem.start.clone();
    let mut ode = OdeBuilder::<M>::new()
        .rtol(rtol)
        .atol([1e-2 * rtol])
        .rhs_implicit(rhs, product)
        .init(move |_: &[f64], _: f64, y: &mut [f64]| y.copy_from_slice(start.as_slice()), d)
        .build()
        .map_err(|e| e.to_string())?;
    ode.ode_options.max_nonlinear_solver_failures = 1_000_000;
    ode.ode_options.max_error_test_failures = 1_000_000;
    let times: Vec<f64> = SLOW.iter().map(|s| s / lambda).collect();
    let states = if esdirk {
        let mut solver = ode.esdirk34::<NalgebraLU<f64>>().map_err(|e| e.to_string())?;
        columns(&solver.solve_dense(&times).map_err(|e| e.to_string())?.0, d)
    } else {
        let mut solver = ode.bdf::<NalgebraLU<f64>>().map_err(|e| e.to_string())?;
        columns(&solver.solve_dense(&times).map_err(|e| e.to_string())?.0, d)
    };
    if states.len() < SLOW.len() || states.iter().any(|w| w.iter().any(|x| !x.is_finite())) {
        return Err("stopped before the end".into());
    }
    Ok(Reached { states, evaluations: evaluations.get(), steps: 0, solves: 0, milliseconds: None })
}

#[cfg(feature = "diffsol")]
fn columns(matrix: &NalgebraMat<f64>, d: usize) -> Vec<Weights> {
    use diffsol::MatrixCommon;
    (0..matrix.ncols()).map(|k| Weights::from_fn(d, |i, _| matrix[(i, k)])).collect()
}
