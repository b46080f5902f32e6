//! Distances between flows, each with its numerical error, and the rates at which they vanish with λ.

mod gap;
mod order;
mod rates;

pub use gap::{Gap, SAFETY, sup_gap};
pub use order::Fit;
pub use rates::{Rates, Row, SEPARATION, Standing, layer_end, local_orders};
