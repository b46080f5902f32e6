use super::mode::{Mode, Place};
use crate::flow::Phase;

/// What happened at a wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// From one cell into the other.
    Crossing,
    /// From a cell onto the wall.
    SlideBegins,
    /// From the wall into a cell.
    SlideEnds,
}

impl EventKind {
    /// As in `events.csv`.
    pub fn name(self) -> &'static str {
        match self {
            EventKind::Crossing => "crossing",
            EventKind::SlideBegins => "slide-begins",
            EventKind::SlideEnds => "slide-ends",
        }
    }
}

/// One change of the cell, or of the walls slid along.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Event {
    /// When, in the clock of its log.
    pub time: f64,
    /// The switch, neuron · samples + sample.
    pub switch: usize,
    /// The neuron whose pre-activation is zero.
    pub neuron: usize,
    /// The sample at which it is.
    pub sample: usize,
    /// What happened.
    pub kind: EventKind,
}

/// The events of one flow in the order in which they happened.
#[derive(Debug, Clone, PartialEq)]
pub struct EventLog {
    /// Which flow.
    pub phase: Phase,
    /// Symbol of its clock: t (fast time) or s = λt (slow time).
    pub symbol: &'static str,
    /// The time up to which the flow was followed.
    pub until: f64,
    /// The events, times ascending.
    pub events: Vec<Event>,
}

impl EventLog {
    /// How far the events of this flow lie from those of the slow flow, the largest over its events, in units of the distance of an
    /// event from its neighbours; infinite where one has no counterpart of its switch and kind.
    ///
    /// The gap to the slow flow is of order one in λ only while no event has passed its neighbour: this number is small then.
    pub fn displacement(&self, slow: &EventLog) -> f64 {
        let times: Vec<f64> = std::iter::once(0.0).chain(slow.events.iter().map(|event| event.time)).collect();
        let apart = |event: &Event| {
            let others = times.iter().map(|time| (time - event.time).abs()).filter(|distance| *distance > 0.0);
            let room = others.fold(f64::INFINITY, f64::min);
            let same = self.events.iter().filter(|other| (other.switch, other.kind) == (event.switch, event.kind));
            same.map(|other| (other.time - event.time).abs()).fold(f64::INFINITY, f64::min) / room
        };
        slow.events.iter().map(apart).fold(0.0, f64::max)
    }
}

/// Appends what changed between two modes at `time`.
pub(super) fn record(events: &mut Vec<Event>, time: f64, samples: usize, before: &Mode, after: &Mode) {
    for switch in 0..before.places.len() {
        let kind = match (before.places[switch], after.places[switch]) {
            (from, to) if from == to => continue,
            (_, Place::On) => EventKind::SlideBegins,
            (Place::On, _) => EventKind::SlideEnds,
            _ => EventKind::Crossing,
        };
        events.push(Event { time, switch, neuron: switch / samples, sample: switch % samples, kind });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_displaced_in_units_of_the_distance_between_them() {
        let log = |times: &[(f64, usize)]| EventLog {
            phase: Phase::Slow,
            symbol: "s",
            until: 2.0,
            events: times
                .iter()
                .map(|&(time, switch)| Event { time, switch, neuron: switch, sample: 0, kind: EventKind::Crossing })
                .collect(),
        };
        let slow = log(&[(1.0, 0), (1.5, 1)]);
        assert_eq!(log(&[(0.2, 7), (1.125, 0), (1.5, 1)]).displacement(&slow), 0.25);
        assert_eq!(log(&[(1.0, 0)]).displacement(&slow), f64::INFINITY);
        assert_eq!(log(&[(1.0, 0)]).displacement(&log(&[])), 0.0);
    }
}
