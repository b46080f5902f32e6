//! The font of PDF figures: DejaVu Sans, of which a file carries the characters that stand in it (the only place that names
//! `dejavu`, `subsetter` and `ttf_parser`).
//!
//! A font inside of the file is what journals ask for, and the only way to have λ, Φ, ‖·‖ and w₀ look the same everywhere.
//! Its licence (Bitstream Vera) allows it to be embedded.

use std::collections::BTreeMap;

use subsetter::GlyphRemapper;

/// Name of the font inside of a file: six letters mark it as a part.
pub const NAME: &[u8] = b"SLWFLW+DejaVuSans";

/// The characters of one file.
pub struct Font {
    face: Option<ttf_parser::Face<'static>>,
    glyphs: GlyphRemapper,
    /// Code in the file, width in font sizes, by character.
    known: BTreeMap<char, (u16, f64)>,
}

/// The measures that a file states beside its font, in thousandths of the font size.
pub struct Measures {
    /// Left, bottom, right, top of a box around all characters.
    pub bounds: [f32; 4],
    /// Height above the base line.
    pub ascent: f32,
    /// Depth below it, negative.
    pub descent: f32,
    /// Height of capitals.
    pub capitals: f32,
}

impl Font {
    /// A font of which no character is used yet.
    pub fn new() -> Font {
        let face = ttf_parser::Face::parse(dejavu::sans::regular(), 0).ok();
        Font { face, glyphs: GlyphRemapper::new(), known: BTreeMap::new() }
    }

    /// The code and width of a character, from now on part of the file; a question mark where the font has none.
    pub fn code(&mut self, c: char) -> (u16, f64) {
        let Font { face, glyphs, known } = self;
        *known.entry(c).or_insert_with(|| match face {
            Some(face) => {
                let glyph = face.glyph_index(c).or_else(|| face.glyph_index('?')).unwrap_or(ttf_parser::GlyphId(0));
                let advance = f64::from(face.glyph_hor_advance(glyph).unwrap_or(0));
                (glyphs.remap(glyph.0), advance / f64::from(face.units_per_em()))
            }
            None => (0, 0.6),
        })
    }

    /// Every code with the character it stands for and its width in font sizes, by code.
    pub fn codes(&self) -> Vec<(u16, char, f64)> {
        let mut all: Vec<(u16, char, f64)> = self.known.iter().map(|(c, (code, width))| (*code, *c, *width)).collect();
        all.sort_by_key(|entry| entry.0);
        all.dedup_by_key(|entry| entry.0);
        all
    }

    /// The part of the font that holds the used characters, as TrueType; `None` where it could not be cut out.
    pub fn part(&self) -> Option<Vec<u8>> {
        subsetter::subset(dejavu::sans::regular(), 0, &self.glyphs).ok()
    }

    /// The measures of the whole font.
    pub fn measures(&self) -> Measures {
        let Some(face) = &self.face else {
            return Measures { bounds: [0.0, -300.0, 1200.0, 1000.0], ascent: 900.0, descent: -200.0, capitals: 700.0 };
        };
        let thousandths = |x: i16| 1000.0 * f32::from(x) / f32::from(face.units_per_em());
        let b = face.global_bounding_box();
        Measures {
            bounds: [b.x_min, b.y_min, b.x_max, b.y_max].map(thousandths),
            ascent: thousandths(face.ascender()),
            descent: thousandths(face.descender()),
            capitals: thousandths(face.capital_height().unwrap_or(face.ascender())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signs_of_the_field_are_in_the_font_and_in_its_part() {
        let mut font = Font::new();
        let question = font.code('?').0;
        let signs = "λΦμσηεβνξ∇∂∈∞≤≥≈≪→⊥·−±‖°′₀₁₊ᵀ²⁻½ẇ√×…–";
        let codes: Vec<u16> = signs.chars().map(|c| font.code(c).0).collect();
        assert!(codes.iter().all(|code| *code != 0 && *code != question), "{codes:?}");
        assert_eq!(font.code('日').0, question, "what the font has not is marked");
        let part = font.part().expect("the font can be cut");
        assert!(part.len() < 40_000, "{} bytes", part.len());
        let cut = ttf_parser::Face::parse(&part, 0).expect("still a font");
        // a sign like ½ is made of others, which come with it
        assert!(cut.number_of_glyphs() > codes.iter().copied().max().unwrap_or(0) && cut.number_of_glyphs() < 80);
        let width = font.code('λ');
        let advance = f64::from(cut.glyph_hor_advance(ttf_parser::GlyphId(width.0)).expect("an advance"));
        assert_eq!(advance / f64::from(cut.units_per_em()), width.1);
    }
}
