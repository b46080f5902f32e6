//! Every model of `MODELS` on several shapes, data and directions: derivatives by slope, products against matrices,
//! invariants against the flow. A model without an example here fails.

use slowflow::data::DataSet;
use slowflow::field::{Curvature, LeastSquares, Regulariser, Residual, Weights};
use slowflow::flow::{Flows, RadauFlows, SlidingFlows};
use slowflow::integrate::Tolerance;
use slowflow::loss::slope;
use slowflow::model::{MODELS, Parameters, Value, find};
use slowflow::numeric::bundle::Bundle;
use slowflow::numeric::seed::Stream;
use slowflow::numeric::{Matrix, Vector};
use std::sync::Arc;

fn normal(stream: &mut Stream, n: usize) -> Vector {
    Vector::from_fn(n, |_, _| stream.normal())
}

fn gaussian(seed: u64, samples: usize, features: usize) -> DataSet {
    let mut stream = Stream::new(seed, "example");
    let inputs = Matrix::from_fn(samples, features, |_, _| stream.normal());
    DataSet::new(inputs, normal(&mut stream, samples))
}

/// Observed entries of a matrix: all, or each with probability one half and the first for sure.
fn entries(seed: u64, rows: usize, columns: usize, all: bool) -> DataSet {
    let mut stream = Stream::new(seed, "example");
    let cells: Vec<(usize, usize)> = (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))).collect();
    let seen: Vec<_> = cells.into_iter().filter(|&ij| all || ij == (0, 0) || stream.uniform() < 0.5).collect();
    let inputs = Matrix::from_fn(seen.len(), 2, |k, c| if c == 0 { seen[k].0 as f64 } else { seen[k].1 as f64 });
    DataSet::new(inputs, normal(&mut stream, seen.len()))
}

fn whole(k: usize) -> Value {
    Value::Integer(k)
}

fn word(text: &str) -> Value {
    Value::Word(text.into())
}

/// Parameters and data of several instances of a model.
fn examples(model: &str) -> Vec<(Parameters, DataSet)> {
    let none = Parameters::default;
    match model {
        "linear-regression" => vec![(none(), gaussian(1, 3, 7)), (none(), gaussian(2, 6, 4))],
        "diagonal-network" => ["product", "difference-of-squares"]
            .iter()
            .flat_map(|kind| {
                [(3, 5), (6, 4), (1, 1)].map(|(n, p)| (none().with("parametrisation", word(kind)), gaussian(3, n, p)))
            })
            .collect(),
        "matrix-factorisation" => [(3, 4, 3, true), (5, 2, 4, false), (1, 1, 1, true), (4, 4, 2, false)]
            .map(|(rows, columns, width, all)| {
                let shape = none().with("rows", whole(rows)).with("columns", whole(columns)).with("width", whole(width));
                (shape, entries(4, rows, columns, all))
            })
            .into(),
        "matrix-sensing" => [(3, 4, 2, 5), (2, 2, 3, 4), (1, 3, 1, 1)]
            .map(|(rows, columns, width, n)| {
                let shape = none().with("rows", whole(rows)).with("columns", whole(columns)).with("width", whole(width));
                (shape, gaussian(6, n, rows * columns))
            })
            .into(),
        "linear-chain" => [(vec![3.0], 1), (vec![4.0], 2), (vec![2.0, 3.0, 2.0], 3), (vec![2.0, 2.0], 1), (vec![], 2)]
            .map(|(widths, outputs)| {
                let mut data = gaussian(7, 5, 4);
                if outputs > 1 {
                    data.inputs.set_column(0, &Vector::from_fn(5, |k, _| (k % outputs) as f64));
                }
                (none().with("widths", Value::List(widths)).with("outputs", whole(outputs)), data)
            })
            .into(),
        "scalar-chain" => [1, 2, 5]
            .map(|depth| (none().with("depth", whole(depth)).with("product", Value::Number(-0.4)), DataSet::empty()))
            .into(),
        "two-layer-network" => ["tanh", "softplus", "quadratic", "relu", "leaky-relu"]
            .iter()
            .flat_map(|kind| {
                [(4, 3, 5, false), (5, 1, 3, true), (2, 4, 1, true)].map(|(n, features, width, bias)| {
                    let shape = none().with("width", whole(width)).with("activation", word(kind));
                    (shape.with("slope", Value::Number(0.1)).with("bias", Value::Flag(bias)), gaussian(5, n, features))
                })
            })
            .collect(),
        "scalar-factorisation" => vec![(none().with("product", Value::Number(0.7)), DataSet::empty())],
        "parabola" => vec![(none(), DataSet::empty())],
        "ellipsoid" => vec![(none().with("axes", Value::List(vec![3.0, 1.5, 0.5])), DataSet::empty())],
        "sphere" => vec![(none().with("dimension", whole(4)), DataSet::empty())],
        "expression" => {
            let texts = |list: &[&str]| Value::Texts(list.iter().map(|t| (*t).into()).collect());
            let model =
                |weights: &[&str], residuals: &[&str]| none().with("weights", texts(weights)).with("residuals", texts(residuals));
            vec![
                (model(&["u", "v"], &["u*v - 1", "exp(u) - v^2/(1 + u^2)"]), DataSet::empty()),
                (model(&["a[3]", "W[3,2]"], &["dot(a, tanh(matvec(W, inputs))) - y", "sum(a^2) - 1"]), gaussian(6, 4, 2)),
                (model(&["a[3]", "b[3]"], &["dot(a, relu(b + x0)) - y", "mean_rows(sin(x0*sum(a))) - 1"]), gaussian(7, 5, 1)),
            ]
        }
        other => panic!("model `{other}` has no example in tests/derivatives.rs: add one"),
    }
}

