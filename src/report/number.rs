//! How numbers are shown to people: as many digits as are known, and always the same in page, tables and sentences.

/// Significant digits of a value whose error is `error`: down to the first digit of the error, 2 to 8; 4 where the error is
/// not known.
pub fn digits(value: f64, error: Option<f64>) -> usize {
    match error {
        Some(e) if e > 0.0 && value != 0.0 => ((value.abs() / e).log10().floor() + 1.0).clamp(2.0, 8.0) as usize,
        _ => 4,
    }
}

/// A number with `digits` significant digits: `0.1036`, `2.109e-5`; never more digits before the point than are known, but
/// four.
pub fn plain(value: f64, digits: usize) -> String {
    let digits = digits.max(1);
    let scientific = format!("{value:.*e}", digits - 1);
    let exponent: i32 = scientific.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    if value == 0.0 {
        return "0".into();
    }
    if (-3..digits.max(4) as i32).contains(&exponent) {
        let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
        return format!("{value:.decimals$}");
    }
    scientific
}

/// Always with an exponent, for columns of numbers of many magnitudes.
pub fn scientific(value: f64, digits: usize) -> String {
    format!("{value:.*e}", digits.max(1) - 1)
}

/// A number for a page: `2.109·10<sup>−5</sup>` inside a `<data>` element that holds the number itself.
pub fn html(value: f64, shown: &str) -> String {
    let text = match shown.split_once('e') {
        Some((mantissa, "0")) => minus(mantissa),
        Some(("1", exponent)) => format!("10<sup>{}</sup>", minus(exponent)),
        Some((mantissa, exponent)) => format!("{}·10<sup>{}</sup>", minus(mantissa), minus(exponent)),
        None => minus(shown),
    };
    format!("<data value=\"{}\">{text}</data>", crate::numeric::shortest::number(value))
}

/// A number inside a sentence: `2.109·10⁻⁵`.
pub fn sentence(value: f64, digits: usize) -> String {
    in_sentence(&plain(value, digits))
}

/// λ inside a sentence: `10⁻⁴`, with all of its digits.
pub fn lambda(value: f64) -> String {
    in_sentence(&crate::numeric::shortest::lambda(value))
}

fn in_sentence(shown: &str) -> String {
    let raised = |c: char| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        _ => c.to_digit(10).and_then(|d| char::from_u32(0x2070 + d)).unwrap_or(c),
    };
    match shown.split_once('e') {
        Some((mantissa, "0")) => minus(mantissa),
        Some(("1", exponent)) => format!("10{}", exponent.chars().map(raised).collect::<String>()),
        Some((mantissa, exponent)) => format!("{}·10{}", minus(mantissa), exponent.chars().map(raised).collect::<String>()),
        None => minus(shown),
    }
}

/// A text of the program with its numbers like `1.02e-7` set as powers of ten, `1.02·10⁻⁷`.
pub fn typeset(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let inside = rest[..start].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_');
        let end =
            start + rest[start..].find(|c: char| !(c.is_ascii_alphanumeric() || ".-".contains(c))).unwrap_or(rest.len() - start);
        let word = rest[start..end].trim_end_matches(['.', '-']);
        out.push_str(&rest[..start]);
        let power = word.split_once('e').filter(|(m, e)| {
            let whole = e.strip_prefix('-').unwrap_or(e);
            !inside
                && m.bytes().all(|b| b.is_ascii_digit() || b == b'.')
                && !whole.is_empty()
                && whole.bytes().all(|b| b.is_ascii_digit())
        });
        out.push_str(&power.map_or_else(|| word.to_string(), |_| in_sentence(word)));
        rest = &rest[start + word.len()..];
    }
    out.push_str(rest);
    out
}

fn minus(text: &str) -> String {
    text.replace('-', "−")
}

/// A whole number up to twelve in words.
pub fn in_words(n: usize) -> String {
    const WORDS: [&str; 13] =
        ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    WORDS.get(n).map_or_else(|| n.to_string(), |w| (*w).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stop_at_the_error() {
        assert_eq!(plain(2.109_412_3e-5, digits(2.109_412_3e-5, Some(3e-9))), "2.109e-5");
        assert_eq!(plain(0.103_583_2, digits(0.103_583_2, Some(1e-4))), "0.1036");
        assert_eq!(digits(1.0, Some(0.5)), 2);
        assert_eq!(digits(1.0, Some(1e-16)), 8);
    }

    #[test]
    fn only_numbers_with_an_exponent_are_set_anew() {
        assert_eq!(typeset("rows have λ > h₊/30 = 1.02e-7: t = 3.33e2."), "rows have λ > h₊/30 = 1.02·10⁻⁷: t = 3.33·10².");
        for same in ["0.95..1.05", "radau9 at 5e", "a1e-3b", "w_1e5", "x2e3", "1e-3-2", "c-4e", "2e3x"] {
            assert_eq!(typeset(same), same);
        }
    }

    #[test]
    fn sentences_write_powers_with_raised_digits() {
        assert_eq!(sentence(-2.109_4e-15, 4), "−2.109·10⁻¹⁵");
        assert_eq!((lambda(1e-12), lambda(3.5e-4)), ("10⁻¹²".to_string(), "3.5·10⁻⁴".to_string()));
    }

    #[test]
    fn shown_numbers_read_back_within_half_of_their_last_digit() {
        for k in -40..40 {
            let x = 1.234_567_89 * 1.9f64.powi(k);
            for n in 2..8 {
                for text in [plain(x, n), scientific(x, n)] {
                    let read: f64 = text.parse().expect("a number");
                    assert!((read - x).abs() <= 0.5 * x * 10f64.powi(2 - n as i32 - 1), "{x} as {text}");
                }
            }
        }
    }
}
