//! Where a chart lands: margins from the texts in them, labels on top in as many rows as they need, the legend below.

use super::axis::{Axis, Scale, Tick};
use super::chart::{Chart, Dash, Series, Shape};
use super::label::Label;
use super::legend::legend;
use super::list::{Anchor, Drawing, Frame, Group, Item, Role};
use super::palette::Colour;
use super::{Triangle, thin};

/// Width of every drawing: at half of it a phone or a column of a paper shows texts of six points.
pub const WIDTH: f64 = 420.0;
const HEIGHT: f64 = 236.0;
const SIZE: f64 = 13.0;
const TICK: f64 = 12.0;
const ROW: f64 = 17.0;
/// Points in a column this narrow are drawn by their extremes.
const COLUMN: f64 = 0.5;
/// A thinned curve is this close to all of its points.
const TOLERANCE: f64 = 0.2;

/// A straight map of an axis to a length.
#[derive(Clone, Copy)]
struct Ruler {
    scale: Scale,
    low: f64,
    slope: f64,
    start: f64,
}

impl Ruler {
    fn new(scale: Scale, range: (f64, f64), start: f64, end: f64) -> Ruler {
        let low = scale.place(range.0).unwrap_or(0.0);
        let high = scale.place(range.1).unwrap_or(low + 1.0);
        Ruler { scale, low, slope: (end - start) / (high - low), start }
    }

    fn at(&self, x: f64) -> Option<f64> {
        // far outside of the picture the exact place does not matter, and PDF has no large numbers
        self.scale.place(x).map(|p| (self.start + (p - self.low) * self.slope).clamp(-4000.0, 4000.0))
    }
}

/// Lays a chart out.
pub fn layout(chart: &Chart) -> Drawing {
    let x_range =
        chart.x.range.unwrap_or_else(|| chart.x.scale.range(chart.series.iter().flat_map(|s| s.points.iter().map(|p| p.0))));
    let y_range = vertical(chart, &chart.y, false);
    let right_range = chart.right.as_ref().map(|axis| vertical(chart, axis, true));
    let y_ticks = chart.y.scale.ticks(y_range.0, y_range.1, 6);
    let right_ticks = match (&chart.right, right_range) {
        (Some(axis), Some(range)) => axis.scale.ticks(range.0, range.1, 6),
        _ => Vec::new(),
    };
    let left = 30.0 + widest(&y_ticks);
    let right = WIDTH - if chart.right.is_some() { 30.0 + widest(&right_ticks) } else { 14.0 };
    let x = Ruler::new(chart.x.scale, x_range, left, right);
    let (top_items, rows) = headings(chart, &x, left, right);
    let top = 8.0 + rows as f64 * ROW;
    let bottom = top + HEIGHT;
    let y = Ruler::new(chart.y.scale, y_range, bottom, top);
    let r = chart.right.as_ref().zip(right_range).map(|(axis, range)| Ruler::new(axis.scale, range, bottom, top));
    let frame = Frame {
        left,
        top,
        right,
        bottom,
        scale: chart.x.scale,
        range: x_range,
        clock: chart.x.clock,
        vertical: chart.y.scale,
        heights: y_range,
    };

    let mut back = Vec::new();
    for region in &chart.regions {
        if let (Some(a), Some(b)) = (x.at(region.from.max(x_range.0)), x.at(region.to.min(x_range.1)))
            && b > a
        {
            back.push(Item::rectangle(a, top, b, bottom, Colour::Tint(region.tint)));
        }
    }
    let x_ticks = chart.x.scale.ticks(x_range.0, x_range.1, if chart.x.scale == Scale::Log { 7 } else { 6 });
    grid(&mut back, &x_ticks, &y_ticks, &x, &y, &frame);
    let mut groups = vec![Group { role: Role::Furniture, clipped: false, items: back }];
    for (index, series) in chart.series.iter().enumerate() {
        groups.push(curve(
            (index, series, &chart.axis(series).label),
            &x,
            if series.right { r.as_ref().unwrap_or(&y) } else { &y },
            &frame,
        ));
    }
    let mut front = Vec::new();
    for mark in &chart.marks {
        if let Some(px) = x.at(mark.x).filter(|px| (left..=right).contains(px)) {
            front.push(Item::segment((px, top), (px, bottom), Colour::Ink, 0.9, Dash::Dotted));
        }
    }
    if let Some(t) = &chart.triangle {
        triangle(&mut front, t, &x, &y);
    }
    front.extend(top_items);
    texts(&mut front, chart, &x_ticks, &y_ticks, &right_ticks, (&x, &y, r.as_ref()), &frame);
    groups.push(Group { role: Role::Furniture, clipped: false, items: front });
    let (entries, height) = legend(chart, 10.0, WIDTH - 6.0, bottom + 38.0);
    groups.extend(entries);
    Drawing { width: WIDTH, height: (bottom + 44.0 + height).ceil(), frame, groups }
}

