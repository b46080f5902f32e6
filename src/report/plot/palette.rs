//! Colours by role. Hues are those of Okabe and Ito (2008), which people with any common colour blindness tell apart,
//! darkened on white where thin lines need it; families of λ run from light to dark, so that order is visible without hue.

/// What a mark stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Text and axes.
    Ink,
    /// Secondary text, ticks.
    Muted,
    /// Grid lines.
    Grid,
    /// What lies behind everything.
    Paper,
    /// Training loss.
    Train,
    /// Test loss.
    Test,
    /// Norm of the weights.
    Norm,
    /// The slow flow, w°.
    Slow,
    /// The numerical error.
    Error,
    /// What a curve should lie on, drawn wide below it: the teacher, or the limit in theory.
    Theory,
    /// One of several curves of equal rank.
    Series(u8),
    /// Step 0..=7 of a family, from large λ (or early) to small λ (or late).
    Family(u8),
    /// One of three tinted backgrounds.
    Tint(u8),
}

/// All colours: role, name in CSS, on white, on black.
pub const PALETTE: [(Colour, &str, u32, u32); 27] = [
    (Colour::Ink, "ink", 0x1a1a1a, 0xececec),
    (Colour::Muted, "muted", 0x5c5c5c, 0xa8a8a8),
    (Colour::Grid, "grid", 0xe2e2e2, 0x363a40),
    (Colour::Paper, "paper", 0xffffff, 0x16181c),
    (Colour::Train, "train", 0xc43c00, 0xff8c5a),
    (Colour::Test, "test", 0x007f5f, 0x3fd0a4),
    (Colour::Norm, "norm", 0x7a3e9d, 0xc79be8),
    (Colour::Slow, "slow", 0x1a1a1a, 0xf2f2f2),
    (Colour::Error, "error", 0x8a8a8a, 0x8f959c),
    (Colour::Theory, "theory", 0xc4c4c4, 0x555b64),
    (Colour::Series(0), "c0", 0x0060a8, 0x63b3f0),
    (Colour::Series(1), "c1", 0xc43c00, 0xff8c5a),
    (Colour::Series(2), "c2", 0x007f5f, 0x3fd0a4),
    (Colour::Series(3), "c3", 0x7a3e9d, 0xc79be8),
    (Colour::Series(4), "c4", 0x9a6a00, 0xf0c040),
    (Colour::Series(5), "c5", 0x5c5c5c, 0xb8b8b8),
    (Colour::Family(0), "l0", 0xe6902e, 0x7d52c4),
    (Colour::Family(1), "l1", 0xe0703a, 0x9d5cc6),
    (Colour::Family(2), "l2", 0xd2525a, 0xbb66bd),
    (Colour::Family(3), "l3", 0xbb3c7c, 0xd473a6),
    (Colour::Family(4), "l4", 0x9c2a97, 0xe58589),
    (Colour::Family(5), "l5", 0x7420a2, 0xf09c68),
    (Colour::Family(6), "l6", 0x471a9b, 0xf5ba4c),
    (Colour::Family(7), "l7", 0x190f80, 0xf6dc5a),
    (Colour::Tint(0), "t0", 0xfbe9df, 0x3a2820),
    (Colour::Tint(1), "t1", 0xf1f1f1, 0x24272c),
    (Colour::Tint(2), "t2", 0xe0f0ea, 0x1c322b),
];

impl Colour {
    fn entry(self) -> &'static (Colour, &'static str, u32, u32) {
        PALETTE.iter().find(|e| e.0 == self).unwrap_or(&PALETTE[0])
    }

    /// Its name in style sheets.
    pub fn name(self) -> &'static str {
        self.entry().1
    }

    /// Red, green, blue on white.
    pub fn rgb(self) -> [u8; 3] {
        let [_, r, g, b] = self.entry().2.to_be_bytes();
        [r, g, b]
    }

    /// `#rrggbb` on white.
    pub fn hex(self) -> String {
        format!("#{:06x}", self.entry().2)
    }

    /// The step of a family of `count` for its member `index`; a single one takes the darkest.
    pub fn family(index: usize, count: usize) -> Colour {
        let last = count.saturating_sub(1);
        Colour::Family((7 * index.min(last)).checked_div(last).unwrap_or(7) as u8)
    }

    /// The colour number `index` of curves of equal rank, and whether the six have been used up before.
    pub fn series(index: usize) -> Colour {
        Colour::Series((index % 6) as u8)
    }
}

/// The style sheet of all colours: variables, and for each a class that strokes (`s-…`) and one that fills (`f-…`).
pub fn css() -> String {
    let variables = |dark: bool| -> String {
        PALETTE.iter().map(|(_, name, light, black)| format!("--{name}:#{:06x};", if dark { black } else { light })).collect()
    };
    let classes: String =
        PALETTE.iter().map(|(_, name, ..)| format!(".s-{name}{{stroke:var(--{name})}}.f-{name}{{fill:var(--{name})}}")).collect();
    format!(
        ":root{{color-scheme:light dark;{}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{}}}}}\n{classes}\n",
        variables(false),
        variables(true)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(rgb: u32) -> f64 {
        let [_, r, g, b] = rgb.to_be_bytes();
        let linear = |c: u8| {
            let c = f64::from(c) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    fn contrast(a: u32, b: u32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_has_contrast_4_5_and_lines_have_2_4_on_both_backgrounds() {
        let (_, _, white, black) = *Colour::Paper.entry();
        for (role, name, light, dark) in PALETTE {
            let needed = match role {
                Colour::Ink | Colour::Muted => 4.5,
                Colour::Grid | Colour::Paper | Colour::Theory | Colour::Tint(_) => continue,
                _ => 2.4,
            };
            assert!(contrast(light, white) >= needed, "{name} on white: {}", contrast(light, white));
            assert!(contrast(dark, black) >= needed, "{name} on black: {}", contrast(dark, black));
        }
    }

    #[test]
    fn a_family_darkens_on_white_and_brightens_on_black() {
        let family: Vec<_> = PALETTE.iter().filter(|e| matches!(e.0, Colour::Family(_))).collect();
        assert!(family.windows(2).all(|p| luminance(p[1].2) < luminance(p[0].2) && luminance(p[1].3) > luminance(p[0].3)));
    }
}
