//! tanh of many numbers at once.
//!
//! With y = −2|x| = k ln 2 + r, |r| ≤ ½ ln 2, eʸ − 1 = 2ᵏ(eʳ − 1) + (2ᵏ − 1), where eʳ − 1 is its Taylor polynomial of degree 13
//! (remainder below 1e-17 of it), and tanh |x| = −(eʸ − 1)/(eʸ + 1): no difference of near numbers, so the result is right to a
//! few units in the last place for every x.

use super::simd::{Loops, Simd, dispatch, madd};

/// 1/n! for n = 13 … 1.
const INVERSE_FACTORIALS: [f64; 13] = {
    let mut values = [1.0; 13];
    let (mut n, mut factorial) = (1, 1.0);
    while n <= 13 {
        factorial *= n as f64;
        values[13 - n] = 1.0 / factorial;
        n += 1;
    }
    values
};
/// Adding it leaves the nearest whole number in the last bits.
const WHOLE: f64 = 1.5 * (1_u64 << 52) as f64;
/// ln 2 as a number with zeros at its end, so that its multiples by k are exact, and what is missing.
const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// Below, eʸ is nothing beside 1.
const LOWEST: f64 = -80.0;

/// x ← tanh x for every number of a slice.
pub fn tanh_each(values: &mut [f64]) {
    dispatch(Tanh { values });
}

struct Tanh<'a> {
    values: &'a mut [f64],
}

impl Loops for Tanh<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        for value in self.values {
            let x = *value;
            let y = -2.0 * x.abs();
            let y = if y < LOWEST { LOWEST } else { y };
            let shifted = madd::<S>(y, std::f64::consts::LOG2_E, WHOLE);
            let k = shifted - WHOLE;
            let power = f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52);
            let r = madd::<S>(k, -LN2_LOW, madd::<S>(k, -LN2_HIGH, y));
            let mut sum = 0.0;
            for c in INVERSE_FACTORIALS {
                sum = madd::<S>(sum, r, c);
            }
            let fall = madd::<S>(power, sum * r, power - 1.0);
            *value = (-fall / (2.0 + fall)).copysign(x);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::seed::Stream;

    #[test]
    fn it_is_tanh_to_the_last_places() {
        let mut stream = Stream::new(3, "tanh");
        let mut x: Vec<f64> = (0..20_000).map(|k| stream.normal() * 10.0_f64.powf(-8.0 + (k % 100) as f64 * 0.1)).collect();
        x.extend([0.0, -0.0, 1e-300, -5e-324, 19.0, 22.0, 40.0, -700.0, f64::INFINITY, f64::NEG_INFINITY, 0.173_286_795_139_986]);
        let mut values = x.clone();
        tanh_each(&mut values);
        for (x, found) in x.iter().zip(&values) {
            let known = x.tanh();
            assert!((found - known).abs() <= 4.0 * f64::EPSILON * known.abs(), "tanh {x:e}: {found:e}, {known:e}");
            assert_eq!(found.is_sign_negative(), x.is_sign_negative(), "{x:e}");
        }
        let mut lost = [f64::NAN];
        tanh_each(&mut lost);
        assert!(lost[0].is_nan());
    }
}
