//! Beyond the theorem: w^λ(s/λ) = w°(s) + λ w₁(s) + O(λ²) for s > 0, without any regularised flow.
//!
//! Differentiating (★) by λ at λ = 0 in slow time,
//!
//! ```text
//! w₁' = −(∇²R + Σₖ μₖ∇²rₖ(w°)) w₁ − J(w°)ᵀ μ₁,      c J(w°) w₁ = μ                   (★₁)
//! ```
//!
//! The normal part of w₁ is −H⁺∇R(w°). The tangent part starts where the fast phase leaves it: with δ = ∂w/∂λ in fast time,
//! δ̇ = −H(w^fast)δ − ∇R(w^fast), δ(0) = 0, it is P w₁(0) = lim P[δ(t) + t P∇R(Φ)], P at Φ(w₀); the limit is reached as fast
//! as w^fast reaches Φ. Both systems are the derivatives of the stages of the runs themselves (see
//! [`crate::integrate::star::Tangent`]), so they have the order and the steps of the method.
//!
//! The constant of the theorem's rate is thereby *predicted*: sup ‖w^λ(s/λ) − w°(s)‖/λ → sup ‖w₁‖.

use super::{FlowError, Foot, RadauFlows};
use crate::field::{FieldError, Loss, Regulariser, Weights, Work};

/// One point of the slow flow with its first-order change in λ.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpansionPoint {
    /// Slow time s.
    pub s: f64,
    /// w°(s).
    pub w: Weights,
    /// w₁(s).
    pub first: Weights,
    /// e₂(s), with F(w^λ) = F(M) + λ² e₂ + λ³ e₃ + …: ‖μ‖²/2c for residuals, c r(w^λ) = λ (μ + λ μ₁ + …).
    pub excess: f64,
    /// e₃(s), ⟨μ, μ₁⟩/c for residuals; `None` at s = 0, where no step has been made.
    pub excess_first: Option<f64>,
}

/// w° and w₁ on a window.
#[derive(Debug, Clone, PartialEq)]
pub struct Expansion {
    /// Φ(w₀).
    pub foot: Foot,
    /// w₁(0), both parts.
    pub start: Weights,
    /// The points, s ascending.
    pub points: Vec<ExpansionPoint>,
    /// F on M.
    pub offset: f64,
    /// What it cost, fast phase included.
    pub work: Work,
}

/// A predicted number at weight decay λ: to leading order, and with its first-order correction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    /// The leading term.
    pub leading: f64,
    /// With the first correction in λ.
    pub corrected: f64,
}

/// Where an observable passes a level along w°, and how that time moves with λ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Crossing {
    /// Slow time of the crossing along w°.
    pub s: f64,
    /// ds/dλ at λ = 0.
    pub first: f64,
}

impl Crossing {
    /// Slow time of the crossing along w^λ: s + λ s₁.
    pub fn at(&self, lambda: f64) -> Prediction {
        Prediction { leading: self.s, corrected: self.s + lambda * self.first }
    }
}

impl Expansion {
    /// sup ‖w₁‖ over the points: what slow_gap/λ tends to.
    pub fn constant(&self) -> f64 {
        self.points.iter().map(|p| p.first.norm()).fold(0.0, f64::max)
    }

    /// ‖w^λ(s/λ)‖² at point `index`: ‖w°‖² + 2λ⟨w°, w₁⟩.
    pub fn norm_squared(&self, index: usize, lambda: f64) -> Option<Prediction> {
        let p = self.points.get(index)?;
        let leading = p.w.norm_squared();
        Some(Prediction { leading, corrected: leading + 2.0 * lambda * p.w.dot(&p.first) })
    }

    /// The training loss that remains at point `index` with s > 0: F(M) + λ² e₂, corrected by λ³ e₃.
    pub fn train_loss(&self, index: usize, lambda: f64) -> Option<Prediction> {
        let p = self.points.get(index)?;
        let leading = self.offset + lambda * lambda * p.excess;
        Some(Prediction { leading, corrected: leading + lambda.powi(3) * p.excess_first? })
    }

    /// Any loss at point `index`: L(w°) and L(w°) + λ⟨∇L, w₁⟩.
    ///
    /// # Errors
    /// Where L has no finite value.
    pub fn loss(&self, index: usize, lambda: f64, loss: &dyn Loss) -> Result<Option<Prediction>, FieldError> {
        let Some(p) = self.points.get(index) else { return Ok(None) };
        let leading = loss.value(&p.w)?;
        let mut gradient = Weights::zeros(p.w.len());
        loss.gradient(&p.w, &mut gradient)?;
        Ok(Some(Prediction { leading, corrected: leading + lambda * gradient.dot(&p.first) }))
    }
}

