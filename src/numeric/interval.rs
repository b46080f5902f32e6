//! Intervals with outward rounding: every operation encloses all exact results of operands in its intervals.
//!
//! +, −, ×, ÷ and √ of `f64` are correctly rounded (IEEE 754), so one `next_down`/`next_up` bounds the exact result. No
//! library function is trusted beyond that: eˣ = 2ᵏeʳ, r = x − k ln 2 with ln 2 in two parts, eʳ by its Taylor polynomial of
//! degree 14 with the remainder |r|¹⁵e^{|r|}/15! < 10⁻¹⁸ for |r| ≤ 0.36; ln x = y + ln(1 + t) for a guessed y, where
//! t = xe^{−y} − 1 and t − t² ≤ ln(1 + t) ≤ t for |t| ≤ ½; tanh, logistic function, softplus and powers from these.
//! What has no bound (0 in a divisor, NaN) is the whole line.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// A closed interval [lo, hi] of real numbers; ends may be infinite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    lo: f64,
    hi: f64,
}

/// ln 2 cut after 32 bits: whole multiples up to 2²⁰ are exact. The rest is 1.9082149292705877000…·10⁻¹⁰.
const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

impl Interval {
    /// {0}.
    pub const ZERO: Interval = Interval { lo: 0.0, hi: 0.0 };
    /// {1}.
    pub const ONE: Interval = Interval { lo: 1.0, hi: 1.0 };
    /// ℝ.
    pub const ENTIRE: Interval = Interval { lo: f64::NEG_INFINITY, hi: f64::INFINITY };

    /// [lo, hi]; the whole line where an end is NaN or the ends are in the wrong order.
    pub fn new(lo: f64, hi: f64) -> Self {
        if lo <= hi { Interval { lo, hi } } else { Self::ENTIRE }
    }

    /// {x}.
    pub fn point(x: f64) -> Self {
        Self::new(x, x)
    }

    /// [x − radius, x + radius], rounded outward.
    pub fn around(x: f64, radius: f64) -> Self {
        Self::new((x - radius).next_down(), (x + radius).next_up())
    }

    /// The lower end.
    pub fn lo(self) -> f64 {
        self.lo
    }

    /// The upper end.
    pub fn hi(self) -> f64 {
        self.hi
    }

    /// A number m inside and a radius ρ with [lo, hi] ⊂ [m − ρ, m + ρ].
    pub fn mid_rad(self) -> (f64, f64) {
        if self.lo == self.hi {
            return (self.lo, 0.0);
        }
        let mid = 0.5 * self.lo + 0.5 * self.hi;
        if !mid.is_finite() {
            return (0.0, f64::INFINITY);
        }
        (mid, (self.hi - mid).max(mid - self.lo).next_up())
    }

    /// sup |x|.
    pub fn magnitude(self) -> f64 {
        self.lo.abs().max(self.hi.abs())
    }

    /// inf |x|.
    pub fn mignitude(self) -> f64 {
        if self.contains(0.0) { 0.0 } else { self.lo.abs().min(self.hi.abs()) }
    }

    /// hi − lo, rounded up.
    pub fn width(self) -> f64 {
        if self.lo == self.hi { 0.0 } else { (self.hi - self.lo).next_up() }
    }

    /// Whether x lies in it.
    pub fn contains(self, x: f64) -> bool {
        self.lo <= x && x <= self.hi
    }

    fn is(self, x: f64) -> bool {
        self.lo == x && self.hi == x
    }

    fn outward(lo: f64, hi: f64) -> Self {
        Self::new(lo.next_down(), hi.next_up())
    }

    /// x².
    pub fn square(self) -> Self {
        let (a, b) = (self.mignitude(), self.magnitude());
        Self::new((a * a).next_down().max(0.0), (b * b).next_up())
    }

    /// √x over the part with x ≥ 0 (rounding may push the lower end of a sum of squares below 0); the whole line without one.
    pub fn sqrt(self) -> Self {
        if self.hi < 0.0 {
            return Self::ENTIRE;
        }
        Self::new(self.lo.max(0.0).sqrt().next_down().max(0.0), self.hi.sqrt().next_up())
    }

    /// eˣ.
    pub fn exp(self) -> Self {
        Self::new(exp_of(self.lo).lo, exp_of(self.hi).hi)
    }

