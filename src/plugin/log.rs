//! Log lines as Terraform reads them: one JSON object a line on standard error, with hclog's keys.
//!
//! Only this crate's own events are written. At TRACE the HTTP libraries below print whole requests, credentials
//! included, and every log is to be taken for public.

use std::fmt;
use std::io;

use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, filter};

/// Terraform reads lines through a buffer of this size and shreds longer ones.
const LONGEST_LINE: usize = 64 << 10;

/// Longest texts to try in turn until a line fits. JSON may need six bytes for one.
const TEXT_LIMITS: [usize; 3] = [32 << 10, 2 << 10, 128];

/// hclog's layout. Terraform takes a line with any other number of decimals for plain text.
const TIMESTAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

/// Starts logging to standard error at the level that Terraform's variables ask for; without them, not at all.
pub fn start() {
    let level = level(|name| std::env::var(name).ok());
    if level != LevelFilter::OFF {
        // Fails only where the process already logs elsewhere, and then it may go on doing so.
        let _ = tracing_subscriber::registry().with(Hclog::new(io::stderr).with_filter(ours(level))).try_init();
    }
}

/// The level that the environment asks for.
///
/// `TF_LOG_PROVIDER` goes before `TF_LOG`. Like Terraform, `JSON` and every word it does not know mean TRACE.
pub fn level(variable: impl Fn(&str) -> Option<String>) -> LevelFilter {
    let set = |name| variable(name).filter(|value| !value.is_empty());
    let Some(word) = set("TF_LOG_PROVIDER").or_else(|| set("TF_LOG")) else {
        return LevelFilter::OFF;
    };
    match word.to_ascii_uppercase().as_str() {
        "OFF" => LevelFilter::OFF,
        "ERROR" => LevelFilter::ERROR,
        "WARN" => LevelFilter::WARN,
        "INFO" => LevelFilter::INFO,
        "DEBUG" => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    }
}

/// Lets this crate's events and spans through, up to `level`.
pub fn ours<S: Subscriber>(level: LevelFilter) -> impl tracing_subscriber::layer::Filter<S> {
    let lets_through = move |metadata: &Metadata<'_>| {
        let target = metadata.target();
        let crate_name = target.split("::").next().unwrap_or(target);
        crate_name == env!("CARGO_CRATE_NAME") && *metadata.level() <= level
    };
    filter::filter_fn(lets_through).with_max_level_hint(level)
}

/// Writes every event as one line, with the fields of the spans around it.
#[derive(Debug)]
pub struct Hclog<W> {
    writer: W,
}

impl<W> Hclog<W> {
    /// A layer that gives each whole line to `writer` in one piece.
    pub fn new(writer: W) -> Self {
        Self { writer }
    }
}

impl<S, W> Layer<S> for Hclog<W>
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    W: for<'writer> MakeWriter<'writer> + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        // Formatted before the lock on the span is taken: a value's Debug is foreign code and may log itself.
        let mut new = Fields::default();
        values.record(&mut new);
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            fields.0.extend(new.0);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut own = Fields::default();
        event.record(&mut own);
        let mut fields = Map::new();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(Fields(around)) = span.extensions().get() {
                fields.extend(around.clone());
            }
        }
        fields.extend(own.0);
        let line = line(event.metadata(), fields, OffsetDateTime::now_utc());
        // Standard error is a pipe, and terraform may be gone.
        let _ = io::Write::write_all(&mut self.writer.make_writer(), line.as_bytes());
    }
}

/// The line for one event, line end included, shorter than [`LONGEST_LINE`].
fn line(metadata: &Metadata<'_>, mut fields: Map<String, Value>, now: OffsetDateTime) -> String {
    let message = match fields.remove(MESSAGE) {
        Some(Value::String(text)) => text,
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let level = match *metadata.level() {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    };
    let head = |limit| {
        // These four must be strings: Terraform itself panics on anything else in the first three.
        Map::from_iter([
            ("@level".to_owned(), Value::from(level)),
            ("@message".to_owned(), Value::from(shortened(&message, limit))),
            ("@timestamp".to_owned(), Value::from(now.format(TIMESTAMP).unwrap_or_default())),
            ("@module".to_owned(), Value::from(metadata.target().replace("::", "."))),
        ])
    };
    for limit in TEXT_LIMITS {
        let mut object = head(limit);
        for (name, value) in &fields {
            let value = match value {
                Value::String(text) => Value::from(shortened(text, limit)),
                other => other.clone(),
            };
            object.entry(name.as_str()).or_insert(value);
        }
        let line = Value::Object(object).to_string() + "\n";
        if line.len() < LONGEST_LINE {
            return line;
        }
    }
    // Hundreds of fields: the message alone says more than a shredded line.
    Value::Object(head(128)).to_string() + "\n"
}

/// `text`, cut at a character near `limit` bytes with a note of how much is missing.
fn shortened(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let end = (0..=limit).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    let kept = &text[..end];
    format!("{kept}… ({} bytes more)", text.len() - kept.len())
}

/// Name under which tracing keeps an event's text.
const MESSAGE: &str = "message";

/// The fields of an event or span as JSON.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let mut text = value.to_string();
        let mut cause = value.source();
        while let Some(error) = cause {
            text += ": ";
            text += &error.to_string();
            cause = error.source();
        }
        self.put(field, text);
    }
}

#[cfg(test)]
mod tests;
