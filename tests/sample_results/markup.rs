//! A strict reader of the markup that the report writes: every tag closed, every attribute quoted.

/// An element as it was opened.
#[derive(Debug)]
pub struct Tag {
    pub name: String,
    pub attributes: Vec<(String, String)>,
}

/// All elements of a document in order, or what is wrong with it. Elements without content are those of HTML, or end in `/>`.
pub fn elements(text: &str) -> Result<Vec<Tag>, String> {
    const EMPTY: [&str; 4] = ["meta", "link", "input", "br"];
    let (mut tags, mut open, mut rest) = (Vec::new(), Vec::<String>::new(), text);
    while let Some(start) = rest.find('<') {
        if rest[..start].contains('>') && !matches!(open.last().map(String::as_str), Some("script" | "style")) {
            return Err(format!("a bare > in {:?}", &rest[..start]));
        }
        rest = &rest[start..];
        if rest.starts_with("<!DOCTYPE html>") || rest.starts_with("<?xml ") {
            rest = &rest[rest.find('>').ok_or("no end of the declaration")? + 1..];
        } else if let Some(after) = rest.strip_prefix("</") {
            let end = after.find('>').ok_or("an end tag without an end")?;
            let last = open.pop();
            if last.as_deref() != Some(&after[..end]) {
                return Err(format!("</{}> closes {last:?}", &after[..end]));
            }
            rest = &after[end + 1..];
        } else {
            let (tag, closed, after) = tag(&rest[1..])?;
            rest = after;
            let raw = tag.name == "script" || tag.name == "style";
            if !closed && !EMPTY.contains(&tag.name.as_str()) {
                open.push(tag.name.clone());
            }
            if raw {
                let end = format!("</{}>", tag.name);
                rest = &rest[rest.find(&end).ok_or("raw text without an end")?..];
            }
            tags.push(tag);
        }
    }
    if open.is_empty() { Ok(tags) } else { Err(format!("left open: {open:?}")) }
}

fn tag(text: &str) -> Result<(Tag, bool, &str), String> {
    let name_end = text.find(|c: char| !c.is_ascii_alphanumeric()).ok_or("no end of a tag")?;
    let (name, mut rest) = (text[..name_end].to_string(), &text[name_end..]);
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix("/>") {
            return Ok((Tag { name, attributes }, true, after));
        }
        if let Some(after) = rest.strip_prefix('>') {
            return Ok((Tag { name, attributes }, false, after));
        }
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == ':')).ok_or("no end of an attribute")?;
        if end == 0 {
            return Err(format!("no attribute at {:?}", rest.chars().take(40).collect::<String>()));
        }
        let attribute = rest[..end].to_string();
        rest = &rest[end..];
        let value = match rest.strip_prefix("=\"") {
            Some(after) => {
                let close = after.find('"').ok_or("no closing quote")?;
                rest = &after[close + 1..];
                after[..close].to_string()
            }
            None => String::new(),
        };
        attributes.push((attribute, value));
    }
}

/// The values of all `<data value="…">` of a table with a caption that ends so, row by row.
pub fn data_values(page: &str, caption: &str) -> Vec<Vec<f64>> {
    let start = page.find(&format!("{caption}</caption>")).expect("the table is on the page");
    let body = &page[start..];
    let body = &body[body.find("<tbody>").expect("a body")..body.find("</tbody>").expect("its end")];
    let values = |row: &str| -> Vec<f64> {
        row.split("<data value=\"").skip(1).map(|d| d.split('"').next().unwrap_or("").parse().expect("a number")).collect()
    };
    body.split("<tr").skip(1).map(values).collect()
}
