use std::sync::Arc;

use super::mode::{Mode, Place};
use super::run::SlidingCause;
use super::walled::Walled;
use crate::field::{LeastSquares, Regulariser, Residual, Weights};
use crate::integrate::star::{Clock, Star};
use crate::numeric::Vector;

/// What is asked at a point of one or several walls.
pub(super) struct Meeting<'a> {
    pub loss: &'a LeastSquares,
    pub regulariser: &'a Regulariser,
    pub clock: Clock,
    pub time: f64,
    pub w: &'a Weights,
    /// μ of the residuals, where κ > 0.
    pub mu: Option<&'a Vector>,
}

/// ν or a velocity counts as wrong beyond this share of its scale: round-off decides nothing.
const NEGLIGIBLE: f64 = 1e-12;

impl Meeting<'_> {
    /// The mode in which the trajectory goes on, starting from `mode`: only the places of `active` walls may change.
    pub fn settle(&self, mut mode: Mode, active: &[usize]) -> Result<Mode, SlidingCause> {
        for _ in 0..8 + 8 * active.len() {
            match self.worst(&mode, active)? {
                None => return Ok(mode),
                Some((wall, place)) => mode.places[wall] = place,
            }
        }
        Err(SlidingCause::Undecided { symbol: self.clock.symbol, time: self.time, walls: active.to_vec() })
    }

    /// The wall whose place contradicts ν or the velocity most, and the place it should have instead.
    fn worst(&self, mode: &Mode, active: &[usize]) -> Result<Option<(usize, Place)>, SlidingCause> {
        let n = self.loss.residual.samples();
        let (velocity, mu, walls) = self.velocity(mode)?;
        let data = mu.rows(0, n).into_owned();
        let mut normal = Weights::zeros(self.w.len());
        let mut worst: Option<(f64, usize, Place)> = None;
        for &wall in active {
            let kappa = self.loss.residual.wall(self.w, &data, wall, &mut normal);
            let found = match (mode.places[wall], walls.binary_search(&wall)) {
                (Place::On, Ok(row)) => {
                    let nu = mu[n + row];
                    let (low, high) = (nu.min(kappa - nu), nu.max(kappa - nu));
                    let scale = nu.abs() + kappa.abs();
                    if kappa > 0.0 && (low < -NEGLIGIBLE * scale || nu <= NEGLIGIBLE * scale) {
                        Some(((-low / scale).max(NEGLIGIBLE), if nu < kappa - nu { Place::Below } else { Place::Above }))
                    } else if kappa <= 0.0 && high > NEGLIGIBLE * scale {
                        // No wall can be slid along here: it goes where the velocity of the cell below points.
                        Some((high / scale, if nu > kappa - nu { Place::Above } else { Place::Below }))
                    } else if kappa <= 0.0 && scale > 0.0 {
                        return Err(SlidingCause::Repelled { symbol: self.clock.symbol, time: self.time, wall, nu, kappa });
                    } else {
                        None
                    }
                }
                (place, _) => {
                    let inward = normal.dot(&velocity) * if place == Place::Above { 1.0 } else { -1.0 };
                    // ν jumps by κ across the wall: a velocity that belongs to a negligible ν is negligible too.
                    let scale = normal.norm() * (velocity.norm() + kappa.abs() * normal.norm());
                    (inward < -NEGLIGIBLE * scale).then(|| (-inward / scale, Place::On))
                }
            };
            if let Some((size, place)) = found
                && worst.is_none_or(|(before, ..)| size > before)
            {
                worst = Some((size, wall, place));
            }
        }
        Ok(worst.map(|(_, wall, place)| (wall, place)))
    }

    /// w', (μ, ν) and the walls of ν in a mode.
    fn velocity(&self, mode: &Mode) -> Result<(Weights, Vector, Vec<usize>), SlidingCause> {
        let field = |source| SlidingCause::Field { symbol: self.clock.symbol, time: self.time, source };
        let dependent = || SlidingCause::Dependent { symbol: self.clock.symbol, time: self.time, walls: mode.walls() };
        let walled = walled(&self.loss.residual, mode, self.clock, self.time)?;
        if !walled.independent() {
            return Err(dependent());
        }
        let loss = walled.loss(self.loss);
        let star = Star { problem: &loss, regulariser: self.regulariser };
        let Some(mu) = star.multipliers(self.clock, self.w, self.mu).map_err(field)? else {
            return Err(dependent());
        };
        let d = self.w.len();
        let (mut r, mut scratch, mut out) = (Vector::zeros(mu.len()), Weights::zeros(d), Weights::zeros(d));
        star.evaluate(self.clock, self.w, &mu, &mut r, &mut scratch, &mut out).map_err(field)?;
        Ok((out, mu, mode.walls()))
    }
}

/// The residuals of a mode as a loss.
pub(super) fn cell(loss: &LeastSquares, mode: &Mode, clock: Clock, time: f64) -> Result<LeastSquares, SlidingCause> {
    Ok(walled(&loss.residual, mode, clock, time)?.loss(loss))
}

/// The residuals of a mode.
pub(super) fn walled(model: &Arc<dyn Residual>, mode: &Mode, clock: Clock, time: f64) -> Result<Walled, SlidingCause> {
    Walled::new(model, mode).ok_or(SlidingCause::NoContinuation { symbol: clock.symbol, time, switches: mode.places.len() })
}
