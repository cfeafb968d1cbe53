//! As much HTML as the mock's own pages have: tags, attributes, text. No scripts, no styles, no mending of errors.

/// One tag, and where it stands.
struct Tag<'a> {
    /// In lower case; with a slash in front if it closes.
    name: String,
    attributes: Vec<(String, String)>,
    /// What follows it.
    rest: &'a str,
}

impl Tag<'_> {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A form as somebody is about to fill it in.
#[derive(Debug, PartialEq, Eq)]
pub struct Form {
    /// Where it goes, as written; empty for the page itself.
    pub action: String,
    /// `GET` or `POST`.
    pub method: String,
    /// Its inputs, in order.
    pub inputs: Vec<Input>,
}

/// One input of a form.
#[derive(Debug, PartialEq, Eq)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its type, such as `text`, `password` or `hidden`.
    pub kind: String,
    /// Its value.
    pub value: String,
}

/// The text that a person reads, with single spaces between words.
pub fn text(html: &str) -> String {
    let mut shown = String::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        shown.push_str(&rest[..start]);
        shown.push(' ');
        let Some(tag) = tag(&rest[start..]) else { break };
        rest = tag.rest;
        if matches!(tag.name.as_str(), "style" | "script" | "title") {
            rest = rest.find(&format!("</{}", tag.name)).map_or("", |end| &rest[end..]);
        }
    }
    shown.push_str(rest);
    decoded(&shown).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Texts of the elements whose attribute has this value, in order. Elements with children are read to their first
/// closing tag of the same name.
pub fn texts(html: &str, attribute: &str, value: &str) -> Vec<String> {
    let wanted = tags(html).filter(|tag| tag.attribute(attribute) == Some(value));
    wanted
        .map(|tag| {
            let end = tag.rest.find(&format!("</{}>", tag.name)).unwrap_or(tag.rest.len());
            text(&tag.rest[..end])
        })
        .collect()
}

/// What the link with this text points to.
pub fn link(html: &str, label: &str) -> Option<String> {
    let links = tags(html).filter(|tag| tag.name == "a");
    let labelled = |tag: &Tag<'_>| text(&tag.rest[..tag.rest.find("</a>").unwrap_or(tag.rest.len())]) == label;
    links.filter(labelled).find_map(|tag| tag.attribute("href").map(str::to_owned))
}

/// The first form of the page.
pub fn form(html: &str) -> Option<Form> {
    let mut tags = tags(html);
    let start = tags.find(|tag| tag.name == "form")?;
    let owned = |tag: &Tag<'_>, name: &str| tag.attribute(name).unwrap_or_default().to_owned();
    let inside = tags.take_while(|tag| tag.name != "/form");
    let inputs = inside.filter(|tag| tag.name == "input" && tag.attribute("name").is_some()).map(|tag| Input {
        name: owned(&tag, "name"),
        kind: tag.attribute("type").unwrap_or("text").to_ascii_lowercase(),
        value: owned(&tag, "value"),
    });
    let method = owned(&start, "method").to_ascii_uppercase();
    Some(Form {
        action: owned(&start, "action"),
        method: if method.is_empty() { "GET".into() } else { method },
        inputs: inputs.collect(),
    })
}

fn tags(html: &str) -> impl Iterator<Item = Tag<'_>> {
    let mut rest = html;
    std::iter::from_fn(move || {
        let found = tag(&rest[rest.find('<')?..])?;
        rest = found.rest;
        Some(found)
    })
}

/// The tag that this begins with.
fn tag(html: &str) -> Option<Tag<'_>> {
    let mut rest = html.strip_prefix('<')?;
    let end = rest.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(rest.len());
    let name = rest[..end].to_ascii_lowercase();
    rest = &rest[end..];
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if let Some(after) = rest.strip_prefix('>') {
            return Some(Tag { name, attributes, rest: after });
        }
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>'))?;
        let attribute = rest[..end].to_ascii_lowercase();
        rest = &rest[end..];
        let value = match rest.strip_prefix('=') {
            None => "",
            Some(after) => {
                let quote = after.chars().next()?;
                let (value, after) = match quote {
                    '"' | '\'' => after[1..].split_once(quote)?,
                    _ => after.split_at(after.find(|c: char| c.is_whitespace() || c == '>')?),
                };
                rest = after;
                value
            }
        };
        attributes.push((attribute, decoded(value)));
    }
}

/// Text with its character references resolved: the named ones that a page of the mock may have, and numbers.
fn decoded(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        plain.push_str(&rest[..start]);
        rest = &rest[start..];
        let reference = rest.find(';').map(|end| &rest[1..end]).and_then(|name| Some((name, character(name)?)));
        let (character, length) = reference.map_or(('&', 1), |(name, character)| (character, name.len() + 2));
        plain.push(character);
        rest = &rest[length..];
    }
    plain + rest
}

fn character(name: &str) -> Option<char> {
    let code = match name {
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "amp" => return Some('&'),
        "quot" => return Some('"'),
        "nbsp" => return Some('\u{a0}'),
        _ => name.strip_prefix('#')?,
    };
    let code = match code.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => code.parse(),
    };
    char::from_u32(code.ok()?)
}

#[test]
fn a_page_is_read_as_a_person_reads_it() {
    let page = r#"<!DOCTYPE html><html><head><title>T</title><style>p > a { x: y }</style></head><body>
        <p class="a>b">Tom &amp; <b>Jerry</b></p><dl><dd data-field="group">A &lt;1&gt;</dd><dd data-field="group">B</dd></dl>
        <p><a class=button href="/x?a=1&amp;b=2">Log in</a></p>
        <form method="post" action="/go"><input type="hidden" name="t" value="&#34;1&#x22;&amp;lt;"><input name=user required>
        <input type=password name="pw"/><button>Go</button></form><input name="outside"></body></html>"#;
    assert_eq!(text(page), "Tom & Jerry A <1> B Log in Go");
    assert_eq!(texts(page, "data-field", "group"), ["A <1>", "B"]);
    assert_eq!(link(page, "Log in").as_deref(), Some("/x?a=1&b=2"));
    assert_eq!(link(page, "Log out"), None);
    let form = form(page).unwrap();
    assert_eq!((form.method.as_str(), form.action.as_str()), ("POST", "/go"));
    let inputs: Vec<_> = form.inputs.iter().map(|input| (input.name.as_str(), input.kind.as_str())).collect();
    assert_eq!(inputs, [("t", "hidden"), ("user", "text"), ("pw", "password")]);
    assert_eq!(form.inputs[0].value, "\"1\"&lt;");
}
