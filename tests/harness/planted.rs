//! Secrets that a test planted, and the search for them: in texts and files, in every form in which they could have got
//! there.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// A secret, by a name that may be printed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Planted {
    /// Where it was planted.
    pub name: String,
    text: String,
}

impl Planted {
    /// A secret that came from elsewhere.
    pub fn new(name: &str, text: &str) -> Self {
        assert!(text.len() >= 16, "{name} is too short to be told from other texts");
        Self { name: name.to_owned(), text: text.to_owned() }
    }

    /// A secret of the test's own, which no other has, with characters that each form writes in its own way. All of them
    /// may be in a header.
    pub fn made_up(name: &str) -> Self {
        let random: String = std::iter::repeat_with(fastrand::alphanumeric).take(24).collect();
        let (start, end) = random.split_at(12);
        Self::new(name, &format!("{start}\"/&<+>{end}\\~="))
    }

    /// The secret itself.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// A sentence that quotes the secret in every form, as an answer of a service might.
    pub fn quoted(&self) -> String {
        let [url, json] = [Form::UrlEncoded, Form::JsonEscaped].map(|form| spellings(form, &self.text)[0].clone());
        format!("no such thing as {} or {} or {url} or {json}", self.text, STANDARD.encode(&self.text))
    }
}

impl fmt::Debug for Planted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// How a text may be written in another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Plain,
    Base64,
    UrlEncoded,
    JsonEscaped,
}

impl Form {
    pub const ALL: [Self; 4] = [Self::Plain, Self::Base64, Self::UrlEncoded, Self::JsonEscaped];
}

/// The spellings of one form, the usual one first.
fn spellings(form: Form, text: &str) -> Vec<String> {
    match form {
        Form::Plain => vec![text.to_owned()],
        Form::Base64 => in_base64(text.as_bytes()),
        Form::UrlEncoded => in_url(text),
        Form::JsonEscaped => in_json(text),
    }
}

/// In both alphabets; as a part of a longer text, too, where it may begin at any of three places of a group.
fn in_base64(text: &[u8]) -> Vec<String> {
    let mut all = Vec::new();
    for alphabet in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        for (padding, lost) in [(&b""[..], 0), (b"_", 2), (b"__", 3)] {
            let encoded = alphabet.encode([padding, text].concat());
            // The last character may hold bits of what follows.
            all.push(encoded[lost..encoded.len() - 1].to_owned());
        }
    }
    all
}

fn in_url(text: &str) -> Vec<String> {
    const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    let mut all: Vec<String> =
        [UNRESERVED, NON_ALPHANUMERIC].map(|set| utf8_percent_encode(text, set).to_string()).into();
    all.push(url::form_urlencoded::byte_serialize(text.as_bytes()).collect());
    let lower = |encoded: &String| {
        let mut parts = encoded.split('%');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |all, part| format!("{all}%{}{}", part[..2].to_ascii_lowercase(), &part[2..]))
    };
    all.extend(all.iter().map(lower).collect::<Vec<_>>());
    all
}

/// As Rust writes it, as Go does (which is how Terraform writes states, plans and logs), and each inside of another JSON text.
fn in_json(text: &str) -> Vec<String> {
    let rust = |text: &str| {
        let quoted = serde_json::Value::from(text).to_string();
        quoted[1..quoted.len() - 1].to_owned()
    };
    let go = |text: &str| rust(text).replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    vec![rust(text), go(text), rust(text).replace('/', "\\/"), rust(&rust(text)), go(&go(text)), rust(&go(text))]
}

/// One hit. It shows where, and not what.
#[derive(Debug)]
pub struct Found {
    pub place: String,
    pub secret: String,
    pub form: Form,
    /// The text around it.
    pub around: String,
}

/// What was looked for, where, and what was found.
#[derive(Default)]
pub struct Search {
    places: usize,
    secrets: BTreeSet<Planted>,
    /// How often one place was searched for one secret in one form.
    searches: usize,
    found: Vec<Found>,
}

