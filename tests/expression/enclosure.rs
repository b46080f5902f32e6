//! Formulas in interval arithmetic: values and derivatives against the tape's, and KKT points of user-defined problems proved.

use std::sync::Arc;

use slowflow::data::DataSet;
use slowflow::field::{LeastSquares, Regulariser, Residual, Weights};
use slowflow::min_norm::{self, Certificate, Kind, Options};
use slowflow::model::expression::{Expression, Formulas};
use slowflow::numeric::graph::Graph;
use slowflow::numeric::interval::Interval;
use slowflow::numeric::seed::Stream;
use slowflow::numeric::{Matrix, Vector};

fn data() -> DataSet {
    let mut stream = Stream::new(1, "enclosure");
    DataSet::new(Matrix::from_fn(3, 2, |_, _| stream.normal()), Vector::from_fn(3, |_, _| stream.normal()))
}

fn formulas(weights: &[&str], residuals: &[&str]) -> Formulas {
    Expression::new(weights, &data()).and_then(|e| e.residuals(residuals)).unwrap_or_else(|e| panic!("{e}"))
}

const SMOOTH: [&str; 12] = [
    "exp(u*v) - u/3",
    "log(2 + u^2) + v/(1 + u^2)",
    "tanh(u*x0 + v) - y",
    "sigmoid(u - v)*x1 - y",
    "softplus(u*x0) + v*x1 - y",
    "sqrt(1 + u^2 + v^2)",
    "sin(3*u)*cos(v) - 1/(2 + sin(u))",
    "(u - v)^5 - u^4*v^3 + 2*u^-2",
    "(1 + u^2)^2.5 - (3 + v^2)^-0.7",
    "u^2*(v - 0.1) - u*v*x0*x1 + 7",
    "mean_rows((u*x0 - y)^2) + sum_rows(v*x1)",
    "pi*u^v - exp(0.3)*v",
];

#[test]
fn enclosures_contain_values_jacobian_and_curvature_of_the_tape() {
    let mut stream = Stream::new(2, "enclosure");
    for text in SMOOTH {
        let model = formulas(&["u", "v"], &[text]);
        let n = model.samples();
        let mut graph = Graph::new(2);
        let nodes = model.formula(&mut graph).unwrap_or_else(|| panic!("{text} has no formula"));
        assert_eq!(nodes.len(), n);
        for _ in 0..20 {
            let w = Weights::from_fn(2, |_, _| 0.3 + stream.uniform());
            let point: Vec<Interval> = w.iter().map(|x| Interval::point(*x)).collect();
            let enclosed = graph.over(&point);
            let close = |x: Interval, value: f64, what: &str| {
                let slack = 1e-13 * value.abs().max(1.0);
                assert!(x.lo() <= value + slack && value - slack <= x.hi(), "{text}, {what}: {x:?} {value}");
                assert!(x.width() <= 1e-11 * value.abs().max(1.0), "{text}, {what}: {x:?}");
            };
            let mut r = Vector::zeros(n);
            model.residual(&w, &mut r).expect("inside the domain");
            enclosed.values(&nodes).into_iter().zip(&r).for_each(|(x, value)| close(x, *value, "value"));
            let jacobian = model.jacobian(&w);
            for (k, row) in enclosed.jacobian(&nodes).into_iter().enumerate() {
                row.into_iter().enumerate().for_each(|(i, x)| close(x, jacobian[(k, i)], "derivative"));
            }
            let mu = Vector::from_fn(n, |_, _| stream.normal());
            let weights: Vec<Interval> = mu.iter().map(|m| Interval::point(*m)).collect();
            let hessian = enclosed.hessian(&nodes, &weights);
            for (i, row) in hessian.iter().enumerate() {
                let mut column = Weights::zeros(2);
                model.curvature_product(&w, &mu, &Weights::from_fn(2, |j, _| if i == j { 1.0 } else { 0.0 }), &mut column);
                row.iter().zip(&column).for_each(|(x, value)| close(*x, *value, "curvature"));
            }
        }
    }
    assert!(formulas(&["u", "v"], &["relu(u) + abs(v)"]).formula(&mut Graph::new(2)).is_none());
}

#[test]
fn kkt_points_of_problems_given_by_formulas_are_proved() {
    let half = Regulariser::HalfSquaredNorm;
    for (weights, text, start) in [
        (vec!["u", "v", "w"], "exp(u*v) + w^2 - 3", vec![1.2, 0.4, 0.8]),
        (vec!["u", "v"], "sin(u) + cos(2*v) - 0.4", vec![0.9, 0.6]),
        (vec!["u", "v"], "log(u) + sqrt(v) - 1", vec![1.0, 1.5]),
        (vec!["u", "v"], "(1 + u^3)/v - 2", vec![0.4, 0.8]),
        (vec!["u", "v", "w"], "softplus(u)*sigmoid(v) + tanh(w) - 1", vec![1.2, 0.8, 0.5]),
    ] {
        let model = Expression::new(&weights, &DataSet::empty()).and_then(|e| e.residuals(&[text])).expect("a formula");
        let loss = LeastSquares { residual: Arc::new(model), c: 1.0, offset: 0.0 };
        let point = min_norm::solve(&loss, &half, &Weights::from_vec(start), &Options::default())
            .unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(min_norm::classify(&loss, &half, &point).expect("finite values").kind, Kind::StrictMinimum, "{text}");
        match min_norm::certify(&loss, &half, &point.w, &point.multipliers, point.size) {
            Certificate::Proved(found) => {
                assert!(found.distance < 1e-10, "{text}: {}", found.distance);
                assert!((found.norm_squared.lo() - point.norm_squared).abs() < 1e-10, "{text}");
            }
            other => panic!("{text}: {other:?}"),
        }
        // A point beside it is refuted, not proved.
        let beside = &point.w + Weights::repeat(point.w.len(), 1e-3);
        let verdict = min_norm::certify(&loss, &half, &beside, &point.multipliers, point.size);
        assert_eq!(verdict.name(), "refuted", "{text}: {verdict:?}");
    }
}
