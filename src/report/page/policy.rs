//! The hashes by which the page's policy knows its own style and script: any other is refused by the browser.

use crate::problem::digest;

/// SHA-256 of the script in base 64.
pub fn script_hash() -> String {
    hash(super::SCRIPT)
}

/// SHA-256 of the style sheet in base 64.
pub fn style_hash() -> String {
    hash(&super::style())
}

/// SHA-256 of a text in base 64, as a policy names it.
pub fn hash(text: &str) -> String {
    base64(&digest(text.as_bytes()))
}

/// Base 64 with padding (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().chain([&0, &0]).take(3).fold(0u32, |w, b| (w << 8) | u32::from(*b));
        for k in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * k)) as usize & 63];
            out.push(if k <= chunk.len() { letter as char } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn the_vectors_of_the_standard() {
        for (plain, coded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }
}
