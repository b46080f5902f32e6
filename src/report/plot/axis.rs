//! One axis: its scale, its range, its ticks.

use super::label::{Label, Setting};

/// How numbers become lengths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// In proportion.
    Linear,
    /// By the logarithm; only numbers > 0 have a place.
    Log,
}

/// An axis as it is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// Symbol and unit.
    pub label: Label,
    /// Its scale.
    pub scale: Scale,
    /// Lowest and highest number; from the data where `None`.
    pub range: Option<(f64, f64)>,
    /// The clock it shows, as the slider moves it: `s`, or `t` with its λ.
    pub clock: Option<Clock>,
}

/// Which clock runs along an axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Clock {
    /// Slow time s.
    Slow,
    /// Fast time t = s/λ.
    Fast {
        /// The weight decay.
        lambda: f64,
    },
}

/// A tick: where, and its text if it is a main one.
pub type Tick = (f64, Option<Label>);

impl Axis {
    /// An axis with its label in markup, its range from the data.
    pub fn new(label: &str, scale: Scale) -> Axis {
        Axis { label: Label::markup(label), scale, range: None, clock: None }
    }

    /// The same axis with a clock.
    pub fn with_clock(self, clock: Clock) -> Axis {
        Axis { clock: Some(clock), ..self }
    }
}

impl Scale {
    /// Position on the axis before it is stretched; `None` where the number has no place.
    pub fn place(self, x: f64) -> Option<f64> {
        match self {
            Scale::Linear => x.is_finite().then_some(x),
            Scale::Log => (x.is_finite() && x > 0.0).then(|| x.log10()),
        }
    }

    /// The range that shows all of `values` with some air; (0, 1) or (1, 10) without any.
    pub fn range(self, values: impl Iterator<Item = f64>) -> (f64, f64) {
        let placed = values.filter_map(|x| self.place(x));
        let (low, high) = placed.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
        let (low, high) = match (low.is_finite(), self) {
            (false, Scale::Linear) => (0.0, 1.0),
            (false, Scale::Log) => (0.0, 1.0),
            (true, Scale::Linear) if high - low <= 1e-9 * low.abs().max(high.abs()) => {
                (low - 0.05 * low.abs().max(1e-12), high + 0.05 * high.abs().max(1e-12))
            }
            (true, Scale::Log) if high - low < 0.2 => (low - 0.3, high + 0.3),
            _ => (low, high),
        };
        let air = 0.04 * (high - low);
        let (low, high) = (low - air, high + air);
        match self {
            Scale::Linear => (low, high),
            Scale::Log => (10f64.powf(low.max(-307.0)), 10f64.powf(high.min(307.0))),
        }
    }

    /// Ticks between `low` and `high`, about `count` of them with text.
    pub fn ticks(self, low: f64, high: f64, count: usize) -> Vec<Tick> {
        match self {
            Scale::Linear => linear_ticks(low, high, count),
            Scale::Log => log_ticks(low, high, count),
        }
    }
}

fn linear_ticks(low: f64, high: f64, count: usize) -> Vec<Tick> {
    let rough = (high - low) / count.max(1) as f64;
    if rough.is_nan() || rough <= 0.0 || !rough.is_finite() {
        return Vec::new();
    }
    let unit = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].iter().map(|m| m * unit).find(|s| *s >= rough * 0.999).unwrap_or(10.0 * unit);
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    (first..=last.min(first + 50)).map(|k| (k as f64 * step, Some(plain(k, step, low.abs().max(high.abs()))))).collect()
}

/// k·step with as many digits as the step has, as a power of ten where it is very large or small.
fn plain(k: i64, step: f64, largest: f64) -> Label {
    if k == 0 {
        return Label::text("0");
    }
    let decade = largest.log10().floor() as i32;
    let exponent = if (-3..=4).contains(&decade) { 0 } else { decade };
    let digits = (f64::from(exponent) - (step * 1.0001).log10().floor()).max(0.0) as usize;
    let number = format!("{:.digits$}", k as f64 * step / 10f64.powi(exponent)).replace('-', "−");
    if exponent == 0 {
        return Label::text(&number);
    }
    Label(vec![(Setting::Upright, format!("{number}·10")), (Setting::Super, exponent.to_string().replace('-', "−"))])
}

fn log_ticks(low: f64, high: f64, count: usize) -> Vec<Tick> {
    let (a, b) = (low.log10(), high.log10());
    let decades = b - a;
    let power = |k: i32| match k {
        0 => Label::text("1"),
        1 => Label::text("10"),
        _ => Label(vec![(Setting::Upright, "10".into()), (Setting::Super, k.to_string().replace('-', "−"))]),
    };
    let (first, last) = (a.ceil() as i32, b.floor() as i32);
    let stride = [1, 2, 3, 4, 5, 10, 20, 50, 100].into_iter().find(|s| decades / f64::from(*s) <= count as f64).unwrap_or(200);
    let mut ticks = Vec::new();
    for k in (a.floor() as i32)..=last {
        if k >= first {
            ticks.push((10f64.powi(k), (k.rem_euclid(stride) == 0).then(|| power(k))));
        }
        if decades <= 6.0 {
            for m in 2..10 {
                let x = f64::from(m) * 10f64.powi(k);
                let named = decades < 1.6 && (m == 2 || m == 5);
                let text = || {
                    let digits = (-k).clamp(0, 300) as usize;
                    if (-2..3).contains(&k) {
                        Label::text(&format!("{x:.digits$}"))
                    } else {
                        Label::text(&format!("{m}·")).then(power(k))
                    }
                };
                if x >= low && x <= high {
                    ticks.push((x, named.then(text)));
                }
            }
        }
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(ticks: &[Tick]) -> Vec<String> {
        ticks.iter().filter_map(|t| t.1.as_ref().map(Label::plain)).collect()
    }

    #[test]
    fn texts_of_ticks_read_back_to_their_places() {
        for (low, high) in [(0.0, 1.0), (-0.3, 2.7), (0.013, 0.017), (-40.0, 900.0), (1e-7, 9e-7), (0.0, 3.2e6), (-2e5, 2e5)] {
            let ticks = Scale::Linear.ticks(low, high, 5);
            assert!((3..=11).contains(&ticks.len()), "{low}..{high}: {}", ticks.len());
            for (x, text) in &ticks {
                let text = text
                    .as_ref()
                    .expect("linear ticks are all main")
                    .plain()
                    .replace('−', "-")
                    .replace("10^", "e")
                    .replace('·', "");
                let read: f64 = text.parse().expect("a number");
                assert!((read - x).abs() <= 1e-9 * (high - low), "{low}..{high}: {text} stands at {x}");
            }
        }
    }

    #[test]
    fn twelve_decades_get_a_readable_number_of_powers() {
        assert_eq!(texts(&Scale::Log.ticks(1e-12, 1.0, 7)), ["10^−12", "10^−10", "10^−8", "10^−6", "10^−4", "10^−2", "1"]);
        assert_eq!(texts(&Scale::Log.ticks(0.15, 3.0, 7)), ["0.2", "0.5", "1", "2"]);
    }
}
