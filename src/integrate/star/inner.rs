use super::curvature::Diagonalised;
use super::lanes::{Lanes, Parts};
use crate::numeric::bundle::{self, Bundle, Row, combination};
use crate::numeric::simd::{Loops, Simd, dispatch};

/// The two passes over all weights of a solve with C = V D Vᵀ, each of which reads a row once.
impl Diagonalised {
    /// inside ← (I + hγD)⁻¹ Vᵀ inside and outside ← V inside, with `inverse` = (I + hγD)⁻¹.
    pub fn invert(&self, inverse: &Parts, inside: &mut Bundle, outside: &mut Bundle) {
        dispatch(Invert { of: self, inverse, inside: &mut inside.rows, outside: &mut outside.rows });
        for (vectors, copies) in &self.basis {
            let (mut part, mut mixed) = (Bundle::zeros(vectors.nrows()), Bundle::zeros(vectors.nrows()));
            for copy in copies {
                part.rows.iter_mut().zip(copy).for_each(|(row, &i)| *row = inside.rows[i]);
                bundle::transposed_product(vectors, &part, &mut mixed);
                dispatch(Scale { inverse, scale: None, places: copy, rows: &mut mixed.rows });
                bundle::product(vectors, &mixed, &mut part);
                for ((&i, mixed), part) in copy.iter().zip(&mixed.rows).zip(&part.rows) {
                    (inside.rows[i], outside.rows[i]) = (*mixed, *part);
                }
            }
        }
    }

    /// first ← V (first − hγ (I + hγD)⁻¹ Vᵀ pulled), with `scale` = hγ.
    pub fn finish(&self, inverse: &Parts, scale: &Lanes, pulled: &Bundle, first: &mut Bundle) {
        dispatch(Finish { of: self, inverse, scale, pulled: &pulled.rows, first: &mut first.rows });
        for (vectors, copies) in &self.basis {
            let (mut part, mut mixed) = (Bundle::zeros(vectors.nrows()), Bundle::zeros(vectors.nrows()));
            for copy in copies {
                part.rows.iter_mut().zip(copy).for_each(|(row, &i)| *row = pulled.rows[i]);
                bundle::transposed_product(vectors, &part, &mut mixed);
                dispatch(Scale { inverse, scale: Some(scale), places: copy, rows: &mut mixed.rows });
                for (&i, mixed) in copy.iter().zip(&mut mixed.rows) {
                    *mixed = std::array::from_fn(|k| first.rows[i][k] - mixed[k]);
                }
                bundle::product(vectors, &mixed, &mut part);
                copy.iter().zip(&part.rows).for_each(|(&i, part)| first.rows[i] = *part);
            }
        }
    }
}

struct Scale<'a> {
    inverse: &'a Parts,
    scale: Option<&'a Lanes>,
    places: &'a [usize],
    rows: &'a mut [Row],
}

impl Loops for Scale<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        for (row, &i) in self.rows.iter_mut().zip(self.places) {
            self.inverse.act(simd, i, row);
            if let Some(scale) = self.scale {
                scale.act(simd, row);
            }
        }
    }
}

struct Invert<'a> {
    of: &'a Diagonalised,
    inverse: &'a Parts,
    inside: &'a mut [Row],
    outside: &'a mut [Row],
}

impl Loops for Invert<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Invert { of, inverse, inside, outside } = self;
        for &(i, j, cos, sin) in &of.pairs {
            let (a, b) = (inside[i], inside[j]);
            let mut p = combination(simd, (cos, &a), (sin, &b));
            let mut q = combination(simd, (cos, &b), (-sin, &a));
            inverse.act(simd, i, &mut p);
            inverse.act(simd, j, &mut q);
            outside[i] = combination(simd, (cos, &p), (-sin, &q));
            outside[j] = combination(simd, (cos, &q), (sin, &p));
            (inside[i], inside[j]) = (p, q);
        }
        for &i in &of.single {
            inverse.act(simd, i, &mut inside[i]);
            outside[i] = inside[i];
        }
    }
}

struct Finish<'a> {
    of: &'a Diagonalised,
    inverse: &'a Parts,
    scale: &'a Lanes,
    pulled: &'a [Row],
    first: &'a mut [Row],
}

impl Loops for Finish<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Finish { of, inverse, scale, pulled, first } = self;
        for &(i, j, cos, sin) in &of.pairs {
            let mut p = combination(simd, (cos, &pulled[i]), (sin, &pulled[j]));
            let mut q = combination(simd, (cos, &pulled[j]), (-sin, &pulled[i]));
            inverse.act(simd, i, &mut p);
            inverse.act(simd, j, &mut q);
            scale.act(simd, &mut p);
            scale.act(simd, &mut q);
            let a = combination(simd, (1.0, &first[i]), (-1.0, &p));
            let b = combination(simd, (1.0, &first[j]), (-1.0, &q));
            first[i] = combination(simd, (cos, &a), (-sin, &b));
            first[j] = combination(simd, (cos, &b), (sin, &a));
        }
        for &i in &of.single {
            let mut p = pulled[i];
            inverse.act(simd, i, &mut p);
            scale.act(simd, &mut p);
            first[i] = combination(simd, (1.0, &first[i]), (-1.0, &p));
        }
    }
}
