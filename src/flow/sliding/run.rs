use super::event::{Event, record};
use super::guard::{Guard, Guards};
use super::locate::locate;
use super::mode::{Mode, Place};
use super::settle::{Meeting, cell, walled};
use crate::field::{FieldError, LeastSquares, Regulariser, Weights, Work};
use crate::integrate::Tolerance;
use crate::integrate::star::{Cause, Clock, Limits, Saved, Stages, Star, Stepper};
use crate::numeric::Vector;

/// One flow of piecewise smooth residuals in one clock.
#[derive(Clone, Copy)]
pub struct Sliding<'a> {
    /// r and c.
    pub loss: &'a LeastSquares,
    /// R.
    pub regulariser: &'a Regulariser,
    /// The clock.
    pub clock: Clock,
    /// Allowed error a step.
    pub tolerance: Tolerance,
    /// The method within cells.
    pub stages: Stages,
    /// What bounds the run within one cell.
    pub limits: Limits,
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Slid {
    /// w and μ (of the residuals, then of the walls slid along) at the times asked for.
    pub saved: Vec<Saved>,
    /// What happened at walls, times ascending.
    pub events: Vec<Event>,
    /// Cell and walls slid along at the end.
    pub mode: Mode,
    /// The time reached.
    pub time: f64,
    /// w there.
    pub w: Weights,
    /// What it cost.
    pub work: Work,
}

/// A run that did not arrive, with what it reached.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{cause} (last good point at {} = {:.6e} after {} events at cell walls; {} of the asked times reached)",
    cause.symbol(), partial.time, partial.events.len(), partial.saved.len())]
pub struct SlidingError {
    /// Why.
    pub cause: SlidingCause,
    /// What was reached.
    pub partial: Box<Slid>,
}

/// Why a flow with kinks did not arrive.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SlidingCause {
    /// Within a cell.
    #[error("{0}")]
    Star(#[from] Cause),
    /// A function of the weights is not finite.
    #[error("at {symbol} = {time:.6e} {source}")]
    Field {
        /// Symbol of the clock.
        symbol: &'static str,
        /// Time.
        time: f64,
        /// What was not finite.
        source: FieldError,
    },
    /// The model has switches but no residuals for their cells.
    #[error("at {symbol} = {time:.6e} the model has {switches} switches but no continuation of its residuals beyond a cell")]
    NoContinuation {
        /// Symbol of the clock.
        symbol: &'static str,
        /// Time.
        time: f64,
        /// Number of switches.
        switches: usize,
    },
    /// The normals of the walls slid along (with J at λ = 0) are linearly dependent.
    #[error(
        "at {symbol} = {time:.6e} the {} walls met (switches {walls:?}) have linearly dependent normals: their multipliers are not unique, as where all inputs of a neuron vanish",
        walls.len()
    )]
    Dependent {
        /// Symbol of the clock.
        symbol: &'static str,
        /// Time.
        time: f64,
        /// The switches slid along.
        walls: Vec<usize>,
    },
    /// Crossing or sliding could not be decided.
    #[error(
        "at {symbol} = {time:.6e} no choice of crossing and sliding at the walls met (switches {walls:?}) agrees with its own velocities"
    )]
    Undecided {
        /// Symbol of the clock.
        symbol: &'static str,
        /// Time.
        time: f64,
        /// The walls met.
        walls: Vec<usize>,
    },
    /// On a wall that repels on both sides, the flow is not unique.
    #[error(
        "at {symbol} = {time:.6e} the trajectory is on a wall (switch {wall}) that repels it on both sides (ν = {nu:.3e}, κ = {kappa:.3e} < 0): its continuation is not unique; move the start off the wall"
    )]
    Repelled {
        /// Symbol of the clock.
        symbol: &'static str,
        /// Time.
        time: f64,
        /// The wall.
        wall: usize,
        /// Its multiplier.
        nu: f64,
        /// Its range.
        kappa: f64,
    },
    /// Events of one wall accumulate.
    #[error(
        "{count} events at one wall (switch {wall}) between {symbol} = {first:.9e} and {last:.9e}: they accumulate, and the flow beyond is not followed; a looser tolerance may see one event in their place"
    )]
    Chattering {
        /// Symbol of the clock.
        symbol: &'static str,
        /// The wall.
        wall: usize,
        /// How many.
        count: usize,
        /// Time of the first of them.
        first: f64,
        /// Time of the last.
        last: f64,
    },
}