/// The range of a vertical axis: all points and lower ends of bands of its series.
fn vertical(chart: &Chart, axis: &Axis, right: bool) -> (f64, f64) {
    let mine = chart.series.iter().filter(|s| (s.right && chart.right.is_some()) == right);
    let values = mine.flat_map(|s| {
        let low: &[f64] = if let Shape::Band { low: Some(low) } = &s.shape { low } else { &[] };
        s.points.iter().map(|p| p.1).chain(low.iter().copied())
    });
    axis.range.unwrap_or_else(|| axis.scale.range(values))
}

fn widest(ticks: &[Tick]) -> f64 {
    TICK * ticks.iter().filter_map(|t| t.1.as_ref()).map(Label::width).fold(0.0, f64::max)
}

/// Labels of regions and marks above the frame, each in the first row in which it has room; the number of rows.
fn headings(chart: &Chart, x: &Ruler, left: f64, right: f64) -> (Vec<Item>, usize) {
    let mut wanted: Vec<(f64, &Label, Colour)> = Vec::new();
    for region in &chart.regions {
        if let (Some(a), Some(b)) = (x.at(region.from), x.at(region.to)) {
            let (a, b) = (a.clamp(left, right), b.clamp(left, right));
            if b - a > 3.0 {
                wanted.push((0.5 * (a + b), &region.name, Colour::Muted));
            }
        }
    }
    let regions = wanted.len();
    wanted.extend(
        chart
            .marks
            .iter()
            .filter_map(|m| x.at(m.x).filter(|px| (left..=right).contains(px)).map(|px| (px, &m.name, Colour::Ink))),
    );
    let mut rows: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut placed = Vec::new();
    for (k, (px, label, colour)) in wanted.into_iter().enumerate() {
        let half = 0.5 * TICK * label.width() + 3.0;
        let centre = px.clamp(left.min(half + 2.0).max(half + 2.0), WIDTH - half - 2.0);
        let first = if k >= regions && regions > 0 { 1 } else { 0 };
        let mut row = first;
        while rows.get(row).is_some_and(|taken| taken.iter().any(|(a, b)| centre - half < *b && centre + half > *a)) {
            row += 1;
        }
        while rows.len() <= row {
            rows.push(Vec::new());
        }
        rows[row].push((centre - half, centre + half));
        placed.push((row, centre, label, colour));
    }
    let count = rows.len();
    let items = placed
        .into_iter()
        .map(|(row, centre, label, colour)| Item::Text {
            at: (centre, (count - row) as f64 * ROW - 1.0),
            anchor: Anchor::Middle,
            label: label.clone(),
            size: TICK,
            colour,
            turned: false,
        })
        .collect();
    (items, count)
}

fn grid(items: &mut Vec<Item>, x_ticks: &[Tick], y_ticks: &[Tick], x: &Ruler, y: &Ruler, f: &Frame) {
    for px in x_ticks.iter().filter(|t| t.1.is_some()).filter_map(|t| x.at(t.0)) {
        items.push(Item::segment((px, f.top), (px, f.bottom), Colour::Grid, 0.7, Dash::Solid));
    }
    for py in y_ticks.iter().filter(|t| t.1.is_some()).filter_map(|t| y.at(t.0)) {
        items.push(Item::segment((f.left, py), (f.right, py), Colour::Grid, 0.7, Dash::Solid));
    }
}

/// One series as a group: thinned in the drawing's own units, so that nothing visible is lost.
fn curve((index, series, axis): (usize, &Series, &Label), x: &Ruler, y: &Ruler, frame: &Frame) -> Group {
    let places: Vec<Option<(f64, f64)>> = series.points.iter().map(|p| Some((x.at(p.0)?, y.at(p.1)?))).collect();
    let mut items = Vec::new();
    let mut values = Vec::new();
    let line = !matches!(series.shape, Shape::Points { joined: false, .. } | Shape::Band { .. });
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < places.len() {
        let end = (start..places.len()).find(|k| places[*k].is_none()).unwrap_or(places.len());
        let piece: Vec<(f64, f64)> = places[start..end].iter().flatten().copied().collect();
        let kept = if series.shape == Shape::Line { thin::drawn(&piece, COLUMN, TOLERANCE) } else { (0..piece.len()).collect() };
        values.extend(kept.iter().map(|k| (piece[*k], series.points[start + k])));
        if line && piece.len() > 1 {
            pieces.push(kept.iter().map(|k| piece[*k]).collect());
        }
        start = end + 1;
    }
    if let Shape::Band { low } = &series.shape {
        let upper = places.iter().flatten().copied();
        let below = series.points.iter().enumerate().rev().filter_map(|(k, p)| {
            let bottom = low.as_ref().and_then(|l| y.at(l[k])).unwrap_or(frame.bottom);
            Some((x.at(p.0)?, bottom)).filter(|_| places[k].is_some())
        });
        pieces = vec![upper.chain(below).collect()];
        let fill = Some(series.colour);
        items.push(Item::Path { pieces, stroke: None, fill, opacity: 0.3, width: 0.0, dash: Dash::Solid });
    } else if !pieces.is_empty() {
        let stroke = Some(series.colour);
        items.push(Item::Path { pieces, stroke, fill: None, opacity: 1.0, width: series.width, dash: series.dash });
    }
    if let Shape::Points { marker, hollow, .. } = &series.shape {
        for (k, at) in places.iter().enumerate() {
            if let Some(at) = at {
                let hollow = hollow.get(k).copied().unwrap_or(false);
                items.push(Item::Marker { at: *at, marker: *marker, colour: series.colour, hollow });
            }
        }
    }
    values.retain(|(p, _)| {
        p.0 >= frame.left - 1.0 && p.0 <= frame.right + 1.0 && p.1 >= frame.top - 1.0 && p.1 <= frame.bottom + 1.0
    });
    Group { role: Role::Series { index, name: series.name.plain(), axis: axis.plain(), values }, clipped: true, items }
}

