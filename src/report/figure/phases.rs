//! When a run has memorised and when it has generalised: read off the saved curve with the saved times on both sides,
//! which are all that is known of it.

use crate::report::number;
use crate::report::read::Table;

/// The training loss has fallen to this part of its first value.
const MEMORISED: f64 = 1e-3;
/// The test loss has done this part of its fall after t_mem.
const FALLEN: f64 = 0.9;

/// A time on the clock t.
pub struct Phase {
    /// The time.
    pub time: f64,
    /// Its symbol in markup.
    pub name: &'static str,
    /// What it means and how well it is known.
    pub words: String,
}

/// t_mem.
pub fn memorised(table: &Table) -> Option<Phase> {
    let name = "*t*_{mem}";
    let curve = table.pairs("t", "train_loss");
    let start = curve.first()?.1;
    let (before, time) = crossing(&curve, |y| y <= MEMORISED * start)?;
    let words = format!("The training loss is below 10⁻³ of its start from {} on.", bracket("t_mem", before, time));
    Some(Phase { time, name, words })
}

/// t_grok: only where the test loss falls to half or less after t_mem.
pub fn generalised(table: &Table) -> Option<Phase> {
    let name = "*t*_{grok}";
    let from = memorised(table)?.time;
    let curve: Vec<(f64, f64)> = table.pairs("t", "test_loss").into_iter().filter(|p| p.0 >= from).collect();
    let start = curve.first()?.1;
    let end = curve.iter().map(|p| p.1).fold(f64::INFINITY, f64::min);
    if end > 0.5 * start {
        return None;
    }
    let (before, time) = crossing(&curve, |y| y <= start - FALLEN * (start - end))?;
    let words = format!("The test loss has done nine tenths of its fall after t_mem at {}.", bracket("t_grok", before, time));
    Some(Phase { time, name, words })
}

/// The first point that is low enough, and the time of the one before.
fn crossing(curve: &[(f64, f64)], low: impl Fn(f64) -> bool) -> Option<(f64, f64)> {
    let k = curve.iter().position(|p| low(p.1)).filter(|k| *k > 0)?;
    Some((curve[k - 1].0, curve[k].0))
}

fn bracket(symbol: &str, before: f64, time: f64) -> String {
    format!("{symbol} ∈ ({}, {}]", number::sentence(before, 4), number::sentence(time, 4))
}
