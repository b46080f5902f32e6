//! Losses that are no sum of squares, the structure of the curvature, and threads.

use std::sync::Arc;

use slowflow::data::DataSet;
use slowflow::field::{Curvature, LeastSquares, Loss, Residual, Weights};
use slowflow::model::expression::{Expression, Formulas};
use slowflow::numeric::Vector;
use slowflow::numeric::seed::Stream;

use super::against_built_in::{close, twins};
use super::{formulas, gaussian, normal};

#[test]
fn a_loss_over_data_rows_is_the_sum_of_squares_it_says() {
    let data = gaussian(5, 6, 2);
    let names = || Expression::new(&["a[3]", "W[3,2]"], &data).unwrap_or_else(|e| panic!("{e}"));
    let residual = names().residuals(&["dot(a, tanh(matvec(W, inputs))) - y"]).unwrap_or_else(|e| panic!("{e}"));
    let squares = LeastSquares { residual: Arc::new(residual), c: 1.0 / 6.0, offset: 0.0 };
    let loss = names()
        .define("r = dot(a, tanh(matvec(W, inputs))) - y")
        .and_then(|e| e.loss("mean_rows(r^2)/2"))
        .unwrap_or_else(|e| panic!("{e}"));
    let mut stream = Stream::new(1, "loss");
    let (w, v) = (normal(&mut stream, 9), normal(&mut stream, 9));
    let (mut a, mut b) = (Weights::zeros(9), Weights::zeros(9));
    let value = |l: &dyn Loss| l.value(&w).unwrap_or_else(|e| panic!("{e}"));
    assert!((value(&loss) - value(&squares)).abs() < 1e-14 * value(&squares));
    for product in [false, true] {
        let run = |l: &dyn Loss, out: &mut Weights| if product { l.hessian_product(&w, &v, out) } else { l.gradient(&w, out) };
        assert_eq!((run(&loss, &mut a), run(&squares, &mut b)), (Ok(()), Ok(())));
        close("loss", a.as_slice(), b.as_slice());
    }
    for (text, part) in [("a[0]*x0", "mean_rows"), ("a", "sum(…)"), ("pi", "no weight")] {
        let message = names().loss(text).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn structure_is_found() {
    let none = DataSet::empty();
    let affine = formulas(&["u", "w[3]"], &["2*u - sum(w) + 1", "w[0]/3"], &none);
    assert!(affine.is_affine() && matches!(affine.curvature(&Vector::zeros(4), &Vector::zeros(2)), Curvature::Zero));
    let kinked = formulas(&["u"], &["relu(u) - 1"], &none);
    let mut walls = Vec::new();
    kinked.switches(&Vector::repeat(1, -0.5), &mut walls);
    assert!(!kinked.is_affine() && walls == [-0.5]);
    let blocks = |weights: &[&str], residuals: &[&str], d: usize| {
        let model = formulas(weights, residuals, &none);
        match model.curvature(&Vector::repeat(d, 0.5), &Vector::repeat(model.samples(), 1.0)) {
            Curvature::Blocks(blocks) => blocks.into_iter().flat_map(|b| b.copies).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(blocks(&["u", "v", "w[2]"], &["u*w[1] + sin(v) + w[0]"], 4), [vec![0, 3], vec![1]]);
    // A denominator couples what is above it; a sum couples nothing until it is bent.
    assert_eq!(blocks(&["u", "v", "w[2]"], &["(u + v)/w[0] + w[1]"], 4), [vec![0, 1, 2]]);
    assert_eq!(blocks(&["u", "v", "w[2]"], &["exp(u + v) + w[0]^3*w[1]"], 4), [vec![0, 1], vec![2, 3]]);
}

#[test]
fn results_do_not_depend_on_who_asked_before() {
    let (_, model, _) = twins().swap_remove(3);
    let ws: Vec<Weights> = (0..8).map(|k| normal(&mut Stream::new(k, "threads"), model.dim())).collect();
    let run = |w: &Weights| {
        let (mut r, mut g) = (Vector::zeros(model.samples()), Weights::zeros(model.dim()));
        model.residual(w, &mut r).unwrap_or_else(|e| panic!("{e}"));
        model.curvature_product(w, &r, w, &mut g);
        (r, g, model.jacobian(w))
    };
    let alone: Vec<_> = ws.iter().map(run).collect();
    std::thread::scope(|scope| {
        let (run, ws, alone) = (&run, &ws, &alone);
        (0..3).for_each(|_| drop(scope.spawn(move || (0..40).for_each(|k| assert!(run(&ws[k % 8]) == alone[k % 8])))));
    });
}

#[test]
fn a_recorded_function_is_the_formula_it_computes() {
    let data = gaussian(8, 5, 2);
    let formula = formulas(&["a[3]", "W[3,2]"], &["dot(a, tanh(matvec(W, inputs))) - y + a[0]^3/(1 + exp(-a[1]))"], &data);
    let recorded = Formulas::record(9, |w| {
        let neuron = |j: usize, k: usize| (w[3 + 2 * j] * data.inputs[(k, 0)] + data.inputs[(k, 1)] * w[4 + 2 * j]).tanh();
        let head = w[0].pow(3.0) / (1.0 + (-w[1]).exp());
        let output = |k: usize| w[0] * neuron(0, k) + w[1] * neuron(1, k) + w[2] * neuron(2, k);
        (0..5).map(|k| output(k) - data.targets[k] + head).collect()
    });
    let recorded = recorded.unwrap_or_else(|e| panic!("{e}"));
    let mut stream = Stream::new(1, "record");
    let (w, v, mu) = (normal(&mut stream, 9), normal(&mut stream, 9), normal(&mut stream, 5));
    let both = |f: &dyn Fn(&Formulas) -> Vec<f64>| close("recorded", &f(&recorded), &f(&formula));
    both(&|m| m.jacobian(&w).as_slice().to_vec());
    both(&|m| {
        let mut out = Weights::zeros(9);
        m.curvature_product(&w, &mu, &v, &mut out);
        out.as_slice().to_vec()
    });
    for (name, refused) in [
        ("no residuals", Formulas::record(2, |_| Vec::new())),
        ("no weight", Formulas::record(2, |w| vec![w[0] * 0.0 + 1.0])),
        ("inf", Formulas::record(2, |w| vec![w[0] / 0.0])),
    ] {
        assert!(refused.err().is_some_and(|e| e.to_string().contains(name)), "{name}");
    }
    let outside = Formulas::record(1, |w| vec![w[0].ln()]).map(|m| m.residual(&Vector::repeat(1, -1.0), &mut Vector::zeros(1)));
    assert!(outside.is_ok_and(|r| r.is_err_and(|e| e.to_string().contains("operation 1 (log) is NaN of -1"))));
}

#[test]
fn a_loss_that_is_a_sum_of_squares_gives_its_residuals() {
    let data = gaussian(9, 5, 2);
    let names = || {
        Expression::new(&["a[3]", "W[3,2]", "u"], &data)
            .and_then(|e| e.define("r = dot(a, tanh(matvec(W, inputs))) - y"))
            .unwrap_or_else(|e| panic!("{e}"))
    };
    let mut stream = Stream::new(2, "squares");
    let (w, v) = (normal(&mut stream, 10), normal(&mut stream, 10));
    for text in [
        "mean_rows(r^2)/2",
        "mean_rows(r^2)/2 + 3*(u - 1)^2",
        "mean_rows(r^2 + u^4 + mean_rows(3*r^2)) + sum_rows((x0 - u)^2)",
        "sum(a^2) + u^4 + sum_rows((x0*u)^2*r^2)",
        "(u*a[0] - 1)^2/(1 + u^2)^2 + 0.25*(a[1] - u)^6",
    ] {
        let loss = names().loss(text).unwrap_or_else(|e| panic!("{e}"));
        let residual = names().squares(text).unwrap_or_else(|e| panic!("{e}"));
        let squares = LeastSquares { residual: Arc::new(residual), c: 2.0, offset: 0.0 };
        let value = |l: &dyn Loss| l.value(&w).unwrap_or_else(|e| panic!("{e}"));
        assert!((value(&loss) - value(&squares)).abs() < 1e-13 * value(&loss), "{text}");
        let (mut a, mut b) = (Weights::zeros(10), Weights::zeros(10));
        for product in [false, true] {
            let run =
                |l: &dyn Loss, out: &mut Weights| if product { l.hessian_product(&w, &v, out) } else { l.gradient(&w, out) };
            assert_eq!((run(&loss, &mut a), run(&squares, &mut b)), (Ok(()), Ok(())));
            close(text, a.as_slice(), b.as_slice());
        }
    }
    for text in ["u^2 + u", "u^2 - sum(a^2)", "mean_rows(softplus(r))", "exp(u)", "u^2 + u^3", "u^2 + 1"] {
        let error = names().squares(text).err().unwrap_or_else(|| panic!("{text} was taken apart"));
        assert!(error.to_string().contains("no sum of squares"), "{error}");
    }
}