/// Calls `check` with a name, an instance, random weights, two directions and multipliers: for every example of every
/// model. Directions are short enough that w + hv stays in the cell of w on which r is smooth for all h ≤ 1/16.
fn for_every_instance(check: impl Fn(&str, &dyn Residual, &Weights, [&Weights; 2], &Vector)) {
    for entry in MODELS {
        for (number, (parameters, data)) in examples(entry.name).into_iter().enumerate() {
            let name = format!("{} example {number}", entry.name);
            let model: Arc<dyn Residual> = (entry.build)(&parameters, &data).unwrap_or_else(|e| panic!("{name}: {e}"));
            for seed in 0..3 {
                let mut stream = Stream::new(seed, "instance");
                let (n, d) = (model.samples(), model.dim());
                let w = normal(&mut stream, d);
                let [a, b] = [(); 2].map(|()| inside_cell(model.as_ref(), &w, normal(&mut stream, d)));
                check(&name, model.as_ref(), &w, [&a, &b], &normal(&mut stream, n));
            }
        }
    }
}

fn inside_cell(model: &dyn Residual, w: &Weights, v: Weights) -> Weights {
    let (mut here, mut there) = (Vec::new(), Vec::new());
    model.switches(w, &mut here);
    model.switches(&(w + &v), &mut there);
    let reach = here.iter().zip(&there).map(|(a, b)| (a / (b - a)).abs()).fold(f64::INFINITY, f64::min);
    v * (8.0 * reach).min(1.0)
}

fn difference(a: &Matrix, b: &Matrix) -> f64 {
    (a - b).norm() / a.norm().max(b.norm()).max(f64::MIN_POSITIVE)
}

#[test]
fn taylor_remainders_are_quadratic_and_transposes_agree() {
    for_every_instance(|name, model, w, [v, _], mu| {
        let found = slope::check(model, w, v, mu).unwrap_or_else(|e| panic!("{name}: {e}"));
        for (what, slope) in [("r", found.residual), ("Jᵀμ", found.pull_back)] {
            assert!(slope.is_none_or(|s| (s - 2.0).abs() < 0.1), "{name}: slope {slope:?} of {what}");
        }
        assert!(found.transpose < 1e-13, "{name}: transpose {:.1e}", found.transpose);
    });
}

