//! Straight lines through points on a log–log scale, with an interval for the slope.

/// log y = intercept + slope · log x, by ordinary least squares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// The observed order.
    pub slope: f64,
    /// log of the constant.
    pub intercept: f64,
    /// Half width of the 95 % interval of the slope (Student t, n − 2 degrees of freedom); 0 through two points.
    pub half_width: f64,
    /// Number of points.
    pub points: usize,
}

/// Fits y ≈ e^{intercept} x^{slope} to pairs with x, y > 0; `None` with fewer than two usable points.
pub fn log_log(pairs: &[(f64, f64)]) -> Option<Line> {
    let logs: Vec<(f64, f64)> = pairs
        .iter()
        .filter(|(x, y)| *x > 0.0 && *y > 0.0 && x.is_finite() && y.is_finite())
        .map(|(x, y)| (x.ln(), y.ln()))
        .collect();
    let n = logs.len();
    if n < 2 {
        return None;
    }
    let mean_x = logs.iter().map(|p| p.0).sum::<f64>() / n as f64;
    let mean_y = logs.iter().map(|p| p.1).sum::<f64>() / n as f64;
    let sxx: f64 = logs.iter().map(|p| (p.0 - mean_x).powi(2)).sum();
    if sxx == 0.0 {
        return None;
    }
    let sxy: f64 = logs.iter().map(|p| (p.0 - mean_x) * (p.1 - mean_y)).sum();
    let slope = sxy / sxx;
    let intercept = mean_y - slope * mean_x;
    let residual: f64 = logs.iter().map(|p| (p.1 - intercept - slope * p.0).powi(2)).sum();
    let half_width = if n > 2 { student_95(n - 2) * (residual / ((n - 2) as f64 * sxx)).sqrt() } else { 0.0 };
    Some(Line { slope, intercept, half_width, points: n })
}

/// Two-sided 95 % quantile of Student's t (tables to three decimals; 1.96 beyond 30 degrees of freedom).
fn student_95(degrees: usize) -> f64 {
    const TABLE: [f64; 30] = [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110,
        2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
    ];
    TABLE.get(degrees.saturating_sub(1)).copied().unwrap_or(1.96)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_power_law_is_recovered_with_a_zero_interval() {
        let pairs: Vec<(f64, f64)> = (1..6).map(|k| (10f64.powi(-k), 3.0 * 10f64.powi(-2 * k))).collect();
        let line = log_log(&pairs).expect("five points");
        assert!((line.slope - 2.0).abs() < 1e-12 && (line.intercept - 3f64.ln()).abs() < 1e-11 && line.half_width < 1e-11);
    }

    #[test]
    fn zeros_do_not_count_and_one_point_is_no_line() {
        assert_eq!(log_log(&[(1.0, 0.0), (0.1, 2.0)]), None);
    }
}
