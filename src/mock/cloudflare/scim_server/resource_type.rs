//! The two kinds of resource, and how their attributes are named.

use super::group_schema::GROUP as GROUP_SCHEMA;
use super::schema::{Attribute, Schema, named};
use super::user_schema::{ENTERPRISE, USER as USER_SCHEMA};

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Noun {
    /// A user.
    User,
    /// A group.
    Group,
}

/// A kind of resource, RFC 7643 section 6.
#[derive(Debug)]
pub(super) struct ResourceType {
    /// Its name, which is its id as well.
    pub(super) name: &'static str,
    /// Its endpoint, relative to the base URL.
    pub(super) endpoint: &'static str,
    /// Its schema.
    pub(super) schema: &'static Schema,
    /// The extension that its resources may carry, and the attribute that holds it.
    pub(super) extension: Option<(&'static Schema, &'static Attribute)>,
    /// What distinguishes resources for people, and what clients look them up by.
    pub(super) handle: &'static str,
}

/// Users.
pub(super) static USER: ResourceType = ResourceType {
    name: "User",
    endpoint: "/Users",
    schema: &USER_SCHEMA,
    extension: Some((&ENTERPRISE, &ENTERPRISE_ATTRIBUTE)),
    handle: "userName",
};

/// Groups.
pub(super) static GROUP: ResourceType =
    ResourceType { name: "Group", endpoint: "/Groups", schema: &GROUP_SCHEMA, extension: None, handle: "displayName" };

/// An extension is an object under its URN, so it is described as one.
static ENTERPRISE_ATTRIBUTE: Attribute =
    Attribute::complex(ENTERPRISE.urn, ENTERPRISE.attributes, ENTERPRISE.description);

/// Attributes that every resource has, RFC 7643 section 3.1. Schemas do not list them.
static COMMON: [Attribute; 4] = [
    Attribute::reference("schemas", &["uri"], "URNs of its schemas").multi_valued().read_only().always_returned(),
    Attribute::text("id", "Id that the service gave it").case_exact().read_only().always_returned(),
    Attribute::text("externalId", "Id that the client gave it").case_exact(),
    Attribute::complex("meta", META, "What the service knows about it").read_only(),
];

const META: &[Attribute] = &[
    Attribute::text("resourceType", "Name of its resource type").case_exact().read_only(),
    Attribute::date_time("created", "When it was created").read_only(),
    Attribute::date_time("lastModified", "When it was last changed").read_only(),
    Attribute::reference("location", &["uri"], "Its URI").read_only(),
];

/// The way to an attribute: itself last, before it what it is part of.
pub(super) type Steps = Vec<&'static Attribute>;

impl Noun {
    /// Its description.
    pub(super) fn resource_type(self) -> &'static ResourceType {
        match self {
            Self::User => &USER,
            Self::Group => &GROUP,
        }
    }
}

impl ResourceType {
    /// Every attribute at the top of a resource.
    pub(super) fn attributes(&self) -> impl Iterator<Item = &'static Attribute> {
        COMMON.iter().chain(self.schema.attributes).chain(self.extension.map(|(_, attribute)| attribute))
    }

    /// An attribute at the top of a resource by name, in any case. The core schema's URN may precede it.
    pub(super) fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        let name = after(name, self.schema.urn).unwrap_or(name);
        let extension = self.extension.map(|(_, attribute)| attribute);
        let extension = extension.filter(|extension| extension.name.eq_ignore_ascii_case(name));
        named(&COMMON, name).or_else(|| named(self.schema.attributes, name)).or(extension)
    }

    /// The attribute that a notation such as `name.familyName` or `URN:department` stands for (RFC 7644 section 3.10);
    /// none if there is none.
    pub(super) fn resolve(&self, notation: &str) -> Option<Steps> {
        if let Some(extension) = self.extension.map(|(_, attribute)| attribute) {
            if extension.name.eq_ignore_ascii_case(notation) {
                return Some(vec![extension]);
            }
            if let Some(rest) = after(notation, extension.name) {
                return below(vec![extension], rest);
            }
        }
        let notation = after(notation, self.schema.urn).unwrap_or(notation);
        let (first, rest) = match notation.split_once('.') {
            Some((first, rest)) => (first, Some(rest)),
            None => (notation, None),
        };
        let attribute = named(&COMMON, first).or_else(|| named(self.schema.attributes, first))?;
        match rest {
            Some(rest) => below(vec![attribute], rest),
            None => Some(vec![attribute]),
        }
    }
}

/// Continues with the dotted names of sub-attributes.
fn below(mut steps: Steps, notation: &str) -> Option<Steps> {
    for name in notation.split('.') {
        let next = steps.last()?.sub_attribute(name)?;
        steps.push(next);
    }
    Some(steps)
}

/// What follows a URN and its colon.
fn after<'a>(text: &'a str, urn: &str) -> Option<&'a str> {
    let start = text.get(..urn.len())?;
    start.eq_ignore_ascii_case(urn).then(|| text.get(urn.len()..)?.strip_prefix(':')).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_found_in_every_notation() {
        let names = |notation: &str| {
            let steps = USER.resolve(notation)?;
            Some(steps.iter().map(|step| step.name).collect::<Vec<_>>().join(" "))
        };
        let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        for (notation, steps) in [
            ("userName", "userName"),
            ("USERNAME", "userName"),
            ("name.familyname", "name familyName"),
            ("urn:ietf:params:scim:schemas:core:2.0:User:name.givenName", "name givenName"),
            ("URN:IETF:params:scim:schemas:core:2.0:user:emails", "emails"),
            (enterprise, enterprise),
            (&format!("{enterprise}:department"), &format!("{enterprise} department")),
            (&format!("{enterprise}:manager.$ref"), &format!("{enterprise} manager $ref")),
            ("meta.lastModified", "meta lastModified"),
        ] {
            assert_eq!(names(notation).as_deref(), Some(steps), "{notation}");
        }
        for unknown in [
            "",
            ".",
            "shoeSize",
            "name.shoeSize",
            "userName.value",
            "department",
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:schemas:core:2.0:Group:displayName",
            &format!("{enterprise}:"),
            &format!("{enterprise}:userName"),
            "ürn:ietf:params:scim:schemas:core:2.0:User:userName",
        ] {
            assert!(USER.resolve(unknown).is_none(), "{unknown}");
        }
    }

    #[test]
    fn the_handle_is_an_attribute() {
        for kind in [&USER, &GROUP] {
            assert!(kind.attribute(kind.handle).is_some_and(|attribute| attribute.required));
        }
    }
}
