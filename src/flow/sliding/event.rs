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