#[test]
fn jacobian_and_gram_are_their_products() {
    for_every_instance(|name, model, w, _, _| {
        let (n, d) = (model.samples(), model.dim());
        let (mut pushed, mut column) = (Matrix::zeros(n, d), Vector::zeros(n));
        let mut unit = Weights::zeros(d);
        for i in 0..d {
            unit[i] = 1.0;
            model.push_forward(w, &unit, &mut column);
            pushed.set_column(i, &column);
            unit[i] = 0.0;
        }
        let jacobian = model.jacobian(w);
        assert!(difference(&jacobian, &pushed) < 1e-13, "{name}: J");
        let gram = model.gram(w);
        assert!(difference(&gram, &(&pushed * pushed.transpose())) < 1e-13, "{name}: JJᵀ");
        assert!((&gram - gram.transpose()).norm() <= 1e-15 * gram.norm(), "{name}: symmetry of JJᵀ");
    });
}

#[test]
fn products_of_several_columns_are_those_of_each() {
    for_every_instance(|name, model, w, [v, u], c| {
        let (n, d) = (model.samples(), model.dim());
        let bundle = |columns: [&Vector; 2]| {
            let mut bundle = Bundle::zeros(columns[0].len());
            (0..2).for_each(|k| bundle.set_column(k, columns[k]));
            bundle
        };
        let other = -2.0 * c;
        let (points, directions, factors) = (bundle([w, w]), bundle([v, u]), bundle([c, &other]));
        let (mut r, mut g, mut pushed, mut pulled) = (Bundle::zeros(n), Bundle::zeros(d), Bundle::zeros(n), Bundle::zeros(d));
        model.evaluate_each(2, &points, &factors, &mut r, &mut g).unwrap_or_else(|e| panic!("{name}: {e}"));
        model.push_forward_each(2, w, &directions, &mut pushed);
        model.pull_back_each(2, w, &factors, &mut pulled);
        let (mut residual, mut image, mut pull) = (Vector::zeros(n), Vector::zeros(n), Weights::zeros(d));
        model.residual(w, &mut residual).unwrap_or_else(|e| panic!("{name}: {e}"));
        for k in 0..2 {
            model.push_forward(w, &directions.column(k), &mut image);
            model.pull_back(w, &factors.column(k), &mut pull);
            for (what, wrong, scale) in [
                ("residual", (r.column(k) - &residual).amax(), residual.amax()),
                ("pull-back at its point", (g.column(k) - &pull).amax(), pull.amax()),
                ("push-forward", (pushed.column(k) - &image).amax(), image.amax()),
                ("pull-back", (pulled.column(k) - &pull).amax(), pull.amax()),
            ] {
                assert!(wrong <= 1e-13 * (1.0 + scale), "{name}: {what} {wrong:.1e}");
            }
        }
    });
}

#[test]
fn curvature_is_symmetric_and_is_its_product() {
    for_every_instance(|name, model, w, [a, b], mu| {
        let d = model.dim();
        let (mut ca, mut cb) = (Weights::zeros(d), Weights::zeros(d));
        model.curvature_product(w, mu, a, &mut ca);
        model.curvature_product(w, mu, b, &mut cb);
        let scale = ca.norm() * b.norm() + cb.norm() * a.norm();
        assert!((ca.dot(b) - cb.dot(a)).abs() <= 1e-13 * scale, "{name}: symmetry");
        let mut product = Weights::zeros(d);
        match model.curvature(w, mu) {
            Curvature::Operator => return,
            Curvature::Zero => {}
            Curvature::Blocks(blocks) => {
                let mut covered = vec![false; d];
                for (block, copy) in blocks.iter().flat_map(|block| block.copies.iter().map(move |copy| (block, copy))) {
                    assert_eq!(block.matrix, block.matrix.transpose(), "{name}: a block is not symmetric");
                    let part = &block.matrix * Vector::from_fn(copy.len(), |i, _| a[copy[i]]);
                    for (i, value) in copy.iter().zip(&part) {
                        assert!(!std::mem::replace(&mut covered[*i], true), "{name}: weight {i} is in two blocks");
                        product[*i] = *value;
                    }
                }
            }
        }
        assert!((&product - &ca).norm() <= 1e-13 * (product.norm() + ca.norm()), "{name}: blocks");
    });
}

