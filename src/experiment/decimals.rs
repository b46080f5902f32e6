//! Numbers in fixed point that cannot grow long.

/// A number with that many decimals, or as many digits with an exponent: from 1e6 on, where digits before the point say nothing, and
/// below 10^(2 − decimals), where fewer than three digits of it would be left.
pub fn fixed(value: f64, decimals: usize) -> String {
    let size = value.abs();
    let inside = (10f64.powi(2 - decimals as i32)..1e6).contains(&size);
    if inside || value == 0.0 { format!("{value:.decimals$}") } else { format!("{value:.decimals$e}") }
}

#[cfg(test)]
mod tests {
    use super::fixed;

    #[test]
    fn numbers_of_every_magnitude_are_short_and_keep_their_first_digits() {
        for exponent in -320..=307 {
            for mantissa in [1.0, -3.456_789_012_345, 9.999_999_999_999] {
                let x = mantissa * 10f64.powi(exponent);
                for decimals in 3..=9 {
                    let text = fixed(x, decimals);
                    assert!(text.len() <= decimals + 8, "{text}");
                    let read: f64 = text.parse().expect("a number");
                    assert!((read - x).abs() <= 5e-3 * x.abs(), "{x:e} as {text}");
                }
            }
        }
        assert_eq!([fixed(0.0, 6), fixed(56.318_995, 6), fixed(0.353_55, 5)], ["0.000000", "56.318995", "0.35355"]);
        assert_eq!([fixed(9.684e17, 5), fixed(3.77e-7, 5)], ["9.68400e17", "3.77000e-7"]);
    }
}
