//! Results directories written from closed forms alone: linear regression in the eigenbasis of H, where
//! w_i^λ(t) = e^{−(h_i+λ)t} w_i(0) + b_i (1 − e^{−(h_i+λ)t})/(h_i+λ) and w°(s) = H⁺b + e^{−s}(I − H⁺H)w₀.

#![allow(dead_code)]

pub mod hostile;
pub mod markup;
pub mod written;

use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Eigenvalues, right-hand side and start; zero eigenvalues span the tangent space of M.
pub struct Regression {
    pub h: Vec<f64>,
    pub b: Vec<f64>,
    pub start: Vec<f64>,
}

/// A ledger with one claim of every standing.
pub const LEDGER: &str = r#"{"schema":1,"claims":[
{"id":"A1","claim":"the fast limit is of first order","kind":"theorem","paper":"arXiv:2505.20172","where":"Proposition 1","tier":"quick",
 "problem":"lr50","quantity":"fast-order","value":1.0003,"error":2e-4,"limit":"0.95..1.05","margin":0.0497,"verdict":"holds","why":"n","note":""},
{"id":"D2","claim":"T_esc is 690","kind":"text","tier":"quick","value":500.0,"error":1e-3,"limit":"690 ± 1 %","margin":-183,
 "verdict":"fails","expected_to_fail":"the definition gives 1/(2ηλ) = 500","note":""},
{"id":"B9","claim":"three singular values survive <b>","kind":"figure","tier":"slow","value":3.5,"error":0.2,"limit":"3","margin":-0.5,
 "verdict":"fails","note":""},
{"id":"A2","claim":"the slow limit","kind":"theorem","tier":"quick","value":1.01,"error":0.3,"limit":"0.95..1.05","margin":0.04,
 "verdict":"limited-by-solver","note":""},
{"id":"E22","claim":"a transformer groks","kind":"figure","tier":"cluster","verdict":"not-run","note":"no such model"}]}"#;

/// What stands in the text fields.
#[derive(Clone)]
pub struct Texts {
    pub title: String,
    pub about: String,
    pub file: String,
    pub method: String,
    pub why: String,
    pub commit: String,
    pub column: String,
}

impl Default for Texts {
    fn default() -> Self {
        Texts {
            title: "Linear regression, 3 samples in 6 dimensions".into(),
            about: "The manifold of interpolators is a plane of dimension 3, and all three flows are known in closed form."
                .into(),
            file: "problems/linear_regression/plane.toml".into(),
            method: "closed form".into(),
            why: "the fitted order lies in its interval".into(),
            commit: "0123abc".into(),
            column: "null_component".into(),
        }
    }
}

pub fn number(x: f64) -> String {
    if x.is_finite() { format!("{x:e}") } else { String::new() }
}

impl Regression {
    pub fn small() -> Regression {
        Regression {
            h: vec![2.0, 0.7, 0.15, 0.0, 0.0, 0.0],
            b: vec![1.0, -0.6, 0.12, 0.0, 0.0, 0.0],
            start: vec![-1.0, 0.8, 0.4, 1.6, -0.9, 0.5],
        }
    }

    /// d weights of which half are tangent.
    pub fn large(d: usize) -> Regression {
        let h: Vec<f64> = (0..d).map(|i| if i % 2 == 0 { 2.0 / (1.0 + 0.01 * i as f64) } else { 0.0 }).collect();
        let b = h.iter().enumerate().map(|(i, h)| h * (1.0 + (i as f64).sin())).collect();
        Regression { h, b, start: (0..d).map(|i| (1.7 * i as f64).cos()).collect() }
    }

    /// w^λ(t); λ = 0 is the fast flow.
    pub fn regularised(&self, lambda: f64, t: f64) -> Vec<f64> {
        let one = |i: usize| {
            let rate = self.h[i] + lambda;
            let decay = (-rate * t).exp();
            self.start[i] * decay + if rate > 0.0 { self.b[i] * -(-rate * t).exp_m1() / rate } else { 0.0 }
        };
        (0..self.h.len()).map(one).collect()
    }

    /// w°(s).
    pub fn slow(&self, s: f64) -> Vec<f64> {
        let one = |i: usize| if self.h[i] > 0.0 { self.b[i] / self.h[i] } else { (-s).exp() * self.start[i] };
        (0..self.h.len()).map(one).collect()
    }

