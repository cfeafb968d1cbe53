//! PATCH, RFC 7644 section 3.5.2: operations on a resource, all of them or none.
//!
//! Where clients in the field part from the RFC, they are understood: operations with a capital letter and removals
//! that list values come from Entra, pathless operations with the resource's `id` in them from Okta.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::answer::Refusal;
use super::body::{self, Members};
use super::filter::Filter;
use super::resource_type::ResourceType;
use super::schema::{Attribute, Mutability, Returned};

mod target;

use target::Target;

/// URN of the message.
pub(super) const PATCH_URN: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Add,
    Replace,
    Remove,
}

/// Carries out the operations of a message on a resource that has this id.
///
/// # Errors
///
/// If the message or one of its operations cannot be read or carried out, or the outcome is no valid resource. What
/// has become of `resource` then is to be thrown away.
pub(super) fn apply(
    kind: &'static ResourceType,
    id: &str,
    resource: &mut Members,
    message: &Members,
) -> Result<(), Refusal> {
    body::check_schemas(message, PATCH_URN)?;
    let operations = body::member(message, "Operations").and_then(Value::as_array);
    let operations = operations.filter(|operations| !operations.is_empty());
    let operations = operations.ok_or_else(|| Refusal::invalid_syntax("Operations must be a list, and not empty"))?;
    for operation in operations {
        let operation =
            operation.as_object().ok_or_else(|| Refusal::invalid_syntax("an operation must be an object"))?;
        carry_out(kind, id, resource, operation)?;
    }
    body::check(kind, resource)
}

/// Whether a path of the message might name one of these.
pub(super) fn names(message: &Members, parts: &[&str]) -> bool {
    let operations = body::member(message, "Operations").and_then(Value::as_array).into_iter().flatten();
    let paths = operations.filter_map(|operation| {
        let operation = operation.as_object()?;
        match (body::member(operation, "path"), body::member(operation, "value")) {
            (Some(Value::String(path)), _) => Some(path.to_ascii_lowercase()),
            (_, Some(Value::Object(values))) => Some(values.keys().map(|path| path.to_ascii_lowercase()).collect()),
            _ => None,
        }
    });
    paths.into_iter().any(|path| parts.iter().any(|part| path.contains(part)))
}

fn carry_out(
    kind: &'static ResourceType,
    id: &str,
    resource: &mut Members,
    operation: &Members,
) -> Result<(), Refusal> {
    let named = body::member(operation, "op").and_then(Value::as_str).unwrap_or_default();
    let verb = match named.to_ascii_lowercase().as_str() {
        "add" => Verb::Add,
        "replace" => Verb::Replace,
        "remove" => Verb::Remove,
        _ => return Err(Refusal::invalid_syntax(format!("op must be add, replace or remove, not {named:?}"))),
    };
    let value = body::member(operation, "value");
    let path = match body::member(operation, "path") {
        None | Some(Value::Null) => None,
        Some(Value::String(path)) => Some(path),
        Some(_) => return Err(Refusal::invalid_path("path must be a string")),
    };
    match (path, verb, value) {
        (Some(path), Verb::Remove, value) => {
            let target = writable(Target::parse(kind, path)?, path)?;
            run(resource, &target, verb, value.unwrap_or(&Value::Null), path)
        }
        (Some(path), _, Some(value)) => {
            let target = writable(Target::parse(kind, path)?, path)?;
            run(resource, &target, verb, value, path)
        }
        (Some(path), _, None) => Err(Refusal::invalid_value(format!("the operation on {path} has no value"))),
        (None, Verb::Remove, _) => Err(Refusal::no_target("remove needs a path")),
        (None, _, Some(Value::Object(values))) => pathless(kind, id, resource, verb, values),
        (None, _, _) => Err(Refusal::invalid_value("an operation without a path needs an object as its value")),
    }
}

/// An operation on the resource itself: each member of its value is a path. Unknown ones and those that clients may not
/// set are passed over as in a PUT, except for another id than the resource's.
fn pathless(
    kind: &'static ResourceType,
    id: &str,
    resource: &mut Members,
    verb: Verb,
    values: &Members,
) -> Result<(), Refusal> {
    for (path, value) in values {
        let Ok(target) = Target::parse(kind, path) else { continue };
        if target.attributes().any(Attribute::is_read_only) {
            if target.attributes().any(|attribute| attribute.name == "id") && *value != json!(id) {
                return Err(Refusal::mutability("id cannot be changed"));
            }
            continue;
        }
        run(resource, &target, verb, value, path)?;
    }
    Ok(())
}

