//! A drawing as a PDF page, and the only place that names `pdf_writer`.
//!
//! Texts use Helvetica and Symbol, two of the fonts that every PDF reader has: the file is a few kilobytes. A character
//! that neither font has is set as a question mark.

use pdf_writer::types::{LineCapStyle, LineJoinStyle};
use pdf_writer::{Content, Name, Pdf, Rect, Ref, Str, TextStr};

use super::label::{Label, Setting};
use super::list::{Anchor, Drawing, Group, Item, outline};
use super::palette::Colour;

/// One unit of the drawing in points: 420 units are 15 cm.
const POINT: f64 = 1.0;
const UPRIGHT: Name = Name(b"F0");
const ITALIC: Name = Name(b"F1");
const SYMBOL: Name = Name(b"F2");
const FAINT: Name = Name(b"G0");
const SOLID: Name = Name(b"G1");

/// The bytes of a PDF file with the drawing as its only page.
pub fn file(drawing: &Drawing, title: &str) -> Vec<u8> {
    let [catalog, pages, page, content, upright, italic, symbol, faint, solid, info] =
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(Ref::new);
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(pages);
    pdf.pages(pages).kids([page]).count(1);
    pdf.document_info(info).title(TextStr(title)).producer(TextStr("slowflow"));
    let mut sheet = pdf.page(page);
    sheet.media_box(Rect::new(0.0, 0.0, (drawing.width * POINT) as f32, (drawing.height * POINT) as f32));
    sheet.parent(pages).contents(content);
    let mut resources = sheet.resources();
    resources.fonts().pair(UPRIGHT, upright).pair(ITALIC, italic).pair(SYMBOL, symbol);
    resources.ext_g_states().pair(FAINT, faint).pair(SOLID, solid);
    resources.finish();
    sheet.finish();
    for (id, name) in [(upright, &b"Helvetica"[..]), (italic, b"Helvetica-Oblique")] {
        pdf.type1_font(id).base_font(Name(name)).encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    pdf.type1_font(symbol).base_font(Name(b"Symbol"));
    pdf.ext_graphics(faint).non_stroking_alpha(0.3);
    pdf.ext_graphics(solid).non_stroking_alpha(1.0);
    pdf.stream(content, &page_content(drawing));
    pdf.finish()
}

use pdf_writer::Finish;

fn page_content(drawing: &Drawing) -> Vec<u8> {
    let mut c = Content::new();
    // y down as in the drawing
    c.transform([POINT as f32, 0.0, 0.0, -POINT as f32, 0.0, (drawing.height * POINT) as f32]);
    c.set_line_join(LineJoinStyle::RoundJoin).set_line_cap(LineCapStyle::ButtCap);
    for Group { clipped, items, .. } in &drawing.groups {
        c.save_state();
        if *clipped {
            let f = &drawing.frame;
            c.rect(f.left as f32, f.top as f32, (f.right - f.left) as f32, (f.bottom - f.top) as f32).clip_nonzero().end_path();
        }
        for item in items {
            draw(&mut c, item);
        }
        c.restore_state();
    }
    c.finish().to_vec()
}

fn draw(c: &mut Content, item: &Item) {
    match item {
        Item::Path { pieces, stroke, fill, opacity, width, dash } => {
            c.set_parameters(if *opacity < 1.0 { FAINT } else { SOLID });
            colours(c, *stroke, *fill);
            c.set_line_width(*width as f32).set_dash_pattern(dash.lengths().iter().map(|x| *x as f32), 0.0);
            pieces.iter().for_each(|p| path(c, p, fill.is_some()));
            finish(c, stroke.is_some(), fill.is_some());
        }
        Item::Marker { at, marker, colour, hollow } => {
            c.set_parameters(SOLID);
            colours(c, Some(*colour), Some(if *hollow { Colour::Paper } else { *colour }));
            c.set_line_width(1.4).set_dash_pattern([], 0.0);
            path(c, &outline(*marker, *at, 3.4), true);
            finish(c, true, true);
        }
        Item::Text { at, anchor, label, size, colour, turned } => {
            c.set_parameters(SOLID);
            colours(c, None, Some(*colour));
            let pieces = typeset(label, *size);
            let width: f64 = pieces.iter().map(|p| p.width).sum();
            let back = match anchor {
                Anchor::Start => 0.0,
                Anchor::Middle => 0.5 * width,
                Anchor::End => width,
            };
            let mut along = -back;
            for piece in pieces {
                let lift = piece.lift;
                let (x, y) = if *turned { (at.0 - lift, at.1 - along) } else { (at.0 + along, at.1 - lift) };
                let matrix = if *turned { [0.0, -1.0, -1.0, 0.0] } else { [1.0, 0.0, 0.0, -1.0] };
                c.begin_text().set_font(piece.font, piece.size as f32);
                c.set_text_matrix([matrix[0], matrix[1], matrix[2], matrix[3], x as f32, y as f32]);
                c.show(Str(&piece.bytes)).end_text();
                along += piece.width;
            }
        }
    }
}

fn colours(c: &mut Content, stroke: Option<Colour>, fill: Option<Colour>) {
    let unit = |colour: Colour| colour.rgb().map(|x| f32::from(x) / 255.0);
    if let Some([r, g, b]) = stroke.map(unit) {
        c.set_stroke_rgb(r, g, b);
    }
    if let Some([r, g, b]) = fill.map(unit) {
        c.set_fill_rgb(r, g, b);
    }
}

fn path(c: &mut Content, points: &[(f64, f64)], closed: bool) {
    let hundredth = |x: f64| ((100.0 * x).round() / 100.0) as f32;
    for (k, (x, y)) in points.iter().enumerate() {
        let (x, y) = (hundredth(*x), hundredth(*y));
        if k == 0 {
            c.move_to(x, y);
        } else {
            c.line_to(x, y);
        }
    }
    if closed {
        c.close_path();
    }
}

fn finish(c: &mut Content, stroke: bool, fill: bool) {
    match (stroke, fill) {
        (true, true) => c.fill_nonzero_and_stroke(),
        (true, false) => c.stroke(),
        (false, true) => c.fill_nonzero(),
        (false, false) => c.end_path(),
    };
}

/// Characters of one font at one height.
struct Piece {
    font: Name<'static>,
    size: f64,
    lift: f64,
    bytes: Vec<u8>,
    width: f64,
}

fn typeset(label: &Label, size: f64) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for (setting, text) in &label.0 {
        let (size, lift) = match setting {
            Setting::Super => (0.72 * size, 0.36 * size),
            Setting::Sub => (0.72 * size, -0.22 * size),
            _ => (size, 0.0),
        };
        for c in text.chars() {
            let (symbol, byte, width) = glyph(c);
            let font = match setting {
                _ if symbol => SYMBOL,
                Setting::Italic => ITALIC,
                _ => UPRIGHT,
            };
            let repeat = if c == '‖' { 2 } else { 1 };
            match pieces.last_mut() {
                Some(last) if last.font == font && last.size == size && last.lift == lift => {
                    last.bytes.extend(std::iter::repeat_n(byte, repeat));
                    last.width += width * size * repeat as f64;
                }
                _ => pieces.push(Piece { font, size, lift, bytes: vec![byte; repeat], width: width * size * repeat as f64 }),
            }
        }
    }
    pieces
}