/// Invariants q are quadratic, so a central difference is their derivative exactly: along −Jᵀc − λw it must be −2λq.
#[test]
fn invariants_decay_at_twice_the_weight_decay() {
    let mut met = 0;
    for_every_instance(|name, model, w, _, c| {
        let Some(q) = model.invariants(w) else { return };
        for lambda in [0.0, 0.3] {
            let mut velocity = Weights::zeros(model.dim());
            model.pull_back(w, c, &mut velocity);
            velocity = -velocity - w * lambda;
            let at = |w: Weights| model.invariants(&w).unwrap_or_else(|| panic!("{name}: invariants come and go"));
            let rate = (at(w + &velocity) - at(w - &velocity)) / 2.0;
            let scale = w.norm() * velocity.norm();
            assert!((rate + &q * (2.0 * lambda)).norm() <= 1e-13 * scale, "{name}: λ = {lambda}");
        }
    });
    for entry in MODELS {
        let (parameters, data) = examples(entry.name).swap_remove(0);
        let model = (entry.build)(&parameters, &data).unwrap_or_else(|e| panic!("{}: {e}", entry.name));
        met += usize::from(model.invariants(&Weights::repeat(model.dim(), 0.5)).is_some());
    }
    assert!(met >= 3, "only {met} models have invariants");
}

/// And so they do along every computed run, for every model that has them: fast flow, slow flow and regularised flows, within
/// ten times the tolerance (invariants are quadratic: relative to ‖w₀‖²).
#[test]
fn invariants_hold_along_the_flows_of_every_model() {
    const SLOW: [f64; 3] = [0.1, 0.5, 2.0];
    let rtol = 1e-10;
    let tolerance = Tolerance { rtol, atol: 1e-2 * rtol };
    for entry in MODELS {
        let mut arrived = 0;
        let mut has_invariants = false;
        for (number, (parameters, data)) in examples(entry.name).into_iter().enumerate() {
            let name = format!("{} example {number}", entry.name);
            let residual: Arc<dyn Residual> = (entry.build)(&parameters, &data).unwrap_or_else(|e| panic!("{name}: {e}"));
            let start = normal(&mut Stream::new(1, "flow"), residual.dim());
            let Some(first) = residual.invariants(&start) else { continue };
            has_invariants = true;
            let mut switches = Vec::new();
            residual.switches(&start, &mut switches);
            let c = 1.0 / residual.samples() as f64;
            let loss = LeastSquares { residual: residual.clone(), c, offset: 0.0 };
            let hold = |what: &str, time: f64, w: &Weights, factor: f64| {
                let here = residual.invariants(w).unwrap_or_else(|| panic!("{name}: invariants come and go"));
                let wrong = (here - &first * factor).amax() / start.norm_squared();
                assert!(wrong <= 10.0 * rtol, "{name}, {what}, time {time}: {wrong:.1e}");
            };
            let smooth = RadauFlows::new(&loss, &Regulariser::HalfSquaredNorm, &start, tolerance).ok();
            let walled = SlidingFlows::new(&loss, &Regulariser::HalfSquaredNorm, &start, tolerance).ok();
            let flows: &dyn Flows = match (switches.is_empty(), &smooth, &walled) {
                (true, Some(flows), _) => flows,
                (false, _, Some(flows)) => flows,
                // More residuals than weights: M is no zero-loss set.
                _ => continue,
            };
            // Targets out of the model's reach, a saddle on the way: such an example has no slow flow.
            let Ok(foot) = flows.foot() else { continue };
            arrived += 1;
            hold("foot", foot.time, &foot.w, 1.0);
            for point in flows.fast(&[0.1, 1.0, 5.0]).unwrap_or_else(|e| panic!("{name}: {e}")).points {
                hold("fast flow", point.time, &point.w, 1.0);
            }
            for point in flows.slow(&foot.w, &SLOW).unwrap_or_else(|e| panic!("{name}: {e}")).points {
                hold("slow flow", point.time, &point.w, (-2.0 * point.time).exp());
            }
            for lambda in [1e-1, 1e-4, 1e-9] {
                let times = SLOW.map(|s| s / lambda);
                for point in flows.regularised(lambda, &times).unwrap_or_else(|e| panic!("{name}, λ = {lambda}: {e}")).points {
                    hold("regularised flow", point.time, &point.w, (-2.0 * lambda * point.time).exp());
                }
            }
        }
        assert!(arrived > 0 || !has_invariants, "{}: no example with invariants has a slow flow", entry.name);
    }
}