    /// s, and a point in the plane through H⁺b along the start's tangent part, on which w° runs, and along H⁺H⁺b, the way in
    /// which w^λ is off it to first order; last the distance to the plane.
    pub fn place(&self, s: f64, w: &[f64]) -> Vec<f64> {
        let n = self.h.len();
        let part = |i: usize| if self.h[i] > 0.0 { (0.0, self.b[i] / self.h[i].powi(2)) } else { (self.start[i], 0.0) };
        let sum = |f: &dyn Fn(usize) -> f64| (0..n).map(f).sum::<f64>();
        let (across, up) = (sum(&|i| part(i).0.powi(2)).sqrt(), sum(&|i| part(i).1.powi(2)).sqrt());
        let from = |i: usize| w[i] - if self.h[i] > 0.0 { self.b[i] / self.h[i] } else { 0.0 };
        let (x, y) = (sum(&|i| from(i) * part(i).0) / across, sum(&|i| from(i) * part(i).1) / up);
        vec![s, x, y, sum(&|i| (from(i) - x * part(i).0 / across - y * part(i).1 / up).powi(2)).sqrt()]
    }

    /// F = ½ (w − H⁺b)ᵀH(w − H⁺b).
    pub fn train(&self, w: &[f64]) -> f64 {
        (0..w.len()).filter(|i| self.h[*i] > 0.0).map(|i| 0.5 * self.h[i] * (w[i] - self.b[i] / self.h[i]).powi(2)).sum()
    }

    /// The distance from the minimum-norm point, as a test loss.
    pub fn test(&self, w: &[f64]) -> f64 {
        let null: f64 = (0..w.len()).filter(|i| self.h[*i] == 0.0).map(|i| 0.5 * w[i] * w[i]).sum();
        self.train(w) + null + 1e-4
    }
}

fn norm_squared(w: &[f64]) -> f64 {
    w.iter().map(|x| x * x).sum()
}

pub fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

pub fn logarithmic(from: f64, to: f64, points: usize) -> Vec<f64> {
    (0..points).map(|k| from * (to / from).powf(k as f64 / (points - 1) as f64)).collect()
}

/// λ as it stands in file names.
pub fn lambda_name(x: f64) -> String {
    format!("{x:e}")
}

fn csv(path: &Path, head: &str, d: usize, rows: impl Iterator<Item = (Vec<f64>, Vec<f64>)>) {
    let mut out = String::from(head);
    for i in 0..d {
        let _ = write!(out, "{}w_{i}", if i > 0 || !head.is_empty() { "," } else { "" });
    }
    out.push('\n');
    for (numbers, w) in rows {
        let cells: Vec<String> = numbers.iter().chain(&w).map(|x| number(*x)).collect();
        out.push_str(&cells.join(","));
        out.push('\n');
    }
    fs::write(path, out).expect("a temporary directory takes files");
}

