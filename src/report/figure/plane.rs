use super::{family, spread};
use crate::report::plot::chart::Marker;
use crate::report::plot::{Axis, Chart, Colour, Scale, Series, Shape};
use crate::report::read::Run;

/// w^λ(s/λ) over w°(s) in two coordinates of weight space.
pub fn figure(run: &Run) -> Option<Chart> {
    let plane = run.plane.as_ref()?;
    let [across, up] = &plane.axes;
    let (x, y) = (Axis::new(across, Scale::Linear), Axis::new(up, Scale::Linear));
    let mut chart = Chart::new("path", "Paths in weight space", x, y);
    let place = |path: &[(f64, f64, f64)]| path.iter().map(|p| (p.1, p.2)).collect::<Vec<_>>();
    let slow = Series { width: 4.0, ..Series::line("slow flow *w*°(*s*)", Colour::Grid, place(&plane.slow)) };
    let members: Vec<(f64, Vec<(f64, f64)>)> =
        spread(&plane.regularised, 4).into_iter().filter(|(l, _)| *l > 0.0).map(|(l, path)| (*l, place(path))).collect();
    chart.series.push(Series { colour: Colour::Error, ..slow }.honest(Marker::Square));
    chart.series.extend(family(members));
    if let Some(at) = plane.slow.first() {
        chart.series.push(dot("start of the window", Colour::Slow, Marker::Square, (at.1, at.2)));
    }
    if let Some(at) = plane.limit {
        chart.series.push(dot("minimum-norm point", Colour::Series(1), Marker::Diamond, at));
    }
    let slow_times = match (plane.slow.first(), plane.slow.last()) {
        (Some(a), Some(b)) => format!(" from s = {} to s = {}", super::shortest::number(a.0), super::shortest::number(b.0)),
        _ => String::new(),
    };
    chart.caption = format!(
        "The regularised flow at slow time s = λt over the slow flow{slow_times}. {}",
        if run.summary.problem.dimension == 2 {
            "The coordinates are the two weights."
        } else {
            "e₁ is the leading principal direction of w°, e₂ the leading one of what is left of w° and of w^λ at the largest λ."
        }
    );
    Some(chart)
}

fn dot(name: &str, colour: Colour, marker: Marker, at: (f64, f64)) -> Series {
    let series = Series::line(name, colour, vec![at]);
    Series { shape: Shape::Points { marker, hollow: vec![false], joined: false }, ..series }
}
