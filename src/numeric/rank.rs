//! Numerical rank by a rule with a gap: an ambiguous rank is an error that names the singular values.

/// Smallest ratio σ_r/σ_{r+1} that counts as a gap.
pub const GAP: f64 = 1e3;
/// Singular values below `FLOOR` · σ₁ are zero.
pub const FLOOR: f64 = 1e-10;

/// A decided rank.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rank {
    /// The rank r.
    pub rank: usize,
    /// σ_r/σ_{r+1}; `None` where nothing was cut (full rank) or everything (rank 0).
    pub gap: Option<f64>,
    /// σ_r, the smallest singular value that counts; `None` for rank 0.
    pub smallest: Option<f64>,
}

/// A rank that the singular values do not decide.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("the rank is ambiguous: {above:.3e} and {below:.3e} (numbers {rank} and {}) are not a factor {GAP:.0e} apart; the largest is {largest:.3e}", rank + 1)]
pub struct AmbiguousRank {
    /// Position of the last singular value above the floor.
    pub rank: usize,
    /// Its value.
    pub above: f64,
    /// The first value below the floor.
    pub below: f64,
    /// The largest.
    pub largest: f64,
}

/// Rank from singular values in descending order: those above `FLOOR`·σ₁ count, and the cut needs a gap of [`GAP`].
///
/// # Errors
/// No such gap: the two values on either side of the cut.
pub fn decide(values: &[f64]) -> Result<Rank, AmbiguousRank> {
    decide_beside(values, 0.0)
}

/// [`decide`] with the larger of σ₁ and `elsewhere`, the same at another point, in the place of σ₁: a matrix that vanishes here
/// alone has rank 0.
///
/// # Errors
/// As [`decide`].
pub fn decide_beside(values: &[f64], elsewhere: f64) -> Result<Rank, AmbiguousRank> {
    let largest = values.first().copied().unwrap_or(0.0).max(elsewhere);
    let rank = values.iter().take_while(|v| **v > FLOOR * largest).count();
    if rank == 0 {
        return Ok(Rank { rank, gap: None, smallest: None });
    }
    let above = values[rank - 1];
    let Some(&below) = values.get(rank) else {
        return Ok(Rank { rank, gap: None, smallest: Some(above) });
    };
    // A value at round-off says nothing beyond "zero": the gap is measured from the round-off level up.
    let gap = above / below.max(f64::EPSILON * largest);
    if gap < GAP {
        return Err(AmbiguousRank { rank, above, below, largest });
    }
    Ok(Rank { rank, gap: Some(gap), smallest: Some(above) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clear_gap_decides_and_a_slope_does_not() {
        assert_eq!(decide(&[3.0, 1.0, 1e-15]).map(|r| r.rank), Ok(2));
        assert_eq!(decide(&[3.0, 1.0]).map(|r| (r.rank, r.gap)), Ok((2, None)));
        assert!(decide(&[1.0, 1e-9, 1e-11]).is_err());
        assert_eq!(decide(&[0.0, 0.0]).map(|r| r.rank), Ok(0));
        assert_eq!(decide_beside(&[3e-14, 1e-14], 1.0).map(|r| r.rank), Ok(0));
        assert_eq!(decide_beside(&[3e-2, 1e-14], 1.0).map(|r| r.rank), Ok(1));
    }
}
