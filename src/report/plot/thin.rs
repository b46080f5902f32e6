//! Fewer points, the same picture: extremes of every pixel column stay, and so do the corners of a curve.

/// Indices of the rows to keep of columns of equal length, the first being the clock: of each of `buckets` pixel columns,
/// on a linear and on a logarithmic axis of the clock, the first and last row and the rows of every column's extremes.
pub fn rows(columns: &[Vec<f64>], buckets: usize) -> Vec<usize> {
    let Some(clock) = columns.first() else { return Vec::new() };
    if clock.len() <= 2 * buckets {
        return (0..clock.len()).collect();
    }
    let mut keep = vec![false; clock.len()];
    mark(columns, &mut keep, buckets, |x| x);
    mark(columns, &mut keep, buckets, |x| if x > 0.0 { x.ln() } else { f64::NAN });
    (0..keep.len()).filter(|k| keep[*k]).collect()
}

fn mark(columns: &[Vec<f64>], keep: &mut [bool], buckets: usize, scale: impl Fn(f64) -> f64) {
    let at: Vec<f64> = columns[0].iter().map(|x| scale(*x)).collect();
    let finite = || at.iter().copied().filter(|x| x.is_finite());
    let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    if low >= high {
        return;
    }
    let bucket = |x: f64| ((x - low) / (high - low) * buckets as f64).min(buckets as f64 - 1.0) as usize;
    let mut start = 0;
    while start < at.len() {
        if !at[start].is_finite() {
            start += 1;
            continue;
        }
        let here = bucket(at[start]);
        let end = (start..at.len()).find(|k| !at[*k].is_finite() || bucket(at[*k]) != here).unwrap_or(at.len());
        keep[start] = true;
        keep[end - 1] = true;
        for column in &columns[1..] {
            let inside = || (start..end).filter(|k| column[*k].is_finite());
            if let Some(k) = inside().min_by(|a, b| column[*a].total_cmp(&column[*b])) {
                keep[k] = true;
            }
            if let Some(k) = inside().max_by(|a, b| column[*a].total_cmp(&column[*b])) {
                keep[k] = true;
            }
        }
        start = end;
    }
}

/// Indices of the points of a curve to draw: of each run of points inside a column of width `column` the first, the last
/// and the extremes, and of these what [`curve`] keeps.
pub fn drawn(points: &[(f64, f64)], column: f64, tolerance: f64) -> Vec<usize> {
    let mut kept: Vec<usize> = Vec::new();
    let mut start = 0;
    while start < points.len() {
        let here = (points[start].0 / column).floor();
        let end = (start..points.len()).find(|k| (points[*k].0 / column).floor() != here).unwrap_or(points.len());
        let by_height = |a: &usize, b: &usize| points[*a].1.total_cmp(&points[*b].1);
        let mut four =
            [start, (start..end).min_by(by_height).unwrap_or(start), (start..end).max_by(by_height).unwrap_or(start), end - 1];
        four.sort_unstable();
        four.into_iter().for_each(|k| {
            if kept.last() != Some(&k) {
                kept.push(k);
            }
        });
        start = end;
    }
    let places: Vec<(f64, f64)> = kept.iter().map(|k| points[*k]).collect();
    curve(&places, tolerance).into_iter().map(|k| kept[k]).collect()
}

/// Indices of the points of a curve to draw: the curve through them stays within `tolerance` of every point
/// (Douglas and Peucker, 1973). Both ends stay.
pub fn curve(points: &[(f64, f64)], tolerance: f64) -> Vec<usize> {
    let n = points.len();
    if n < 3 {
        return (0..n).collect();
    }
    let mut keep = vec![false; n];
    (keep[0], keep[n - 1]) = (true, true);
    let mut open = vec![(0, n - 1)];
    while let Some((a, b)) = open.pop() {
        let far = (a + 1..b).map(|k| (k, distance(points[k], points[a], points[b]))).max_by(|p, q| p.1.total_cmp(&q.1));
        if let Some((k, d)) = far
            && d > tolerance
        {
            keep[k] = true;
            open.push((a, k));
            open.push((k, b));
        }
    }
    (0..n).filter(|k| keep[*k]).collect()
}

/// Distance of a point from a segment.
fn distance(p: (f64, f64), a: (f64, f64), b: (f64, f64)) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length = dx * dx + dy * dy;
    let along = if length > 0.0 { (((p.0 - a.0) * dx + (p.1 - a.1) * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
    (p.0 - a.0 - along * dx).hypot(p.1 - a.1 - along * dy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spike_of_one_sample_in_a_hundred_thousand_stays() {
        let clock: Vec<f64> = (0..100_000).map(|k| k as f64 * 1e-3).collect();
        let mut value: Vec<f64> = clock.iter().map(|t| (t * 40.0).sin()).collect();
        (value[777], value[61_234]) = (9.0, -7.0);
        let kept = rows(&[clock.clone(), value.clone()], 400);
        assert!(kept.len() < 4000, "{}", kept.len());
        assert!(kept.contains(&777) && kept.contains(&61_234) && kept.contains(&0) && kept.contains(&99_999));
        let points: Vec<(f64, f64)> = kept.iter().map(|k| (clock[*k] * 4.0, value[*k] * 20.0)).collect();
        let drawn: Vec<f64> = drawn(&points, 0.5, 0.2).iter().map(|k| points[*k].1).collect();
        assert!(drawn.contains(&180.0) && drawn.contains(&-140.0));
    }

    #[test]
    fn no_point_is_further_from_the_thinned_curve_than_the_tolerance() {
        let points: Vec<(f64, f64)> = (0..2000).map(|k| (k as f64 * 0.2, 80.0 * (k as f64 * 0.01).sin())).collect();
        let kept = curve(&points, 0.25);
        assert!(kept.len() < 120, "{}", kept.len());
        for p in &points {
            let near = kept.windows(2).map(|s| distance(*p, points[s[0]], points[s[1]])).fold(f64::INFINITY, f64::min);
            assert!(near <= 0.25, "{p:?} is {near} away");
        }
    }
}
