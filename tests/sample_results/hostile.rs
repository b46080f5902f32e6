//! Strings that try to leave the place they are put in.

/// 500 strings: each attack alone, behind and before plain words, doubled, and joined with others.
pub fn strings() -> Vec<String> {
    let attacks = [
        "<script>alert(1)</script>",
        "</script><script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "\" onmouseover=\"alert(1)",
        "' onfocus='alert(1)' autofocus='",
        "--><svg onload=alert(1)>",
        "]]><b>",
        "</title><script>",
        "</style><style>*{display:none}",
        "javascript:alert(1)",
        "&lt;script&gt;",
        "&#60;script&#62;",
        "<!--",
        "-->",
        "</td></tr></table><h1>",
        "| a | b |\n| --- | --- |",
        "`code` **bold** [x](javascript:alert(1))",
        "![x](https://example.org/x.png)",
        "=HYPERLINK(\"https://example.org\",\"x\")",
        "+1+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(1,2)",
        "\t=1+1",
        "\r=1+1",
        "%0A=1",
        "a,b;c\td\"e\"",
        "\\input{/etc/passwd}",
        "\\write18{ls}",
        "\\end{document}",
        "\\end{tabular}\\\\ & # % _ ^ ~ $x$",
        "}}}}{{{{",
        "%",
        "$\\undefined$",
        "^^M ^^5c",
        "a & b \\\\ \\hline",
        "\\catcode`\\%=12",
        "``quotes'' --- dash",
        "?`!`<<>>,,",
        "\u{0}\u{1}\u{8}\u{b}\u{c}\u{1b}[31m",
        "\u{202e}gpj.exe\u{202c}",
        "\u{feff}=1+1",
        "\u{2028}alert(1)\u{2029}",
        "\u{fffe}\u{ffff}",
        "日本語のタイトル",
        "Ünïcödé ß æ Ø λ² ‖w‖ ∇F ≤ ½",
        "🦀🦀🦀",
        "e\u{301}\u{301}\u{301}\u{301}",
        "{{7*7}} ${7*7} <%= 7*7 %> #{7*7}",
        "../../../../etc/passwd",
        "[[x]] [0] \\item[]",
    ];
    let long = "m".repeat(600);
    let mut all: Vec<String> = attacks.iter().map(|a| (*a).to_string()).collect();
    let mut k = 0;
    while all.len() < 499 {
        let (a, b) = (attacks[k % attacks.len()], attacks[(k * 7 + 3 + k / attacks.len()) % attacks.len()]);
        all.push(match (k / attacks.len()) % 5 {
            0 => format!("plain words {k} {a}"),
            1 => format!("{a} plain words {k}"),
            2 => format!("{a}{k}{a}"),
            3 => format!("{a}{b}"),
            _ => format!("{b} {a} \"{b}\""),
        });
        k += 1;
    }
    all.push(long);
    all
}
