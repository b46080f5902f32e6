//! Derivatives of random formulas against an evaluation in hyper-dual numbers that shares nothing with the parser.

use slowflow::field::{Residual, Weights};
use slowflow::loss::slope;
use slowflow::model::expression::{Expression, Problem};
use slowflow::numeric::Vector;
use slowflow::numeric::seed::Stream;

use super::{gaussian, normal};

/// a + bε₁ + cε₂ + dε₁ε₂ with ε₁² = ε₂² = 0: f(w + ε₁v + ε₂u) has ⟨∇f, v⟩, ⟨∇f, u⟩ and uᵀ∇²f v as its parts.
#[derive(Clone, Copy)]
struct HyperDual([f64; 4]);

impl HyperDual {
    fn constant(x: f64) -> Self {
        HyperDual([x, 0.0, 0.0, 0.0])
    }

    fn apply(self, f: f64, first: f64, second: f64) -> Self {
        let [_, b, c, d] = self.0;
        HyperDual([f, first * b, first * c, first * d + second * b * c])
    }

    fn plus(self, o: Self, sign: f64) -> Self {
        HyperDual(std::array::from_fn(|k| self.0[k] + sign * o.0[k]))
    }

    fn times(self, o: Self) -> Self {
        let ([a, b, c, d], [x, y, z, w]) = (self.0, o.0);
        HyperDual([a * x, a * y + b * x, a * z + c * x, a * w + d * x + b * z + c * y])
    }

    fn inverse(self) -> Self {
        let x = self.0[0];
        self.apply(1.0 / x, -1.0 / (x * x), 2.0 / (x * x * x))
    }
}

/// A random formula with its value: written and evaluated side by side, so that the evaluation shares nothing with the parser.
fn random_formula(stream: &mut Stream, depth: usize, w: &[HyperDual], row: &[f64]) -> (String, HyperDual) {
    let inner = |stream: &mut Stream| random_formula(stream, depth - 1, w, row);
    if depth == 0 {
        return match stream.index(4) {
            0 => {
                let c = (stream.uniform() * 200.0).round() / 100.0 + 0.01;
                (format!("{c}"), HyperDual::constant(c))
            }
            1 => {
                let j = stream.index(row.len());
                (format!("x{j}"), HyperDual::constant(row[j]))
            }
            _ => {
                let i = stream.index(w.len());
                (format!("w[{i}]"), w[i])
            }
        };
    }
    let one = HyperDual::constant(1.0);
    match stream.index(14) {
        0..=2 => {
            let ((s, a), (t, b)) = (inner(stream), inner(stream));
            if stream.uniform() < 0.5 {
                (format!("{s} + ({t})"), a.plus(b, 1.0))
            } else {
                (format!("{s} - ({t})"), a.plus(b, -1.0))
            }
        }
        3..=5 => {
            let ((s, a), (t, b)) = (inner(stream), inner(stream));
            (format!("({s})*({t})"), a.times(b))
        }
        6 => {
            let ((s, a), (t, b)) = (inner(stream), inner(stream));
            (format!("({s})/(1 + ({t})^2)"), a.times(one.plus(b.times(b), 1.0).inverse()))
        }
        7 => {
            let (s, a) = inner(stream);
            let y = a.0[0].tanh();
            (format!("tanh({s})"), a.apply(y, 1.0 - y * y, -2.0 * y * (1.0 - y * y)))
        }
        8 => {
            let (s, a) = inner(stream);
            let (sin, cos) = a.0[0].sin_cos();
            if stream.uniform() < 0.5 {
                (format!("sin({s})"), a.apply(sin, cos, -sin))
            } else {
                (format!("cos({s})"), a.apply(cos, -sin, -cos))
            }
        }
        9 => {
            let (s, a) = inner(stream);
            let y = (-a.0[0] * a.0[0]).exp();
            let x = a.0[0];
            (format!("exp(-({s})^2)"), a.apply(y, -2.0 * x * y, (4.0 * x * x - 2.0) * y))
        }
        10 => {
            let (s, a) = inner(stream);
            let q = one.plus(a.times(a), 1.0);
            let x = q.0[0];
            if stream.uniform() < 0.5 {
                (format!("log(1 + ({s})^2)"), q.apply(x.ln(), 1.0 / x, -1.0 / (x * x)))
            } else {
                (format!("sqrt(1 + ({s})^2)"), q.apply(x.sqrt(), 0.5 / x.sqrt(), -0.25 / (x * x.sqrt())))
            }
        }
        11 => {
            let (s, a) = inner(stream);
            let x = a.0[0];
            let p = 1.0 / (1.0 + (-x).exp());
            if stream.uniform() < 0.5 {
                (format!("softplus({s})"), a.apply(x.max(0.0) + (-x.abs()).exp().ln_1p(), p, p * (1.0 - p)))
            } else {
                (format!("sigmoid({s})"), a.apply(p, p * (1.0 - p), p * (1.0 - p) * (1.0 - 2.0 * p)))
            }
        }
        12 => {
            let (s, a) = inner(stream);
            let k = 2 + stream.index(4);
            let mut value = one;
            (0..k).for_each(|_| value = value.times(a));
            (format!("({s})^{k}"), value)
        }
        _ => {
            let (s, a) = inner(stream);
            let q = one.plus(a.times(a), 1.0);
            let x = q.0[0];
            let p = [2.5, -1.5, 0.3][stream.index(3)];
            (format!("(1 + ({s})^2)^({p})"), q.apply(x.powf(p), p * x.powf(p - 1.0), p * (p - 1.0) * x.powf(p - 2.0)))
        }
    }
}

