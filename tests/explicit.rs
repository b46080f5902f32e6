//! The explicit integrators: observed orders at every output time, and each known trap of the library below them.

use slowflow::field::{FieldError, VectorField, Weights};
use slowflow::integrate::{Cause, Explicit, Integrator, Order, Tolerance};
use slowflow::numeric::Matrix;

/// A field with a closed-form solution.
struct Known {
    start: &'static [f64],
    field: fn(&Weights, &mut Weights),
    solution: fn(f64) -> Vec<f64>,
}

const LOGISTIC: Known =
    Known { start: &[0.2], field: |w, dw| dw[0] = w[0] * (1.0 - w[0]), solution: |t| vec![1.0 / (1.0 + 4.0 * (-t).exp())] };
const DECAY: Known = Known { start: &[1.0], field: |w, dw| dw[0] = -w[0], solution: |t| vec![(-t).exp()] };
const OSCILLATOR: Known = Known {
    start: &[1.0, 0.0],
    field: |w, dw| {
        dw[0] = w[1];
        dw[1] = -w[0];
    },
    solution: |t| vec![t.cos(), -t.sin()],
};
/// A cascade: y₁' = −y₁, y₂' = y₁ − 2y₂ from (1, 0), so y₂ = e^{−t} − e^{−2t}.
const CASCADE: Known = Known {
    start: &[1.0, 0.0],
    field: |w, dw| {
        dw[0] = -w[0];
        dw[1] = w[0] - 2.0 * w[1];
    },
    solution: |t| vec![(-t).exp(), (-t).exp() - (-2.0 * t).exp()],
};

/// The rotor x' = −x/2 − 2y, y' = 2x − y/2 from (1, 0) behind the shear (u, v) = (x, y + x²), which makes it nonlinear.
const SHEARED_ROTOR: Known = Known {
    start: &[1.0, 1.0],
    field: |w, dw| {
        let (u, y) = (w[0], w[1] - w[0] * w[0]);
        dw[0] = -0.5 * u - 2.0 * y;
        dw[1] = 2.0 * u - 0.5 * y + 2.0 * u * dw[0];
    },
    solution: |t| {
        let (x, y) = ((-0.5 * t).exp() * (2.0 * t).cos(), (-0.5 * t).exp() * (2.0 * t).sin());
        vec![x, y + x * x]
    },
};

impl VectorField for Known {
    fn dim(&self) -> usize {
        self.start.len()
    }
    fn eval(&self, w: &Weights, dw: &mut Weights) -> Result<(), FieldError> {
        (self.field)(w, dw);
        FieldError::check("the field", dw.as_slice(), w)
    }
}

fn adaptive(order: Order, rtol: f64) -> Explicit {
    Explicit::adaptive(order, Tolerance { rtol, atol: rtol }, 50_000_000)
}

fn error_at(known: &Known, method: &Explicit, times: &[f64]) -> Vec<f64> {
    let start = Weights::from_column_slice(known.start);
    let solution = method.integrate(known, &start, times).expect("arrives");
    times.iter().zip(&solution.states).map(|(&t, w)| (w - Weights::from_vec((known.solution)(t))).norm()).collect()
}

/// The order p of errors C hᵖ e^{ah}: least squares of log e on 1, log h and h. The last takes the next term of the error's
/// expansion out, so that p is the order in the limit h → 0.
fn limiting_order(pairs: &[(f64, f64)]) -> f64 {
    let design = Matrix::from_fn(pairs.len(), 3, |k, c| [1.0, pairs[k].0.ln(), pairs[k].0][c]);
    let errors = Weights::from_iterator(pairs.len(), pairs.iter().map(|p| p.1.ln()));
    let normal = design.tr_mul(&design).cholesky().expect("three different steps");
    normal.solve(&design.tr_mul(&errors))[1]
}

#[test]
fn observed_orders_at_every_output_time() {
    let linear = [("decay", &DECAY), ("oscillator", &OSCILLATOR), ("cascade", &CASCADE)];
    let nonlinear = [("sheared rotor", &SHEARED_ROTOR)];
    for (order, expected, problems, unit, steps) in [
        (Order::Five, 5.0, &linear[..], 0.5, [8, 12, 16, 24, 32]),
        (Order::Five, 5.0, &nonlinear[..], 1.0, [32, 48, 64, 96, 128]),
        (Order::Eight, 8.0, &linear[..], 2.0, [3, 4, 6, 8, 10]),
        (Order::Eight, 8.0, &nonlinear[..], 2.0, [6, 8, 10, 12, 16]),
    ] {
        let times = [unit, 2.0 * unit, 3.0 * unit, 4.0 * unit];
        for (name, known) in problems {
            let errors: Vec<Vec<f64>> = steps
                .iter()
                .map(|&n| {
                    let fixed = Explicit { fixed_step: Some(unit / n as f64), ..adaptive(order, 1e-8) };
                    let size = |t: &f64| Weights::from_vec((known.solution)(*t)).norm();
                    error_at(known, &fixed, &times).iter().zip(&times).map(|(e, t)| e / size(t)).collect()
                })
                .collect();
            for (k, t) in times.iter().enumerate() {
                let pairs: Vec<(f64, f64)> =
                    steps.iter().zip(&errors).map(|(&n, e)| (unit / n as f64, e[k])).filter(|(_, e)| *e > 2e-14).collect();
                assert!(pairs.len() >= 4, "{name}: too few points above round-off at t = {t}");
                let observed = limiting_order(&pairs);
                assert!((observed - expected).abs() < 0.3, "{name}, t = {t}: observed order {observed} of {expected}: {pairs:?}");
            }
        }
    }
}

