//! sin x and cos x of intervals.
//!
//! x = r + kπ/2 with π/2 in two parts, the first of 33 bits so that its multiples up to 2²⁰ are exact; |r| ≤ 0.79. There
//! sin r and cos r are Taylor polynomials of degree 19 and 18 with a remainder below |r|²¹/21! < 10⁻²¹ and |r|²⁰/20! < 10⁻²⁰.
//! Over an interval the extremes ±1 count where (x/π − ½) may be whole, bounded from outside.

use super::interval::Interval;

/// The first 33 bits of π/2. The rest is 6.0771005065061922…·10⁻¹¹.
const HALF_PI_HIGH: f64 = 1.570_796_326_734_125_6;
const HALF_PI_LOW: f64 = 6.077_100_506_506_192e-11;

/// Beyond this the reduction is not exact any more: then nothing but |sin x| ≤ 1 is claimed.
const LARGEST: f64 = 1e6;

const UNIT: (f64, f64) = (-1.0, 1.0);

impl Interval {
    /// sin x.
    pub fn sin(self) -> Interval {
        wave(self, 0)
    }

    /// cos x.
    pub fn cos(self) -> Interval {
        wave(self, 1)
    }
}

/// sin(x + shift·π/2) over an interval.
fn wave(x: Interval, shift: i64) -> Interval {
    let all = Interval::new(UNIT.0, UNIT.1);
    if !(x.magnitude() <= LARGEST) || x.width() >= 6.5 {
        return all;
    }
    let (left, right) = (at(x.lo(), shift), at(x.hi(), shift));
    let (mut lo, mut hi) = (left.lo().min(right.lo()), left.hi().max(right.hi()));
    // Extremes of sin(x + shift π/2) stand where 2x/π + shift is odd: at 1 modulo 4 it is 1, at 3 it is −1.
    let quarter = Interval::around(HALF_PI_HIGH + HALF_PI_LOW, 0.0);
    let turns = x / quarter;
    for k in (turns.lo().floor() as i64)..=(turns.hi().ceil() as i64) {
        if turns.contains(k as f64) {
            match (k + shift).rem_euclid(4) {
                1 => hi = 1.0,
                3 => lo = -1.0,
                _ => {}
            }
        }
    }
    Interval::new(lo.max(-1.0), hi.min(1.0))
}

/// sin(x + shift·π/2) at one point.
fn at(x: f64, shift: i64) -> Interval {
    let k = (x / std::f64::consts::FRAC_PI_2).round();
    let low = Interval::around(HALF_PI_LOW, 0.0) * Interval::point(k);
    let r = Interval::point(x) - Interval::point(k * HALF_PI_HIGH) - low;
    if r.magnitude() > 0.8 {
        return Interval::new(UNIT.0, UNIT.1);
    }
    let square = r.square();
    // Horner's rule of Σ (−1)ʲ r²ʲ/((first+1)…(first+2j)).
    let series = |first: i32| {
        (1..=9).rev().fold(Interval::ONE, |sum, j| {
            let (a, b) = (f64::from(2 * j - 1 + first), f64::from(2 * j + first));
            Interval::ONE - sum * square / Interval::point(a * b)
        }) + Interval::new(-1e-20, 1e-20)
    };
    match (k as i64 + shift).rem_euclid(4) {
        0 => r * series(1),
        1 => series(0),
        2 => -(r * series(1)),
        _ => -series(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::seed::Stream;

    /// Values to 17 digits, by decimal arithmetic with 60 digits.
    #[test]
    fn sines_enclose_values_to_many_digits_tightly() {
        let near = |x: Interval, value: f64| {
            assert!(x.lo() <= value.next_up() && x.hi() >= value.next_down(), "{x:?} {value:e}");
            assert!(x.width() <= 2e-15, "{x:?}");
        };
        near(Interval::point(1.0).sin(), 0.841_470_984_807_896_5);
        near(Interval::point(1.0).cos(), 0.540_302_305_868_139_8);
        near(Interval::point(-3.0).sin(), -0.141_120_008_059_867_2);
        near(Interval::point(100.0).cos(), 0.862_318_872_287_683_9);
        // 355 is within 3e-5 of 113π: the digits of π/2 in two parts carry.
        let close = Interval::point(355.0).sin();
        assert!(close.contains(-3.014_435_335_948_845e-5) && close.width() < 1e-13, "{close:?}");
        assert_eq!(Interval::point(0.0).sin(), Interval::ZERO);
    }

    #[test]
    fn sines_contain_those_of_the_library_at_points_inside() {
        let mut stream = Stream::new(3, "sine");
        for _ in 0..20_000 {
            let (centre, size) = (40.0 * stream.normal(), 10.0_f64.powf(1.0 - 8.0 * stream.uniform()));
            let x = Interval::around(centre, size);
            let inside = x.lo() + (x.hi() - x.lo()) * stream.uniform();
            for (wave, value) in [(x.sin(), inside.sin()), (x.cos(), inside.cos())] {
                assert!(wave.lo() <= value + 1e-15 && value - 1e-15 <= wave.hi(), "{x:?} {inside} {wave:?}");
                assert!(wave.width() <= 2.1 * size + 1e-12, "{x:?} {wave:?}");
            }
        }
        assert_eq!(Interval::new(0.0, 7.0).sin(), Interval::new(-1.0, 1.0));
        assert_eq!(Interval::point(1e9).sin(), Interval::new(-1.0, 1.0));
        assert!(Interval::new(1.5, 1.7).sin().hi() == 1.0 && Interval::new(3.1, 3.2).cos().lo() == -1.0);
    }
}
