use crate::report::number;
use crate::report::plot::chart::Marker;
use crate::report::plot::{Axis, Chart, Colour, Dash, Label, Scale, Series, Shape, Triangle};
use crate::report::read::Run;
use crate::report::summary::{Order, Row};

/// A gap of a row.
type Gap = fn(&Row) -> Option<f64>;
/// Name, colour, marker, line, which gap of a row and its error, its fitted order.
type Kind<'a> = (&'a str, Colour, Marker, Dash, [Gap; 2], &'a Option<Order>);

/// The gaps against λ, log–log: the theorem's rate is a slope.
pub fn figure(run: &Run) -> Option<Chart> {
    let rows = &run.summary.rows;
    // one λ shows no rate
    if rows.iter().filter(|r| r.slow_gap.is_some()).count() < 2 {
        return None;
    }
    let x = Axis::new("weight decay *λ*", Scale::Log);
    let y = Axis::new("distance to the limit", Scale::Log);
    let mut chart = Chart::new("gap", "Distance to the limits against λ", x, y);
    let orders = &run.summary.orders;
    let kinds: [Kind; 4] = [
        (
            "slow: ‖*w*^{λ}(*s*/*λ*) − *w*°(*s*)‖",
            Colour::Series(0),
            Marker::Circle,
            Dash::Solid,
            [|r| r.slow_gap, |r| r.numerical_error],
            &orders.slow,
        ),
        (
            "fast: ‖*w*^{λ}(*t*) − *w*^{fast}(*t*)‖",
            Colour::Series(1),
            Marker::Square,
            Dash::Dashed,
            [|r| r.fast_gap, |r| r.fast_error],
            &orders.fast,
        ),
        (
            "composite",
            Colour::Series(2),
            Marker::Diamond,
            Dash::DashDot,
            [|r| r.composite_gap, |r| r.composite_error],
            &orders.composite,
        ),
        (
            "slow to first order",
            Colour::Series(3),
            Marker::Triangle,
            Dash::Dotted,
            [|r| r.expansion_gap, |r| r.expansion_error],
            &orders.expansion,
        ),
    ];
    let (mut shown, mut any) = (Vec::new(), false);
    for (name, colour, marker, dash, [gap, error], order) in kinds {
        let known: Vec<&Row> = rows.iter().filter(|r| gap(r).is_some_and(|g| g > 0.0)).collect();
        let points: Vec<(f64, f64)> = known.iter().filter_map(|r| Some((r.lambda, gap(r)?))).collect();
        if points.is_empty() {
            continue;
        }
        let limited = |r: &&Row| match (gap(r), error(r)) {
            (Some(gap), Some(error)) => error > 0.1 * gap,
            _ => r.limited_by_solver,
        };
        let hollow: Vec<bool> = known.iter().map(limited).collect();
        any |= hollow.contains(&true);
        let mut series = Series::points(name, colour, marker, points).dashed(dash);
        series.shape = Shape::Points { marker, hollow, joined: true };
        chart.series.push(series);
        if let Some(value) = order.as_ref().and_then(|o| o.value) {
            shown.push(format!("{} {}", Label::markup(name).plain().split(':').next().unwrap_or(""), number::plain(value, 4)));
        }
    }
    let mut noise: Vec<(f64, f64)> =
        rows.iter().filter_map(|r| Some((r.lambda, r.numerical_error.filter(|e| *e > 0.0)?))).collect();
    noise.sort_by(|a, b| a.0.total_cmp(&b.0));
    if noise.len() > 1 {
        let mut band = Series::line("numerical error", Colour::Error, noise);
        band.shape = Shape::Band { low: None };
        chart.series.insert(0, band);
    }
    chart.triangle = triangle(run);
    chart.caption = caption(any, &shown);
    Some(chart)
}

fn caption(hollow: bool, orders: &[String]) -> String {
    let mut out = String::from(
        "Largest distance over the window, by weight decay. The grey area is below the estimated numerical error of the slow gap.",
    );
    if hollow {
        out.push_str(" Hollow points are limited by the solver, their numerical error being more than a tenth of them, and left out of the fit.");
    }
    if !orders.is_empty() {
        out.push_str(&format!(" Fitted orders: {}.", orders.join(", ")));
    }
    out
}

/// Above all gaps, where a log–log picture of rates has room: of the fitted slope, a fifth of the range of λ wide.
fn triangle(run: &Run) -> Option<Triangle> {
    let slope = run.summary.orders.slow.as_ref()?.value?;
    let mut rows: Vec<(f64, f64)> = run
        .fitted()
        .iter()
        .filter_map(|r| Some((r.lambda, [r.slow_gap, r.fast_gap, r.composite_gap].into_iter().flatten().reduce(f64::max)?)))
        .collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (first, last) = (rows.first()?, rows.last()?);
    let decades = (last.0 / first.0).log10();
    if decades < 0.5 || !(0.05..=8.0).contains(&slope) {
        return None;
    }
    let (from, to) = (first.0 * 10f64.powf(0.4 * decades), first.0 * 10f64.powf(0.62 * decades));
    // the lowest line of this slope that clears the curve between its ends, and some air
    let (a, b) = rows.windows(2).map(|p| (p[0], p[1])).find(|(_, b)| b.0 >= from)?;
    let along = (from / a.0).ln() / (b.0 / a.0).ln();
    let start = (a.1.ln() + along * (b.1 / a.1).ln()).exp();
    let inside = rows.iter().filter(|r| r.0 > from && r.0 <= to).map(|r| r.1 * (from / r.0).powf(slope));
    let air = 10f64.powf(0.07 * (last.1 / first.1).log10().abs().max(1.0));
    let name = Label::markup(&format!("slope {}", number::plain(slope, 4)));
    Some(Triangle { from, to, at: air * inside.fold(start, f64::max), slope, name })
}
