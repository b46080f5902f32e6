//! The tables of a run.

use super::{Cell, Column, Table};
use crate::report::number::digits;
use crate::report::read::Run;
use crate::report::read::summary::{Check, Order, Row};
use crate::report::words;

/// The rate table: one row a λ, the numerical error beside the gaps.
pub fn rates(run: &Run) -> Table {
    let rows = &run.summary.rows;
    let columns = vec![
        Column::numbers("lambda", "*λ*"),
        Column::numbers("slow_gap", "slow gap"),
        Column::numbers("numerical_error", "± num."),
        Column::numbers("slow_gap_over_lambda", "slow gap/*λ*"),
        Column::numbers("fast_gap", "fast gap"),
        Column::numbers("fast_error", "± num."),
        Column::numbers("composite_gap", "composite gap"),
        Column::numbers("composite_error", "± num."),
        Column::numbers("expansion_gap", "gap to first order"),
        Column::numbers("expansion_error", "± num."),
        Column::text("standing", "standing"),
        Column::text("method", "method"),
        Column::numbers("evaluations", "evaluations"),
        Column::numbers("linear_solves", "linear solves"),
        Column::numbers("steps", "steps"),
        Column::numbers("rejected", "rejected"),
    ];
    let lines = rows.iter().map(|row| {
        let gap = |value: Option<f64>, error: Option<f64>| Cell::scientific(value, value.map_or(4, |v| digits(v, error).min(5)));
        let error = |value: Option<f64>| Cell::scientific(value, 2);
        let slow_error = row.numerical_error;
        vec![
            Cell::scientific(Some(row.lambda), lambda_digits(row.lambda)),
            gap(row.slow_gap, slow_error),
            error(slow_error),
            Cell::number(row.slow_gap.map(|g| g / row.lambda), row.slow_gap.map_or(4, |g| digits(g, slow_error).min(6))),
            gap(row.fast_gap, row.fast_error),
            error(row.fast_error),
            gap(row.composite_gap, row.composite_error),
            error(row.composite_error),
            gap(row.expansion_gap, row.expansion_error),
            error(row.expansion_error),
            Cell::Text(standing(row)),
            if row.method.is_empty() { Cell::Absent } else { Cell::Text(row.method.clone()) },
            Cell::count(row.evaluations),
            Cell::count(row.linear_solves),
            Cell::count(row.steps),
            Cell::count(row.rejected),
        ]
    });
    drop_empty(Table {
        id: "rates".into(),
        caption: format!("{}: distances to the limits, by weight decay", run.title()),
        columns,
        rows: lines.collect(),
    })
}

/// The fitted orders with their intervals.
pub fn orders(run: &Run) -> Table {
    let orders = &run.summary.orders;
    let named: [(&str, &Option<Order>); 4] =
        [("fast", &orders.fast), ("slow", &orders.slow), ("composite", &orders.composite), ("to first order", &orders.expansion)];
    let rows = named.iter().filter_map(|(name, order)| {
        let order = order.as_ref().filter(|o| o.value.is_some())?;
        let half = order.low.zip(order.high).map(|(a, b)| 0.5 * (b - a));
        let shown = order.value.map_or(4, |v| digits(v, half).max(4));
        let cell = |x: Option<f64>| Cell::number(x, shown);
        Some(vec![Cell::Text((*name).into()), cell(order.value), cell(order.low), cell(order.high), Cell::Count(order.rows)])
    });
    Table {
        id: "orders".into(),
        caption: format!("{}: fitted orders in λ with 95 % intervals", run.title()),
        columns: vec![
            Column::text("gap", "gap"),
            Column::numbers("order", "order"),
            Column::numbers("low", "from"),
            Column::numbers("high", "to"),
            Column::numbers("rows", "rows in the fit"),
        ],
        rows: rows.collect(),
    }
}

/// Verdicts, of checks or of assumptions.
pub fn checks(id: &str, caption: &str, checks: &[Check]) -> Table {
    let text = |t: &String| if t.is_empty() { Cell::Absent } else { Cell::Text(t.clone()) };
    let rows =
        checks.iter().map(|c| vec![text(&c.name), text(&c.verdict), Cell::number(c.value, 5), text(&c.limit), text(&c.why)]);
    drop_empty(Table {
        id: id.into(),
        caption: caption.into(),
        columns: vec![
            Column::text("name", "what"),
            Column::text("verdict", "verdict"),
            Column::numbers("value", "value"),
            Column::text("limit", "allowed"),
            Column::text("why", "why"),
        ],
        rows: rows.collect(),
    })
}

