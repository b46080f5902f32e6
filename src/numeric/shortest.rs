//! Numbers as text: the shortest form that reads back to the same `f64`.

/// Shortest decimal that reads back exactly; exponent form where it is shorter. Empty for a number that is absent.
pub fn number(x: f64) -> String {
    if !x.is_finite() {
        return String::new();
    }
    let (plain, exponent) = (format!("{x}"), format!("{x:e}"));
    if plain.len() <= exponent.len() + 2 { plain } else { exponent }
}

/// λ as it stands in file names: always with an exponent, as `1e-4` or `3.5e-5`.
pub fn lambda(x: f64) -> String {
    format!("{x:e}")
}
