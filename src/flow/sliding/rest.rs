use std::fmt;

use super::mode::Place;
use super::run::{Slid, SlidingCause};
use super::settle::cell;
use crate::field::{LeastSquares, Weights};
use crate::integrate::star::Clock;
use crate::numeric::{Vector, dense, rank};

/// Where a fast flow has come to rest off the zero-loss set or where that is no manifold, and what holds it there.
///
/// At rest −J₋ᵀμ − Σνᵢ∇zᵢ = 0 with μ = cr ≠ 0, so the rows of J₋ and of the walls slid along are linearly dependent: a sample that
/// no neuron sees (a zero row), a corner of F on walls, or a saddle or local minimum within a cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Rest {
    /// The time t from which on nothing moves, to the tolerance.
    pub time: f64,
    /// What the weights still moved in the second half of that time, as a norm.
    pub moved: f64,
    /// ‖r‖ …
    pub defect: f64,
    /// … and at the start.
    pub start_defect: f64,
    /// Samples, with their residuals, that no weight changes the prediction of.
    pub unseen: Vec<(usize, f64)>,
    /// Neurons that change no prediction.
    pub dead: Vec<usize>,
    /// The walls rested on, as neuron and sample.
    pub walls: Vec<(usize, usize)>,
    /// Rank of the rows of J₋ and of those walls …
    pub rank: usize,
    /// … out of so many.
    pub rows: usize,
}

impl Rest {
    /// What holds the flow at the end of a run.
    pub(super) fn of(loss: &LeastSquares, start: &Weights, slid: &Slid, moved: f64) -> Result<Rest, SlidingCause> {
        let clock = Clock::fast(0.0);
        let on_walls = cell(loss, &slid.mode, clock, slid.time)?;
        let (samples, rows) = (loss.residual.samples(), on_walls.residual.samples());
        let mut r = Vector::zeros(rows);
        let field = |source| SlidingCause::Field { symbol: clock.symbol, time: slid.time, source };
        on_walls.residual.residual(&slid.w, &mut r).map_err(field)?;
        let mut first = Vector::zeros(samples);
        loss.residual.residual(start, &mut first).map_err(field)?;
        let jacobian = on_walls.residual.jacobian(&slid.w);
        let defect = r.rows(0, samples).norm();
        let unseen = (0..samples).filter(|&k| jacobian.row(k).iter().all(|x| *x == 0.0) && r[k].abs() > rank::FLOOR * defect);
        let data = jacobian.rows(0, samples);
        let mut normal = Weights::zeros(slid.w.len());
        let mut blind = |neuron: usize| {
            if (0..samples).any(|k| slid.mode.places[neuron * samples + k] != Place::Below) {
                return false;
            }
            loss.residual.wall(&slid.w, &r.rows(0, samples).into_owned(), neuron * samples, &mut normal);
            (0..normal.len()).filter(|&i| normal[i] != 0.0).all(|i| data.column(i).iter().all(|x| *x == 0.0))
        };
        let dead = (0..slid.mode.places.len() / samples).filter(|&neuron| blind(neuron)).collect();
        // Singular values that a decomposition does not give are a Jacobian that is not finite, which the residuals would be too.
        let values = dense::singular_values(&jacobian).map(|values| values.as_slice().to_vec()).unwrap_or_default();
        let largest = values.first().copied().unwrap_or(0.0);
        Ok(Rest {
            time: slid.time,
            moved,
            defect,
            start_defect: first.norm(),
            unseen: unseen.map(|k| (k, r[k])).collect(),
            dead,
            walls: slid.mode.walls().into_iter().map(|wall| (wall / samples, wall % samples)).collect(),
            rank: values.iter().filter(|value| **value > rank::FLOOR * largest).count(),
            rows,
        })
    }
}

/// Residuals below this part of those at the start have vanished.
const VANISHED: f64 = 1e-8;

impl fmt::Display for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.defect <= VANISHED * self.start_defect {
            return write!(
                f,
                "from t = {:.3e} on the fast flow is at rest and the training loss is zero (|r| = {:.1e}), but of the {} rows of J and of the \
                 {} walls rested on only {} are independent, as where the network is linear on a stretch with too many samples: M has another \
                 dimension there than nearby. Try another start, or samples further apart",
                self.time,
                self.defect,
                self.rows,
                self.walls.len(),
                self.rank
            );
        }
        write!(
            f,
            "from t = {:.3e} on the fast flow is at rest (it moved by {:.1e} since half that time) but the training loss is not zero \
             (|r| = {:.3e})",
            self.time, self.moved, self.defect
        )?;
        for (sample, residual) in &self.unseen {
            write!(f, "; no neuron is active at sample {sample}, whose residual stays at {residual:.3e}")?;
        }
        if let [(neuron, sample), ..] = self.walls[..] {
            let count = self.walls.len();
            write!(
                f,
                "; it rests on {count} walls between cells, the first where neuron {neuron} switches at sample {sample}: a corner of F"
            )?;
        }
        if self.unseen.is_empty() && self.walls.is_empty() {
            write!(f, "; J has rank {} of {} there: a saddle or a local minimum of F", self.rank, self.rows)?;
        }
        if !self.dead.is_empty() {
            write!(f, "; neurons {:?} are active at no sample", self.dead)?;
        }
        write!(f, ". Try more neurons, or another start")
    }
}
