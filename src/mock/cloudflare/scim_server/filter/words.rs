//! Cuts filters and paths into words.

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Word {
    /// `(`
    Open,
    /// `)`
    Close,
    /// `[`
    OpenBracket,
    /// `]`
    CloseBracket,
    /// A name, an operator, or a value without quotes.
    Bare(String),
    /// A string in quotes, without them and its escapes.
    Quoted(String),
}

impl std::fmt::Display for Word {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Open => formatter.write_str("("),
            Self::Close => formatter.write_str(")"),
            Self::OpenBracket => formatter.write_str("["),
            Self::CloseBracket => formatter.write_str("]"),
            Self::Bare(text) => formatter.write_str(text),
            Self::Quoted(text) => write!(formatter, "{text:?}"),
        }
    }
}

/// The words of a text.
///
/// # Errors
///
/// If a string does not end, or is none in JSON.
pub(in super::super) fn words(text: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => quoted(rest).ok_or("a string does not end")?,
            '(' | ')' | '[' | ']' => 1,
            _ => rest.find(|c: char| c.is_whitespace() || "()[]\"".contains(c)).unwrap_or(rest.len()),
        };
        let (word, tail) = rest.split_at(length);
        words.push(match first {
            '(' => Word::Open,
            ')' => Word::Close,
            '[' => Word::OpenBracket,
            ']' => Word::CloseBracket,
            '"' => Word::Quoted(serde_json::from_str(word).map_err(|_| "a string is not written as in JSON")?),
            _ => Word::Bare(word.to_owned()),
        });
        rest = tail.trim_start();
    }
    Ok(words)
}

/// Length of the string in quotes that a text begins with.
fn quoted(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (index, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(index + 1),
            _ => {}
        }
    }
    None
}