/// Writes a whole directory: `lambdas` descending, the rows below `solver_floor` limited by the solver.
pub fn write(folder: &Path, r: &Regression, lambdas: &[f64], points: usize, texts: &Texts) {
    fs::create_dir_all(folder).expect("a temporary directory");
    let d = r.h.len();
    let (from, to, fast_time) = (0.1, 5.0, 10.0);
    let window = logarithmic(from, to, points);
    let numbers = |w: &[f64]| vec![norm_squared(w), r.train(w), r.test(w)];
    let gap = r.h.iter().copied().filter(|h| *h > 0.0).fold(f64::INFINITY, f64::min);
    csv(
        &folder.join("slow.csv"),
        "s,norm_squared,train_loss,test_loss,defect,spectral_gap",
        d,
        window.iter().map(|s| {
            let w = r.slow(*s);
            ([vec![*s], numbers(&w), vec![0.0, gap]].concat(), w)
        }),
    );
    csv(
        &folder.join("fast.csv"),
        "t,norm_squared,train_loss,test_loss,gradient_norm",
        d,
        logarithmic(1e-3, fast_time, 60).into_iter().map(|t| {
            let w = r.regularised(0.0, t);
            ([vec![t], numbers(&w), vec![r.train(&w).sqrt()]].concat(), w)
        }),
    );
    csv(&folder.join("limit.csv"), "", d, std::iter::once((vec![], r.slow(f64::INFINITY))));
    csv(
        &folder.join("curve-0.csv"),
        "s,norm_squared,train_loss,test_loss",
        0,
        logarithmic(1e-3 * from, to, 90).into_iter().map(|s| ([vec![s], numbers(&r.slow(s))].concat(), vec![])),
    );
    let start = std::iter::once(0.0).chain(logarithmic(1e-3 * from, to, 90));
    let end = std::iter::once((f64::NAN, r.slow(f64::INFINITY)));
    let drift = start.map(|s| (s, r.slow(s))).chain(end);
    csv(&folder.join("path-0.csv"), "s,x,y,off", 0, drift.map(|(s, w)| (r.place(s, &w), vec![])));
    let mut rows = Vec::new();
    for lambda in lambdas {
        let name = lambda_name(*lambda);
        csv(
            &folder.join(format!("regularised-{name}.csv")),
            "t,s,norm_squared,train_loss,test_loss",
            d,
            window.iter().map(|s| {
                let w = r.regularised(*lambda, s / lambda);
                ([vec![s / lambda, *s], numbers(&w)].concat(), w)
            }),
        );
        csv(
            &folder.join(format!("curve-{name}.csv")),
            "t,s,norm_squared,train_loss,test_loss",
            0,
            logarithmic(1e-2, to / lambda, 300).into_iter().map(|t| {
                let w = r.regularised(*lambda, t);
                ([vec![t, t * lambda], numbers(&w)].concat(), vec![])
            }),
        );
        let path = window.iter().map(|s| (r.place(*s, &r.regularised(*lambda, s / lambda)), vec![]));
        csv(&folder.join(format!("path-{name}.csv")), "s,x,y,off", 0, path);
        let slow = window.iter().map(|s| distance(&r.regularised(*lambda, s / lambda), &r.slow(*s))).fold(0.0, f64::max);
        let fast = logarithmic(1e-3, fast_time, 200)
            .into_iter()
            .map(|t| distance(&r.regularised(*lambda, t), &r.regularised(0.0, t)))
            .fold(0.0, f64::max);
        let error = 3e-13;
        let limited = error > 0.1 * slow;
        rows.push(format!(
            "{{\"lambda\":{lambda:e},\"fast_gap\":{fast:e},\"slow_gap\":{slow:e},\"composite_gap\":{:e},\"expansion_gap\":null,\
             \"numerical_error\":{error:e},\"fast_error\":{error:e},\"limited_by_solver\":{limited},\"asymptotic\":{},\
             \"standing\":\"{}\",\"method\":{},\"evaluations\":{},\"linear_solves\":{},\"steps\":61,\"rejected\":2}}",
            1.3 * slow,
            !limited && *lambda < 0.05 * gap,
            if limited { "limited by the solver" } else { "in the fit" },
            text(&texts.method),
            2400 + rows.len() * 13,
            600 + rows.len(),
        ));
    }
    extras(folder, r, lambdas, texts);
    let counted = lambdas.iter().copied().find(|l| *l < 0.05 * gap).unwrap_or(1e-3);
    let constant: f64 = (0..d).filter(|i| r.h[*i] > 0.0).map(|i| (r.b[i] / r.h[i] / r.h[i]).powi(2)).sum::<f64>().sqrt();
    let summary = format!(
        "{{\"schema\":1,\"program\":{{\"name\":\"slowflow\",\"version\":\"0.1.0\",\"commit\":{commit},\"features\":[]}},\n\
         \"problem\":{{\"title\":{title},\"about\":{about},\"file\":{file},\"hash\":\"9f86d081884c7d65\",\"seed\":7,\"dimension\":{d},\
         \"samples\":3,\"fast_time\":{fast_time},\"slow_times\":[{from},1,{to}]}},\n\
         \"foot\":{{\"norm_squared\":{norm:e},\"defect\":1e-15,\"rank\":3,\"manifold_dimension\":3,\"spectral_gap\":{gap}}},\n\
         \"rows\":[{rows}],\n\
         \"orders\":{{\"fast\":{{\"value\":1.0001,\"low\":0.9996,\"high\":1.0006,\"rows\":5}},\"slow\":{{\"value\":1.0002,\"low\":0.9988,\
         \"high\":1.0016,\"rows\":5}},\"composite\":{{}},\"expansion\":null}},\n\
         \"constants\":{{\"slow\":{constant:e},\"slow_exact\":{constant:e}}},\n\
         \"limit\":{{\"norm_squared\":{limit:e},\"kkt_residual\":2e-16,\"distance_from_slow_end\":{end:e},\"classification\":\"strict-minimum\",\
         \"certificate\":null}},\n\
         \"checks\":[{{\"name\":\"slow-order\",\"verdict\":\"holds\",\"value\":1.0002,\"limit\":\"0.95..1.05\",\"why\":{why}}},\
         {{\"name\":\"fast-order\",\"verdict\":\"holds\",\"value\":1.0001,\"limit\":\"0.95..1.05\",\"why\":{why}}}],\n\
         \"assumptions\":[{{\"name\":\"F is bounded below along the flow\",\"verdict\":\"holds\",\"value\":{gap},\"limit\":\"\",\"why\":{why}}}],\n\
         \"predictions\":[{{\"lambda\":{counted:e},\"quantity\":\"norm-squared\",\"slow_time\":5,\"level\":null,\"leading\":{lead:e},\
         \"corrected\":{lead:e},\"observed\":{lead:e},\"observed_error\":1e-9}}],\n\"remarks\":[{why}],\n\
         \"timing\":{{\"seconds\":1.25}}}}\n",
        commit = text(&texts.commit),
        title = text(&texts.title),
        about = text(&texts.about),
        file = text(&texts.file),
        why = text(&texts.why),
        norm = norm_squared(&r.slow(0.0)),
        rows = rows.join(",\n"),
        limit = norm_squared(&r.slow(f64::INFINITY)),
        end = distance(&r.slow(to), &r.slow(f64::INFINITY)),
        lead = norm_squared(&r.slow(to)),
    );
    fs::write(folder.join("summary.json"), summary).expect("a temporary directory takes files");
}

