//! A drawing as SVG: presentation attributes for a file on its own, classes beside them for a page with a style sheet.

use std::fmt::Write;

use super::axis::{Clock, Scale};
use super::chart::{Dash, Marker};
use super::label::{Label, Setting};
use super::list::{Anchor, Drawing, Group, Item, Role, outline};
use super::palette::Colour;
use crate::report::escape;

/// What a reader of the picture is told.
pub struct Words<'a> {
    /// Prefix of identifiers, unique on the page.
    pub id: &'a str,
    /// The title.
    pub title: &'a str,
    /// What is seen.
    pub description: &'a str,
    /// The name of the horizontal axis.
    pub across: &'a str,
}

/// A file on its own: on white, without data for scripts.
pub fn file(drawing: &Drawing, words: &Words) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    write(&mut out, drawing, words, false);
    out.push('\n');
    out
}

/// A part of a page.
pub fn inline(drawing: &Drawing, words: &Words) -> String {
    let mut out = String::new();
    write(&mut out, drawing, words, true);
    out
}

fn write(out: &mut String, drawing: &Drawing, words: &Words, page: bool) {
    let (w, h, f) = (number(drawing.width), number(drawing.height), &drawing.frame);
    let id = escape::html(words.id);
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\" \
         font-family=\"Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif\""
    );
    if page {
        let scale = if f.scale == Scale::Log { "log" } else { "linear" };
        let edges = [f.left, f.top, f.right, f.bottom].map(number).join(",");
        let _ = write!(
            out,
            " class=\"chart\" data-frame=\"{edges}\" data-scale=\"{scale}\" data-range=\"{:e},{:e}\"",
            f.range.0, f.range.1
        );
        let _ = write!(out, " data-x=\"{}\"", escape::html(words.across));
        match f.clock {
            Some(Clock::Slow) => out.push_str(" data-clock=\"1\""),
            Some(Clock::Fast { lambda }) => {
                let _ = write!(out, " data-clock=\"{:e}\"", 1.0 / lambda);
            }
            None => {}
        }
        out.push('>');
    } else {
        let _ =
            write!(out, " width=\"{w}\" height=\"{h}\"><rect width=\"{w}\" height=\"{h}\" fill=\"{}\"/>", Colour::Paper.hex());
    }
    let (title, description) = (escape::html(words.title), escape::html(words.description));
    let _ = write!(out, "<title id=\"{id}-t\">{title}</title><desc id=\"{id}-d\">{description}</desc>");
    let (x, y, width, height) = (number(f.left), number(f.top), number(f.right - f.left), number(f.bottom - f.top));
    let _ = write!(out, "<clipPath id=\"{id}-c\"><rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/></clipPath>");
    for group in &drawing.groups {
        open(out, group, &id, page);
        for item in &group.items {
            draw(out, item);
        }
        out.push_str("</g>");
    }
    out.push_str("</svg>");
}

fn open(out: &mut String, group: &Group, id: &str, page: bool) {
    out.push_str("<g");
    match &group.role {
        _ if !page => {}
        Role::Furniture => {}
        Role::Legend { index } => {
            let _ = write!(out, " class=\"legend\" data-k=\"{index}\"");
        }
        Role::Series { index, name, axis, values } => {
            let _ = write!(
                out,
                " class=\"series\" data-k=\"{index}\" data-name=\"{}\" data-y=\"{}\" data-at=\"",
                escape::html(name),
                escape::html(axis)
            );
            for (k, ((x, y), (a, b))) in values.iter().enumerate() {
                let space = if k > 0 { " " } else { "" };
                let _ = write!(out, "{space}{x:.1},{y:.1},{a:.3e},{b:.3e}");
            }
            out.push('"');
        }
    }
    if group.clipped {
        let _ = write!(out, " clip-path=\"url(#{id}-c)\"");
    }
    out.push('>');
}

