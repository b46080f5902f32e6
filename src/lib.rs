//! slowflow: slow–fast gradient flows.
//!
//! Gradient flow with small weight decay, ẇ = −∇F(w) − λ∇R(w), has two timescales. First the flow of F alone runs down to its foot
//! point Φ(w₀) on the manifold M of zeros of the residuals; then, in slow time s = λt, it drifts along M, dw°/ds = −P(w°)∇R(w°), towards a
//! KKT point of min R over M. This crate computes both flows and those for λ > 0 with one integrator whose work and error do not depend on λ,
//! and compares them.
//!
//! # The walk
//!
//! A datum meets the modules in their order, and a module imports only modules above it: [`problem`] reads a file, [`data`] and [`model`] make
//! residuals of it ([`field::Residual`]), [`loss`] a [`field::LeastSquares`], [`flow`] integrates ([`integrate`]) on and off M
//! ([`manifold`]), [`min_norm`] finds the limit by itself, [`compare`] measures, [`experiment`] is the wiring: its function
//! [`experiment::track`] is the whole program on one screen.
//!
//! ```
//! use std::sync::Arc;
//! use slowflow::field::{LeastSquares, Regulariser, Weights};
//! use slowflow::flow::{Flows, RadauFlows};
//! use slowflow::integrate::Tolerance;
//! use slowflow::model::expression::Formulas;
//!
//! // Residuals as a Rust function: u v − 1. Derivatives come by themselves.
//! let model = Formulas::record(2, |w| vec![w[0] * w[1] - 1.0])?;
//! let loss = LeastSquares { residual: Arc::new(model), c: 1.0, offset: 0.0 };
//! let start = Weights::from_vec(vec![2.0, 0.3]);
//! let tolerance = Tolerance { rtol: 1e-12, atol: 1e-14 };
//! let flows = RadauFlows::new(&loss, &Regulariser::HalfSquaredNorm, &start, tolerance)?;
//!
//! let foot = flows.foot()?; // Φ(w₀)
//! let slow = flows.slow(&foot.w, &[1.0])?; // w°(1)
//! let constants: Vec<f64> = [1e-4, 1e-8]
//!     .iter()
//!     .map(|&lambda| {
//!         let run = flows.in_slow_time(lambda, &[1.0])?;
//!         Ok((&run.trajectory.points[0].w - &slow.points[0].w).norm() / lambda)
//!     })
//!     .collect::<Result<_, slowflow::integrate::star::StarError>>()?;
//! // ‖w^λ(s/λ) − w°(s)‖ is of order one in λ: its constant has settled.
//! assert!((constants[0] / constants[1] - 1.0).abs() < 1e-3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where to begin
//!
//! | you have | take |
//! |---|---|
//! | residuals as a Rust function | [`model::expression::Formulas::record`]: derivatives come by themselves |
//! | residuals with products of your own | the trait [`field::Residual`], four functions; check them with [`loss::slope::check()`] |
//! | formulas as text | [`model::expression::Expression`] |
//! | a problem file | [`problem::ProblemFile`], then [`experiment`] for all that `slowflow verify` computes |
//! | a point of M | [`min_norm::solve()`] for the minimum-norm point next to it, [`min_norm::certify()`] for a proof |
//! | a vector field that is no gradient | [`field::VectorField`] and [`integrate::Explicit`] |
//!
//! Weights are a vector of length d, residuals of length n, J is n × d; t is fast time, s = λt slow time, and a trajectory carries its clock
//! in its type ([`field::Fast`], [`field::Slow`]). Every failure is a typed error that says where, which number and which limit.
//!
//! A guide stands in `docs/`, complete programs in `examples/`, posed problems in `problems/`.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod numeric;
pub mod problem;
pub mod field;
pub mod data;
pub mod model;
pub mod loss;
pub mod integrate;
pub mod train;
pub mod manifold;
pub mod flow;
pub mod min_norm;
pub mod compare;
pub mod probe;
pub mod experiment;
pub mod claim;
pub mod report;
pub mod cli;

/// The programs of the guide.
#[cfg(doctest)]
#[doc = include_str!("../docs/src/own-model.md")]
mod guide {}