/// Inside its cell a frozen model is the model; beyond, its derivatives are still those of a smooth function; and at a wall
/// the pull-backs of the two sides differ by κ∇z exactly.
#[test]
fn cells_and_walls_of_models_with_kinks() {
    let met = std::cell::Cell::new(0);
    for_every_instance(|name, model, w, [v, _], mu| {
        let mut z = Vec::new();
        model.switches(w, &mut z);
        let cell = |z: &[f64]| z.iter().map(|z| *z > 0.0).collect::<Vec<bool>>();
        let Some(frozen) = model.in_cell(&cell(&z)) else { return };
        met.set(met.get() + 1);
        let (mut here, mut there) = (Vector::zeros(model.samples()), Vector::zeros(model.samples()));
        for (residual, r) in [(model, &mut here), (frozen.as_ref(), &mut there)] {
            residual.residual(w, r).unwrap_or_else(|e| panic!("{name}: {e}"));
        }
        assert_eq!((here, model.jacobian(w)), (there, frozen.jacobian(w)), "{name}: the cell is another function");
        let far = v * (3.0 * w.norm() / v.norm());
        let found = slope::check(frozen.as_ref(), &(w - &far), &far, mu).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(found.residual.is_none_or(|s| (s - 2.0).abs() < 0.1), "{name}: {found:?} across walls");

        for switch in 0..z.len() {
            let mut gradient = Weights::zeros(model.dim());
            model.wall(w, mu, switch, &mut gradient);
            let wall = w - &gradient * (z[switch] / gradient.norm_squared());
            let kappa = model.wall(&wall, mu, switch, &mut gradient);
            let [below, above] = [false, true].map(|side| {
                let mut pattern = cell(&z);
                pattern[switch] = side;
                let mut pulled = Weights::zeros(model.dim());
                let side = model.in_cell(&pattern).unwrap_or_else(|| panic!("{name}: no cell"));
                side.pull_back(&wall, mu, &mut pulled);
                pulled
            });
            let scale = above.norm() + below.norm();
            assert!((above - below - gradient * kappa).norm() <= 1e-13 * scale, "{name}: wall {switch}");
        }
    });
    assert!(met.get() > 0, "no model knows its cells");
}

#[test]
fn values_that_are_not_finite_are_reported_with_their_place() {
    for_every_instance(|name, model, w, _, _| {
        let mut bad = w.clone();
        bad.fill(f64::NAN);
        let mut r = Vector::zeros(model.samples());
        assert!(model.residual(&bad, &mut r).is_err(), "{name}: NaN weights gave a residual");
    });
}

