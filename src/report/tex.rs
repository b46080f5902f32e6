//! Characters beyond ASCII as TeX, so that every emitted file compiles with pdfLaTeX and no extra package.

/// A character for LaTeX text: its command where there is one, else its code point in words.
pub fn character(c: char) -> String {
    if let Some(command) = mathematical(c) {
        return format!("\\ensuremath{{{command}}}");
    }
    match c {
        '–' => "--".into(),
        '—' => "---".into(),
        '‘' => "`".into(),
        '’' => "'".into(),
        '“' => "``".into(),
        '”' => "''".into(),
        '…' => "\\ldots{}".into(),
        '\u{a0}' => "~".into(),
        // Latin-1 letters: set by the LaTeX kernel in either input encoding
        'À'..='ÿ' if !"ÐÞðþ×÷".contains(c) => c.to_string(),
        _ => format!("{{[U+{:04X}]}}", c as u32),
    }
}

/// The command of a character in math mode.
pub fn mathematical(c: char) -> Option<&'static str> {
    Some(match c {
        'α' => "\\alpha",
        'β' => "\\beta",
        'γ' => "\\gamma",
        'δ' => "\\delta",
        'ε' => "\\varepsilon",
        'η' => "\\eta",
        'θ' => "\\theta",
        'κ' => "\\kappa",
        'λ' => "\\lambda",
        'μ' => "\\mu",
        'ν' => "\\nu",
        'ξ' => "\\xi",
        'π' => "\\pi",
        'ρ' => "\\rho",
        'σ' => "\\sigma",
        'τ' => "\\tau",
        'φ' => "\\varphi",
        'ω' => "\\omega",
        'Δ' => "\\Delta",
        'Φ' => "\\Phi",
        'Σ' => "\\Sigma",
        'Ω' => "\\Omega",
        '∇' => "\\nabla",
        '∂' => "\\partial",
        '∞' => "\\infty",
        '∈' => "\\in",
        '≤' => "\\le",
        '≥' => "\\ge",
        '≈' => "\\approx",
        '≠' => "\\ne",
        '≪' => "\\ll",
        '≫' => "\\gg",
        '±' => "\\pm",
        '×' => "\\times",
        '÷' => "\\div",
        '·' => "\\cdot",
        '−' => "-",
        '‖' => "\\|",
        '√' => "\\surd",
        '→' => "\\to",
        '∘' | '°' => "^{\\circ}",
        'ẇ' => "\\dot w",
        'ℝ' => "R",
        '²' => "^{2}",
        '³' => "^{3}",
        '¹' => "^{1}",
        '⁰' => "^{0}",
        '⊥' => "\\perp",
        'ℓ' => "\\ell",
        '₀' => "_{0}",
        '₁' => "_{1}",
        '₂' => "_{2}",
        '₊' => "_{+}",
        '½' => "\\frac12",
        '′' => "'",
        _ => return None,
    })
}