/// Where the run comes from.
pub fn provenance(run: &Run) -> Table {
    let s = &run.summary;
    let mut rows = Vec::new();
    let mut say = |name: &str, cell: Cell| {
        let empty = matches!(&cell, Cell::Absent) || matches!(&cell, Cell::Text(t) if t.is_empty());
        if !empty {
            rows.push(vec![Cell::Text(name.into()), cell]);
        }
    };
    say("problem", Cell::Text(s.problem.file.clone()));
    say("source", Cell::Text(s.problem.source.clone().unwrap_or_default()));
    say("SHA-256 of problem and data", Cell::Text(s.problem.hash.clone()));
    say("model", Cell::Text(s.problem.model.clone()));
    say("seed", Cell::Count(s.problem.seed));
    say("weights d", Cell::Count(s.problem.dimension));
    say("samples n", Cell::Count(s.problem.samples));
    say("samples of the test set", if s.problem.test_samples > 0 { Cell::Count(s.problem.test_samples) } else { Cell::Absent });
    say("relative tolerance", Cell::scientific(s.problem.rtol, 2));
    say("absolute tolerance", Cell::scientific(s.problem.atol, 2));
    say("norm squared of the foot point Φ(w₀)", Cell::number(s.foot.norm_squared, 6));
    say("its numerical error, as a distance", Cell::scientific(s.foot.error, 2));
    say("defect there", Cell::scientific(s.foot.defect, 2));
    say("rank of the Hessian there", Cell::count(s.foot.rank));
    say("dimension of M there", Cell::count(s.foot.manifold_dimension));
    say("spectral gap h₊ there", Cell::number(s.foot.spectral_gap, 5));
    say("smallest h₊ along the slow flow", Cell::number(s.foot.smallest_spectral_gap_on_window, 5));
    say("largest eigenvalue of the Hessian at Φ(w₀)", Cell::number(s.foot.largest_eigenvalue, 5));
    let constant = s.constants.slow.map_or(6, |c| digits(c, s.constants.slow_error));
    say("constant slow gap/λ, measured", Cell::number(s.constants.slow, constant));
    say("its numerical error", Cell::scientific(s.constants.slow_error, 2));
    say("the constant in closed form", Cell::number(s.constants.slow_exact, 8));
    say("the constant predicted by the expansion", Cell::number(s.constants.slow_predicted, 8));
    if let Some(limit) = &s.limit {
        say("norm squared of the minimum-norm point", Cell::number(limit.norm_squared, 6));
        say("its KKT residual", Cell::scientific(limit.kkt_residual, 2));
        say("distance of the slow flow's end from it", Cell::scientific(limit.distance_from_slow_end, 3));
        say("its kind", Cell::Text(limit.classification.clone()));
    }
    let program = [s.program.name.as_str(), s.program.version.as_str()].join(" ");
    say("program", Cell::Text(program.trim().into()));
    say("commit", Cell::Text(s.program.commit.clone().unwrap_or_default()));
    say("features", Cell::Text(s.program.features.join(", ")));
    say("seconds", Cell::number(s.timing.seconds, 3));
    say("directory", Cell::Text(run.directory.display().to_string()));
    say("command", Cell::Text(words::command(run)));
    Table {
        id: "provenance".into(),
        caption: format!("{}: provenance", run.title()),
        columns: vec![Column::text("what", "what"), Column::text("value", "value")],
        rows,
    }
}

/// The writer's words, or what follows from the flags.
fn standing(row: &Row) -> String {
    match (row.standing.is_empty(), row.limited_by_solver, row.asymptotic) {
        (false, ..) => row.standing.clone(),
        (_, true, _) => "limited by the solver".into(),
        (_, _, Some(false)) => "not in the fit".into(),
        _ => "in the fit".into(),
    }
}

/// λ with the digits it has, at most 5.
fn lambda_digits(lambda: f64) -> usize {
    let mantissa = format!("{lambda:e}");
    mantissa.split('e').next().map_or(1, |m| m.chars().filter(char::is_ascii_digit).count()).clamp(1, 5)
}

/// Columns in which nothing is known are left out.
fn drop_empty(mut table: Table) -> Table {
    let full: Vec<bool> = (0..table.columns.len()).map(|k| table.rows.iter().any(|r| r[k] != Cell::Absent)).collect();
    let keep = |k: usize| full.get(k).copied().unwrap_or(true);
    let mut k = 0;
    table.columns.retain(|_| {
        k += 1;
        keep(k - 1)
    });
    for row in &mut table.rows {
        let mut k = 0;
        row.retain(|_| {
            k += 1;
            keep(k - 1)
        });
    }
    table
}
