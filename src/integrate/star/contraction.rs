/// What a step has shown of the contraction of Newton's method, which is proportional to the length of a step where J and C change
/// along it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Contraction {
    /// Length of the step that measured it.
    h: f64,
    rate: f64,
    /// Whether it follows the length: false where a shorter step has not brought it down.
    follows: bool,
}

/// Steps grow no further than to this.
const SLOWEST: f64 = 0.4;

impl Contraction {
    /// As measured by a step of length `h`, after what was known.
    pub fn measured(before: Option<Contraction>, h: f64, rate: f64) -> Contraction {
        let follows = before.is_none_or(|before| h > 0.9 * before.h || rate < 0.9 * before.rate);
        Contraction { h, rate, follows }
    }

    /// That of a step of length `h`, if it is longer.
    pub fn at(&self, h: f64) -> f64 {
        self.rate * (h / self.h).max(1.0)
    }

    /// The most that the next step may be longer, or must be shorter.
    pub fn growth(&self) -> f64 {
        if self.follows { (SLOWEST / self.rate).max(0.5) } else { f64::INFINITY }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_shrink_only_as_long_as_that_helps() {
        let first = Contraction::measured(None, 1.0, 0.6);
        assert!((first.growth() - SLOWEST / 0.6).abs() < 1e-15 && (first.at(2.0) - 1.2).abs() < 1e-15 && first.at(0.5) == 0.6);
        let helped = Contraction::measured(Some(first), 0.67, 0.5);
        assert!((helped.growth() - SLOWEST / 0.5).abs() < 1e-15);
        let in_vain = Contraction::measured(Some(first), 0.67, 0.6);
        assert_eq!(in_vain.growth(), f64::INFINITY);
        assert_eq!(Contraction::measured(Some(in_vain), 1.0, 0.9).growth(), 0.5);
    }
}
