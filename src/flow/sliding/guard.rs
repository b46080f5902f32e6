use super::mode::{Mode, Place, switches};
use super::run::SlidingCause;
use crate::field::{LeastSquares, Weights};
use crate::integrate::Tolerance;
use crate::integrate::star::{Clock, Star};
use crate::numeric::Vector;

/// What ends a mode when it turns negative.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Guard {
    /// ±z of a wall that is not slid along.
    Sign(usize),
    /// ν of a wall slid along: it is left downwards.
    Low(usize),
    /// κ − ν: it is left upwards.
    High(usize),
}

impl Guard {
    /// The switch.
    pub fn wall(self) -> usize {
        match self {
            Guard::Sign(wall) | Guard::Low(wall) | Guard::High(wall) => wall,
        }
    }
}

/// The guards of one mode.
pub(super) struct Guards<'a> {
    pub star: Star<'a>,
    pub model: &'a LeastSquares,
    pub clock: Clock,
    pub mode: &'a Mode,
    /// ‖∇zᵢ‖ of every switch.
    pub norms: &'a [f64],
    pub tolerance: Tolerance,
}

/// Share of the error that the tolerance allows a step to which zᵢ is brought to zero: the rest of the run does not see it.
const SHARE: f64 = 0.01;
/// Rounding of a sum of products, relative to their size.
const ROUNDING: f64 = 16.0 * f64::EPSILON;

impl Guards<'_> {
    /// Every guard at (w, μ), in units of the value at which it counts as zero: negative beyond −1 is violated.
    pub fn values(&self, time: f64, w: &Weights, mu: &Vector) -> Result<Vec<(Guard, f64)>, SlidingCause> {
        let field = |source| SlidingCause::Field { symbol: self.clock.symbol, time, source };
        let z = switches(self.model.residual.as_ref(), w);
        let size = w.norm();
        let length = SHARE * (self.tolerance.atol + self.tolerance.rtol * size) + ROUNDING * size;
        let mut values = Vec::with_capacity(z.len());
        let mut walls = 0;
        for (wall, &z) in z.iter().enumerate() {
            let unit = (length * self.norms[wall]).max(f64::MIN_POSITIVE);
            match self.mode.places[wall] {
                Place::Above => values.push((Guard::Sign(wall), z / unit)),
                Place::Below => values.push((Guard::Sign(wall), -z / unit)),
                Place::On => walls += 1,
            }
        }
        if walls == 0 {
            return Ok(values);
        }
        let n = self.model.residual.samples();
        let known = (self.clock.kappa > 0.0).then_some(mu);
        let Some(mu) = self.star.multipliers(self.clock, w, known).map_err(field)? else {
            return Err(SlidingCause::Dependent { symbol: self.clock.symbol, time, walls: self.mode.walls() });
        };
        let data = mu.rows(0, n).into_owned();
        // What r is rounded to, as a multiplier.
        let floor = if self.clock.kappa > 0.0 { self.model.c / self.clock.kappa * size * size } else { data.norm() };
        let mut normal = Weights::zeros(w.len());
        for (row, wall) in self.mode.walls().into_iter().enumerate() {
            let kappa = self.model.residual.wall(w, &data, wall, &mut normal);
            let nu = mu[n + row];
            let unit = 0.1 * self.tolerance.rtol * (kappa.abs() + nu.abs()) + ROUNDING * floor * size + f64::MIN_POSITIVE;
            values.push((Guard::Low(wall), nu / unit));
            values.push((Guard::High(wall), (kappa - nu) / unit));
        }
        Ok(values)
    }
}
