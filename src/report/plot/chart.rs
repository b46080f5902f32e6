//! What is drawn, in the numbers of the run: no pixel is known here.

use super::axis::Axis;
use super::label::Label;
use super::palette::Colour;

/// Curves of no more points than these show each of them.
const FEW: usize = 16;

/// One figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// Its name in file names and links: lower case, digits and hyphens.
    pub id: &'static str,
    /// One line.
    pub title: String,
    /// What is seen, in sentences of our own; may be long.
    pub caption: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis on the left.
    pub y: Axis,
    /// A second vertical axis on the right.
    pub right: Option<Axis>,
    /// Curves, in the order of drawing.
    pub series: Vec<Series>,
    /// Tinted spans of the horizontal axis.
    pub regions: Vec<Region>,
    /// Vertical lines with a label on top.
    pub marks: Vec<Mark>,
    /// A slope triangle.
    pub triangle: Option<Triangle>,
}

/// A curve, a cloud of points or a band.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Its name, in legends and tooltips.
    pub name: Label,
    /// Whether the legend lists it.
    pub legend: bool,
    /// Its colour.
    pub colour: Colour,
    /// Its line.
    pub dash: Dash,
    /// Width of its line, in units of the drawing.
    pub width: f64,
    /// Whether it belongs to the axis on the right.
    pub right: bool,
    /// What is drawn at its points.
    pub shape: Shape,
    /// Its points.
    pub points: Vec<(f64, f64)>,
}

/// What is drawn of a series.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// A line.
    Line,
    /// Markers; those marked hollow are drawn open. With `joined` a line as well.
    Points {
        /// The form.
        marker: Marker,
        /// One flag a point.
        hollow: Vec<bool>,
        /// Whether a line joins them.
        joined: bool,
    },
    /// The area between the points and `low`; `None` is the lower end of the axis.
    Band {
        /// One lower end a point.
        low: Option<Vec<f64>>,
    },
}

/// Form of a marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    /// ●
    Circle,
    /// ■
    Square,
    /// ◆
    Diamond,
    /// ▲
    Triangle,
}

/// Form of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dash {
    /// ————
    Solid,
    /// — — —
    Dashed,
    /// · · · ·
    Dotted,
    /// — · —
    DashDot,
}

impl Dash {
    /// Lengths of strokes and spaces, in units of the drawing.
    pub fn lengths(self) -> &'static [f64] {
        match self {
            Dash::Solid => &[],
            Dash::Dashed => &[7.0, 3.0],
            Dash::Dotted => &[1.8, 2.8],
            Dash::DashDot => &[8.0, 3.0, 1.8, 3.0],
        }
    }
}

/// A tinted span of the horizontal axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// From.
    pub from: f64,
    /// To.
    pub to: f64,
    /// Its name.
    pub name: Label,
    /// Which tint.
    pub tint: u8,
}

/// A vertical line.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Where.
    pub x: f64,
    /// Its label.
    pub name: Label,
}

/// y ∝ x^slope, drawn as a right triangle above a curve from `from` to `to`.
#[derive(Debug, Clone, PartialEq)]
pub struct Triangle {
    /// Left end.
    pub from: f64,
    /// Right end.
    pub to: f64,
    /// Height of its hypotenuse at the left end.
    pub at: f64,
    /// The slope.
    pub slope: f64,
    /// Text beside it.
    pub name: Label,
}

impl Chart {
    /// A figure without curves.
    pub fn new(id: &'static str, title: &str, x: Axis, y: Axis) -> Chart {
        let (title, caption) = (title.to_string(), String::new());
        Chart { id, title, caption, x, y, right: None, series: vec![], regions: vec![], marks: vec![], triangle: None }
    }

    /// Whether any curve has a point that its axes can show.
    pub fn shows_something(&self) -> bool {
        self.series
            .iter()
            .any(|s| s.points.iter().any(|p| self.x.scale.place(p.0).is_some() && self.axis(s).scale.place(p.1).is_some()))
    }

    /// The vertical axis of a series.
    pub fn axis(&self, series: &Series) -> &Axis {
        match &self.right {
            Some(right) if series.right => right,
            _ => &self.y,
        }
    }
}

impl Series {
    /// A line with its name in markup, listed in the legend.
    pub fn line(name: &str, colour: Colour, points: Vec<(f64, f64)>) -> Series {
        Series {
            name: Label::markup(name),
            legend: true,
            colour,
            dash: Dash::Solid,
            width: 1.8,
            right: false,
            shape: Shape::Line,
            points,
        }
    }

    /// Markers joined by a thin line, all full.
    pub fn points(name: &str, colour: Colour, marker: Marker, points: Vec<(f64, f64)>) -> Series {
        let hollow = vec![false; points.len()];
        Series { shape: Shape::Points { marker, hollow, joined: true }, width: 1.2, ..Series::line(name, colour, points) }
    }

    /// The same with a marker at every point where there are so few that a line alone would pretend to know more.
    pub fn honest(self, marker: Marker) -> Series {
        if self.points.len() > FEW {
            return self;
        }
        let hollow = vec![false; self.points.len()];
        Series { shape: Shape::Points { marker, hollow, joined: true }, ..self }
    }

    /// The same with another line.
    pub fn dashed(self, dash: Dash) -> Series {
        Series { dash, ..self }
    }

    /// The same without a place in the legend.
    pub fn unlisted(self) -> Series {
        Series { legend: false, ..self }
    }
}