fn draw(out: &mut String, item: &Item) {
    match item {
        Item::Path { pieces, stroke, fill, opacity, width, dash } => {
            out.push_str("<path d=\"");
            pieces.iter().for_each(|p| path(out, p, fill.is_some()));
            out.push('"');
            paint(out, *stroke, *fill);
            if stroke.is_some() {
                let _ = write!(out, " stroke-width=\"{}\" stroke-linejoin=\"round\"", number(*width));
            }
            if *dash != Dash::Solid {
                let lengths: Vec<String> = dash.lengths().iter().map(|x| number(*x)).collect();
                let _ = write!(out, " stroke-dasharray=\"{}\"", lengths.join(" "));
            }
            if *opacity < 1.0 {
                let _ = write!(out, " opacity=\"{}\"", number(*opacity));
            }
            out.push_str("/>");
        }
        Item::Marker { at, marker, colour, hollow } => {
            let (stroke, fill) = (Some(*colour), Some(if *hollow { Colour::Paper } else { *colour }));
            if *marker == Marker::Circle {
                let _ = write!(out, "<circle cx=\"{}\" cy=\"{}\" r=\"3.4\"", number(at.0), number(at.1));
            } else {
                out.push_str("<path d=\"");
                path(out, &outline(*marker, *at, 3.4), true);
                out.push('"');
            }
            paint(out, stroke, fill);
            out.push_str(" stroke-width=\"1.4\"/>");
        }
        Item::Text { at, anchor, label, size, colour, turned } => {
            let (x, y) = (number(at.0), number(at.1));
            let _ = write!(out, "<text x=\"{x}\" y=\"{y}\" font-size=\"{}\"", number(*size));
            match anchor {
                Anchor::Start => {}
                Anchor::Middle => out.push_str(" text-anchor=\"middle\""),
                Anchor::End => out.push_str(" text-anchor=\"end\""),
            }
            if *turned {
                let _ = write!(out, " transform=\"rotate(-90 {x} {y})\"");
            }
            paint(out, None, Some(*colour));
            out.push('>');
            spans(out, label, *size);
            out.push_str("</text>");
        }
    }
}

fn path(out: &mut String, points: &[(f64, f64)], closed: bool) {
    for (k, (x, y)) in points.iter().enumerate() {
        let _ = write!(out, "{}{} {}", if k == 0 { 'M' } else { 'L' }, number(*x), number(*y));
    }
    if closed {
        out.push('Z');
    }
}

fn paint(out: &mut String, stroke: Option<Colour>, fill: Option<Colour>) {
    let classes: Vec<String> =
        stroke.map(|c| format!("s-{}", c.name())).into_iter().chain(fill.map(|c| format!("f-{}", c.name()))).collect();
    let _ = write!(out, " class=\"{}\"", classes.join(" "));
    let _ = match fill {
        Some(c) => write!(out, " fill=\"{}\"", c.hex()),
        None => write!(out, " fill=\"none\""),
    };
    if let Some(c) = stroke {
        let _ = write!(out, " stroke=\"{}\"", c.hex());
    }
}

/// Raised and lowered pieces move by `dy` and back, which every program that shows SVG knows.
fn spans(out: &mut String, label: &Label, size: f64) {
    let mut lift = 0.0;
    for (setting, text) in &label.0 {
        let wanted = match setting {
            Setting::Super => -0.36 * size,
            Setting::Sub => 0.22 * size,
            _ => 0.0,
        };
        let shift: f64 = wanted - lift;
        let small = matches!(setting, Setting::Super | Setting::Sub);
        if shift == 0.0 && *setting == Setting::Upright {
            out.push_str(&escape::html(text));
            continue;
        }
        out.push_str("<tspan");
        if shift != 0.0 {
            let _ = write!(out, " dy=\"{}\"", number(shift));
        }
        if small {
            let _ = write!(out, " font-size=\"{}\"", number(0.72 * size));
        }
        if *setting == Setting::Italic {
            out.push_str(" font-style=\"italic\"");
        }
        let _ = write!(out, ">{}</tspan>", escape::html(text));
        lift = wanted;
    }
}

/// A length with two decimals at most.
fn number(x: f64) -> String {
    let text = format!("{x:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" || text.is_empty() { "0".into() } else { text.into() }
}
