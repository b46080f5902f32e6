//! Gauss–Legendre quadrature on [0, 1]: m nodes are exact to degree 2m − 1.

/// Nodes on (0, 1) and their weights.
type Rule = &'static [(f64, f64)];

const ONE: Rule = &[(0.0, 2.0)];
const TWO: Rule = &[(0.577_350_269_189_625_8, 1.0)];
const FOUR: Rule = &[(0.339_981_043_584_856_3, 0.652_145_154_862_546_1), (0.861_136_311_594_052_6, 0.347_854_845_137_453_85)];
const EIGHT: Rule = &[
    (0.183_434_642_495_649_8, 0.362_683_783_378_361_96),
    (0.525_532_409_916_329, 0.313_706_645_877_887_3),
    (0.796_666_477_413_626_7, 0.222_381_034_453_374_48),
    (0.960_289_856_497_536_3, 0.101_228_536_290_376_26),
];

/// Nodes and weights on [0, 1] for an integrand that varies over a share `reach` of its own scale: the error is below round-off
/// while its derivative of order 2m over that scale stays below 1e3 (one node), 1e4 (two), 1e6 (four); eight nodes beyond 0.02.
pub fn nodes(reach: f64) -> impl Iterator<Item = (f64, f64)> {
    let half = match reach {
        x if x <= 1e-9 => ONE,
        x if x <= 1e-4 => TWO,
        x if x <= 0.02 => FOUR,
        _ => EIGHT,
    };
    let sides = |&(x, weight): &(f64, f64)| {
        let both = if x == 0.0 { [Some((0.5, 1.0)), None] } else { [-x, x].map(|x| Some((0.5 * (1.0 + x), 0.5 * weight))) };
        both.into_iter().flatten()
    };
    half.iter().flat_map(sides)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_exact_to_its_degree_and_no_further() {
        for (reach, m) in [(0.0, 1), (1e-5, 2), (1e-3, 4), (0.5, 8)] {
            let integral = |k: i32| nodes(reach).map(|(x, weight)| weight * x.powi(k)).sum::<f64>() - 1.0 / f64::from(k + 1);
            (0..2 * m).for_each(|k| assert!(integral(k).abs() < 4.0 * f64::EPSILON, "{m} nodes, degree {k}: {:e}", integral(k)));
            assert!(integral(2 * m).abs() > 1e-11);
        }
    }
}
