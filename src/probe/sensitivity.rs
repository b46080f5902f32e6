use super::{Path, ProbeError, arrival, follow};
use crate::field::{Loss, Regulariser, Weights};
use crate::flow::Flows;
use crate::manifold::CriticalManifold;
use crate::numeric::seed::Stream;

/// Where starts near w₀ end.
#[derive(Debug, Clone, PartialEq)]
pub struct Basin {
    /// Size of the perturbations relative to ‖w₀‖.
    pub size: f64,
    /// Starts tried.
    pub starts: usize,
    /// Starts that end in the same equilibrium (within 1e-6 of its norm, or of that of w₀).
    pub same: usize,
    /// Starts that end in another one.
    pub other: usize,
    /// Of those, starts whose end has the same R (to 1e-8): a mirror image, or another point of its orbit.
    pub alike: usize,
    /// Starts whose flow did not arrive.
    pub lost: usize,
    /// The largest ‖Δw*‖/‖Δw₀‖: zero where all end in one isolated equilibrium.
    pub amplification: f64,
}

/// For every size, perturbs w₀ (stream `basins` of `seed`) and follows both flows to their ends.
///
/// `along` follows the path from a start: the fast flow to its foot point, then the slow flow.
pub fn basins(
    regulariser: &Regulariser,
    end: &Weights,
    start: &Weights,
    sizes: &[f64],
    starts: usize,
    seed: u64,
    along: &dyn Fn(&Weights) -> Result<Weights, ProbeError>,
) -> Vec<Basin> {
    let mut stream = Stream::new(seed, "basins");
    let scale = start.norm() / (start.len() as f64).sqrt();
    let mut basin = |size: f64| {
        let mut found = Basin { size, starts, same: 0, other: 0, alike: 0, lost: 0, amplification: 0.0 };
        for _ in 0..starts {
            let shift = Weights::from_fn(start.len(), |_, _| size * scale * stream.normal());
            let Ok(reached) = along(&(start + &shift)) else {
                found.lost += 1;
                continue;
            };
            let apart = (&reached - end).norm();
            if apart <= 1e-6 * end.norm().max(reached.norm()).max(start.norm()) {
                found.same += 1;
            } else {
                found.other += 1;
                let (a, b) = (regulariser.value(&reached), regulariser.value(end));
                found.alike += usize::from((a - b).abs() <= 1e-8 * a.max(b));
                found.amplification = found.amplification.max(apart / shift.norm());
            }
        }
        found
    };
    sizes.iter().map(|size| basin(*size)).collect()
}

/// The equilibrium that both flows lead to from one start.
///
/// # Errors
/// A flow that does not arrive, or no equilibrium at its end.
pub fn destination(
    flows: &dyn Flows,
    loss: &dyn Loss,
    manifold: &dyn CriticalManifold,
    regulariser: &Regulariser,
    first: f64,
) -> Result<(Path, Weights), ProbeError> {
    let foot = flows.foot()?;
    let path = follow(flows, manifold, regulariser, (&foot.w, 0.0), first, 8)?;
    let (end, _) = arrival(loss, regulariser, &path)?;
    Ok((path, end.w))
}
