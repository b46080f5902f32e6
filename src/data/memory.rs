//! What a table of numbers will occupy, predicted before it is allocated.

/// The most bytes that one table of numbers may occupy: 4 GiB, 2²⁹ numbers.
pub const LIMIT: u64 = 4 << 30;

/// Checks rows × columns numbers of 8 bytes against a limit, without allocating.
///
/// Errors: both sizes in words, as "745.1 GiB for 1000000 x 100000 numbers of 8 bytes" and "at most 4.0 GiB".
pub fn check(rows: u64, columns: u64, limit: u64) -> Result<(), (String, String)> {
    let bytes = u128::from(rows) * u128::from(columns) * 8;
    if bytes <= u128::from(limit) {
        return Ok(());
    }
    let found = format!("{} for {rows} x {columns} numbers of 8 bytes", words(bytes));
    Err((found, format!("at most {} for one table of numbers", words(u128::from(limit)))))
}

fn words(bytes: u128) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        1_048_576..1_073_741_824 => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
        _ => format!("{:.1} GiB", bytes as f64 / 1_073_741_824.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_met_exactly_and_the_product_cannot_overflow() {
        assert_eq!(check(4, 8, 256), Ok(()));
        let (found, allowed) = check(4, 8, 255).unwrap_err();
        assert_eq!(found, "256 bytes for 4 x 8 numbers of 8 bytes");
        assert_eq!(allowed, "at most 255 bytes for one table of numbers");
        assert!(check(u64::MAX, u64::MAX, LIMIT).is_err());
        assert_eq!(check(1 << 29, 1, LIMIT), Ok(()));
    }
}
