//! Settings measured in turn: every round runs each once, so that what else the machine does meets all of them alike.

use slowflow::field::Weights;

use crate::problems::Problem;
use crate::row::Row;
use crate::solvers::Outcome;

/// Rounds of settings that take less than `LONG` in all.
const ROUNDS: usize = 7;
/// CPU milliseconds after which a setting is not run again.
const LONG: f64 = 3000.0;

/// One tool at one tolerance.
pub struct Setting<'a> {
    pub tool: &'static str,
    pub rtol: f64,
    pub run: Box<dyn Fn() -> Outcome + 'a>,
}

/// Largest relative distance over the slow times.
fn error(states: &[Weights], truth: &[Weights]) -> f64 {
    states.iter().zip(truth).map(|(a, b)| (a - b).norm() / b.norm()).fold(0.0, f64::max)
}

/// Median CPU milliseconds of the rounds (every thread counts), one row a setting.
pub fn alternate(problem: &Problem, lambda: f64, truth: &[Weights], settings: &[Setting<'_>]) -> Vec<Row> {
    let mut times = vec![Vec::new(); settings.len()];
    let mut last: Vec<Option<Outcome>> = settings.iter().map(|_| None).collect();
    for _ in 0..ROUNDS {
        for (k, setting) in settings.iter().enumerate() {
            if times[k].iter().sum::<f64>() > LONG || matches!(last[k], Some(Err(_))) {
                continue;
            }
            let start = cpu_time::ProcessTime::now();
            let outcome = (setting.run)();
            let own = outcome.as_ref().ok().and_then(|reached| reached.milliseconds);
            times[k].push(own.unwrap_or_else(|| start.elapsed().as_secs_f64() * 1e3));
            last[k] = Some(outcome);
        }
    }
    let measured = settings.iter().zip(&mut times).zip(last);
    let rows = measured.filter_map(|((setting, times), outcome)| {
        times.sort_by(f64::total_cmp);
        let row = Row {
            tool: setting.tool.into(),
            problem: problem.name.clone(),
            n: problem.loss.residual.samples(),
            d: problem.start.len(),
            lambda,
            rtol: setting.rtol,
            cpu_ms: times[times.len() / 2],
            error: None,
            evaluations: None,
            steps: None,
            linear_solves: None,
            failure: None,
        };
        Some(match outcome? {
            Ok(reached) => Row {
                error: Some(error(&reached.states, truth)),
                evaluations: Some(reached.evaluations),
                steps: reached.steps,
                linear_solves: reached.solves,
                ..row
            },
            Err(why) => Row { failure: Some(why.lines().next().unwrap_or("").to_string()), ..row },
        })
    });
    rows.collect()
}