fn writable(target: Target, path: &str) -> Result<Target, Refusal> {
    let read_only = target.attributes().any(Attribute::is_read_only);
    match read_only {
        true => Err(Refusal::mutability(format!("{path} cannot be changed"))),
        false => Ok(target),
    }
}

fn run(resource: &mut Members, target: &Target, verb: Verb, value: &Value, path: &str) -> Result<(), Refusal> {
    Run { target, verb, value, path }.descend(resource, &target.steps)
}

/// One operation under way.
struct Run<'a> {
    target: &'a Target,
    verb: Verb,
    value: &'a Value,
    path: &'a str,
}

impl Run<'_> {
    /// Goes along the steps to where the attribute is. Objects on the way come and go with what is in them.
    fn descend(&self, members: &mut Members, steps: &[&'static Attribute]) -> Result<(), Refusal> {
        let Some((attribute, rest)) = steps.split_first() else { return Ok(()) };
        if rest.is_empty() {
            return match &self.target.filter {
                Some(filter) => self.among(members, attribute, filter),
                None => assign(members, attribute, self.verb, self.value, self.path),
            };
        }
        if attribute.multi_valued {
            let items = members.get_mut(attribute.name).and_then(Value::as_array_mut);
            let items = match (items, self.verb) {
                (Some(items), _) => items,
                (None, Verb::Remove) => return Ok(()),
                (None, _) => return Err(self.no_target()),
            };
            for item in items.iter_mut().filter_map(Value::as_object_mut) {
                self.descend(item, rest)?;
            }
            tidy(members, attribute);
            return Ok(());
        }
        let inner = members.entry(attribute.name).or_insert_with(|| json!({}));
        if let Some(inner) = inner.as_object_mut() {
            self.descend(inner, rest)?;
        }
        tidy(members, attribute);
        Ok(())
    }

    /// Operates on those of an attribute's values that the filter selects.
    fn among(&self, members: &mut Members, attribute: &'static Attribute, filter: &Filter) -> Result<(), Refusal> {
        let accepts = |item: &Value| item.as_object().is_some_and(|item| filter.accepts(item));
        let items = members.entry(attribute.name).or_insert_with(|| json!([]));
        let Some(items) = items.as_array_mut() else { return Err(self.no_target()) };
        let mut selected: Vec<usize> = (0..items.len()).filter(|&index| accepts(&items[index])).collect();
        if selected.is_empty() && self.verb == Verb::Add {
            // What the filter describes is added, as Entra expects of `emails[type eq "work"].value`.
            let described = filter.described().ok_or_else(|| self.no_target())?;
            items.push(Value::Object(described));
            selected = vec![items.len() - 1];
        }
        match (self.verb, self.target.part) {
            // Whoever asks twice for a removal gets what was asked for.
            (Verb::Remove, None) => items.retain(|item| !accepts(item)),
            _ if selected.is_empty() && self.verb == Verb::Remove => {}
            _ if selected.is_empty() => return Err(self.no_target()),
            (_, Some(part)) => {
                for &index in &selected {
                    if let Some(item) = items[index].as_object_mut() {
                        assign(item, part, self.verb, self.value, self.path)?;
                    }
                }
            }
            (Verb::Replace, None) => {
                let new = body::single(attribute, self.value, self.path)?.unwrap_or_else(|| json!({}));
                selected.iter().for_each(|&index| items[index] = new.clone());
            }
            (Verb::Add, None) => {
                let Some(new) = body::single(attribute, self.value, self.path)? else { return Ok(()) };
                selected.iter().for_each(|&index| merge(&mut items[index], &new));
            }
        }
        if self.verb != Verb::Remove {
            prefer(items, &selected);
        }
        tidy(members, attribute);
        Ok(())
    }

    fn no_target(&self) -> Refusal {
        Refusal::no_target(format!("path {} selects nothing", self.path))
    }
}

/// Adds, replaces or removes an attribute as a whole.
fn assign(
    members: &mut Members,
    attribute: &'static Attribute,
    verb: Verb,
    value: &Value,
    path: &str,
) -> Result<(), Refusal> {
    if attribute.is_read_only() {
        return Ok(());
    }
    let immutable = attribute.mutability == Mutability::Immutable;
    let before = members.get(attribute.name).filter(|_| immutable).cloned();
    match verb {
        Verb::Remove if attribute.required => {
            return Err(Refusal::mutability(format!("{} is required", attribute.name)));
        }
        Verb::Remove if attribute.multi_valued && !value.is_null() => subtract(members, attribute, value, path)?,
        Verb::Remove => drop(members.shift_remove(attribute.name)),
        Verb::Add | Verb::Replace if attribute.is_complex() && !attribute.multi_valued && value.is_object() => {
            into_parts(members, attribute, verb, value, path)?;
        }
        Verb::Add | Verb::Replace => match body::assigned(attribute, &body::listed(attribute, value), path)? {
            // A password is checked and forgotten.
            None if attribute.returned == Returned::Never => {}
            None if verb == Verb::Add && attribute.multi_valued => {}
            None => drop(members.shift_remove(attribute.name)),
            Some(Value::Array(new)) if verb == Verb::Add => append(members, attribute, new),
            Some(new) => drop(members.insert(attribute.name.to_owned(), new)),
        },
    }
    match before.is_some() && members.get(attribute.name) != before.as_ref() {
        true => Err(Refusal::mutability(format!("{path} cannot be changed"))),
        false => Ok(()),
    }
}

