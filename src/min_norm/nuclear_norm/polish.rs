use super::tangent::Tangent;
use super::{Completion, Entry, judge, spread};
use crate::min_norm::MinNormError;
use crate::numeric::Vector;

/// Newton steps on the matrices of one rank.
const STEPS: usize = 12;

/// The completion of that rank and its certificate to round-off: Newton's method on X_Ω = Y among the matrices of that rank, then
/// the certificate nearest to the one given. `None` where that does not arrive.
pub(super) fn polish(rough: &Completion, rank: usize, entries: &[Entry]) -> Result<Option<Completion>, MinNormError> {
    let mut x = rough.matrix.clone();
    let mut before = f64::INFINITY;
    for _ in 0..STEPS {
        let Some(tangent) = Tangent::at(&x, rank, entries)? else { return Ok(None) };
        let on = &tangent.u * tangent.u.tr_mul(&x) * &tangent.v * tangent.v.transpose();
        let r = Vector::from_iterator(entries.len(), entries.iter().map(|&(i, j, y)| y - on[(i, j)]));
        let size = r.norm();
        if size >= 0.5 * before {
            let d = Vector::from_iterator(entries.len(), entries.iter().map(|&(i, j, _)| rough.certificate[(i, j)]));
            return judge(&on, spread(&on, entries, &tangent.certify(&d)), entries, rough.iterations).map(Some);
        }
        before = size;
        x = on + tangent.step(&r);
    }
    Ok(None)
}