impl SlidingCause {
    /// Symbol of the clock in which it happened.
    pub fn symbol(&self) -> &'static str {
        match self {
            Self::Star(_) => "time",
            Self::Field { symbol, .. }
            | Self::NoContinuation { symbol, .. }
            | Self::Dependent { symbol, .. }
            | Self::Undecided { symbol, .. }
            | Self::Repelled { symbol, .. }
            | Self::Chattering { symbol, .. } => symbol,
        }
    }
}

/// Events of one wall that count as accumulation when they happen …
const CROWD: usize = 32;
/// … within this share of the time reached.
const INSTANT: f64 = 1e-9;

/// Whether a run may end at a point: asked after every step, of the residuals of the mode.
pub(super) type Stop<'a> = dyn FnMut(&LeastSquares, &Stepper<'_>) -> Result<bool, SlidingCause> + 'a;

impl Sliding<'_> {
    /// Advances from `start` at time 0 to each of `times`.
    ///
    /// # Errors
    /// Every way of not arriving, with what was reached before it.
    pub fn run(&self, start: &Weights, times: &[f64]) -> Result<Slid, SlidingError> {
        self.run_until(start, times, &mut |_, _| Ok(times.is_empty()))
    }

    /// Advances until every time is reached or `stop` says so; with no times, until `stop` says so.
    pub(super) fn run_until(&self, start: &Weights, times: &[f64], stop: &mut Stop<'_>) -> Result<Slid, SlidingError> {
        let mode = Mode::of(self.loss.residual.as_ref(), start);
        let work = Work::default();
        let mut slid = Slid { saved: Vec::new(), events: Vec::new(), mode, time: 0.0, w: start.clone(), work };
        match self.walk(times, stop, &mut slid) {
            Ok(()) => Ok(slid),
            Err(cause) => Err(SlidingError { cause, partial: Box::new(slid) }),
        }
    }

    fn walk(&self, times: &[f64], stop: &mut Stop<'_>, slid: &mut Slid) -> Result<(), SlidingCause> {
        let model = self.loss.residual.as_ref();
        let (mut normal, blank) = (Weights::zeros(slid.w.len()), Vector::zeros(model.samples()));
        let mut norm = |switch| {
            model.wall(&slid.w, &blank, switch, &mut normal);
            normal.norm()
        };
        let norms: Vec<f64> = (0..slid.mode.places.len()).map(&mut norm).collect();
        let touched = self.touched(&slid.w, &slid.mode, &norms)?;
        if !touched.is_empty() {
            // From below: a neuron that has died, z = 0⁻, stays so.
            touched.iter().for_each(|&wall| slid.mode.places[wall] = Place::Below);
            self.settle(slid, None, &touched)?;
        }
        let mut touched_at = f64::NEG_INFINITY;
        loop {
            let loss = cell(self.loss, &slid.mode, self.clock, slid.time)?;
            let star = Star { problem: &loss, regulariser: self.regulariser };
            let mode = slid.mode.clone();
            let guards =
                Guards { star, model: self.loss, clock: self.clock, mode: &mode, norms: &norms, tolerance: self.tolerance };
            let mut stepper = Stepper::new(star, self.clock, self.stages, self.tolerance, self.limits, slid.time, &slid.w)?;
            let outcome = self.within(&mut stepper, &guards, times, stop, slid);
            (slid.time, slid.w) = (stepper.time(), stepper.weights().clone());
            slid.work += stepper.work;
            let Some(guard) = outcome? else { return Ok(()) };
            let mu = stepper.multipliers().rows(0, model.samples()).into_owned();
            let events = slid.events.len();
            self.turn(slid, guard, &mu)?;
            // A wall that is touched and left on the side it came from is no event, but time must go on.
            if slid.events.len() == events && slid.time <= touched_at {
                let walls = vec![guard.wall()];
                return Err(SlidingCause::Undecided { symbol: self.clock.symbol, time: slid.time, walls });
            }
            touched_at = slid.time;
        }
    }

    /// Within one mode: the guard that ended it, `None` at the end of the run.
    fn within<'a>(
        &self,
        stepper: &mut Stepper<'a>,
        guards: &Guards<'_>,
        times: &[f64],
        stop: &mut Stop<'_>,
        slid: &mut Slid,
    ) -> Result<Option<Guard>, SlidingCause> {
        let walls = guards.mode.walls();
        let on_walls = walled(&self.loss.residual, guards.mode, self.clock, slid.time)?;
        loop {
            while let Some(&time) = times.get(slid.saved.len()).filter(|&&time| time <= stepper.time()) {
                if !(time >= slid.saved.last().map_or(0.0, |saved| saved.time)) {
                    return Err(Cause::Times { index: slid.saved.len(), value: time, start: stepper.time() }.into());
                }
                slid.saved.push(Saved { time, w: stepper.weights().clone(), mu: stepper.multipliers().clone() });
            }
            let target = match times.get(slid.saved.len()) {
                Some(&time) if time.is_finite() => time,
                Some(&value) => return Err(Cause::Times { index: slid.saved.len(), value, start: stepper.time() }.into()),
                None if times.is_empty() => f64::INFINITY,
                None => return Ok(None),
            };
            let before = stepper.clone();
            stepper.step_towards(target)?;
            let met = locate(&before, stepper, guards)?;
            if !walls.is_empty() {
                stepper.correct(on_walls.onto(stepper.weights()));
            }
            if met.is_some() {
                return Ok(met);
            }
            if stop(guards.star.problem, stepper)? {
                return Ok(None);
            }
        }
    }

    /// Switches that count as zero at `w`.
    fn touched(&self, w: &Weights, mode: &Mode, norms: &[f64]) -> Result<Vec<usize>, SlidingCause> {
        let all = Mode { places: mode.places.iter().map(|p| if *p == Place::On { Place::Below } else { *p }).collect() };
        let star = Star { problem: self.loss, regulariser: self.regulariser };
        let guards = Guards { star, model: self.loss, clock: self.clock, mode: &all, norms, tolerance: self.tolerance };
        let values = guards.values(0.0, w, &Vector::zeros(0))?;
        Ok(values.into_iter().filter(|(_, value)| value.abs() <= 1.0).map(|(guard, _)| guard.wall()).collect())
    }

    /// What follows a guard that has come to zero.
    fn turn(&self, slid: &mut Slid, guard: Guard, mu: &Vector) -> Result<(), SlidingCause> {
        let before = slid.mode.clone();
        let wall = guard.wall();
        // Only the wall met and those slid along are asked: one left a moment ago is close still, its velocity as small.
        let mut active = before.walls();
        match guard {
            Guard::Sign(_) => active.push(wall),
            // Released: the velocity away from the wall is zero still and grows from here on, so it decides nothing.
            Guard::Low(_) | Guard::High(_) => {
                slid.mode.places[wall] = if matches!(guard, Guard::Low(_)) { Place::Below } else { Place::Above };
                active.retain(|&other| other != wall);
            }
        }
        active.sort_unstable();
        if let Guard::Sign(_) = guard {
            // On the wall exactly before anything is decided: what is left of z would be a velocity of its own.
            let mut met = before.clone();
            met.places[wall] = Place::On;
            slid.w = walled(&self.loss.residual, &met, self.clock, slid.time)?.onto(&slid.w);
        }
        self.settle(slid, (self.clock.kappa > 0.0).then_some(mu), &active)?;
        record(&mut slid.events, slid.time, self.loss.residual.samples(), &before, &slid.mode);
        let times: Vec<f64> = slid.events.iter().rev().filter(|e| e.switch == wall).take(CROWD).map(|e| e.time).collect();
        match (times.first(), times.last()) {
            (Some(&last), Some(&first)) if times.len() == CROWD && last - first <= INSTANT * last => {
                Err(SlidingCause::Chattering { symbol: self.clock.symbol, wall, count: CROWD, first, last })
            }
            _ => Ok(()),
        }
    }

    fn settle(&self, slid: &mut Slid, mu: Option<&Vector>, active: &[usize]) -> Result<(), SlidingCause> {
        let meeting =
            Meeting { loss: self.loss, regulariser: self.regulariser, clock: self.clock, time: slid.time, w: &slid.w, mu };
        let mode = meeting.settle(slid.mode.clone(), active)?;
        slid.w = walled(&self.loss.residual, &mode, self.clock, slid.time)?.onto(&slid.w);
        slid.mode = mode;
        Ok(())
    }
}
