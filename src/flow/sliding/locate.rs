use super::guard::{Guard, Guards};
use super::run::SlidingCause;
use crate::integrate::star::Stepper;

/// Where within a step the guards are looked at: a guard that is negative only between two of these goes unseen, and the
/// trajectory is then wrong by what the other cell would have changed in that time.
const SAMPLES: usize = 8;
/// A guard that is violated by more than this at the start of a step already was missed by the step before.
const JUMP: f64 = 1e3;
/// Trials of a root before the step is bisected down to rounding.
const TRIALS: usize = 60;

/// The first guard that turns negative in the step from `before` to `after`, which then ends there.
///
/// The stage polynomial of the step says where about (it is less accurate inside of the step than the step itself); the step
/// is then taken again up to there, and again with a correction by the slope of the polynomial, until the guard is zero at the
/// end of a step of full accuracy.
pub(super) fn locate<'a>(
    before: &Stepper<'a>,
    after: &mut Stepper<'a>,
    guards: &Guards<'_>,
) -> Result<Option<Guard>, SlidingCause> {
    let (start, span) = (before.time(), after.time() - before.time());
    let step = after.clone();
    let dense = |x: f64| -> Result<Vec<(Guard, f64)>, SlidingCause> {
        match step.interpolate(x) {
            Some((w, mu)) if x < 1.0 => guards.values(start + x * span, &w, &mu),
            _ => guards.values(start + span, step.weights(), step.multipliers()),
        }
    };
    let mut low = 0.0;
    for sample in 1..=SAMPLES {
        let high = sample as f64 / SAMPLES as f64;
        let values = dense(high)?;
        let violated: Vec<usize> = (0..values.len()).filter(|&k| values[k].1 < -1.0).collect();
        if violated.is_empty() {
            low = high;
            continue;
        }
        let mut first: Option<(f64, usize)> = None;
        for k in violated {
            let root = bisect(low, high, |x| Ok(dense(x)?[k].1))?;
            if first.is_none_or(|(x, _)| root < x) {
                first = Some((root, k));
            }
        }
        let Some((root, k)) = first else { continue };
        let guess = Guess { root, high, k };
        return refine(before, after, guards, span, guess, &|x| Ok(dense(x)?[k].1));
    }
    Ok(None)
}

/// A root of guard `k` on the polynomial, below a sample where it is violated.
struct Guess {
    root: f64,
    high: f64,
    k: usize,
}

fn refine<'a>(
    before: &Stepper<'a>,
    after: &mut Stepper<'a>,
    guards: &Guards<'_>,
    span: f64,
    guess: Guess,
    dense: &dyn Fn(f64) -> Result<f64, SlidingCause>,
) -> Result<Option<Guard>, SlidingCause> {
    let start = before.time();
    let (mut low, mut high, mut x) = (0.0, guess.high, guess.root);
    let mut work = after.work;
    for trial in 0..TRIALS {
        let time = start + x * span;
        let mut end = before.clone();
        end.work = work;
        while end.time() < time {
            end.step_towards(time)?;
        }
        work = end.work;
        let (guard, value) = guards.values(end.time(), end.weights(), end.multipliers())?[guess.k];
        let closed = high - low <= 4.0 * f64::EPSILON * (1.0 + start.abs() / span);
        if value.abs() <= 1.0 || ((closed || time <= start) && (-JUMP..=1.0).contains(&value)) {
            *after = end;
            return Ok(Some(guard));
        }
        if closed && value < -JUMP {
            let (symbol, walls) = (guards.clock.symbol, vec![guard.wall()]);
            return Err(SlidingCause::Undecided { symbol, time: end.time(), walls });
        }
        if closed || trial + 1 == TRIALS {
            // The polynomial saw a sign change that the step does not have.
            *after = end;
            return Ok(None);
        }
        if value > 0.0 {
            low = x
        } else {
            high = x
        }
        let width = 1e-3;
        let slope = (dense((x + width).min(1.0))? - dense((x - width).max(0.0))?) / ((x + width).min(1.0) - (x - width).max(0.0));
        let next = x - value / slope;
        x = if trial < 8 && next > low && next < high { next } else { 0.5 * (low + high) };
    }
    Ok(None)
}

/// Where `value` turns negative between `low`, where it is not, and `high`, where it is.
fn bisect(mut low: f64, mut high: f64, value: impl Fn(f64) -> Result<f64, SlidingCause>) -> Result<f64, SlidingCause> {
    while high - low > 1e-6 * high {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if value(middle)? < 0.0 { high = middle } else { low = middle }
    }
    Ok(0.5 * (low + high))
}