/// What the expansion asks of a method.
pub(super) trait Tangents {
    /// Φ(w₀) and δ = ∂w/∂λ there.
    fn descend_with_tangent(&self) -> Result<(Foot, Weights), FlowError>;
    /// P(w) v.
    fn project(&self, w: &Weights, v: &Weights) -> Result<Weights, FlowError>;
    /// H⁺(w) v.
    fn normal_inverse(&self, w: &Weights, v: &Weights) -> Result<Weights, FlowError>;
    /// w° from (w, w₁) at slow time `from`, with w₁, at later times.
    fn drift_with_tangent(
        &self,
        w: &Weights,
        first: &Weights,
        from: f64,
        times: &[f64],
    ) -> Result<(Vec<ExpansionPoint>, Work), FlowError>;
    /// R.
    fn regulariser(&self) -> &Regulariser;
    /// F on M.
    fn offset(&self, foot: &Weights) -> Result<f64, FlowError>;
}

/// w° and w₁ at slow times `times`, ascending from 0.
///
/// # Errors
/// As the fast and the slow flow.
pub(super) fn expansion(flows: &dyn Tangents, times: &[f64]) -> Result<Expansion, FlowError> {
    let (foot, delta) = flows.descend_with_tangent()?;
    let mut work = foot.work;
    let mut pull = Weights::zeros(foot.w.len());
    flows.regulariser().gradient(&foot.w, &mut pull);
    let drift = flows.project(&foot.w, &pull)?;
    let moved = delta + drift * foot.time;
    let tangent = flows.project(&foot.w, &moved)?;
    // Both parts: with an inconsistent normal part the first step would turn it into a tangent one.
    let start = tangent - flows.normal_inverse(&foot.w, &pull)?;
    let (points, more) = flows.drift_with_tangent(&foot.w, &start, 0.0, times)?;
    work += more;
    let offset = flows.offset(&foot.w)?;
    Ok(Expansion { foot, start, points, offset, work })
}

/// The first crossing of `level` by `loss` along the window of `expansion`; `None` where it stays on one side.
///
/// # Errors
/// As the slow flow, and where the loss has no finite value.
pub(super) fn crossing(
    flows: &dyn Tangents,
    expansion: &Expansion,
    loss: &dyn Loss,
    level: f64,
) -> Result<Option<Crossing>, FlowError> {
    let mut left: Option<(&ExpansionPoint, f64)> = None;
    for point in &expansion.points {
        let value = loss.value(&point.w)? - level;
        if let Some((before, other)) = left
            && (value == 0.0 || (value < 0.0) != (other < 0.0))
        {
            return Ok(Some(locate(flows, before, other, (point.s, value), loss, level)?));
        }
        left = Some((point, value));
    }
    Ok(None)
}

/// Iterations of the search for a crossing.
const SEARCH: usize = 60;

/// The root between two points by the Illinois variant of the secant method, with an exact run to every trial time.
fn locate(
    flows: &dyn Tangents,
    from: &ExpansionPoint,
    value: f64,
    right: (f64, f64),
    loss: &dyn Loss,
    level: f64,
) -> Result<Crossing, FlowError> {
    let ((mut a, mut at_a), (mut b, mut at_b)) = ((from.s, value), right);
    let mut best = from.clone();
    for _ in 0..SEARCH {
        let s = b - at_b * (b - a) / (at_b - at_a);
        let (points, _) = flows.drift_with_tangent(&from.w, &from.first, from.s, &[s])?;
        let Some(point) = points.into_iter().next() else { break };
        let here = loss.value(&point.w)? - level;
        best = point;
        if here == 0.0 || (b - a).abs() <= 1e-13 * b.abs() {
            break;
        }
        if (here < 0.0) == (at_b < 0.0) {
            at_a *= 0.5;
        } else {
            (a, at_a) = (b, at_b);
        }
        (b, at_b) = (s, here);
        if here.abs() <= 1e-13 * level.abs() {
            break;
        }
    }
    let mut gradient = Weights::zeros(best.w.len());
    loss.gradient(&best.w, &mut gradient)?;
    let mut velocity = Weights::zeros(best.w.len());
    flows.regulariser().gradient(&best.w, &mut velocity);
    let velocity = -flows.project(&best.w, &velocity)?;
    Ok(Crossing { s: best.s, first: -gradient.dot(&best.first) / gradient.dot(&velocity) })
}

impl RadauFlows<'_> {
    /// w° and w₁ at slow times `times`, ascending from 0.
    ///
    /// # Errors
    /// As the fast and the slow flow.
    pub fn expansion(&self, times: &[f64]) -> Result<Expansion, FlowError> {
        expansion(self, times)
    }

    /// The first crossing of `level` by `loss` along the window of `expansion`; `None` where it stays on one side.
    ///
    /// # Errors
    /// As the slow flow, and where the loss has no finite value.
    pub fn crossing(&self, expansion: &Expansion, loss: &dyn Loss, level: f64) -> Result<Option<Crossing>, FlowError> {
        crossing(self, expansion, loss, level)
    }
}