#[test]
fn derivatives_of_200_random_formulas_are_exact_to_round_off() {
    let (d, n) = (5, 3);
    let mut checked = 0;
    for seed in 0.. {
        let mut stream = Stream::new(seed, "formula");
        let data = gaussian(seed, n, 2);
        let (w, v, u) = (normal(&mut stream, d) * 0.7, normal(&mut stream, d), normal(&mut stream, d));
        let depth = 2 + stream.index(4);
        let mut text = String::new();
        let rows: Vec<[f64; 4]> = (0..n)
            .map(|k| {
                let duals: Vec<HyperDual> = (0..d).map(|i| HyperDual([w[i], v[i], u[i], 0.0])).collect();
                let row: Vec<f64> = data.inputs.row(k).iter().copied().collect();
                // The same random choices for every row.
                let (formula, value) = random_formula(&mut Stream::new(seed, "choices"), depth, &duals, &row);
                text = formula;
                value.0
            })
            .collect();
        // Cancellation in a huge value says nothing about the derivatives.
        if !text.contains('w') || rows.iter().flatten().any(|x| x.abs() > 1e4) {
            continue;
        }
        let model = match Expression::new(&["w[5]"], &data).and_then(|e| e.residuals(&[&text])) {
            Err(e) if *e.problem == Problem::NoWeights => continue, // as in 0·w or w − w
            model => model.unwrap_or_else(|e| panic!("{e}")),
        };
        let count = model.samples();
        let (mut r, mut jv) = (Vector::zeros(count), Vector::zeros(count));
        model.residual(&w, &mut r).unwrap_or_else(|e| panic!("{text}: {e}"));
        model.push_forward(&w, &v, &mut jv);
        let scale = 1.0 + rows.iter().flatten().fold(0.0_f64, |m, x| m.max(x.abs()));
        let jacobian = model.jacobian(&w);
        let (mut jtc, mut hv) = (Weights::zeros(d), Weights::zeros(d));
        for k in 0..count {
            let mut unit = Vector::zeros(count);
            unit[k] = 1.0;
            model.pull_back(&w, &unit, &mut jtc);
            model.curvature_product(&w, &unit, &v, &mut hv);
            let found = [r[k], jv[k], jtc.dot(&u), hv.dot(&u)];
            for (part, (found, exact)) in found.iter().zip(rows[k]).enumerate() {
                assert!((found - exact).abs() < 1e-13 * scale, "{text}: part {part} row {k}: {found:e} against {exact:e}");
            }
            let error = (jacobian.row(k).transpose() - &jtc).norm();
            assert!(error <= 1e-13 * scale, "{text}: Jacobian row {k}: {error:e}");
        }
        let found = slope::check(&model, &w, &v, &Vector::repeat(count, 1.0)).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert!(found.transpose < 1e-13, "{text}: transpose {:e}", found.transpose);
        checked += 1;
        if checked == 200 {
            return;
        }
    }
}