/// A complex attribute takes the parts that are given and keeps the others, whether they are added or replaced.
fn into_parts(
    members: &mut Members,
    attribute: &'static Attribute,
    verb: Verb,
    value: &Value,
    path: &str,
) -> Result<(), Refusal> {
    let inner = members.entry(attribute.name).or_insert_with(|| json!({}));
    if let (Some(inner), Some(parts)) = (inner.as_object_mut(), value.as_object()) {
        for (name, value) in parts {
            let Some(part) = attribute.sub_attribute(name) else { continue };
            assign(inner, part, verb, value, &body::below(path, part))?;
        }
    }
    tidy(members, attribute);
    Ok(())
}

/// Adds values to a list. One that is there already is not added again; it takes over what the new one says.
fn append(members: &mut Members, attribute: &Attribute, new: Vec<Value>) {
    let items = members.entry(attribute.name).or_insert_with(|| json!([]));
    let Some(items) = items.as_array_mut() else { return };
    let mut places = Vec::with_capacity(new.len());
    let mut end = items.len();
    let mut known: HashMap<Identity<'_>, usize> = HashMap::with_capacity(items.len());
    for (place, item) in items.iter().enumerate() {
        known.entry(identity(item)).or_insert(place);
    }
    for item in &new {
        let place = *known.entry(identity(item)).or_insert(end);
        end += usize::from(place == end);
        places.push(place);
    }
    for (item, place) in new.into_iter().zip(&places) {
        match items.get_mut(*place) {
            Some(existing) => merge(existing, &item),
            None => items.push(item),
        }
    }
    prefer(items, &places);
}

/// Removes the given values from a list, as Entra removes members.
fn subtract(members: &mut Members, attribute: &Attribute, value: &Value, path: &str) -> Result<(), Refusal> {
    let unwanted = body::assigned(attribute, &body::listed(attribute, value), path)?;
    let unwanted: HashSet<String> = unwanted.iter().filter_map(Value::as_array).flatten().map(named).collect();
    if let Some(items) = members.get_mut(attribute.name).and_then(Value::as_array_mut) {
        items.retain(|item| !unwanted.contains(&named(item)));
    }
    tidy(members, attribute);
    Ok(())
}

/// What a removal knows a value by: its `value`, or everything where it has none.
fn named(item: &Value) -> String {
    item.get("value").unwrap_or(item).to_string()
}

/// What tells the values of a list apart: `value` and `type`, or everything where there is no `value`.
#[derive(PartialEq, Eq, Hash)]
enum Identity<'a> {
    Named(&'a str, Option<&'a str>),
    Whole(&'a Value),
}

fn identity(item: &Value) -> Identity<'_> {
    match item["value"].as_str() {
        Some(value) => Identity::Named(value, item["type"].as_str()),
        None => Identity::Whole(item),
    }
}

fn merge(existing: &mut Value, new: &Value) {
    if let (Some(existing), Some(new)) = (existing.as_object_mut(), new.as_object()) {
        existing.extend(new.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
}

/// A value that became the primary one takes that from all others.
fn prefer(items: &mut [Value], touched: &[usize]) {
    if touched.iter().any(|&index| items.get(index).is_some_and(body::is_primary)) {
        let others = items.iter_mut().enumerate().filter(|(index, _)| !touched.contains(index));
        for (_, item) in others.filter(|(_, item)| body::is_primary(item)) {
            item["primary"] = json!(false);
        }
    }
}

/// An attribute without anything in it is unassigned.
fn tidy(members: &mut Members, attribute: &Attribute) {
    let empty = match members.get_mut(attribute.name) {
        Some(Value::Array(items)) => {
            items.retain(|item| item.as_object().is_none_or(|item| !item.is_empty()));
            items.is_empty()
        }
        Some(Value::Object(members)) => members.is_empty(),
        _ => false,
    };
    if empty {
        members.shift_remove(attribute.name);
    }
}

#[cfg(test)]
mod tests;
