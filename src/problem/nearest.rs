//! The known name nearest to an unknown one, for hints.

/// The name of `known` with the fewest edits to `written`, if it is near enough to be meant.
///
/// Edits are insertions, deletions, replacements and swaps of neighbours; case and `_` against `-` do not count. Near
/// enough means at most a third of the length, and always at least one.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace('_', "-").chars().take(80).collect::<Vec<_>>();
    let written = plain(written);
    let limit = (written.len() / 3).max(1);
    known
        .into_iter()
        .map(|name| (edits(&written, &plain(name)), name))
        .filter(|(count, _)| *count <= limit)
        .min_by_key(|(count, _)| *count)
        .map(|(_, name)| name)
}

/// "did you mean `x`?" or, with nothing near, the whole list of what exists.
pub fn did_you_mean<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(written, known.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None if known.is_empty() => "remove it: nothing is expected here".into(),
        None => format!("there are: {}", known.join(", ")),
    }
}

fn edits(a: &[char], b: &[char]) -> usize {
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_and_a_far_one_is_not() {
        let known = ["slow-time", "fast-time", "rtol", "atol"];
        assert_eq!(nearest("slow_time", known), Some("slow-time"));
        assert_eq!(nearest("Slow-tmie", known), Some("slow-time"));
        assert_eq!(nearest("rtl", known), Some("rtol"));
        assert_eq!(nearest("learning-rate", known), None);
        assert_eq!(edits(&['a', 'b', 'c'], &['a', 'c', 'b']), 1);
        assert_eq!(edits(&['a'], &[]), 1);
    }
}
