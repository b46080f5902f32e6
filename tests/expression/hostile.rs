//! Formulas that cannot be used: every refusal says where and how many, and nothing panics or runs away.

use slowflow::data::DataSet;
use slowflow::field::{Residual, Weights};
use slowflow::loss::slope;
use slowflow::model::Value;
use slowflow::model::expression::{Expression, ExpressionError};
use slowflow::numeric::seed::Stream;
use slowflow::numeric::{Matrix, Vector};

use super::{formulas, gaussian, normal};

fn refused(weights: &[&str], residuals: &[&str], data: &DataSet) -> ExpressionError {
    match Expression::new(weights, data).and_then(|e| e.residuals(residuals)) {
        Err(error) => error,
        Ok(_) => panic!("{weights:?} {residuals:?} was accepted"),
    }
}

#[test]
fn errors_point_at_the_character_with_a_hint() {
    let error = refused(&["u", "velocity"], &["u * velocty - 1"], &DataSet::empty());
    let text = error.to_string();
    assert_eq!(error.character(), 5);
    assert!(text.contains("\n  u * velocty - 1\n      ^^^^^^^\n"), "{text}");
    assert!(text.contains("did you mean `velocity`?"), "{text}");
    let none = DataSet::empty();
    let cases: [(&[&str], &str, usize, &str); 24] = [
        (&["u"], "2u", 2, "products need their `*`"),
        (&["u"], "u ** 2", 4, "a^b"),
        (&["u", "v"], "u*v = 1", 5, "u*v - 1"),
        (&["u"], "(u + 1", 7, "missing at the end"),
        (&["u"], "u + ", 5, "the end of the formula"),
        (&["u"], "ln(u)", 1, "did you mean"),
        (&["u"], "tanh u", 6, "products need"),
        (&["u"], "tanh + u", 1, "is a function"),
        (&["u"], "u(1)", 1, "square brackets"),
        (&["w[3]"], "w[3]", 3, "0 to 2"),
        (&["w[3]"], "w[0.5]", 3, "0 to 2"),
        (&["w[3]"], "w[w[0]]", 3, "depends on the weights"),
        (&["w[3]", "v[4]"], "dot(w, v)", 1, "a vector of 3"),
        (&["w[3]", "v[4]"], "w + v", 1, "equal lengths"),
        (&["w[3]", "A[2,3]"], "A*w", 1, "matvec(A, x)"),
        (&["u"], "sum(u)", 1, "sum_rows"),
        (&["u"], "u + 1/0", 5, "inf"),
        (&["u"], "log(-1)*u", 1, "NaN"),
        (&["u"], "exp(u, u)", 1, "takes 1 argument"),
        (&["u"], "sum_rows(u)", 1, "data row"),
        (&["u"], "3 + 4", 1, "no weight"),
        (&["u"], "1e999*u", 1, "a number such as"),
        (&["u"], "u + ödem", 5, "known names: pi, u"),
        (&["u"], "", 1, "the end of the formula"),
    ];
    for (weights, formula, character, part) in cases {
        let error = refused(weights, &[formula], &none);
        let text = error.to_string();
        assert_eq!(error.character(), character, "{text}");
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
}

#[test]
fn names_that_are_taken_are_refused() {
    let data = gaussian(1, 4, 2);
    for (weights, taken) in [
        (&["sin"][..], "a function"),
        (&["dot[3]"], "a function"),
        (&["pi"], "π"),
        (&["u", "u[2]"], "a weight"),
        (&["x1"], "data column"),
        (&["y"], "the targets"),
        (&["inputs"], "all data columns"),
    ] {
        let text = refused(weights, &["1"], &data).to_string();
        assert!(text.contains("is already") && text.contains(taken), "{text}");
    }
    let twice = Expression::new(&["u"], &data).and_then(|e| e.constant("u", &Value::Number(1.0)));
    assert!(twice.is_err_and(|e| e.to_string().contains("constant `u`")));
    for bad in ["u+1", "w[0]", "w[-1]", "w[2.5]", "w[1,2,3]", "w[", "3", "", "w[99999999999]"] {
        let text = refused(&[bad], &["1"], &data).to_string();
        assert!(text.contains("weight 1"), "{text}");
    }
}

#[test]
fn hostile_formulas_are_refused_with_the_number() {
    let none = DataSet::empty();
    let nested = |open: &str, close: &str, n: usize| format!("{}u{}", open.repeat(n), close.repeat(n));
    for text in [
        nested("(", ")", 100_000),
        nested("sin(", ")", 100_000),
        nested("[", "]", 100_000),
        nested("u[", "]", 100_000),
        nested("-", "", 100_000),
        nested("2^", "", 100_000),
        format!("u{}", "[0]".repeat(100_000)),
    ] {
        let message = refused(&["u"], &[&text], &none).to_string();
        assert!(message.contains("128"), "{message}");
        assert!(message.len() < 1000, "a message of {} bytes", message.len());
    }
    let million = "u+".repeat(1_000_000) + "u";
    let message = refused(&["u"], &[&million], &none).to_string();
    assert!(message.contains("2000001") && message.contains("1000000"), "{message}");
    // Terms of a large vector written out again and again: 3·10⁵ numbers in each of 10⁵ mentions.
    let wide = "w+".repeat(100_000) + "w";
    let message = refused(&["w[300000]"], &[&wide], &none).to_string();
    assert!(message.contains("20000000"), "{message}");
    let message = refused(&["w[2000001]"], &["w"], &none).to_string();
    assert!(message.contains("2000000"), "{message}");
    // Doubling definitions: 2^30 terms if they were written out, 30 because they are not.
    let mut doubling = Expression::new(&["u"], &none).and_then(|e| e.define("h0 = sin(u)")).unwrap_or_else(|e| panic!("{e}"));
    for k in 1..30 {
        doubling = doubling.define(&format!("h{k} = sin(h{} + cos(h{}))", k - 1, k - 1)).unwrap_or_else(|e| panic!("{e}"));
    }
    let model = doubling.residuals(&["h29"]).unwrap_or_else(|e| panic!("{e}"));
    let found = slope::check(&model, &Vector::repeat(1, 0.3), &Vector::repeat(1, 1.0), &Vector::repeat(1, 1.0));
    assert!(found.is_ok_and(|f| f.residual.is_none_or(|s| (s - 2.0).abs() < 0.1)));
    let rows = gaussian(1, 20_000, 1);
    let message = refused(&["w[1000]"], &["sum(sin(w*x0))"], &rows).to_string();
    assert!(message.contains("16777216"), "{message}");
}

#[test]
fn half_a_million_terms_are_one_operation() {
    let long = "u*v+".repeat(250_000 - 1) + "1";
    let model = formulas(&["u", "v"], &[&long], &DataSet::empty());
    let mut r = Vector::zeros(1);
    let found = model.residual(&Vector::from_vec(vec![2.0, 0.5]), &mut r);
    assert_eq!((found, r[0]), (Ok(()), 250_000.0));
}

#[test]
fn what_leaves_its_domain_is_named_with_its_data_row() {
    let data = DataSet::new(Matrix::from_column_slice(3, 1, &[1.0, 2.0, 3.0]), Vector::zeros(3)).with_names(vec!["time".into()]);
    let at = |formula: &str, u: f64| {
        let model = formulas(&["u"], &[formula], &data);
        model.residual(&Vector::repeat(1, u), &mut Vector::zeros(3)).err().map(|e| e.to_string()).unwrap_or_default()
    };
    for (formula, u, part) in [
        ("2 + log(u - time)", 2.5, "`log(u - time)` (residual 1, character 5) is NaN of -0.5 in data row 3"),
        ("1/(u - time)", 2.0, "is inf, divided by 0 in data row 2"),
        ("sqrt(u - time)", 3.0, "has no finite derivatives of 0 in data row 3"),
        ("(u*time)^0.3", -1.0, "is NaN of -1 in data row 1"),
        ("(u*time)^1.5", 0.0, "has no finite derivatives of 0 in data row 1"),
        ("exp(u*time)", 400.0, "is inf of 800 in data row 2"),
        ("1/exp(u*time)", 400.0, "`exp(u*time)`"),
        ("u*time", f64::NAN, "is NaN"),
    ] {
        let found = at(formula, u);
        assert!(found.contains(part), "{formula}: `{part}` is not in: {found}");
    }
    assert_eq!(at("2 + log(u - time)", 3.5), "");
    let before = Expression::new(&["u"], &data).and_then(|e| e.residuals(&["u*log(2 - time)"]));
    let text = before.err().map(|e| e.to_string()).unwrap_or_default();
    assert!(text.contains("character 3") && text.contains("-inf in data row 2"), "{text}");
}

#[test]
fn a_thousand_mutated_formulas_do_not_panic() {
    let data = gaussian(7, 4, 2);
    let seeds = [
        "dot(a, tanh(matvec(W, inputs) + b)) - y",
        "(u - 1)^2/(1 + exp(-x0*u)) + c*sum(W^2)",
        "log(1 + a[0]^2)*a[1] - W[0, 1]*sqrt(2) + pi",
        "mean_rows(softplus(u*x1)) - [1, u, 2.5e-3][1]",
        "-relu(-u)^3 + abs(a[2]) * 1e-300 / 1e300",
    ];
    let alphabet: Vec<char> = "()[]+-*/^,.0123456789eE`uaWbcxyπ \u{0}\u{301}#=∞\"\\\n".chars().collect();
    let (mut accepted, mut refused) = (0, 0);
    for seed in 0..1200 {
        let mut stream = Stream::new(seed, "mutation");
        let mut text: Vec<char> = seeds[stream.index(seeds.len())].chars().collect();
        for _ in 0..1 + stream.index(3) {
            let at = stream.index(text.len().max(1));
            match stream.index(4) {
                0 if !text.is_empty() => drop(text.remove(at)),
                1 => text.insert(at, alphabet[stream.index(alphabet.len())]),
                2 if !text.is_empty() => text[at] = alphabet[stream.index(alphabet.len())],
                _ => {
                    let part: Vec<char> = text.iter().skip(at).take(1 + stream.index(8)).copied().collect();
                    let to = stream.index(text.len().max(1));
                    part.into_iter().for_each(|c| text.insert(to, c));
                }
            }
        }
        let text: String = text.into_iter().collect();
        let names = Expression::new(&["u", "a[3]", "b[3]", "W[3,2]"], &data).and_then(|e| e.constant("c", &Value::Number(2.0)));
        match names.and_then(|e| e.residuals(&[&text])) {
            Err(error) => {
                assert!(error.span.0 <= error.span.1 && error.text.get(error.span.0..error.span.1).is_some(), "{text:?}");
                assert!(!error.to_string().is_empty());
                refused += 1;
            }
            Ok(model) => {
                let (w, mut r) = (normal(&mut stream, model.dim()), Vector::zeros(model.samples()));
                if model.residual(&w, &mut r).is_ok() {
                    assert!(r.iter().all(|x| x.is_finite()), "{text:?}");
                    let mut out = Weights::zeros(model.dim());
                    model.curvature_product(&w, &r, &w, &mut out);
                    drop((model.jacobian(&w), model.curvature(&w, &r)));
                }
                accepted += 1;
            }
        }
    }
    assert!(accepted > 50 && refused > 500, "{accepted} accepted, {refused} refused: the mutations are too gentle or too hard");
}