    /// ln x, with an absolute error near round-off of 1; the whole line where x may be ≤ 0.
    pub fn ln(self) -> Self {
        if self.lo <= 0.0 || self.hi.is_infinite() {
            return Self::ENTIRE;
        }
        Self::new(ln_of(self.lo).lo, ln_of(self.hi).hi)
    }

    /// xᵖ for x > 0, the whole line where x may be ≤ 0.
    pub fn powf(self, p: f64) -> Self {
        match p {
            0.0 => Self::ONE,
            1.0 => self,
            _ if self.lo <= 0.0 => Self::ENTIRE,
            p => (self.ln() * Self::point(p)).exp(),
        }
    }

    /// tanh x, with an absolute error near round-off of 1.
    pub fn tanh(self) -> Self {
        Self::new(tanh_of(self.lo).lo.max(-1.0), tanh_of(self.hi).hi.min(1.0))
    }

    /// 1/(1 + e^{−x}).
    pub fn logistic(self) -> Self {
        let at = |x: f64| {
            let tail = exp_of(-x.abs());
            let small = tail / (Self::ONE + tail);
            if x < 0.0 { small } else { Self::ONE - small }
        };
        Self::new(at(self.lo).lo.max(0.0), at(self.hi).hi.min(1.0))
    }

    /// ln(1 + eˣ).
    pub fn softplus(self) -> Self {
        let at = |x: f64| Self::point(x.max(0.0)) + (Self::ONE + exp_of(-x.abs())).ln();
        Self::new(at(self.lo).lo.max(0.0), at(self.hi).hi)
    }
}

fn exp_of(x: f64) -> Interval {
    if x.is_nan() {
        return Interval::ENTIRE;
    }
    // e^709 > 8·10³⁰⁷ and e^{−708} < 10⁻³⁰⁷.
    if x > 709.0 {
        return Interval::new(8e307, f64::INFINITY);
    }
    if x < -708.0 {
        return Interval::new(0.0, 1e-307);
    }
    let k = (x / std::f64::consts::LN_2).round();
    let low = Interval::outward(LN_2_LOW, LN_2_LOW) * Interval::point(k);
    let r = Interval::point(x) - Interval::point(k * LN_2_HIGH) - low;
    if r.magnitude() > 0.36 {
        return Interval::ENTIRE;
    }
    let mut sum = Interval::ONE;
    for j in (1..=14).rev() {
        sum = Interval::ONE + sum * r / Interval::point(f64::from(j));
    }
    let sum = sum + Interval::new(-1e-18, 1e-18);
    let power = f64::from_bits(((k as i64 + 1023) as u64) << 52);
    Interval::new(sum.lo * power, sum.hi * power)
}

fn ln_of(x: f64) -> Interval {
    let y = x.ln();
    let t = Interval::point(x) * exp_of(-y) - Interval::ONE;
    if t.magnitude().is_nan() || t.magnitude() > 0.5 {
        return Interval::ENTIRE;
    }
    Interval::point(y) + Interval::new((t - t.square()).lo, t.hi)
}

fn tanh_of(x: f64) -> Interval {
    let tail = exp_of(-2.0 * x.abs());
    let size = (Interval::ONE - tail) / (Interval::ONE + tail);
    if x < 0.0 { -size } else { size }
}

impl Neg for Interval {
    type Output = Interval;
    fn neg(self) -> Interval {
        Interval { lo: -self.hi, hi: -self.lo }
    }
}

impl Add for Interval {
    type Output = Interval;
    fn add(self, other: Interval) -> Interval {
        if self.is(0.0) {
            return other;
        }
        if other.is(0.0) {
            return self;
        }
        Interval::outward(self.lo + other.lo, self.hi + other.hi)
    }
}

impl Sub for Interval {
    type Output = Interval;
    fn sub(self, other: Interval) -> Interval {
        self + -other
    }
}

impl Mul for Interval {
    type Output = Interval;
    fn mul(self, other: Interval) -> Interval {
        if self.is(0.0) || other.is(1.0) {
            return self;
        }
        if other.is(0.0) || self.is(1.0) {
            return other;
        }
        let products = [self.lo * other.lo, self.lo * other.hi, self.hi * other.lo, self.hi * other.hi];
        if products.iter().any(|p| p.is_nan()) {
            return Interval::ENTIRE;
        }
        Interval::outward(
            products.iter().copied().fold(f64::INFINITY, f64::min),
            products.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        )
    }
}

