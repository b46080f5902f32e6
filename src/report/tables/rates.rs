//! The tables of a run.

use super::{Cell, Column, Table};
use crate::report::number::digits;
use crate::report::read::Run;
use crate::report::summary::{Check, Order, Row};

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
        ]
    });
    drop_empty(Table {
        id: "rates".into(),
        of: run.title(),
        caption: "Distances to the limits, by weight decay".into(),
        columns,
        rows: lines.collect(),
    })
}

/// What each λ cost.
pub fn work(run: &Run) -> Table {
    let columns = vec![
        Column::numbers("lambda", "*λ*"),
        Column::text("method", "method"),
        Column::numbers("evaluations", "evaluations"),
        Column::numbers("linear_solves", "linear solves"),
        Column::numbers("steps", "steps"),
        Column::numbers("rejected", "rejected"),
    ];
    let line = |row: &Row| {
        vec![
            Cell::scientific(Some(row.lambda), lambda_digits(row.lambda)),
            if row.method.is_empty() { Cell::Absent } else { Cell::Text(row.method.clone()) },
            Cell::count(row.evaluations),
            Cell::count(row.linear_solves),
            Cell::count(row.steps),
            Cell::count(row.rejected),
        ]
    };
    let rows = run.summary.rows.iter().filter(|r| r.steps.is_some_and(|n| n > 0)).map(line).collect();
    drop_empty(Table { id: "work".into(), of: run.title(), caption: "Work of one regularised flow".into(), columns, rows })
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
        of: run.title(),
        caption: "Fitted orders in λ; intervals hold the scatter (95 %), the next order in λ and the numerical errors".into(),
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
pub fn checks(run: &Run, id: &str, caption: &str, checks: &[Check]) -> Table {
    let text = |t: &String| if t.is_empty() { Cell::Absent } else { Cell::Text(t.clone()) };
    let rows = checks.iter().map(|c| {
        vec![
            text(&c.name),
            text(&c.verdict),
            Cell::number(c.value, if id == "assumptions" || c.value.is_some_and(|v| v.abs() < 1e-2) { 3 } else { 5 }),
            text(&c.limit),
            text(&c.why),
        ]
    });
    drop_empty(Table {
        id: id.into(),
        of: run.title(),
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
pub(super) fn lambda_digits(lambda: f64) -> usize {
    let mantissa = format!("{lambda:e}");
    mantissa.split('e').next().map_or(1, |m| m.chars().filter(char::is_ascii_digit).count()).clamp(1, 5)
}

/// Columns in which nothing is known are left out.
pub(super) fn drop_empty(mut table: Table) -> Table {
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
