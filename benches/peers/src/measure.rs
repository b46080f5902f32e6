//! Settings measured in turn: every round runs each once, so that what else the machine does meets all of them alike.

use std::io::Write;

use slowflow::field::Weights;

use crate::problems::Problem;
use crate::solvers::Outcome;

/// Rounds of settings that take less than `LONG`.
const ROUNDS: usize = 7;
/// CPU milliseconds from which one round is enough.
const LONG: f64 = 3000.0;

/// One tool at one tolerance.
pub struct Setting<'a> {
    pub tool: &'static str,
    pub rtol: f64,
    pub run: Box<dyn Fn() -> Outcome + 'a>,
}

/// What a setting took and reached.
pub struct Row {
    pub tool: &'static str,
    pub milliseconds: f64,
    pub error: f64,
}

pub fn header() {
    println!("tool,problem,n,d,lambda,rtol,cpu_ms,error,evaluations,steps,linear_solves,failure");
}

/// Largest relative distance over the slow times.
fn error(states: &[Weights], truth: &[Weights]) -> f64 {
    states.iter().zip(truth).map(|(a, b)| (a - b).norm() / b.norm()).fold(0.0, f64::max)
}

/// Median CPU milliseconds of the rounds, one line a setting on standard output; the rows that arrived.
pub fn alternate(problem: &Problem, lambda: f64, truth: &[Weights], settings: &[Setting<'_>]) -> Vec<Row> {
    let mut times = vec![Vec::new(); settings.len()];
    let mut last: Vec<Option<Outcome>> = settings.iter().map(|_| None).collect();
    for _ in 0..ROUNDS {
        for (k, setting) in settings.iter().enumerate() {
            let over = times[k].first().is_some_and(|first| *first > LONG) || matches!(last[k], Some(Err(_)));
            if over {
                continue;
            }
            let start = cpu_time::ThreadTime::now();
            let outcome = (setting.run)();
            let own = outcome.as_ref().ok().and_then(|reached| reached.milliseconds);
            times[k].push(own.unwrap_or_else(|| start.elapsed().as_secs_f64() * 1e3));
            last[k] = Some(outcome);
        }
    }
    let mut rows = Vec::new();
    for ((setting, times), outcome) in settings.iter().zip(&mut times).zip(last) {
        times.sort_by(f64::total_cmp);
        let milliseconds = times[times.len() / 2];
        let (n, d) = (problem.loss.residual.samples(), problem.start.len());
        let head = format!("{},{},{n},{d},{lambda:e},{:e},{milliseconds:.4}", setting.tool, problem.name, setting.rtol);
        match outcome {
            Some(Ok(reached)) => {
                let error = error(&reached.states, truth);
                println!("{head},{error:.2e},{},{},{},", reached.evaluations, reached.steps, reached.solves);
                rows.push(Row { tool: setting.tool, milliseconds, error });
            }
            Some(Err(why)) => println!("{head},,,,,\"{}\"", why.replace('"', "'").lines().next().unwrap_or("")),
            None => {}
        }
    }
    std::io::stdout().flush().expect("standard output");
    rows
}

/// Milliseconds at which the cheapest tool whose name begins with `side` reaches `target`: between the last tolerance that misses it
/// and the first after which no tolerance does, by a straight line in the logarithms. `None` where no tolerance reaches it, or
/// every one does.
pub fn at_error(rows: &[Row], side: &str, target: f64) -> Option<(&'static str, f64)> {
    let mut tools: Vec<&'static str> = rows.iter().map(|row| row.tool).filter(|tool| tool.starts_with(side)).collect();
    tools.dedup();
    let reach = |tool: &'static str| {
        let own: Vec<&Row> = rows.iter().filter(|row| row.tool == tool).collect();
        let miss = own.iter().rposition(|row| row.error > target)?;
        let (above, below) = (own[miss], own.get(miss + 1)?);
        let share = (above.error / target).ln() / (above.error / below.error).ln();
        Some((tool, (above.milliseconds.ln() * (1.0 - share) + below.milliseconds.ln() * share).exp()))
    };
    tools.into_iter().filter_map(reach).min_by(|a, b| a.1.total_cmp(&b.1))
}
