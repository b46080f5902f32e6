use super::lambda;
use crate::report::number;
use crate::report::plot::axis::Clock;
use crate::report::plot::chart::Marker;
use crate::report::plot::{Axis, Chart, Colour, Dash, Scale, Series};
use crate::report::read::Run;

/// h₊ along the slow flow: the theorem needs λ far below it.
pub fn figure(run: &Run) -> Option<Chart> {
    let points = run.slow.as_ref()?.pairs("s", "spectral_gap");
    let (first, last) = (points.first()?.0, points.last()?.0);
    let x = Axis::new("slow time *s* = *λt*", if first > 0.0 { Scale::Log } else { Scale::Linear }).with_clock(Clock::Slow);
    let y = Axis::new("spectral gap *h*_{+}", Scale::Log);
    let mut chart = Chart::new("spectral-gap", "Spectral gap along the slow flow", x, y);
    let lowest = points.iter().map(|p| p.1).fold(f64::INFINITY, f64::min);
    chart.series.push(
        Series::line("smallest positive eigenvalue *h*_{+} of the Hessian", Colour::Series(0), points).honest(Marker::Circle),
    );
    if let Some(largest) = run.summary.rows.iter().map(|r| r.lambda).reduce(f64::max) {
        let name = format!("largest {}", lambda(largest));
        chart.series.push(Series::line(&name, Colour::Series(1), vec![(first, largest), (last, largest)]).dashed(Dash::Dashed));
    }
    chart.caption = format!(
        "The rate is asymptotic where λ is far below the gap; its smallest value here is {}.",
        number::sentence(lowest, 4)
    );
    Some(chart)
}