#[test]
fn misuse_is_refused_with_the_numbers() {
    let build = |name: &str, parameters: Parameters, data: &DataSet| {
        let entry = find(name).unwrap_or_else(|| panic!("{name}"));
        (entry.build)(&parameters, data).err().map(|e| e.to_string()).unwrap_or_default()
    };
    let shape = |width| Parameters::default().with("rows", whole(3)).with("columns", whole(3)).with("width", whole(width));
    let full = entries(9, 3, 3, true);
    assert_eq!(build("matrix-factorisation", shape(3), &full), "");
    // Too narrow for the matrix: its residuals cannot vanish, and M may be the set of critical points (tests/critical.rs).
    assert_eq!(build("matrix-factorisation", shape(2), &full), "");
    assert!(build("matrix-factorisation", shape(0), &full).contains("`width`"));
    let mut outside = full.clone();
    outside.inputs[(4, 1)] = 3.0;
    assert!(build("matrix-factorisation", shape(3), &outside).contains("sample 4 is the entry (1, 3)"));
    let mut twice = full.clone();
    twice.inputs[(4, 1)] = 0.0;
    assert!(build("matrix-factorisation", shape(3), &twice).contains("samples 3 and 4 are both the entry (1, 0)"));
    assert!(build("matrix-factorisation", shape(3), &gaussian(1, 3, 3)).contains("two input columns"));
    let network = |slope| {
        let leaky = Parameters::default().with("width", whole(2)).with("activation", word("leaky-relu"));
        leaky.with("slope", Value::Number(slope))
    };
    assert!(build("two-layer-network", network(1.5), &gaussian(1, 3, 3)).contains("`slope`"));
    assert!(build("two-layer-network", network(0.5), &DataSet::empty()).contains("0 samples"));
    assert!(build("matrix-sensing", shape(2), &gaussian(1, 3, 8)).contains("3·3 = 9 input columns"));
    let chain = |widths: &[f64]| Parameters::default().with("widths", Value::List(widths.into())).with("outputs", whole(2));
    assert!(build("linear-chain", chain(&[2.5]), &gaussian(1, 3, 3)).contains("`widths`"));
    assert!(build("linear-chain", chain(&[2.0]), &gaussian(1, 3, 3)).contains("of output"));
    assert!(build("linear-chain", chain(&[2.0]), &gaussian(1, 3, 1)).contains("no feature"));
    assert!(build("two-layer-network", Parameters::default(), &gaussian(1, 3, 3)).contains("`width`"));
}

#[test]
fn formulas_for_interval_arithmetic_are_the_models() {
    use slowflow::numeric::graph::Graph;
    use slowflow::numeric::interval::Interval;
    let points = |x: &Vector| x.iter().map(|x| Interval::point(*x)).collect::<Vec<_>>();
    let near = |x: Interval, value: f64, name: &str| {
        let slack = 1e-12 * (1.0 + value.abs());
        assert!(x.lo() <= value + slack && value - slack <= x.hi() && x.width() < slack, "{name}: {x:?} {value}");
    };
    let compare = |name: &str, model: &dyn Residual, w: &Weights, v: &Weights, mu: &Vector| {
        let (n, d) = (model.samples(), model.dim());
        let mut graph = Graph::new(d);
        let Some(outputs) = model.formula(&mut graph) else { return false };
        let enclosed = graph.over(&points(w));
        let mut r = Vector::zeros(n);
        model.residual(w, &mut r).unwrap_or_else(|e| panic!("{name}: {e}"));
        enclosed.values(&outputs).into_iter().zip(&r).for_each(|(x, value)| near(x, *value, name));
        let (rows, jacobian) = (enclosed.jacobian(&outputs), model.jacobian(w));
        (0..n * d).for_each(|e| near(rows[e % n][e / n], jacobian[(e % n, e / n)], name));
        let mut curved = Weights::zeros(d);
        model.curvature_product(w, mu, v, &mut curved);
        let hessian = enclosed.hessian(&outputs, &points(mu));
        for (row, value) in hessian.iter().zip(&curved) {
            near(row.iter().zip(v).map(|(a, v)| *a * Interval::point(*v)).sum(), *value, name);
        }
        true
    };
    for_every_instance(|name, model, w, [v, _], mu| {
        let mut z = Vec::new();
        model.switches(w, &mut z);
        assert_eq!(compare(name, model, w, v, mu), z.is_empty(), "{name}: kinks have no formula, all else has");
        if let Some(frozen) = model.in_cell(&z.iter().map(|z| *z > 0.0).collect::<Vec<_>>()) {
            assert!(compare(name, frozen.as_ref(), w, v, mu), "{name}: a frozen cell has a formula");
        }
    });
}