/// Font (Symbol or not), code and width of a character. Widths are those of the fonts' metrics, in font sizes.
fn glyph(c: char) -> (bool, u8, f64) {
    let symbol = |byte: u8, width: f64| (true, byte, width);
    match c {
        'α' => symbol(b'a', 0.631),
        'β' => symbol(b'b', 0.549),
        'γ' => symbol(b'g', 0.411),
        'δ' => symbol(b'd', 0.494),
        'ε' => symbol(b'e', 0.439),
        'η' => symbol(b'h', 0.603),
        'λ' => symbol(b'l', 0.549),
        'μ' => symbol(b'm', 0.576),
        'ν' => symbol(b'n', 0.521),
        'ξ' => symbol(b'x', 0.493),
        'π' => symbol(b'p', 0.549),
        'ρ' => symbol(b'r', 0.549),
        'σ' => symbol(b's', 0.603),
        'τ' => symbol(b't', 0.439),
        'φ' => symbol(b'f', 0.521),
        'Δ' => symbol(b'D', 0.612),
        'Φ' => symbol(b'F', 0.763),
        'Σ' => symbol(b'S', 0.592),
        '∇' => symbol(0xD1, 0.713),
        '∂' => symbol(0xB6, 0.494),
        '∞' => symbol(0xA5, 0.713),
        '∈' => symbol(0xCE, 0.713),
        '≤' => symbol(0xA3, 0.549),
        '≥' => symbol(0xB3, 0.549),
        '≈' => symbol(0xBB, 0.549),
        '→' => symbol(0xAE, 0.987),
        '⊥' => symbol(0x5E, 0.658),
        '−' => symbol(0x2D, 0.549),
        '·' => symbol(0xD7, 0.25),
        '°' => symbol(0xB0, 0.4),
        '′' => symbol(0xA2, 0.247),
        '‖' => (false, b'|', 0.26),
        '…' => (false, 0x85, 1.0),
        '–' => (false, 0x96, 0.556),
        '—' => (false, 0x97, 1.0),
        '‘' => (false, 0x91, 0.222),
        '’' => (false, 0x92, 0.222),
        ' '..='~' => (false, c as u8, helvetica(c)),
        '\u{a1}'..='\u{ff}' => (false, c as u32 as u8, 0.556),
        _ => (false, b'?', 0.556),
    }
}

/// Widths of Helvetica in thousandths, ASCII from the space on.
fn helvetica(c: char) -> f64 {
    const WIDTHS: [u16; 95] = [
        278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556,
        556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
        667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556,
        556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
    ];
    f64::from(WIDTHS[(c as usize).saturating_sub(32).min(94)]) / 1000.0
}
