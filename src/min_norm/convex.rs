//! Basis pursuit min ‖β‖₁ subject to Xβ = y as a linear program, by a simplex method: the one file that names microlp.
//!
//! A witness that knows neither weights nor flows. Primal: β = a − b with a, b ≥ 0. Dual: max yᵀμ with ‖Xᵀμ‖_∞ ≤ 1. The
//! solver's tolerance is near 1e-9; where the support has rank(X) entries or fewer β is solved for again on it, which leaves
//! round-off.

use microlp::{ComparisonOp, OptimizationDirection, Problem, Variable};

use super::MinNormError;
use super::normal::Normal;
use crate::numeric::{Matrix, Vector};

/// Most programs of [`basis_pursuit_dual`].
const CUTS: usize = 30;
/// Violation of a constraint that lets its column join.
const VIOLATED: f64 = 1e-9;

/// An ℓ₁-minimal interpolator.
#[derive(Debug, Clone, PartialEq)]
pub struct BasisPursuit {
    /// β, length p.
    pub coefficients: Vector,
    /// ‖β‖₁.
    pub value: f64,
    /// Indices of the entries that are not zero.
    pub support: Vec<usize>,
}

/// min ‖β‖₁ subject to Xβ = y, X of shape n × p.
///
/// # Errors
/// Where y is not in the range of X, or the simplex method fails.
pub fn basis_pursuit(inputs: &Matrix, targets: &Vector) -> Result<BasisPursuit, MinNormError> {
    let p = inputs.ncols();
    let mut problem = Problem::new(OptimizationDirection::Minimize);
    let half = |problem: &mut Problem| (0..p).map(|_| problem.add_var(1.0, (0.0, f64::INFINITY))).collect::<Vec<_>>();
    let (plus, minus) = (half(&mut problem), half(&mut problem));
    for k in 0..inputs.nrows() {
        let signed = |variables: &[Variable], sign: f64| {
            variables.iter().enumerate().map(|(i, v)| (*v, sign * inputs[(k, i)])).collect::<Vec<_>>()
        };
        let row = [signed(&plus, 1.0), signed(&minus, -1.0)].concat();
        problem.add_constraint(row.as_slice(), ComparisonOp::Eq, targets[k]);
    }
    let values = optimum(&problem)?;
    let rough = Vector::from_fn(p, |i, _| values(plus[i]) - values(minus[i]));
    let floor = 1e-9 * rough.amax();
    let support: Vec<usize> = (0..p).filter(|&i| rough[i].abs() > floor).collect();
    let normal = Normal::new(&inputs.select_columns(&support), None)?;
    let mut on_support = normal.step(&-targets);
    let rest = targets - inputs.select_columns(&support) * &on_support;
    on_support += normal.step(&-rest);
    let mut coefficients = Vector::zeros(p);
    for (&i, value) in support.iter().zip(&on_support) {
        coefficients[i] = *value;
    }
    if (&coefficients - &rough).amax() > 1e-5 * rough.amax() {
        return Err(program("the support of the solution does not carry it"));
    }
    Ok(BasisPursuit { value: coefficients.lp_norm(1), coefficients, support })
}

/// Multipliers μ that maximise yᵀμ under ‖Xᵀμ‖_∞ ≤ 1 (to the solver's tolerance), by linear programs with the columns of X that matter.
///
/// The first program has the 4n columns with the largest |xⱼᵀ`guess`|; those that its solution violates join it until there are none.
///
/// # Errors
/// Where the maximum is infinite (y not in the range of X), or the simplex method fails.
pub fn basis_pursuit_dual(inputs: &Matrix, targets: &Vector, guess: &Vector) -> Result<Vector, MinNormError> {
    let (n, p) = inputs.shape();
    let strongest = |mu: &Vector| {
        let sizes = inputs.tr_mul(mu).abs();
        let mut order: Vec<usize> = (0..p).collect();
        order.sort_by(|a, b| sizes[*b].total_cmp(&sizes[*a]));
        (order, sizes)
    };
    let mut used = strongest(guess).0;
    used.truncate(4 * n);
    for _ in 0..CUTS {
        let mu = dual(&inputs.select_columns(&used), targets)?;
        let (order, sizes) = strongest(&mu);
        let violated: Vec<usize> =
            order.into_iter().take_while(|j| sizes[*j] > 1.0 + VIOLATED).filter(|j| !used.contains(j)).collect();
        if violated.is_empty() {
            return Ok(mu);
        }
        used.extend(violated.into_iter().take(n));
    }
    Err(program("the columns that matter were not found"))
}

fn dual(inputs: &Matrix, targets: &Vector) -> Result<Vector, MinNormError> {
    let mut problem = Problem::new(OptimizationDirection::Maximize);
    let variables: Vec<Variable> = targets.iter().map(|y| problem.add_var(*y, (f64::NEG_INFINITY, f64::INFINITY))).collect();
    for i in 0..inputs.ncols() {
        let column: Vec<(Variable, f64)> = variables.iter().enumerate().map(|(k, v)| (*v, inputs[(k, i)])).collect();
        problem.add_constraint(column.as_slice(), ComparisonOp::Le, 1.0);
        problem.add_constraint(column.as_slice(), ComparisonOp::Ge, -1.0);
    }
    let values = optimum(&problem)?;
    Ok(Vector::from_iterator(variables.len(), variables.iter().map(|v| values(*v))))
}

fn optimum(problem: &Problem) -> Result<impl Fn(Variable) -> f64, MinNormError> {
    let outcome = problem.solve().map_err(|error| program(&error.to_string()))?;
    if !outcome.is_optimal() {
        return Err(program("the simplex method ended without a proof of optimality"));
    }
    let solution = outcome.into_solution().map_err(|_| program("the simplex method was interrupted"))?;
    Ok(move |variable| solution.var_value(variable))
}

fn program(what: &str) -> MinNormError {
    MinNormError::LinearProgram { what: what.into() }
}
