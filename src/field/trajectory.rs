use std::marker::PhantomData;

use super::Weights;

/// Fast time t: the clock of the gradient flow itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fast;
/// Slow time s = λt: the clock of the drift along the critical manifold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slow;

/// A clock, as a type, so that t and s cannot be mixed up.
pub trait Timescale {
    /// Its symbol in messages and column names.
    const SYMBOL: &'static str;
}
impl Timescale for Fast {
    const SYMBOL: &'static str = "t";
}
impl Timescale for Slow {
    const SYMBOL: &'static str = "s";
}

/// The weights at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The time, in the trajectory's own clock.
    pub time: f64,
    /// The weights there.
    pub w: Weights,
}

/// Weights at increasing times of one clock, with the work that they cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Trajectory<T: Timescale> {
    /// The points, times increasing.
    pub points: Vec<Point>,
    /// What it cost.
    pub work: Work,
    clock: PhantomData<T>,
}

impl<T: Timescale> Trajectory<T> {
    /// A trajectory from its points.
    pub fn new(points: Vec<Point>, work: Work) -> Self {
        Trajectory { points, work, clock: PhantomData }
    }

    /// The times.
    pub fn times(&self) -> impl Iterator<Item = f64> + '_ {
        self.points.iter().map(|p| p.time)
    }

    /// The last point, if there is one.
    pub fn last(&self) -> Option<&Point> {
        self.points.last()
    }
}

/// What a computation cost, by cause.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// Evaluations of the right-hand side (or of residual and pull-back together).
    pub evaluations: u64,
    /// Accepted steps.
    pub steps: u64,
    /// Rejected steps (error too large or Newton not converged).
    pub rejected: u64,
    /// Factorisations of a linear system.
    pub factorisations: u64,
    /// Solves with such a factorisation (one per Newton iteration and step).
    pub linear_solves: u64,
}

impl std::ops::AddAssign for Work {
    fn add_assign(&mut self, other: Work) {
        self.evaluations += other.evaluations;
        self.steps += other.steps;
        self.rejected += other.rejected;
        self.factorisations += other.factorisations;
        self.linear_solves += other.linear_solves;
    }
}
