//! A loss near its critical manifold as F = h(z(w)), with k quantities z that ∇h(z) = 0 fixes.
//!
//! Where J_z has rank k and ∇²h is regular, ∇F = J_zᵀ∇h(z) vanishes exactly on M = {∇h(z(w)) = 0}, a manifold of dimension d − k, on which
//! H = J_zᵀ∇²h J_z has rank k. So a zero of ∇h∘z is one of all of ∇F: what interval arithmetic could not show component by component.

use crate::field::{Loss, Weights};
use crate::numeric::cut;
use crate::numeric::graph::{Graph, Node};
use crate::numeric::interval::Interval;

/// Slopes of F up to this are zero at a critical point.
const STILL: f64 = 1e-8;

/// h as a graph on the k quantities z.
pub struct Outer {
    graph: Graph,
    output: Node,
}

impl Outer {
    /// The formula of F, the nodes of z in it, and h: z is the narrowest cut through the values by which F does not change to
    /// first order at the critical point `w`, if it has as many as H has `rank`.
    ///
    /// # Errors
    /// Why there is none.
    pub fn of(loss: &dyn Loss, w: &Weights, rank: usize) -> Result<(Graph, Vec<Node>, Outer), String> {
        let mut graph = Graph::new(loss.dim());
        let output = loss.formula(&mut graph).ok_or("the loss has no formula for interval arithmetic")?;
        let point: Vec<Interval> = w.iter().map(|x| Interval::point(*x)).collect();
        let still = graph.over(&point).still(output, STILL);
        let none = || {
            format!(
                "M is the set of critical points of F: no {rank} quantities in its formula, as many as the Hessian has rank, carry all of F and are fixed on M"
            )
        };
        let inner =
            cut::narrowest(&graph, output, |node| still[node.index()], rank).filter(|z| z.len() == rank).ok_or_else(none)?;
        let (above, output) = graph.above(&inner, output).ok_or_else(none)?;
        Ok((graph, inner, Outer { graph: above, output }))
    }

    /// ∇h(z).
    pub fn gradient(&self, z: &[Interval]) -> Vec<Interval> {
        self.graph.over(z).gradient(&[self.output], &[Interval::ONE])
    }

    /// ∇²h(z), k rows.
    pub fn hessian(&self, z: &[Interval]) -> Vec<Vec<Interval>> {
        self.graph.over(z).hessian(&[self.output], &[Interval::ONE])
    }
}
