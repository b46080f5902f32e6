//! Text that somebody else wrote, made harmless for each target: one function a target, and no other place escapes.

/// For HTML and SVG, in text and in quoted attributes. Characters that XML forbids and those that turn the direction of
/// writing become U+FFFD, so that a title can neither break an SVG file nor disguise what stands beside it.
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '`' => out.push_str("&#96;"),
            '\n' | '\t' => out.push(' '),
            _ if hidden(c) => out.push('\u{FFFD}'),
            _ => out.push(c),
        }
    }
    out
}

/// Control characters, non-characters and marks that reorder what is read.
fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{FFFE}' | '\u{FFFF}')
}

/// For a LaTeX text cell or paragraph. A character outside of what pdfLaTeX sets with its own fonts is written as its
/// code point, so that the file always compiles.
pub fn latex(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\textbackslash{}"),
            '{' => out.push_str("\\{"),
            '}' => out.push_str("\\}"),
            '$' | '&' | '#' | '%' | '_' => {
                out.push('\\');
                out.push(c);
            }
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '"' => out.push_str("\\textquotedbl{}"),
            '\'' => out.push_str("{'}"),
            '`' => out.push_str("{\\textasciigrave}"),
            '<' => out.push_str("\\textless{}"),
            '>' => out.push_str("\\textgreater{}"),
            '|' => out.push_str("\\textbar{}"),
            '-' => out.push_str("{-}"),
            '[' | ']' | '?' | '!' | ',' | '*' | '=' | '@' | '/' | ':' | ';' => {
                out.push('{');
                out.push(c);
                out.push('}');
            }
            _ if c == '\n' || c == '\t' || c == '\r' => out.push(' '),
            ' '..='~' => out.push(c),
            _ => out.push_str(&super::tex::character(c)),
        }
    }
    out
}

/// For a cell of a Markdown table or a line of Markdown text: no markup, no HTML, no new column, no new line.
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\n' | '\r' | '\t' => out.push(' '),
            _ if hidden(c) => out.push('\u{FFFD}'),
            '\\' | '|' | '*' | '_' | '[' | ']' | '(' | ')' | '`' | '#' | '!' | '~' | '$' | '{' | '}' | '@' | ':' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

/// For a text cell of a CSV file: quoted where needed, and never the start of a formula for a spreadsheet. A cell whose
/// first visible character is `= + - @` or the like gets an apostrophe in front, as spreadsheets themselves mark text.
pub fn csv(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let first = clean.chars().find(|c| !c.is_whitespace() && !hidden(*c) && *c != '\u{FEFF}' && *c != '"');
    let guarded = match first {
        Some('=' | '+' | '-' | '@' | '|' | '%' | '＝' | '＋' | '－' | '＠') => format!("'{clean}"),
        _ => clean,
    };
    if guarded.contains([',', '"', ';', '\'']) || guarded.starts_with(' ') || guarded.ends_with(' ') {
        format!("\"{}\"", guarded.replace('"', "\"\""))
    } else {
        guarded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_opens_a_tag_or_leaves_an_attribute_survives() {
        assert_eq!(html("<a b=\"c\" d='e'>`&"), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&#96;&amp;");
        assert_eq!(html("a\u{0}b\u{202E}c\u{1b}"), "a\u{FFFD}b\u{FFFD}c\u{FFFD}");
    }

    #[test]
    fn no_cell_starts_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "\u{FEFF}=1", "\"=1\"", "|x", "\r\n=cmd|'/c calc'!A0"] {
            let out = csv(cell);
            let shown = out.trim_start_matches('"');
            assert!(shown.starts_with('\''), "{cell:?} became {out:?}");
        }
        assert_eq!(csv("a,b\"c"), "\"a,b\"\"c\"");
        assert_eq!(csv("plain"), "plain");
    }
}
