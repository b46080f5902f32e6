//! Charts: what is drawn ([`Chart`]), where it lands ([`layout`]), and three ways to write it down (SVG, PDF, PGFPlots).

pub mod axis;
pub mod chart;
mod font;
pub mod label;
pub mod layout;
pub mod legend;
pub mod list;
pub mod palette;
pub mod pdf;
pub mod pgfplots;
pub mod svg;
pub mod thin;

pub use axis::{Axis, Scale};
pub use chart::{Chart, Dash, Mark, Region, Series, Shape, Triangle};
pub use label::Label;
pub use palette::Colour;
