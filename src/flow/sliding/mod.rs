//! Flows of piecewise smooth residuals (ReLU and leaky ReLU networks): across cell walls, and along them.
//!
//! **Cells.** Switches zᵢ(w), affine in w, divide the weights into cells on whose closure r is smooth; J₊ and J₋ are the
//! Jacobians on the two sides of the wall zᵢ = 0, and J₊ᵀμ − J₋ᵀμ = κᵢ∇zᵢ ([`crate::field::Residual::wall`]). Within a cell the
//! flow is (★) of [`crate::integrate::star`] with the residuals of the cell, which are smooth beyond its walls too: a step may
//! end outside and is cut back to where the first switch changes sign.
//!
//! **At a wall**, for λ > 0: the multipliers μ = cr/κ are the same on both sides (r is continuous), the normal velocities are
//! v₋ = ⟨∇z, −α∇R − J₋ᵀμ⟩ and v₊ = v₋ − κᵢ‖∇z‖². Both of one sign: the trajectory crosses. v₋ > 0 > v₊, only possible with κᵢ > 0:
//! it cannot leave the wall, and Filippov's flow is the combination (1 − θ)·(cell z < 0) + θ·(cell z > 0) with θ ∈ \[0, 1\]
//! tangent to the wall. The combination is −α∇R − J₋ᵀμ − ν∇z with ν = θκᵢ, so
//!
//! ```text
//! w' = −α∇R − J₋ᵀμ − Σᵢ νᵢ∇zᵢ,    c r = κμ,    0 = zᵢ,        0 ≤ νᵢ ≤ κᵢ  for every wall that is slid along
//! ```
//!
//! (★) with rows of their own κ = 0, uniform in λ like (★) itself. Several walls are independent of each other: every θᵢ is a
//! choice of φ'(0) for one neuron and one sample. The trajectory leaves the wall where νᵢ reaches 0 (into zᵢ < 0) or κᵢ (into zᵢ > 0).
//!
//! **The slow flow** (λ = 0) has multipliers of its own on either side: μ± = −(J±J±ᵀ)⁻¹J±∇R. It is the limit of the flows with λ > 0:
//! on the scale z = O(λ) these relax to the μ of the side they are on, so what counts are the reduced velocities
//! v± = ⟨∇z, −P±∇R⟩. With P₋ the projector of the cell z < 0, tangency asks ν = v₋/‖P₋∇z‖², and, as r has the same derivative along
//! the wall on both sides, ν − κ = v₊/‖P₊∇z‖²: again 0 ≤ ν ≤ κ exactly when v₋ ≥ 0 ≥ v₊.
//!
//! **Which walls cross, which slide** is decided for all walls met at one point together (`settle.rs`): with the νᵢ solved for,
//! a slid wall with νᵢ ∉ \[0, κᵢ\] is released to its side and a wall that the velocity points away from its side of is slid
//! along, worst first, until none is wrong. For λ > 0 and κ > 0 these are the optimality conditions of a strictly convex
//! program in ν (min ½νᵀGν − qᵀν over the box, G = (⟨∇zᵢ, ∇zⱼ⟩)), so the answer is unique.
//!
//! **A neuron that dies.** Where a ReLU neuron loses its last active sample, v₋ = −αz = 0 exactly: ν = 0, the cell below is taken
//! and the neuron rests there, z = 0⁻, also when κ changes sign later. Gradient descent does the same, whatever its step.
//!
//! **Rest.** Small networks often end where F is not zero: a sample that no neuron sees, a corner of F on walls, a saddle or local
//! minimum within a cell. The fast flow is at rest when the second half of its time has moved it by a tenth of what the
//! tolerance allows one step, while Newton's distance to M is larger than that; [`Rest`] says what holds it.
//!
//! Source: Filippov, Differential Equations with Discontinuous Righthand Sides (1988), §4; the reduction λ → 0 as derived here.

mod event;
mod flows;
mod guard;
mod locate;
mod mode;
mod rest;
mod run;
mod settle;
mod walled;

pub use event::{Event, EventKind, EventLog};
pub use flows::SlidingFlows;
pub use mode::{Mode, Place};
pub use rest::Rest;
pub use run::{Slid, Sliding, SlidingCause, SlidingError};
pub use walled::Walled;
