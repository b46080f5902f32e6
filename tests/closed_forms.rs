//! Closed forms against integrated flows on the posed problems, and what they say about themselves.

use std::path::Path;
use std::sync::Arc;

use slowflow::field::{Objective, Regulariser, Weights};
use slowflow::flow::exact::{self, ClosedForm};
use slowflow::flow::{ExplicitFlows, Flows};
use slowflow::integrate::{Explicit, Order, Tolerance};
use slowflow::problem::{Parameters, ProblemFile};
use slowflow::{data, loss, model};

struct Posed {
    loss: slowflow::field::LeastSquares,
    start: Weights,
    form: Box<dyn ClosedForm>,
    slow_times: Vec<f64>,
}

fn posed(file: &str) -> Posed {
    let problem = ProblemFile::read(&Path::new("problems").join(file)).unwrap_or_else(|e| panic!("{e}"));
    let data = data::load(&problem).unwrap_or_else(|e| panic!("{e}")).train;
    let entry = model::find(&problem.model.kind).unwrap_or_else(|| panic!("{file}"));
    let parameters = Parameters::resolve(entry.parameters, &problem.model, &problem.path).unwrap_or_else(|e| panic!("{e}"));
    let residual = (entry.build)(&parameters, &data).unwrap_or_else(|e| panic!("{e}"));
    let start = data::start(&problem, residual.dim()).unwrap_or_else(|e| panic!("{e}"));
    let c = problem.factor.c(residual.samples());
    let form = exact::find(entry.name).unwrap_or_else(|| panic!("{file}: no closed form"));
    let form = (form.build)(&parameters, &data, c, &start).unwrap_or_else(|e| panic!("{e}"));
    let loss = loss::least_squares(residual, c).unwrap_or_else(|e| panic!("{e}"));
    Posed { loss, start, form, slow_times: problem.slow_times }
}

const FILES: &[&str] = &[
    "linear_regression/lr50.toml",
    "diagonal_network/dln80.toml",
    "diagonal_network/squares.toml",
    "scalar_factorisation/hyperbola.toml",
    "parabola/right_branch.toml",
    "ellipsoid/three_axes.toml",
    "sphere/control.toml",
];

#[test]
fn every_closed_form_is_tested() {
    let models: Vec<String> = FILES.iter().map(|file| file.split('/').next().unwrap_or("").replace('_', "-")).collect();
    for form in exact::FORMS {
        assert!(model::find(form.name).is_some() && models.iter().any(|m| m == form.name), "{}", form.name);
    }
}

#[test]
fn foot_points_and_slow_flows_agree_with_integrated_ones() {
    for file in FILES {
        let Posed { loss, start, form, slow_times } = posed(file);
        let objective = Objective { loss: Arc::new(loss.clone()), regulariser: Regulariser::HalfSquaredNorm };
        let method = Explicit::adaptive(Order::Eight, Tolerance { rtol: 1e-12, atol: 1e-14 }, 20_000_000);
        let flows = ExplicitFlows::new(&objective, &loss, &start, method).unwrap_or_else(|e| panic!("{file}: {e}"));
        let foot = flows.foot().unwrap_or_else(|e| panic!("{file}: {e}")).w;
        let closed = |s| form.slow(s).unwrap_or_else(|e| panic!("{file}: {e}"));
        let wrong = (&foot - closed(0.0)).norm() / foot.norm();
        assert!(wrong < 1e-9, "{file}: foot points differ by {wrong:.1e}");
        let slow = flows.slow(&foot, &slow_times).unwrap_or_else(|e| panic!("{file}: {e}"));
        for point in &slow.points {
            let wrong = (&point.w - closed(point.time)).norm() / foot.norm();
            assert!(wrong < 1e-9, "{file}: w°({}) differ by {wrong:.1e}", point.time);
        }
    }
}

#[test]
fn limits_are_the_ends_of_the_slow_flow() {
    for file in FILES {
        let Posed { loss, form, .. } = posed(file);
        let Some(limit) = form.limit() else { continue };
        let end = form.slow(60.0).unwrap_or_else(|e| panic!("{file}: {e}"));
        assert!((&end - &limit).norm() < 1e-10, "{file}: {end} is not {limit}");
        let mut r = slowflow::numeric::Vector::zeros(loss.residual.samples());
        loss.residual.residual(&limit, &mut r).unwrap_or_else(|e| panic!("{file}: {e}"));
        assert!(r.norm() < 1e-13, "{file}: the limit is not on M");
    }
}

/// The slow flow of these three is the foot point of a shrunk start: w°(s) = Φ(e^{−s}w₀).
#[test]
fn shrinking_the_start_commutes_with_the_flow_where_it_should() {
    for file in ["diagonal_network/squares.toml", "ellipsoid/three_axes.toml", "linear_regression/lr50.toml"] {
        let problem = ProblemFile::read(&Path::new("problems").join(file)).unwrap_or_else(|e| panic!("{e}"));
        let whole = posed(file);
        let entry = model::find(&problem.model.kind).unwrap_or_else(|| panic!("{file}"));
        let parameters = Parameters::resolve(entry.parameters, &problem.model, &problem.path).unwrap_or_else(|e| panic!("{e}"));
        let data = data::load(&problem).unwrap_or_else(|e| panic!("{e}")).train;
        let form = exact::find(entry.name).unwrap_or_else(|| panic!("{file}"));
        let shrunk = &whole.start * (-0.7_f64).exp();
        let shrunk = (form.build)(&parameters, &data, whole.loss.c, &shrunk).unwrap_or_else(|e| panic!("{e}"));
        let (a, b) = (shrunk.slow(0.0), whole.form.slow(0.7));
        let (a, b) = (a.unwrap_or_else(|e| panic!("{e}")), b.unwrap_or_else(|e| panic!("{e}")));
        assert!((&a - &b).norm() < 1e-13 * b.norm(), "{file}");
    }
}

/// Literature values of the derivations: parabola from (1.3, −0.4), ellipsoid (3, 1.5, 0.5) from (0.8, −1.2, 1.5).
#[test]
fn tabulated_values_are_met() {
    let near = |found: &Weights, table: &[f64]| {
        for (x, y) in found.iter().zip(table) {
            assert!((x - y).abs() < 1e-8, "{found} is not {table:?}");
        }
    };
    let at = |file, s| posed(file).form.slow(s).unwrap_or_else(|e| panic!("{e}"));
    near(&at("parabola/right_branch.toml", 0.0), &[0.414_359_01, 0.171_693_39]);
    near(&at("ellipsoid/three_axes.toml", 6.0), &[0.576_222_69, -0.050_704_67, 0.009_569_05]);
}
