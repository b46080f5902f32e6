//! A drawing as a PDF page, and the only place that names `pdf_writer`.
//!
//! Its texts use one font that the file carries (`font.rs`): a figure looks the same everywhere, and journals take it.

use pdf_writer::types::{CidFontType, FontFlags, LineCapStyle, LineJoinStyle, SystemInfo, UnicodeCmap};
use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

use super::font::{Font, NAME};
use super::label::{Label, Setting};
use super::list::{Anchor, Drawing, Group, Item, outline};
use super::palette::Colour;

/// The font of all texts.
const FONT: Name = Name(b"F0");
const FAINT: Name = Name(b"G0");
const SOLID: Name = Name(b"G1");
/// How far a slanted letter leans, by height.
const SLANT: f32 = 0.2;
const CODES: SystemInfo = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// The bytes of a PDF file with the drawing as its only page; one unit of it is a point, so 420 units are 15 cm.
pub fn file(drawing: &Drawing, title: &str) -> Vec<u8> {
    let [catalog, pages, page, content, faint, solid, info] = [1, 2, 3, 4, 5, 6, 7].map(Ref::new);
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(pages);
    pdf.pages(pages).kids([page]).count(1);
    pdf.document_info(info).title(TextStr(title)).producer(TextStr("slowflow"));
    let mut sheet = pdf.page(page);
    sheet.media_box(Rect::new(0.0, 0.0, drawing.width as f32, drawing.height as f32));
    sheet.parent(pages).contents(content);
    let mut resources = sheet.resources();
    resources.fonts().pair(FONT, Ref::new(8));
    resources.ext_g_states().pair(FAINT, faint).pair(SOLID, solid);
    resources.finish();
    sheet.finish();
    pdf.ext_graphics(faint).non_stroking_alpha(0.3);
    pdf.ext_graphics(solid).non_stroking_alpha(1.0);
    let mut font = Font::new();
    pdf.stream(content, &page_content(drawing, &mut font));
    embed(&mut pdf, &font);
    pdf.finish()
}

/// Writes the font as the objects 8 to 12: its codes, its widths, its shapes, and which character each code is.
fn embed(pdf: &mut Pdf, font: &Font) {
    let [whole, codes, descriptor, shapes, characters] = [8, 9, 10, 11, 12].map(Ref::new);
    let name = Name(NAME);
    pdf.type0_font(whole).base_font(name).encoding_predefined(Name(b"Identity-H")).descendant_font(codes).to_unicode(characters);
    let mut cid = pdf.cid_font(codes);
    cid.subtype(CidFontType::Type2).base_font(name).system_info(CODES).font_descriptor(descriptor);
    cid.cid_to_gid_map_predefined(Name(b"Identity")).default_width(0.0);
    let mut widths = cid.widths();
    for (code, _, width) in font.codes() {
        widths.same(code, code, (1000.0 * width) as f32);
    }
    widths.finish();
    cid.finish();
    let measures = font.measures();
    let [left, bottom, right, top] = measures.bounds;
    let mut about = pdf.font_descriptor(descriptor);
    about.name(name).flags(FontFlags::SYMBOLIC).bbox(Rect::new(left, bottom, right, top)).italic_angle(0.0);
    about.ascent(measures.ascent).descent(measures.descent).cap_height(measures.capitals).stem_v(80.0);
    let part = font.part();
    if part.is_some() {
        about.font_file2(shapes);
    }
    about.finish();
    if let Some(part) = part {
        pdf.stream(shapes, &part).pair(Name(b"Length1"), part.len() as i32);
    }
    let mut map = UnicodeCmap::<u16>::new(Name(b"Characters"), CODES);
    for (code, c, _) in font.codes() {
        map.pair(code, c);
    }
    pdf.cmap(characters, map.finish().as_slice());
}

fn page_content(drawing: &Drawing, font: &mut Font) -> Vec<u8> {
    let mut c = Content::new();
    // y down as in the drawing
    c.transform([1.0, 0.0, 0.0, -1.0, 0.0, drawing.height as f32]);
    c.set_line_join(LineJoinStyle::RoundJoin).set_line_cap(LineCapStyle::ButtCap);
    for Group { clipped, items, .. } in &drawing.groups {
        c.save_state();
        if *clipped {
            let f = &drawing.frame;
            c.rect(f.left as f32, f.top as f32, (f.right - f.left) as f32, (f.bottom - f.top) as f32).clip_nonzero().end_path();
        }
        for item in items {
            draw(&mut c, item, font);
        }
        c.restore_state();
    }
    c.finish().to_vec()
}

fn draw(c: &mut Content, item: &Item, font: &mut Font) {
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
            let pieces = typeset(label, *size, font);
            let width: f64 = pieces.iter().map(|p| p.width).sum();
            let back = match anchor {
                Anchor::Start => 0.0,
                Anchor::Middle => 0.5 * width,
                Anchor::End => width,
            };
            let mut along = -back;
            for piece in pieces {
                let (lift, lean) = (piece.lift, if piece.slanted { SLANT } else { 0.0 });
                let (x, y) = if *turned { (at.0 - lift, at.1 - along) } else { (at.0 + along, at.1 - lift) };
                let matrix = if *turned { [0.0, -1.0, -1.0, -lean] } else { [1.0, 0.0, lean, -1.0] };
                c.begin_text().set_font(FONT, piece.size as f32);
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

/// Characters at one height.
struct Piece {
    slanted: bool,
    size: f64,
    lift: f64,
    bytes: Vec<u8>,
    width: f64,
}

fn typeset(label: &Label, size: f64, font: &mut Font) -> Vec<Piece> {
    let piece = |(setting, text): &(Setting, String)| {
        let (size, lift) = match setting {
            Setting::Super => (0.72 * size, 0.36 * size),
            Setting::Sub => (0.72 * size, -0.22 * size),
            _ => (size, 0.0),
        };
        let codes: Vec<(u16, f64)> = text.chars().map(|c| font.code(c)).collect();
        Piece {
            slanted: *setting == Setting::Italic,
            size,
            lift,
            bytes: codes.iter().flat_map(|(code, _)| code.to_be_bytes()).collect(),
            width: size * codes.iter().map(|(_, width)| width).sum::<f64>(),
        }
    };
    label.0.iter().map(piece).collect()
}
