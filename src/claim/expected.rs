use super::Measured;
use crate::experiment::Verdict;
use crate::numeric::shortest;

/// The values that a quantity may take if the claim holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Expected {
    /// A value, within an absolute tolerance.
    Value(f64, f64),
    /// This or less.
    AtMost(f64),
    /// This or more.
    AtLeast(f64),
    /// From the first to the second.
    Between(f64, f64),
}

impl Expected {
    /// The interval [low, high].
    pub fn interval(&self) -> (f64, f64) {
        match *self {
            Expected::Value(value, tolerance) => (value - tolerance, value + tolerance),
            Expected::AtMost(high) => (f64::NEG_INFINITY, high),
            Expected::AtLeast(low) => (low, f64::INFINITY),
            Expected::Between(low, high) => (low, high),
        }
    }

    /// As the ledger shows it.
    pub fn words(&self) -> String {
        let number = shortest::number;
        match *self {
            Expected::Value(value, tolerance) => format!("{} ± {}", number(value), number(tolerance)),
            Expected::AtMost(high) => format!("≤ {}", number(high)),
            Expected::AtLeast(low) => format!("≥ {}", number(low)),
            Expected::Between(low, high) => format!("{} to {}", number(low), number(high)),
        }
    }

    /// The verdict on a value, and its margin: the distance to the nearest limit, negative outside.
    ///
    /// It holds where value ± error lies inside, fails where it lies outside; between the two the solver limits it.
    pub fn judge(&self, measured: Measured) -> (Verdict, f64) {
        let (low, high) = self.interval();
        let margin = (measured.value - low).min(high - measured.value);
        let verdict = if margin >= measured.error {
            Verdict::Holds
        } else if -margin > measured.error {
            Verdict::Fails
        } else {
            Verdict::LimitedBySolver
        };
        (verdict, margin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_judged_with_its_error() {
        let expected = Expected::Value(1.0, 0.1);
        let verdict = |value, error| expected.judge(Measured { value, error }).0;
        assert_eq!(verdict(1.05, 0.01), Verdict::Holds);
        assert_eq!(verdict(1.05, 0.06), Verdict::LimitedBySolver);
        assert_eq!(verdict(1.2, 0.05), Verdict::Fails);
        assert_eq!(verdict(1.12, 0.05), Verdict::LimitedBySolver);
        assert_eq!(Expected::AtMost(1e-9).judge(Measured { value: 0.0, error: 1e-12 }).0, Verdict::Holds);
        assert_eq!(Expected::AtLeast(2.0).judge(Measured { value: 1.0, error: 0.0 }), (Verdict::Fails, -1.0));
    }
}
