//! relu and abs in formulas: cells, walls between them, and a slow flow across one.

use std::path::Path;

use slowflow::experiment::{Options, Setup, Verdict, pair, track};
use slowflow::field::{Residual, Weights};
use slowflow::model::{Parameters, Value, find};
use slowflow::numeric::Vector;
use slowflow::numeric::seed::Stream;
use slowflow::problem::ProblemFile;

use super::against_built_in::close;
use super::{formulas, gaussian, normal};

fn pull_back(model: &dyn Residual, w: &Weights, mu: &Vector) -> Weights {
    let mut out = Weights::zeros(w.len());
    model.pull_back(w, mu, &mut out);
    out
}

fn zeros_of(model: &dyn Residual, w: &Weights) -> Vec<f64> {
    let mut z = Vec::new();
    model.switches(w, &mut z);
    z
}

#[test]
fn cells_and_walls_of_a_relu_network_are_those_of_the_built_in_one() {
    let data = gaussian(4, 6, 2);
    let ours = formulas(&["a[5]", "W[5,2]"], &["dot(a, relu(matvec(W, inputs))) - y"], &data);
    let parameters = Parameters::default().with("width", Value::Integer(5)).with("activation", Value::Word("relu".into()));
    let parameters = parameters.with("bias", Value::Flag(false));
    let theirs = find("two-layer-network").map(|e| (e.build)(&parameters, &data)).and_then(Result::ok);
    let theirs = theirs.unwrap_or_else(|| panic!("no relu network"));
    let mut stream = Stream::new(2, "cells");
    let (w, mu) = (normal(&mut stream, 15), normal(&mut stream, 6));
    let z = zeros_of(&ours, &w);
    close("switches", &z, &zeros_of(theirs.as_ref(), &w));
    // A cell that is not that of w: the continuation counts.
    let pattern: Vec<bool> = z.iter().map(|_| stream.uniform() < 0.5).collect();
    let (a, b) = (ours.in_cell(&pattern), theirs.in_cell(&pattern));
    let (a, b) = (a.unwrap_or_else(|| panic!("no cell")), b.unwrap_or_else(|| panic!("no cell")));
    let value = |model: &dyn Residual| {
        let mut r = Vector::zeros(6);
        model.residual(&w, &mut r).unwrap_or_else(|e| panic!("{e}"));
        r
    };
    close("residual in a cell", value(a.as_ref()).as_slice(), value(b.as_ref()).as_slice());
    close("Jᵀμ in a cell", pull_back(a.as_ref(), &w, &mu).as_slice(), pull_back(b.as_ref(), &w, &mu).as_slice());
    let mut normals = [Weights::zeros(15), Weights::zeros(15)];
    for switch in 0..z.len() {
        let kappa = [ours.wall(&w, &mu, switch, &mut normals[0]), theirs.wall(&w, &mu, switch, &mut normals[1])];
        close("κ", &kappa[..1], &kappa[1..]);
        close("∇z", normals[0].as_slice(), normals[1].as_slice());
    }
    assert!(ours.in_cell(&pattern[1..]).is_none() && ours.in_cell(&[pattern.clone(), vec![true]].concat()).is_none());
}

#[test]
fn the_jump_across_a_wall_is_that_between_its_cells() {
    let data = gaussian(5, 3, 1);
    let model = formulas(&["u", "v", "w"], &["w*abs(u - v)*x0 + relu(u + relu(w*x0))^2 - y", "abs(u - v) + w"], &data);
    let w = Weights::from_vec(vec![0.7, 0.7, -0.4]);
    let z = zeros_of(&model, &w);
    let (mu, mut normal_of) = (normal(&mut Stream::new(1, "jump"), model.samples()), Weights::zeros(3));
    let walls: Vec<usize> = (0..z.len()).filter(|&k| z[k] == 0.0).collect();
    assert_eq!(walls.len(), 1, "{z:?}: equal parts are one");
    for switch in walls {
        let side = |positive: bool| {
            let pattern: Vec<bool> = z.iter().enumerate().map(|(k, z)| if k == switch { positive } else { *z > 0.0 }).collect();
            pull_back(model.in_cell(&pattern).unwrap_or_else(|| panic!("no cell")).as_ref(), &w, &mu)
        };
        let kappa = model.wall(&w, &mu, switch, &mut normal_of);
        close("jump", (&normal_of * kappa).as_slice(), (side(true) - side(false)).as_slice());
    }
}

/// r = v − 1 − |u − 1|/2: on both sides of u = 1 M is a line, on which w° decays straight towards the point of the line next to 0.
#[test]
fn a_slow_flow_crosses_the_kink_of_a_formula() {
    let text = "title = \"t\"\nmodel = { kind = \"expression\", weights = [\"u\", \"v\"], residuals = [\"v - 1 - abs(u - 1)/2\"] }\n\
                loss = { criterion = \"square\", factor = \"1/2\" }\ninit = { values = [2.0, 1.2] }\nlambda = [1e-3, 1e-4, 1e-5, 1e-6]\n\
                window = { slow-time = [0.2, 0.4, 1.0, 2.0, 5.0], fast-time = 10.0 }\ntolerance = { rtol = 1e-10, atol = 1e-12 }\n";
    let problem = ProblemFile::parse(text, Path::new("kink.toml")).unwrap_or_else(|e| panic!("{e}"));
    let setup = Setup::new(problem).unwrap_or_else(|e| panic!("{e}"));
    let (reported, companion) = pair(&setup).unwrap_or_else(|e| panic!("{e}"));
    let options = Options { reported: &*reported, companion: &*companion, level: None, progress: &|_| {} };
    let tracked = track(&setup, &options).unwrap_or_else(|e| panic!("{e}"));
    // The lines v = (u + 1)/2 and v = (3 − u)/2 come next to the origin at u = −1/5 and u = 3/5.
    let foot = tracked.foot.w[0];
    let crossing = ((foot + 0.2) / 1.2).ln();
    assert!(foot > 1.0 && crossing > 0.4 && crossing < 1.0, "{foot} {crossing}");
    for (s, point) in setup.problem.slow_times.iter().zip(&tracked.slow) {
        let exact = if *s < crossing { (foot + 0.2) * (-s).exp() - 0.2 } else { 0.4 * (crossing - s).exp() + 0.6 };
        assert!((point.w[0] - exact).abs() < 1e-9, "s = {s}: {} against {exact}", point.w[0]);
    }
    let order = tracked.checks.iter().find(|check| check.name == "slow-order").map(|check| check.verdict);
    assert_eq!(order, Some(Verdict::Holds), "{:?}", tracked.checks);
}
