//! Text with italics, superscripts and subscripts. Our own labels are written in a small markup; text of others never is.

/// How a piece of a label is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// Upright.
    Upright,
    /// Italic: a variable.
    Italic,
    /// Raised and smaller.
    Super,
    /// Lowered and smaller.
    Sub,
}

/// A label: pieces in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Label(pub Vec<(Setting, String)>);

impl Label {
    /// Text of others, as it is.
    pub fn text(text: &str) -> Label {
        let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        Label(if clean.is_empty() { Vec::new() } else { vec![(Setting::Upright, clean)] })
    }

    /// Our markup: `*w*` italic, `^{λ}` superscript, `_{0}` subscript; all else upright. Nothing is nested.
    pub fn markup(source: &str) -> Label {
        let mut pieces = Vec::new();
        let mut rest = source;
        while !rest.is_empty() {
            let (setting, close, skip) = match rest.as_bytes() {
                [b'^', b'{', ..] => (Setting::Super, Some('}'), 2),
                [b'_', b'{', ..] => (Setting::Sub, Some('}'), 2),
                [b'*', ..] => (Setting::Italic, Some('*'), 1),
                _ => (Setting::Upright, None, 0),
            };
            let body = &rest[skip..];
            let end = match close {
                Some(c) => body.find(c).unwrap_or(body.len()),
                None => ["^{", "_{", "*"].iter().filter_map(|m| body.find(m)).min().unwrap_or(body.len()),
            };
            if end > 0 {
                pieces.push((setting, body[..end].to_string()));
            }
            rest = body.get(end + usize::from(close.is_some())..).unwrap_or("");
        }
        Label(pieces)
    }

    /// Two labels in a row.
    pub fn then(mut self, other: Label) -> Label {
        self.0.extend(other.0);
        self
    }

    /// In plain characters, for a tooltip or a description: `w^λ`, `t_mem`.
    pub fn plain(&self) -> String {
        let sign = |setting: &Setting| match setting {
            Setting::Super => "^",
            Setting::Sub => "_",
            _ => "",
        };
        self.0.iter().map(|(setting, text)| format!("{}{text}", sign(setting))).collect()
    }

    /// An upper estimate of its width in units of the font size: wide fonts stay inside.
    pub fn width(&self) -> f64 {
        let piece = |(setting, text): &(Setting, String)| {
            let scale = if matches!(setting, Setting::Super | Setting::Sub) { 0.72 } else { 1.0 };
            scale * text.chars().map(advance).sum::<f64>()
        };
        self.0.iter().map(piece).sum()
    }

    /// No longer than `width` font sizes: what does not fit is cut and marked with an ellipsis.
    pub fn fitted(mut self, width: f64) -> Label {
        if self.width() <= width {
            return self;
        }
        while self.width() > width - 1.0 {
            match self.0.last_mut() {
                Some((_, text)) if text.chars().count() > 1 => {
                    text.pop();
                }
                Some(_) => {
                    self.0.pop();
                }
                None => break,
            }
        }
        self.0.push((Setting::Upright, "…".into()));
        self
    }
}

/// Width of a character in font sizes, from the wider of the usual sans-serif fonts.
fn advance(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '\'' | '|' | '.' | ',' | ':' | ';' | '!' | ' ' => 0.36,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '/' | '-' | '°' | '′' => 0.44,
        'm' | 'w' | 'M' | 'W' | '%' | '∞' | '→' => 0.99,
        'A'..='Z' | '+' | '−' | '=' | '<' | '>' | '≈' | '±' | '×' => 0.80,
        _ if (c as u32) > 0x2E80 => 1.1,
        _ => 0.64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_taken_apart_and_loses_no_character() {
        let label = Label::markup("‖*w*^{λ}(*s*/λ) − *w*°‖");
        assert_eq!(label.plain(), "‖w^λ(s/λ) − w°‖");
        assert_eq!(label.0[2], (Setting::Super, "λ".to_string()));
        assert_eq!(Label::markup("*open").plain(), "open");
        assert_eq!(Label::text("a*b*").0, vec![(Setting::Upright, "a*b*".to_string())]);
    }

    #[test]
    fn a_long_text_is_cut_to_its_place() {
        let cut = Label::text(&"m".repeat(400)).fitted(10.0);
        assert!(cut.width() <= 10.5 && cut.plain().ends_with('…'));
    }
}
