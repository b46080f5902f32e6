//! Arithmetic with no notion of weights or loss: dense decompositions, named seed streams, the log–log fit, grids.

pub mod bundle;
pub mod cut;
pub mod dense;
pub mod fit;
pub mod graph;
pub mod grid;
pub mod hyperbolic;
pub mod interval;
mod jacobi;
pub mod matvec;
pub mod parallel;
pub mod quadrature;
pub mod rank;
pub mod seed;
pub mod shortest;
pub mod simd;
pub mod smooth;
pub mod tridiagonal;
mod trigonometric;

pub use dense::{Complex, Matrix, MatrixView, MatrixViewMut, Vector};