impl Search {
    /// Searches one place for these secrets in every form.
    pub fn place<'a>(&mut self, name: &str, text: &[u8], secrets: impl IntoIterator<Item = &'a Planted>) {
        let needles = Needles::of(secrets);
        self.places += 1;
        self.searches += needles.secrets.len() * Form::ALL.len();
        for (at, needle) in needles.hits(text) {
            let around =
                String::from_utf8_lossy(&text[at.saturating_sub(120)..(at + 240).min(text.len())]).into_owned();
            let (secret, form) = (needles.secrets[needle.secret].name.clone(), needle.form);
            // The context may hold it more than once, in more than one form.
            let around = needles.all.iter().fold(around, |text, needle| text.replace(&needle.text, "[…]"));
            self.found.push(Found { place: name.to_owned(), secret, form, around });
        }
        self.secrets.extend(needles.secrets);
    }

    /// Adds what another search did.
    pub fn add(&mut self, other: Self) {
        self.places += other.places;
        self.searches += other.searches;
        self.secrets.extend(other.secrets);
        self.found.extend(other.found);
    }

    /// What was found.
    pub fn found(&self) -> &[Found] {
        &self.found
    }

    /// The places in which a secret was found in a form.
    pub fn places_of(&self, secret: &str, form: Form) -> BTreeSet<&str> {
        let hits = self.found.iter().filter(|found| found.secret == secret && found.form == form);
        hits.map(|found| found.place.as_str()).collect()
    }

    /// Fails if anything was found.
    #[track_caller]
    pub fn expect_nothing(&self) {
        let hits: Vec<String> = self.found.iter().take(12).map(|found| format!("{found:#?}")).collect();
        assert!(hits.is_empty(), "{} hits, of which:\n{}", self.found.len(), hits.join("\n"));
    }
}

impl fmt::Display for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { places, secrets, searches, found } = self;
        let (secrets, forms, found) = (secrets.len(), Form::ALL.len(), found.len());
        write!(
            f,
            "{places} places × {secrets} secrets × {forms} forms, where they apply: {searches} searches, {found} found"
        )
    }
}

/// A spelling of a secret.
struct Needle {
    secret: usize,
    form: Form,
    text: String,
}

/// Spellings by their first bytes, so that a text is read once, however many there are.
struct Needles {
    secrets: Vec<Planted>,
    all: Vec<Needle>,
    by_start: HashMap<[u8; 4], Vec<usize>>,
    /// Whether any of them starts with these two bytes.
    starts: Vec<bool>,
}

impl Needles {
    fn of<'a>(secrets: impl IntoIterator<Item = &'a Planted>) -> Self {
        let secrets: Vec<Planted> = secrets.into_iter().cloned().collect();
        let mut needles = Self { secrets, all: Vec::new(), by_start: HashMap::new(), starts: vec![false; 1 << 16] };
        for (secret, planted) in needles.secrets.iter().enumerate() {
            for form in Form::ALL {
                let mut texts = spellings(form, &planted.text);
                texts.sort();
                texts.dedup();
                needles.all.extend(texts.into_iter().map(|text| Needle { secret, form, text }));
            }
        }
        for (index, needle) in needles.all.iter().enumerate() {
            let start: [u8; 4] = needle.text.as_bytes()[..4].try_into().unwrap();
            needles.by_start.entry(start).or_default().push(index);
            needles.starts[usize::from(start[0]) << 8 | usize::from(start[1])] = true;
        }
        needles
    }

    fn hits<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = (usize, &'a Needle)> {
        let starts = text.windows(4).enumerate();
        let starts = starts.filter(|(_, start)| self.starts[usize::from(start[0]) << 8 | usize::from(start[1])]);
        starts.flat_map(move |(at, start)| {
            let known: [u8; 4] = start.try_into().unwrap();
            let needles = self.by_start.get(&known).map(Vec::as_slice).unwrap_or_default().iter();
            let needles = needles.map(|&index| &self.all[index]);
            needles.filter(move |needle| text[at..].starts_with(needle.text.as_bytes())).map(move |needle| (at, needle))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_found_and_nothing_else() {
        let (secret, other) = (Planted::made_up("one"), Planted::made_up("other"));
        let pair = STANDARD_NO_PAD.encode(format!("0oa1:{}, and more", secret.text()));
        let state = serde_json::json!({"log": serde_json::json!({"client_secret": secret.text()}).to_string()});
        for (form, text) in [
            (Form::Plain, format!("secret={}", secret.text())),
            (Form::Base64, format!("Basic {pair}")),
            (
                Form::UrlEncoded,
                url::form_urlencoded::Serializer::new(String::new()).append_pair("s", secret.text()).finish(),
            ),
            (Form::JsonEscaped, state.to_string()),
        ] {
            let mut search = Search::default();
            search.place("here", text.as_bytes(), [&secret, &other]);
            assert_eq!(search.places_of("one", form).len(), 1, "{form:?}: {search}");
            assert!(search.found().iter().all(|found| found.secret == "one" && !found.around.contains(secret.text())));
            assert_eq!((search.places, search.secrets.len(), search.searches), (1, 2, 8));
        }
        let mut search = Search::default();
        search.place("a sentence", secret.quoted().as_bytes(), [&secret]);
        assert!(Form::ALL.iter().all(|form| search.places_of("one", *form).len() == 1), "{:#?}", search.found());
        let mut search = Search::default();
        search.place("elsewhere", other.quoted().as_bytes(), [&secret]);
        search.expect_nothing();
    }
}