#[test]
fn the_last_point_is_as_good_as_the_others() {
    // Trap: dense output extrapolates beyond the last step and returns a wrong last point with Ok.
    for order in [Order::Five, Order::Eight] {
        for known in [&LOGISTIC, &OSCILLATOR, &CASCADE] {
            for end in [0.3, 1.0, 7.7, 19.0] {
                let errors = error_at(known, &adaptive(order, 1e-10), &[0.1 * end, end]);
                assert!(errors.iter().all(|e| *e < 1e-8), "errors {errors:?} at end {end}");
            }
        }
    }
}

#[test]
fn no_time_costs_nothing_and_backward_time_is_refused() {
    // Traps: dx = 0 never ends; backward time gives wrong values with Ok.
    let start = Weights::from_column_slice(LOGISTIC.start);
    let method = adaptive(Order::Eight, 1e-10);
    let still = method.integrate(&LOGISTIC, &start, &[0.0, 0.0]).expect("no time passes");
    assert_eq!((still.states[1].clone(), still.work.evaluations), (start.clone(), 0));
    for times in [&[-1.0][..], &[1.0, 0.5], &[f64::NAN], &[f64::INFINITY]] {
        let error = method.integrate(&LOGISTIC, &start, times).expect_err("refused");
        assert!(matches!(error.cause, Cause::Times { .. }), "{error}");
    }
}

#[test]
fn a_field_that_is_not_finite_is_named_with_its_time() {
    // Trap: NaN comes back as a step-size underflow.
    struct Wall;
    impl VectorField for Wall {
        fn dim(&self) -> usize {
            1
        }
        fn eval(&self, w: &Weights, dw: &mut Weights) -> Result<(), FieldError> {
            dw[0] = 1.0 + 0.0 * (1.0 - w[0]).sqrt();
            FieldError::check("the field", dw.as_slice(), w)
        }
    }
    for order in [Order::Five, Order::Eight] {
        let error = adaptive(order, 1e-8).integrate(&Wall, &Weights::zeros(1), &[0.5, 2.0]).expect_err("the wall is at 1");
        assert!(matches!(error.cause, Cause::Field { time, .. } if (0.5..=1.0).contains(&time)), "{error}");
        assert_eq!(error.partial.states.len(), 1, "what was reached before is kept");
    }
}

#[test]
fn a_stiff_field_runs_to_its_end() {
    // Trap: the stiffness test stops at t ≪ 1/λ. Here two rates six decades apart, integrated past the slow one.
    struct Stiff;
    impl VectorField for Stiff {
        fn dim(&self) -> usize {
            2
        }
        fn eval(&self, w: &Weights, dw: &mut Weights) -> Result<(), FieldError> {
            dw[0] = -1e3 * (w[0] - w[1]);
            dw[1] = -1e-1 * w[1];
            Ok(())
        }
    }
    for order in [Order::Five, Order::Eight] {
        let end = adaptive(order, 1e-9).integrate(&Stiff, &Weights::from_vec(vec![0.0, 1.0]), &[30.0]).expect("arrives");
        let slow = (-3.0_f64).exp();
        assert!((end.states[0][1] - slow).abs() < 1e-8 && (end.states[0][0] - slow / (1.0 - 1e-4)).abs() < 1e-7);
    }
}

#[test]
fn more_steps_than_one_leg_stores_change_nothing() {
    // Trap: every step is stored; the driver restarts after 4,096 of them.
    let method = Explicit { fixed_step: Some(1e-3), ..adaptive(Order::Five, 1e-8) };
    let solution = method.integrate(&OSCILLATOR, &Weights::from_column_slice(OSCILLATOR.start), &[10.0]).expect("arrives");
    let exact = Weights::from_vec((OSCILLATOR.solution)(10.0));
    assert!((&solution.states[0] - exact).norm() < 1e-12);
    assert!((9_990..=10_010).contains(&solution.work.steps), "{} steps", solution.work.steps);
}

#[test]
fn a_pole_is_not_stepped_over() {
    struct Pole;
    impl VectorField for Pole {
        fn dim(&self) -> usize {
            1
        }
        fn eval(&self, w: &Weights, dw: &mut Weights) -> Result<(), FieldError> {
            dw[0] = w[0] * w[0];
            FieldError::check("the field", dw.as_slice(), w)
        }
    }
    for order in [Order::Five, Order::Eight] {
        for rtol in [1e-3, 1e-6, 1e-10] {
            let answer = adaptive(order, rtol).integrate(&Pole, &Weights::repeat(1, 1.0), &[2.0]);
            assert!(answer.is_err(), "the solution ends at t = 1, but rtol {rtol} gave {answer:?}");
        }
    }
}

#[test]
fn the_budget_is_kept_and_what_was_reached_is_returned() {
    let method = Explicit::adaptive(Order::Eight, Tolerance { rtol: 1e-8, atol: 1e-8 }, 1_000);
    let error = method.integrate(&OSCILLATOR, &Weights::from_column_slice(OSCILLATOR.start), &[1.0, 1e4]).expect_err("too far");
    assert!(matches!(error.cause, Cause::Budget { limit: 1_000, .. }), "{error}");
    assert_eq!(error.partial.states.len(), 1);
}

#[test]
fn impossible_tolerances_are_refused_with_the_smallest_one() {
    for (rtol, atol) in
        [(0.0, 1e-8), (1e-17, 1e-8), (-1.0, 1e-8), (f64::NAN, 1e-8), (1e-8, 0.0), (1e-8, f64::INFINITY), (0.5, 1e-3)]
    {
        let method = Explicit::adaptive(Order::Five, Tolerance { rtol, atol }, 1_000);
        let error = method.integrate(&LOGISTIC, &Weights::repeat(1, 0.5), &[1.0]).expect_err("refused");
        assert!(matches!(error.cause, Cause::Tolerance { .. }), "{error}");
    }
}
