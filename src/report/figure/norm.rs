use super::{family, spread};
use crate::report::plot::axis::Clock;
use crate::report::plot::chart::Marker;
use crate::report::plot::{Axis, Chart, Colour, Scale, Series};
use crate::report::read::Run;

/// ‖w‖² against slow time for several λ: they collapse on the slow flow.
pub fn figure(run: &Run) -> Option<Chart> {
    let slow = run.drift.as_ref()?.pairs("s", "norm_squared");
    let positive = |points: Vec<(f64, f64)>| points.into_iter().filter(|p| p.0 > 0.0).collect::<Vec<_>>();
    let members: Vec<(f64, Vec<(f64, f64)>)> = spread(&run.history, 4)
        .into_iter()
        .map(|(l, t)| (*l, positive(t.pairs("s", "norm_squared"))))
        .filter(|(_, p)| !p.is_empty())
        .collect();
    let x = Axis::new("slow time *s* = *λt*", Scale::Log).with_clock(Clock::Slow);
    let mut chart = Chart::new("norm", "Norm over slow time", x, Axis::new("squared norm ‖*w*‖^{2}", Scale::Linear));
    chart
        .series
        .push(Series {
            width: 4.0, ..Series::line("slow flow *w*°(*s*)", Colour::Error, positive(slow)).honest(Marker::Square)
        });
    chart.series.extend(family(members));
    chart.caption = "Against s = λt the curves of all weight decays fall on that of the slow flow.".into();
    Some(chart)
}
