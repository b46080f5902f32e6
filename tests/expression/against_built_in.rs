//! Built-in models written as formulas agree with the built-in ones, product by product.

use std::sync::Arc;

use slowflow::data::DataSet;
use slowflow::field::{Curvature, LeastSquares, Regulariser, Residual, Weights};
use slowflow::flow::RadauFlows;
use slowflow::integrate::Tolerance;
use slowflow::model::expression::Formulas;
use slowflow::model::{Parameters, Value, find};
use slowflow::numeric::seed::Stream;
use slowflow::numeric::{Matrix, Vector};

use super::{formulas, gaussian, normal};

pub fn close(name: &str, ours: &[f64], theirs: &[f64]) {
    let (a, b) = (Vector::from_column_slice(ours), Vector::from_column_slice(theirs));
    let relative = (&a - &b).norm() / b.norm().max(f64::MIN_POSITIVE);
    assert!(relative < 1e-13, "{name}: relative difference {relative:e}");
}

fn dense(curvature: Curvature, d: usize) -> Matrix {
    let mut matrix = Matrix::zeros(d, d);
    if let Curvature::Blocks(blocks) = curvature {
        for block in &blocks {
            for copy in &block.copies {
                for (a, &i) in copy.iter().enumerate() {
                    copy.iter().enumerate().for_each(|(b, &j)| matrix[(i, j)] = block.matrix[(a, b)]);
                }
            }
        }
    }
    matrix
}

/// Residual, products, Jacobian, Gram matrix and curvature of two models at random weights.
fn compare(name: &str, ours: &dyn Residual, theirs: &dyn Residual) {
    let (n, d) = (theirs.samples(), theirs.dim());
    assert_eq!((ours.samples(), ours.dim()), (n, d), "{name}");
    for seed in 0..3 {
        let mut stream = Stream::new(seed, name);
        let (w, v, c) = (normal(&mut stream, d), normal(&mut stream, d), normal(&mut stream, n));
        let both = |f: &dyn Fn(&dyn Residual) -> Vec<f64>, what: &str| close(&format!("{name}, {what}"), &f(ours), &f(theirs));
        let vector = |n: usize, f: &dyn Fn(&mut Vector)| {
            let mut out = Vector::repeat(n, f64::NAN);
            f(&mut out);
            out.as_slice().to_vec()
        };
        both(&|m| vector(n, &|out| m.residual(&w, out).unwrap_or_else(|e| panic!("{e}"))), "r");
        both(&|m| vector(n, &|out| m.push_forward(&w, &v, out)), "Jv");
        both(&|m| vector(d, &|out| m.pull_back(&w, &c, out)), "Jᵀc");
        both(&|m| vector(d, &|out| m.curvature_product(&w, &c, &v, out)), "curvature product");
        both(&|m| m.jacobian(&w).as_slice().to_vec(), "J");
        both(&|m| m.gram(&w).as_slice().to_vec(), "JJᵀ");
        both(&|m| dense(m.curvature(&w, &c), d).as_slice().to_vec(), "curvature");
        assert!(!matches!(ours.curvature(&w, &c), Curvature::Operator), "{name}: no blocks found");
    }
}

/// A built-in model with about 100 weights and the same as formulas.
pub fn twins() -> Vec<(&'static str, Formulas, Arc<dyn Residual>)> {
    let built = |name: &str, parameters: Parameters, data: &DataSet| {
        find(name).map(|e| (e.build)(&parameters, data)).and_then(Result::ok).unwrap_or_else(|| panic!("{name}"))
    };
    let word = |text: &str| Value::Word(text.into());
    let none = Parameters::default;
    let regression = gaussian(1, 20, 50);
    let cells: Vec<(usize, usize)> =
        (0..10).flat_map(|i| (0..10).map(move |j| (i, j))).filter(|(i, j)| (i + 3 * j) % 4 != 0).collect();
    let observed = Matrix::from_fn(cells.len(), 2, |k, c| if c == 0 { cells[k].0 } else { cells[k].1 } as f64);
    let entries = DataSet::new(observed, normal(&mut Stream::new(2, "entries"), cells.len()))
        .with_names(vec!["row".into(), "column".into()]);
    let curve = gaussian(3, 30, 1);
    let plane = gaussian(4, 12, 3);
    let factors = none().with("rows", Value::Integer(10)).with("columns", Value::Integer(10)).with("width", Value::Integer(5));
    let tanh = |width: usize, bias| none().with("width", Value::Integer(width)).with("bias", Value::Flag(bias));
    vec![
        (
            "diagonal network, product",
            formulas(&["u[50]", "v[50]"], &["dot(inputs, u*v) - y"], &regression),
            built("diagonal-network", none(), &regression),
        ),
        (
            "diagonal network, difference",
            formulas(&["u[50]", "v[50]"], &["dot(inputs, u^2 - v^2) - y"], &regression),
            built("diagonal-network", none().with("parametrisation", word("difference-of-squares")), &regression),
        ),
        (
            "matrix factorisation",
            formulas(&["U[10,5]", "V[10,5]"], &["dot(U[row], V[column]) - y"], &entries),
            built("matrix-factorisation", factors, &entries),
        ),
        (
            "tanh network",
            formulas(&["a[25]", "W[25,3]"], &["dot(a, tanh(matvec(W, inputs))) - y"], &plane),
            built("two-layer-network", tanh(25, false), &plane),
        ),
        (
            "tanh network with bias",
            formulas(&["a[33]", "W[33,2]"], &["dot(a, tanh(matvec(W, [x0, 1]))) - y"], &curve),
            built("two-layer-network", tanh(33, true), &curve),
        ),
    ]
}

#[test]
fn formulas_agree_with_the_built_in_models() {
    for (name, ours, theirs) in twins() {
        compare(name, &ours, theirs.as_ref());
    }
}

/// w^λ(s/λ) at two slow times by the default method.
fn flow(residual: Arc<dyn Residual>, start: &Weights) -> Vec<f64> {
    let loss = LeastSquares { c: 1.0 / residual.samples() as f64, residual, offset: 0.0 };
    let tolerance = Tolerance { rtol: 1e-12, atol: 1e-13 };
    let flows = RadauFlows::new(&loss, &Regulariser::HalfSquaredNorm, start, tolerance).unwrap_or_else(|e| panic!("{e}"));
    let run = flows.in_slow_time(1e-3, &[0.2, 1.0]).unwrap_or_else(|e| panic!("{e}"));
    run.trajectory.points.iter().flat_map(|p| p.w.iter().copied()).collect()
}

#[test]
fn flows_of_formulas_are_those_of_the_built_in_models() {
    for (name, ours, theirs) in twins() {
        let start = normal(&mut Stream::new(1, name), theirs.dim());
        let (a, b) = (Vector::from_vec(flow(theirs, &start)), Vector::from_vec(flow(Arc::new(ours), &start)));
        assert!((&a - &b).norm() < 1e-10 * a.norm(), "{name}: {:e}", (&a - &b).norm() / a.norm());
    }
}
