use super::{family, spread};
use crate::report::plot::chart::Marker;
use crate::report::plot::{Axis, Chart, Colour, Scale, Series, Shape};
use crate::report::read::Run;

/// w^λ(s/λ) over w°(s) in two coordinates of weight space.
pub fn figure(run: &Run) -> Option<Chart> {
    let paths = run.paths.as_ref()?;
    let two = run.summary.problem.dimension == 2;
    let share = paths.share.map_or(String::new(), |share| format!("  ({} % of the motion of *w*°)", percent(share)));
    let (across, up) = if two { ("*w*_{0}".into(), "*w*_{1}") } else { (format!("*e*_{{1}}·*w*{share}"), "*e*_{2}·*w*") };
    let (x, y) = (Axis::new(&across, Scale::Linear), Axis::new(up, Scale::Linear));
    let mut chart = Chart::new("path", "Paths in weight space", x, y);
    let place = |path: &[(f64, f64, f64)]| path.iter().map(|p| (p.1, p.2)).collect::<Vec<_>>();
    let slow = Series { width: 4.0, ..Series::line("slow flow *w*°(*s*)", Colour::Grid, place(&paths.slow)) };
    let members: Vec<(f64, Vec<(f64, f64)>)> =
        spread(&paths.regularised, 4).into_iter().map(|(l, path)| (*l, place(path))).collect();
    chart.series.push(Series { colour: Colour::Error, ..slow }.honest(Marker::Square));
    chart.series.extend(family(members));
    if let Some(at) = paths.slow.first() {
        chart.series.push(dot("foot point Φ(*w*_{0})", Colour::Slow, Marker::Square, (at.1, at.2)));
    }
    if let Some(at) = paths.limit {
        chart.series.push(dot("minimum-norm point", Colour::Series(1), Marker::Diamond, at));
    }
    let until = paths.slow.last().map_or(String::new(), |end| format!(" up to s = {}", super::shortest::number(end.0)));
    chart.caption = format!(
        "The regularised flow at slow time s = λt over the slow flow{until}. {}",
        if two {
            "The coordinates are the two weights."
        } else {
            "e₁ is the leading principal direction of w°, e₂ the leading one of what is left of w° and of w^λ at the largest λ."
        }
    );
    Some(chart)
}

/// A share in percent with the digits that tell it from 100.
fn percent(share: f64) -> String {
    let text = format!("{:.2}", 100.0 * share);
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

fn dot(name: &str, colour: Colour, marker: Marker, at: (f64, f64)) -> Series {
    let series = Series::line(name, colour, vec![at]);
    Series { shape: Shape::Points { marker, hollow: vec![false], joined: false }, ..series }
}
