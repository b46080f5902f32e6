//! slowflow: slow–fast gradient flows.
#![forbid(unsafe_code)]

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