fn triangle(items: &mut Vec<Item>, t: &Triangle, x: &Ruler, y: &Ruler) {
    let end = t.at * (t.to / t.from).powf(t.slope);
    if let (Some(a), Some(b), Some(c), Some(d)) = (x.at(t.from), x.at(t.to), y.at(t.at), y.at(end)) {
        let pieces = vec![vec![(a, c), (a, d), (b, d), (a, c)]];
        let stroke = Some(Colour::Ink);
        items.push(Item::Path { pieces, stroke, fill: None, opacity: 1.0, width: 1.0, dash: Dash::Solid });
        let at = (a - 5.0, 0.5 * (c + d) + 4.0);
        items.push(Item::Text { at, anchor: Anchor::End, label: t.name.clone(), size: TICK, colour: Colour::Ink, turned: false });
    }
}

/// The frame, ticks with their texts, and the labels of the axes.
fn texts(
    items: &mut Vec<Item>,
    chart: &Chart,
    x_ticks: &[Tick],
    y_ticks: &[Tick],
    right_ticks: &[Tick],
    rulers: (&Ruler, &Ruler, Option<&Ruler>),
    f: &Frame,
) {
    let (ink, solid) = (Colour::Ink, Dash::Solid);
    let mut text =
        |at, anchor, label: Label, size, colour, turned| items.push(Item::Text { at, anchor, label, size, colour, turned });
    let mut taken = f64::NEG_INFINITY;
    for (place, label) in x_ticks.iter().filter_map(|(v, l)| Some((rulers.0.at(*v)?, l.as_ref()?))) {
        let half = 0.5 * TICK * label.width();
        if place - half > taken && place + half < WIDTH + 2.0 {
            text((place, f.bottom + 16.0), Anchor::Middle, label.clone(), TICK, Colour::Muted, false);
            taken = place + half;
        }
    }
    for (place, label) in y_ticks.iter().filter_map(|(v, l)| Some((rulers.1.at(*v)?, l.as_ref()?))) {
        text((f.left - 6.0, place + 4.0), Anchor::End, label.clone(), TICK, Colour::Muted, false);
    }
    if let (Some(axis), Some(ruler)) = (&chart.right, rulers.2) {
        let colour = chart.series.iter().rfind(|s| s.right).map_or(ink, |s| s.colour);
        for (place, label) in right_ticks.iter().filter_map(|(v, l)| Some((ruler.at(*v)?, l.as_ref()?))) {
            text((f.right + 6.0, place + 4.0), Anchor::Start, label.clone(), TICK, colour, false);
        }
        let label = axis.label.clone().fitted(HEIGHT / SIZE);
        text((WIDTH - 6.0, 0.5 * (f.top + f.bottom)), Anchor::Middle, label, SIZE, colour, true);
    }
    let across = (f.right - f.left + 60.0) / SIZE;
    text((0.5 * (f.left + f.right), f.bottom + 35.0), Anchor::Middle, chart.x.label.clone().fitted(across), SIZE, ink, false);
    let up = (HEIGHT + 10.0) / SIZE;
    text((14.0, 0.5 * (f.top + f.bottom)), Anchor::Middle, chart.y.label.clone().fitted(up), SIZE, ink, true);
    let corners = vec![(f.left, f.top), (f.left, f.bottom), (f.right, f.bottom)];
    let mut pieces = vec![corners];
    if chart.right.is_some() {
        pieces.push(vec![(f.right, f.bottom), (f.right, f.top)]);
    }
    let length = |label: &Option<Label>| if label.is_some() { 5.0 } else { 2.5 };
    for (px, l) in x_ticks.iter().filter_map(|(v, l)| Some((rulers.0.at(*v)?, length(l)))) {
        pieces.push(vec![(px, f.bottom), (px, f.bottom - l)]);
    }
    for (py, l) in y_ticks.iter().filter_map(|(v, l)| Some((rulers.1.at(*v)?, length(l)))) {
        pieces.push(vec![(f.left, py), (f.left + l, py)]);
    }
    items.push(Item::Path { pieces, stroke: Some(ink), fill: None, opacity: 1.0, width: 1.0, dash: solid });
}
