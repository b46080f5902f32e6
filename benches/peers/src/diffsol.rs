//! diffsol's BDF and ESDIRK34 with analytic Jacobian products, dense LU (faer) and their limits of failures lifted.

use std::cell::Cell;

use diffsol::Vector as _;
use diffsol::{FaerLU, FaerMat, OdeBuilder, OdeSolverMethod};
use slowflow::field::Loss;
use slowflow::numeric::Vector;

use super::{Clock, Outcome, Problem, Reached, SLOW, Weights};

/// faer's factorisations on the calling thread alone.
pub fn on_one_thread() {
    faer::set_global_parallelism(faer::Par::Seq);
}

/// Steps `$solver` to its end and reads the slow times off its interpolant.
macro_rules! advance {
    ($solver:expr, $times:expr, $clock:expr, $states:expr) => {{
        let mut solver = $solver.map_err(|e| e.to_string())?;
        for (k, &time) in $times.iter().enumerate() {
            while solver.state().t < time {
                solver.step().map_err(|e| match $clock.over() {
                    true => format!("{}, {k} of {} slow times reached", $clock.sentence(), SLOW.len()),
                    false => format!("{e}, at t = {:.2e} of {:.1e}", solver.state().t, $times[SLOW.len() - 1]),
                })?;
                if $clock.over() {
                    return Err(format!("{}, {k} of {} slow times reached", $clock.sentence(), SLOW.len()));
                }
            }
            let state = solver.interpolate(time).map_err(|e| e.to_string())?;
            $states.push(Weights::from_vec(state.clone_as_vec()));
        }
        solver.get_statistics().number_of_steps as u64
    }};
}

/// One run to s = 5, at most `seconds` of CPU time.
pub fn diffsol(problem: &Problem, esdirk: bool, lambda: f64, rtol: f64, seconds: f64) -> Outcome {
    let (loss, d) = (&problem.loss, problem.start.len());
    let (evaluations, clock) = (Cell::new(0_u64), Clock::new(seconds));
    let rhs = |x: &[f64], _: &[f64], _: f64, y: &mut [f64]| {
        evaluations.set(evaluations.get() + 1);
        let w = Vector::from_column_slice(x);
        let mut out = Vector::zeros(x.len());
        if clock.over() || loss.gradient(&w, &mut out).is_err() {
            out.fill(f64::NAN);
        }
        out.axpy(-lambda, &w, -1.0);
        y.copy_from_slice(out.as_slice());
    };
    let product = |x: &[f64], _: &[f64], _: f64, v: &[f64], y: &mut [f64]| {
        let (w, v) = (Vector::from_column_slice(x), Vector::from_column_slice(v));
        let mut out = Vector::zeros(x.len());
        if clock.over() || loss.hessian_product(&w, &v, &mut out).is_err() {
            out.fill(f64::NAN);
        }
        out.axpy(-lambda, &v, -1.0);
        y.copy_from_slice(out.as_slice());
    };
    let start = problem.start.clone();
    let mut ode = OdeBuilder::<FaerMat<f64>>::new()
        .rtol(rtol)
        .atol([1e-2 * rtol])
        .rhs_implicit(rhs, product)
        .init(move |_: &[f64], _: f64, y: &mut [f64]| y.copy_from_slice(start.as_slice()), d)
        .build()
        .map_err(|e| e.to_string())?;
    ode.ode_options.max_nonlinear_solver_failures = 1_000_000;
    ode.ode_options.max_error_test_failures = 1_000_000;
    let times: Vec<f64> = SLOW.iter().map(|s| s / lambda).collect();
    let mut states = Vec::new();
    let steps = if esdirk {
        advance!(ode.esdirk34::<FaerLU<f64>>(), times, clock, states)
    } else {
        advance!(ode.bdf::<FaerLU<f64>>(), times, clock, states)
    };
    if states.iter().any(|w| w.iter().any(|x| !x.is_finite())) {
        return Err("a state is not finite".into());
    }
    Ok(Reached { states, evaluations: evaluations.get(), steps: Some(steps), solves: None, milliseconds: None })
}