impl Div for Interval {
    type Output = Interval;
    fn div(self, other: Interval) -> Interval {
        if other.contains(0.0) {
            return Interval::ENTIRE;
        }
        let quotients = [self.lo / other.lo, self.lo / other.hi, self.hi / other.lo, self.hi / other.hi];
        if quotients.iter().any(|q| q.is_nan()) {
            return Interval::ENTIRE;
        }
        Interval::outward(
            quotients.iter().copied().fold(f64::INFINITY, f64::min),
            quotients.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        )
    }
}

impl std::iter::Sum for Interval {
    fn sum<I: Iterator<Item = Interval>>(terms: I) -> Interval {
        terms.fold(Interval::ZERO, |a, b| a + b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::seed::Stream;

    /// Reference values to 40 digits (exp, ln, tanh, softplus by decimal arithmetic), as their nearest `f64`.
    #[test]
    fn functions_enclose_reference_values_tightly() {
        let near = |x: Interval, value: f64| {
            assert!(x.lo <= value.next_up() && x.hi >= value.next_down(), "{x:?} {value:e}");
            assert!(x.width() <= 1e-14 * value.abs().max(1e-2), "{x:?}");
        };
        near(Interval::point(1.0).exp(), std::f64::consts::E);
        near(Interval::point(-20.0).exp() * Interval::point(1e9), 2.061_153_622_438_558);
        near(Interval::point(10.0).ln(), std::f64::consts::LN_10);
        near(Interval::point(0.5).tanh(), 0.462_117_157_260_009_76);
        near(Interval::point(-2.0).tanh(), -0.964_027_580_075_816_9);
        near(Interval::point(0.0).softplus(), std::f64::consts::LN_2);
        near(Interval::point(3.0).logistic(), 0.952_574_126_822_433_1);
        near(Interval::point(2.0).powf(1.5), 2.828_427_124_746_190_3);
        near(Interval::point(2.0).sqrt(), std::f64::consts::SQRT_2);
    }

    /// The same numbers from `f64`'s own functions, which err by a few units in the last place, must meet the enclosure.
    #[test]
    fn functions_agree_with_those_of_the_library_on_random_points_and_are_monotone() {
        let mut stream = Stream::new(1, "interval");
        for _ in 0..20_000 {
            let x = 30.0 * stream.normal();
            let slack = |v: f64| 4.0 * f64::EPSILON * v.abs();
            let pairs = [
                (Interval::point(x).exp(), x.exp()),
                (Interval::point(x.abs()).ln(), x.abs().ln()),
                (Interval::point(x).tanh(), x.tanh()),
                (Interval::point(x).logistic(), 1.0 / (1.0 + (-x).exp())),
            ];
            for (k, (enclosure, value)) in pairs.into_iter().enumerate() {
                let floor = if k == 2 { f64::EPSILON } else { 0.0 };
                assert!(enclosure.lo <= value + slack(value) + floor && value - slack(value) - floor <= enclosure.hi, "{k} {x}");
                assert!(enclosure.width() <= 40.0 * f64::EPSILON * value.abs() + 12.0 * f64::EPSILON, "{k} {x} {enclosure:?}");
            }
        }
    }

    /// The rounded result of points inside lies inside: outward rounding contains the exact one and its nearest neighbour.
    #[test]
    fn arithmetic_encloses_exact_sums_and_products_of_points_inside() {
        let mut stream = Stream::new(2, "interval");
        for _ in 0..20_000 {
            let mut pick = || {
                let (a, b) = (stream.normal() * 3.0, stream.normal() * 3.0);
                let x = Interval::new(a.min(b), a.max(b));
                let inside = a.min(b) + (a - b).abs() * stream.uniform();
                (x, inside.clamp(x.lo, x.hi))
            };
            let ((x, a), (y, b)) = (pick(), pick());
            assert!((x + y).contains(a + b) && (x - y).contains(a - b) && (x * y).contains(a * b));
            assert!(x.square().contains(a * a) && (x / y).contains(a / b));
            let (mid, radius) = x.mid_rad();
            assert!(mid - radius <= x.lo && x.hi <= mid + radius);
        }
        // 1/10 is no f64: ten of them enclose 1, which no single rounding does.
        let tenth = Interval::ONE / Interval::point(10.0);
        let one: Interval = (0..10).map(|_| tenth).sum();
        assert!(one.contains(1.0) && one.width() > 0.0 && one.width() < 1e-14);
        assert_eq!(Interval::ONE / Interval::new(-1.0, 1.0), Interval::ENTIRE);
        assert_eq!(Interval::point(f64::NAN), Interval::ENTIRE);
    }
}
