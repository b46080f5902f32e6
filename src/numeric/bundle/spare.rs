use std::cell::RefCell;

use super::Row;

/// Rows from which on the memory of a bundle is kept: what is larger goes back to the system when it is freed, and every page of it is
/// asked for anew with the next bundle.
const LARGE: usize = 1 << 10;
/// Bundles that a thread keeps at most: about as many as a Newton iteration has at once.
const KEPT: usize = 16;

thread_local! {
    static SPARE: RefCell<Vec<Vec<Row>>> = const { RefCell::new(Vec::new()) };
}

/// An empty vector with room for `n` rows, if possible one that was given back.
pub(super) fn take(n: usize) -> Vec<Row> {
    let fits = |rows: &Vec<Row>| (n..=2 * n).contains(&rows.capacity());
    let spare = if n < LARGE { None } else { SPARE.with_borrow_mut(|all| all.iter().position(fits).map(|k| all.swap_remove(k))) };
    spare.map_or_else(
        || Vec::with_capacity(n),
        |mut rows| {
            rows.clear();
            rows
        },
    )
}

/// Keeps a vector for the next bundle, the oldest going when there are too many.
pub(super) fn give_back(rows: Vec<Row>) {
    if rows.capacity() >= LARGE {
        // A thread that ends has no place for it any more.
        let _ = SPARE.try_with(|all| {
            let mut all = all.borrow_mut();
            if all.len() == KEPT {
                all.remove(0);
            }
            all.push(rows);
        });
    }
}
