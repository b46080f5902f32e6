//! A loss that is a sum of squares is taken apart into its residuals: F = Σ rᵢ².
//!
//! The squares are found in the operations: c a a with c ≥ 0, even powers, quotients and products of squares, and sums over data
//! rows of sums of them. A loss with any other term has no residuals here.

use super::error::Problem;
use super::graph::{Graph, Id, Op};

/// Residuals r with F = Σ r² for a loss node, one output each (one a data row inside a sum over rows).
///
/// # Errors
/// The first part that is not a square.
pub fn residuals(graph: &mut Graph, loss: Id) -> Result<Vec<Id>, (Id, Problem)> {
    let mut found = Vec::new();
    collect(graph, loss, 1.0, false, &mut found)?;
    Ok(found)
}

/// `inside` says that the node is summed over data rows: one that does not depend on the row counts once a row.
fn collect(graph: &mut Graph, id: Id, scale: f64, inside: bool, found: &mut Vec<Id>) -> Result<(), (Id, Problem)> {
    let refused = |problem| (id, problem);
    match graph.node(id).op.clone() {
        Op::Rows(a, c) => {
            let times = if inside { graph.rows as f64 } else { 1.0 };
            collect(graph, a, scale * c * times, true, found)
        }
        Op::Sum(sum) if sum.constant == 0.0 => {
            for (c, x) in sum.linear {
                collect(graph, x, scale * c, inside, found)?;
            }
            for (c, a, b) in sum.products {
                let root = match (a == b, scale * c >= 0.0) {
                    (_, false) => None,
                    (true, true) => Some(a),
                    (false, true) => product(graph, a, b).map_err(refused)?,
                };
                let root = root.ok_or(refused(Problem::NoSquare))?;
                found.push(residual(graph, root, scale * c, inside).map_err(refused)?);
            }
            Ok(())
        }
        _ if scale >= 0.0 => {
            let root = root(graph, id).map_err(refused)?.ok_or(refused(Problem::NoSquare))?;
            found.push(residual(graph, root, scale, inside).map_err(refused)?);
            Ok(())
        }
        _ => Err(refused(Problem::NoSquare)),
    }
}

/// The residual whose square, added up, is scale times the square of the root.
fn residual(graph: &mut Graph, root: Id, scale: f64, inside: bool) -> Result<Id, Problem> {
    let times = if inside && !graph.node(root).rows { graph.rows as f64 } else { 1.0 };
    graph.sum(0.0, [((scale * times).sqrt(), root)])
}

/// A node whose square is this one, where the operations show one.
fn root(graph: &mut Graph, id: Id) -> Result<Option<Id>, Problem> {
    match graph.node(id).op.clone() {
        Op::Constant(x) if x >= 0.0 => graph.constant(x.sqrt()).map(Some),
        Op::Power(a, p) if p % 2.0 == 0.0 => {
            let half = graph.constant(0.5 * p)?;
            graph.power(a, half).map(Some)
        }
        Op::Quotient(a, b) => match (root(graph, a)?, root(graph, b)?) {
            (Some(a), Some(b)) => graph.quotient(a, b).map(Some),
            _ => Ok(None),
        },
        Op::Sum(sum) if sum.constant == 0.0 && sum.linear.is_empty() => match sum.products.as_slice() {
            [(c, a, b)] if *c >= 0.0 => {
                let inner = if a == b { Some(*a) } else { product(graph, *a, *b)? };
                inner.map(|x| graph.sum(0.0, [(c.sqrt(), x)])).transpose()
            }
            _ => Ok(None),
        },
        _ => Ok(None),
    }
}

/// A node whose square is a·b.
fn product(graph: &mut Graph, a: Id, b: Id) -> Result<Option<Id>, Problem> {
    match (root(graph, a)?, root(graph, b)?) {
        (Some(a), Some(b)) => graph.product(&[a, b]).map(Some),
        _ => Ok(None),
    }
}
