//! The points between which a run moves, and its numbers at finite λ.

use super::rates::{drop_empty, lambda_digits};
use super::{Cell, Column, Table};
use crate::experiment::fixed;
use crate::numeric::shortest;
use crate::report::number::{self, digits};
use crate::report::read::Run;
use crate::report::summary::Prediction;

/// Φ(w₀), the end of the slow flow on the window, and the minimum-norm point.
pub fn points(run: &Run) -> Table {
    let (foot, mut rows) = (&run.summary.foot, Vec::new());
    let square = |value: Option<f64>, error: Option<f64>| {
        Cell::number(
            value,
            match (value, error) {
                (Some(v), Some(_)) => digits(v, error),
                _ => 6,
            },
        )
    };
    if foot.norm_squared.is_some() {
        let geometry = match (foot.rank, foot.manifold_dimension) {
            (Some(rank), Some(dimension)) => format!("rank ∇²F = {rank}, dim M = {dimension}"),
            _ => String::new(),
        };
        let error = foot.norm_squared.zip(foot.error).map(|(square, e)| 2.0 * square.sqrt() * e);
        rows.push(vec![
            Cell::Text("Φ(w₀), the end of the fast flow".into()),
            square(foot.norm_squared, error),
            Cell::scientific(foot.train_loss, 2),
            Cell::number(foot.test_loss, 5),
            Cell::scientific(foot.defect, 2),
            Cell::number(foot.spectral_gap, 5),
            Cell::Text(geometry),
        ]);
    }
    let last = |name: &str| run.slow.as_ref()?.column(name)?.last().copied().filter(|x| x.is_finite());
    let limit = run.summary.limit.as_ref();
    if let Some(s) = last("s") {
        let away = limit
            .and_then(|l| l.distance_from_slow_end)
            .map(|d| format!("{} from the minimum-norm point", number::sentence(d, 4)));
        rows.push(vec![
            Cell::Text(format!("w°(s) at s = {}", shortest::number(s))),
            square(last("norm_squared"), None),
            Cell::scientific(last("train_loss"), 2),
            Cell::number(last("test_loss"), 5),
            Cell::scientific(last("defect"), 2),
            Cell::number(last("spectral_gap"), 5),
            Cell::Text(away.unwrap_or_default()),
        ]);
    }
    if let Some(limit) = limit {
        let existence = limit.certificate.as_ref().map(|c| format!("existence {}", c.verdict));
        let kind = [Some(limit.classification.clone()), existence].into_iter().flatten().collect::<Vec<_>>().join(", ");
        rows.push(vec![
            Cell::Text("minimum-norm point".into()),
            square(limit.norm_squared, None),
            Cell::scientific(limit.train_loss, 2),
            Cell::number(limit.test_loss, 5),
            Cell::scientific(limit.kkt_residual, 2),
            Cell::Absent,
            Cell::Text(kind),
        ]);
    }
    drop_empty(Table {
        id: "points".into(),
        of: run.title(),
        caption: format!(
            "Where the flows lead; the residual is {} on M, and that of the KKT equations at the minimum-norm point",
            if run.summary.problem.equation() == "r = 0" { "|r|" } else { "|∇F|" }
        ),
        columns: vec![
            Column::text("point", "point"),
            Column::numbers("norm_squared", "‖*w*‖^{2}"),
            Column::numbers("train_loss", "training loss"),
            Column::numbers("test_loss", "test loss"),
            Column::numbers("residual", "residual"),
            Column::numbers("spectral_gap", "*h*_{+}"),
            Column::text("kind", "kind"),
        ],
        rows,
    })
}

/// λ of which predictions are shown: there the correction is visible.
const LAMBDAS: usize = 3;

/// Numbers at finite λ, predicted and observed, at the largest λ in the fit, or at the smallest of all where none is.
pub fn predictions(run: &Run) -> Table {
    let rows = &run.summary.rows;
    let mut counted: Vec<f64> = rows.iter().filter(|r| r.asymptotic == Some(true)).map(|r| r.lambda).take(LAMBDAS).collect();
    if counted.is_empty() {
        counted.extend(rows.last().map(|r| r.lambda));
    }
    let line = |p: &Prediction| {
        let at = shortest::number(p.slow_time);
        let what = match (p.quantity.as_str(), p.level) {
            ("test-loss-crossing", Some(level)) => format!("s at which the test loss is {}", fixed(level, 4)),
            ("norm-squared", _) => format!("‖w‖² at s = {at}"),
            ("train-loss", _) => format!("training loss at s = {at}"),
            ("test-loss", _) => format!("test loss at s = {at}"),
            (other, _) => format!("{other} at s = {at}"),
        };
        let known = p.observed.map_or(8, |x| digits(x, p.observed_error));
        vec![
            Cell::scientific(Some(p.lambda), lambda_digits(p.lambda)),
            Cell::Text(what),
            Cell::number(p.leading, 8),
            Cell::number(p.corrected, 8),
            Cell::number(p.observed, known),
            Cell::scientific(p.observed_error, 2),
            Cell::scientific(p.observed.zip(p.corrected).map(|(x, y)| (x - y).abs()), 2),
        ]
    };
    drop_empty(Table {
        id: "predictions".into(),
        of: run.title(),
        caption: "Numbers at finite λ, predicted from the fast and the slow flow alone".into(),
        columns: vec![
            Column::numbers("lambda", "*λ*"),
            Column::text("quantity", "quantity"),
            Column::numbers("leading", "on *w*°"),
            Column::numbers("corrected", "on *w*° + *λw*_{1}"),
            Column::numbers("observed", "observed"),
            Column::numbers("observed_error", "± num."),
            Column::numbers("miss", "miss"),
        ],
        rows: run.summary.predictions.iter().filter(|p| counted.contains(&p.lambda)).map(line).collect(),
    })
}
