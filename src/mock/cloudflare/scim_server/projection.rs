//! Which attributes an answer shows, RFC 7644 sections 3.4.2.5 and 3.9.

use serde_json::Value;

use super::body::Members;
use super::resource_type::{ResourceType, Steps};
use super::schema::{Attribute, Returned};

/// What the parameters `attributes` and `excludedAttributes` ask for. Names that the schema does not know are passed
/// over.
#[derive(Default)]
pub(super) struct Projection {
    only: Option<Vec<Steps>>,
    without: Vec<Steps>,
}

impl Projection {
    /// Reads the parameters of a query string.
    pub(super) fn parse(kind: &ResourceType, query: &str) -> Self {
        let mut projection = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let named = || value.split(',').filter_map(|name| kind.resolve(name.trim())).collect::<Vec<_>>();
            match name.as_ref() {
                "attributes" if !value.trim().is_empty() => projection.only.get_or_insert_default().extend(named()),
                "excludedAttributes" => projection.without.extend(named()),
                _ => {}
            }
        }
        projection
    }

    /// Whether a query has one of the parameters.
    pub(super) fn is_asked_for(query: &str) -> bool {
        let asks = |name: &str| matches!(name, "attributes" | "excludedAttributes");
        url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| asks(&name))
    }

    /// Whether any part of the attribute at the top is shown: what takes work to find can be left out otherwise.
    pub(super) fn shows(&self, name: &str) -> bool {
        let asked = |steps: &Steps| steps.first().is_some_and(|first| first.name == name);
        let whole = |steps: &Steps| steps.len() == 1 && asked(steps);
        self.only.as_ref().is_none_or(|only| only.iter().any(asked)) && !self.without.iter().any(whole)
    }

    /// What is left of a resource.
    pub(super) fn of(&self, kind: &ResourceType, mut resource: Members) -> Value {
        let top: Vec<&Attribute> = kind.attributes().collect();
        if let Some(only) = &self.only {
            keep(&mut resource, &top, &only.iter().map(Vec::as_slice).collect::<Vec<_>>());
        }
        for steps in &self.without {
            leave_out(&mut resource, steps);
        }
        Value::Object(resource)
    }
}

/// Keeps the attributes that the ways lead to, and those that are always returned.
fn keep(members: &mut Members, attributes: &[&Attribute], ways: &[&[&'static Attribute]]) {
    let names: Vec<String> = members.keys().cloned().collect();
    for name in names {
        let attribute = attributes.iter().find(|attribute| attribute.name == name);
        if attribute.is_some_and(|attribute| attribute.returned == Returned::Always) {
            continue;
        }
        let ways: Vec<&[&Attribute]> = ways
            .iter()
            .filter(|way| way.first().is_some_and(|first| first.name == name))
            .filter_map(|way| way.get(1..))
            .collect();
        if ways.is_empty() {
            members.shift_remove(&name);
        } else if ways.iter().all(|way| !way.is_empty()) {
            let parts: Vec<&Attribute> =
                attribute.map_or(&[][..], |attribute| attribute.sub_attributes()).iter().collect();
            each(members.get_mut(&name), &mut |part| keep(part, &parts, &ways));
        }
    }
}

fn leave_out(members: &mut Members, steps: &[&'static Attribute]) {
    let Some((attribute, rest)) = steps.split_first() else { return };
    match rest {
        _ if attribute.returned == Returned::Always => {}
        [] => drop(members.shift_remove(attribute.name)),
        rest => each(members.get_mut(attribute.name), &mut |part| leave_out(part, rest)),
    }
}

/// Visits an object, or every object of a list.
fn each(value: Option<&mut Value>, visit: &mut impl FnMut(&mut Members)) {
    match value {
        Some(Value::Object(members)) => visit(members),
        Some(Value::Array(items)) => items.iter_mut().filter_map(Value::as_object_mut).for_each(visit),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::resource_type::USER;
    use super::*;

    const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

    fn shown(query: &str) -> Value {
        let ada = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "id": "u1",
            "userName": "ada",
            "name": {"givenName": "Ada", "familyName": "Lovelace"},
            "emails": [{"value": "ada@acme.example", "type": "work"}],
            ENTERPRISE: {"department": "R&D", "division": "Engines"},
        });
        Projection::parse(&USER, query).of(&USER, ada.as_object().unwrap().clone())
    }

    #[test]
    fn attributes_are_chosen_by_name_and_part() {
        let always = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "u1"});
        let with = |more: Value| {
            let mut expected = always.clone();
            expected.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            expected
        };
        assert_eq!(shown("attributes=USERNAME"), with(json!({"userName": "ada"})));
        assert_eq!(
            shown("attributes=name.givenName,%20emails.value"),
            with(json!({
                "name": {"givenName": "Ada"},
                "emails": [{"value": "ada@acme.example"}],
            }))
        );
        assert_eq!(shown("attributes=name.givenName,name")["name"]["familyName"], "Lovelace");
        assert_eq!(
            shown(&format!("attributes={ENTERPRISE}:division")),
            with(json!({ENTERPRISE: {"division": "Engines"}})),
        );
        assert_eq!(shown("attributes=shoeSize"), always);
        assert_eq!(shown("attributes="), shown(""));
    }

    #[test]
    fn attributes_are_left_out_unless_they_always_show() {
        let rest = shown(&format!("excludedAttributes=id,name.givenName,emails,{ENTERPRISE}"));
        assert_eq!(
            rest,
            json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                "id": "u1",
                "userName": "ada",
                "name": {"familyName": "Lovelace"},
            })
        );
    }

    #[test]
    fn what_is_not_shown_need_not_be_found() {
        for (query, shows) in [
            ("", true),
            ("attributes=groups.value", true),
            ("attributes=userName", false),
            ("excludedAttributes=groups", false),
            ("excludedAttributes=groups.display", true),
        ] {
            assert_eq!(Projection::parse(&USER, query).shows("groups"), shows, "{query}");
        }
    }
}
