//! Legends stand below the axes, never on the data; entries wrap.

use super::chart::{Chart, Dash, Series, Shape};
use super::list::{Anchor, Group, Item, Role};
use super::palette::Colour;

/// Height of a line of the legend.
const LINE: f64 = 19.0;
const SIZE: f64 = 12.5;

/// The legend of a chart from `top` on, between `left` and `right`, and the height it takes.
pub fn legend(chart: &Chart, left: f64, right: f64, top: f64) -> (Vec<Group>, f64) {
    let listed: Vec<(usize, &Series)> = chart.series.iter().enumerate().filter(|(_, s)| s.legend).collect();
    let (mut x, mut y) = (left, top + LINE);
    let mut groups = Vec::new();
    for (index, series) in &listed {
        let label = series.name.clone().fitted((right - left - 40.0) / SIZE);
        let width = 27.0 + SIZE * label.width();
        if x > left && x + width > right {
            (x, y) = (left, y + LINE);
        }
        let mut items = sample(series, (x, y - 4.5));
        let at = (x + 27.0, y);
        items.push(Item::Text { at, anchor: Anchor::Start, label, size: SIZE, colour: Colour::Ink, turned: false });
        groups.push(Group { role: Role::Legend { index: *index }, clipped: false, items });
        x += width + 14.0;
    }
    (groups, if listed.is_empty() { 0.0 } else { y - top + 6.0 })
}

/// A short piece of a series: 22 wide, around a height.
fn sample(series: &Series, at: (f64, f64)) -> Vec<Item> {
    let line = |dash: Dash| Item::segment(at, (at.0 + 22.0, at.1), series.colour, series.width.max(1.6), dash);
    match &series.shape {
        Shape::Line => vec![line(series.dash)],
        Shape::Points { marker, hollow, joined } => {
            let hollow = !hollow.is_empty() && hollow.iter().all(|h| *h);
            let dot = Item::Marker { at: (at.0 + 11.0, at.1), marker: *marker, colour: series.colour, hollow };
            if *joined { vec![line(series.dash), dot] } else { vec![dot] }
        }
        Shape::Band { .. } => {
            let corners = vec![(at.0, at.1 - 5.0), (at.0 + 22.0, at.1 - 5.0), (at.0 + 22.0, at.1 + 5.0), (at.0, at.1 + 5.0)];
            let (stroke, fill) = (None, Some(series.colour));
            vec![Item::Path { pieces: vec![corners], stroke, fill, opacity: 0.3, width: 0.0, dash: Dash::Solid }]
        }
    }
}
