//! The three flows: fast (λ = 0 in t), slow (λ = 0 in s), regularised (λ > 0).

mod critical;
mod error;
pub mod exact;
pub mod expansion;
mod explicit;
mod foot;
mod radau;
pub mod sliding;

pub use critical::CriticalFlows;
pub use error::{FlowError, Phase};
pub use expansion::{Crossing, Expansion, ExpansionPoint, Prediction};
pub use explicit::ExplicitFlows;
pub use foot::Foot;
pub use radau::{RadauFlows, Run};
pub use sliding::SlidingFlows;

use self::sliding::EventLog;
use crate::field::{Fast, Loss, Slow, Trajectory, Weights};

/// One way of computing the three flows of one problem from one start.
pub trait Flows: Sync {
    /// The name of the method, as it stands in the rate table.
    fn method(&self) -> &'static str;
    /// Φ(w₀): where the fast flow ends, finished on M.
    fn foot(&self) -> Result<Foot, FlowError>;
    /// The fast flow ẇ = −∇F(w) at fast times, ascending from 0.
    fn fast(&self, times: &[f64]) -> Result<Trajectory<Fast>, FlowError>;
    /// The slow flow dw/ds = −P(w)∇R(w) from a point of M, at slow times, ascending from 0.
    fn slow(&self, foot: &Weights, times: &[f64]) -> Result<Trajectory<Slow>, FlowError>;
    /// The regularised flow ẇ = −∇F(w) − λ∇R(w) at fast times, ascending from 0.
    fn regularised(&self, lambda: f64, times: &[f64]) -> Result<Trajectory<Fast>, FlowError>;
    /// w° and w₁ at slow times, where the method can compute the expansion in λ.
    fn expansion(&self, times: &[f64]) -> Result<Option<Expansion>, FlowError> {
        let _ = times;
        Ok(None)
    }
    /// Where `loss` crosses `level` along w°, and how that time moves with λ.
    fn crossing(&self, expansion: &Expansion, loss: &dyn Loss, level: f64) -> Result<Option<Crossing>, FlowError> {
        let _ = (expansion, loss, level);
        Ok(None)
    }
    /// What the flows computed so far met at cell walls, one log a flow; empty for smooth residuals.
    fn events(&self) -> Vec<EventLog> {
        Vec::new()
    }
    /// What a reader should know of the flows computed so far, in sentences.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }
    /// Right-hand sides that `regularised` will need up to fast time `until`, where the cost is predictable.
    fn predicted_evaluations(&self, lambda: f64, until: f64, foot: &Foot) -> Option<f64> {
        let _ = (lambda, until, foot);
        None
    }
    /// Right-hand sides allowed for one run, where there is a limit.
    fn budget(&self) -> Option<u64> {
        None
    }
}