/// Singular values, invariants and snapshots, so that every figure is drawn.
fn extras(folder: &Path, r: &Regression, lambdas: &[f64], texts: &Texts) {
    let d = r.h.len().min(12);
    let smallest = lambdas[lambdas.len() - 1];
    let name = lambda_name(smallest);
    let times = logarithmic(1e-2, 5.0 / smallest, 200);
    let head: Vec<String> = ["t".to_string(), "s".to_string()].into_iter().chain((1..=d).map(|k| format!("sigma_{k}"))).collect();
    csv(
        &folder.join(format!("spectrum-{name}.csv")),
        &head.join(","),
        0,
        times.iter().map(|t| {
            let mut w: Vec<f64> = r.regularised(smallest, *t).into_iter().take(d).map(f64::abs).collect();
            w.sort_by(|a, b| b.total_cmp(a));
            ([vec![*t, t * smallest], w].concat(), vec![])
        }),
    );
    let null: Vec<usize> = (0..r.h.len()).filter(|i| r.h[*i] == 0.0).take(2).collect();
    let quoted = format!("\"{}\"", texts.column.replace('"', "\"\"").replace(['\n', '\r'], " "));
    csv(
        &folder.join(format!("invariants-{name}.csv")),
        &format!("t,{quoted},second"),
        0,
        times.iter().map(|t| {
            let w = r.regularised(smallest, *t);
            // exact up to rounding: e^{λt} w_i(t) = w_i(0) where h_i = 0
            let residual =
                |i: usize| (w[i] * (smallest * t).exp() - r.start[i]).abs() + 1e-17 * (1.0 + (t * (i as f64 + 1.0)).sin());
            (vec![*t, residual(null[0]), residual(null[1])], vec![])
        }),
    );
    let shots = [0.1, 0.5, 1.0, 2.0, 5.0];
    let predict = |w: &[f64], x: f64| w.iter().take(6).enumerate().map(|(i, w)| w * ((i + 1) as f64 * x).cos()).sum::<f64>();
    let head = format!("x,teacher,{}", shots.map(|s| format!("s_{s}")).join(","));
    csv(
        &folder.join("snapshots.csv"),
        &head,
        0,
        (0..=120).map(|k| {
            let x = -3.0 + 0.05 * f64::from(k);
            let rest: Vec<f64> = shots.iter().map(|s| predict(&r.slow(*s), x)).collect();
            ([vec![x, predict(&r.slow(f64::INFINITY), x)], rest].concat(), vec![])
        }),
    );
    let samples = (0..9).map(|k| {
        let x = -2.8 + 0.7 * f64::from(k);
        (vec![x, predict(&r.slow(f64::INFINITY), x) + 0.05 * (9.0 * x).sin()], vec![])
    });
    csv(&folder.join("samples.csv"), "x,y", 0, samples);
}

/// A JSON string.
pub fn text(s: &str) -> String {
    let mut out = String::from("\"");
    for c in s.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if (c as u32) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
