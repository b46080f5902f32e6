//! A drawing as a list of strokes and texts in one coordinate system (y down): what SVG and PDF both are.

use super::axis::{Clock, Scale};
use super::chart::{Dash, Marker};
use super::label::Label;
use super::palette::Colour;

/// A drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// The rectangle of the data.
    pub frame: Frame,
    /// What is drawn, back to front.
    pub groups: Vec<Group>,
}

/// The rectangle of the data and the numbers at its edges.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    /// Left edge.
    pub left: f64,
    /// Top edge.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Bottom edge.
    pub bottom: f64,
    /// Scale of the horizontal axis.
    pub scale: Scale,
    /// Numbers at the left and right edge.
    pub range: (f64, f64),
    /// The clock along the horizontal axis.
    pub clock: Option<Clock>,
    /// Scale of the vertical axis on the left.
    pub vertical: Scale,
    /// Numbers at the bottom and top edge.
    pub heights: (f64, f64),
}

impl Frame {
    /// Where a pair of numbers lands; `None` where an axis has no place for it.
    pub fn place(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let part = |scale: Scale, range: (f64, f64), v: f64| {
            let (low, high) = (scale.place(range.0)?, scale.place(range.1)?);
            scale.place(v).map(|p| (p - low) / (high - low))
        };
        let (across, up) = (part(self.scale, self.range, x)?, part(self.vertical, self.heights, y)?);
        Some((self.left + across * (self.right - self.left), self.bottom - up * (self.bottom - self.top)))
    }
}

/// Items that belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// What they are.
    pub role: Role,
    /// Cut at the rectangle of the data.
    pub clipped: bool,
    /// Back to front.
    pub items: Vec<Item>,
}

/// What a group is.
#[derive(Debug, Clone, PartialEq)]
pub enum Role {
    /// Axes, grid, marks.
    Furniture,
    /// A curve: number, name, and its drawn points as (place, numbers).
    Series {
        /// Its number.
        index: usize,
        /// Its name.
        name: String,
        /// The name of its vertical axis.
        axis: String,
        /// (place in the drawing, numbers there), as far as they are shown on hover.
        values: Vec<((f64, f64), (f64, f64))>,
    },
    /// Its entry in the legend.
    Legend {
        /// Number of the curve.
        index: usize,
    },
}

/// One stroke or text.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// Lines through points, possibly several; closed and filled where `fill` says so.
    Path {
        /// One list a piece.
        pieces: Vec<Vec<(f64, f64)>>,
        /// Colour of the line.
        stroke: Option<Colour>,
        /// Colour of the area.
        fill: Option<Colour>,
        /// Opacity of the area.
        opacity: f64,
        /// Width of the line.
        width: f64,
        /// Form of the line.
        dash: Dash,
    },
    /// A marker.
    Marker {
        /// Centre.
        at: (f64, f64),
        /// Form.
        marker: Marker,
        /// Colour.
        colour: Colour,
        /// Only its outline.
        hollow: bool,
    },
    /// A text.
    Text {
        /// The point it is held at, on its base line.
        at: (f64, f64),
        /// Which point of the text that is.
        anchor: Anchor,
        /// The text.
        label: Label,
        /// Font size.
        size: f64,
        /// Colour.
        colour: Colour,
        /// Turned by a quarter to the left.
        turned: bool,
    },
}

/// Where a text is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// At its start.
    Start,
    /// In its middle.
    Middle,
    /// At its end.
    End,
}

impl Item {
    /// A straight line.
    pub fn segment(a: (f64, f64), b: (f64, f64), stroke: Colour, width: f64, dash: Dash) -> Item {
        Item::Path { pieces: vec![vec![a, b]], stroke: Some(stroke), fill: None, opacity: 1.0, width, dash }
    }

    /// A filled rectangle.
    pub fn rectangle(left: f64, top: f64, right: f64, bottom: f64, fill: Colour) -> Item {
        let corners = vec![(left, top), (right, top), (right, bottom), (left, bottom)];
        Item::Path { pieces: vec![corners], stroke: None, fill: Some(fill), opacity: 1.0, width: 0.0, dash: Dash::Solid }
    }
}

/// Corners of a marker as a polygon (a circle has 12), of half width `radius`.
pub fn outline(marker: Marker, at: (f64, f64), radius: f64) -> Vec<(f64, f64)> {
    let polygon = |n: usize, turn: f64, r: f64| -> Vec<(f64, f64)> {
        let angle = |k: usize| turn + k as f64 * std::f64::consts::TAU / n as f64;
        (0..n).map(|k| (at.0 + r * angle(k).cos(), at.1 + r * angle(k).sin())).collect()
    };
    let quarter = std::f64::consts::FRAC_PI_4;
    match marker {
        Marker::Circle => polygon(12, 0.0, radius),
        Marker::Square => polygon(4, quarter, 1.25 * radius),
        Marker::Diamond => polygon(4, 0.0, 1.3 * radius),
        Marker::Triangle => polygon(3, -2.0 * quarter, 1.35 * radius),
    }
}
