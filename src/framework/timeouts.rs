//! How long each operation on a resource may take: the attribute `timeouts`, which a model declares and the server
//! honours.
//!
//! When the time is over the call is [stopped](super::call::Call::stop), as if Terraform had asked for it: nothing new is
//! started, what was sent is awaited, and what exists is kept. So no object is lost, and the next apply goes on.

use super::{
    call::Call,
    diagnostic::{Diagnostic, Diagnostics, Result},
    path::Path,
    schema::optional,
    validate::Validator,
    value::Value,
};
use crate::model;
use std::{future::Future, pin::pin, time::Duration};

/// The attribute's name in every model that has it.
pub const ATTRIBUTE: &str = "timeouts";

/// How long an operation may take that sets nothing. Waiting for a rate limit is part of it.
pub const DEFAULT: Duration = Duration::from_secs(20 * 60);

static DURATION: Validator = Validator::Custom(check);

model! {
    /// How long each operation may take, as a sequence of numbers with units: `30s`, `5m`, `1h30m`. Without a value
    /// it is 20 minutes. All attempts of all requests and the waits between them have to fit, those for a rate limit
    /// included; a wait that is known not to fit is not begun. What an operation that took too long has made stays in the state, and the next
    /// apply goes on from there.
    pub struct Timeouts {
        /// How long making it may take.
        create: String = optional().check(DURATION.clone()),
        /// How long reading it may take, in plans as well.
        read: String = optional().check(DURATION.clone()),
        /// How long changing it may take.
        update: String = optional().check(DURATION.clone()),
        /// How long removing it may take.
        delete: String = optional().check(DURATION.clone()),
    }
}

/// An operation that may have a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Create,
    Read,
    Update,
    Delete,
}

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    fn verb(self) -> &'static str {
        match self {
            Self::Create => "Creating",
            Self::Read => "Reading",
            Self::Update => "Updating",
            Self::Delete => "Deleting",
        }
    }

    /// What becomes of a broken-off operation.
    fn consequence(self) -> &'static str {
        match self {
            Self::Create => {
                "What was made by then is in the state, tainted: the next apply replaces it. If nothing is in the state, \
                 nothing was made, or it was removed again."
            }
            Self::Read => "The state is as it was.",
            Self::Update => "What was changed by then is in the state, and the next apply goes on from there.",
            Self::Delete => "It is still in the state, and the next apply tries again.",
        }
    }
}

/// Runs an operation on an object whose plan or state is `object`, for as long as that says, or for [`DEFAULT`].
pub(super) async fn within<T>(
    call: &Call,
    operation: Operation,
    type_name: &str,
    object: &Value,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    let set = object.get(ATTRIBUTE).get(operation.name()).as_str().and_then(|text| Some((parse(text).ok()?, text)));
    let (limit, text) = set.unwrap_or((DEFAULT, "20m"));
    call.limit(limit);
    let mut work = pin!(work);
    let outcome = tokio::select! {
        outcome = &mut work => outcome,
        () = tokio::time::sleep(limit) => {
            call.end();
            // It may have been about to succeed.
            work.await
        }
    };
    outcome.map_err(|errors| {
        // A request that goes by the deadline may be the first to notice.
        if !call.is_out_of_time() {
            return errors;
        }
        let mut all = Diagnostics::from(over(operation, type_name, text));
        all.extend(errors);
        all
    })
}

/// `to` with the timeouts of `from`: they are nobody's but the configuration's.
pub(super) fn carried(from: &Value, to: Value) -> Value {
    match (from.as_object().and_then(|from| from.get(ATTRIBUTE)), to) {
        (Some(timeouts), Value::Object(mut object)) => {
            object.insert(ATTRIBUTE.to_owned(), timeouts.clone());
            Value::Object(object)
        }
        (_, to) => to,
    }
}

fn over(operation: Operation, type_name: &str, limit: &str) -> Diagnostic {
    let name = operation.name();
    Diagnostic::error(
        format!("{} {type_name} took longer than {limit}", operation.verb()),
        format!(
            "So it was ended, as timeouts.{name} says, or its default. {} If the service is slow, give timeouts.{name} a larger value. What \
             was going on is told below.",
            operation.consequence()
        ),
    )
    .at(Path::root().attribute(ATTRIBUTE))
}

fn check(value: &Value) -> Result<(), String> {
    value.as_str().map_or(Ok(()), |text| parse(text).map(drop))
}

/// Reads a duration as Go writes it: `1h30m`, `1.5s`, `300ms`. It must be longer than nothing.
fn parse(text: &str) -> Result<Duration, String> {
    let refused = || {
        format!(
            "{text:?} is no duration; write numbers with their units (h, m, s, ms, us, ns), like \"30s\" or \"1h30m\"."
        )
    };
    let mut seconds = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(refused)?;
        let unit = rest[number..].find(|c: char| c.is_ascii_digit() || c == '.').map_or(rest.len(), |end| number + end);
        let factor = match &rest[number..unit] {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" | "μs" => 1e-6,
            "ns" => 1e-9,
            _ => return Err(refused()),
        };
        seconds += rest[..number].parse::<f64>().map_err(|_| refused())? * factor;
        rest = &rest[unit..];
    }
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err(refused()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_writes_them() {
        for (text, millis) in [
            ("30s", 30_000),
            ("1h30m", 5_400_000),
            ("1.5s", 1_500),
            ("300ms", 300),
            ("2h0m0.5s", 7_200_500),
            (".5m", 30_000),
        ] {
            assert_eq!(parse(text).map(|duration| duration.as_millis()), Ok(millis), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused_with_an_example() {
        for text in ["", "30", "0s", "-5s", "5 m", "m", "1d", "1.2.3s", "1e3s", "9999999999999999999999h", "5m "] {
            assert!(parse(text).unwrap_err().contains("1h30m"), "{text}");
        }
    }
}
