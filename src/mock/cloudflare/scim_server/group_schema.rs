//! The Group, RFC 7643 section 4.2.

use super::schema::{Attribute, Schema};

/// URN of the Group.
pub(super) const GROUP_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// A group of users. Groups in groups are not supported: the identity of a person is a flat list of names. Two groups
/// may have one name, as RFC 7643 and the directories that push them allow; whether Cloudflare does is not verified
/// against a live tenant.
pub(super) static GROUP: Schema =
    Schema { urn: GROUP_URN, name: "Group", description: "A group of users", attributes: ATTRIBUTES };

const ATTRIBUTES: &[Attribute] = &[
    Attribute::text("displayName", "Name of the group; must be the name that the groups claim has").required(),
    Attribute::complex("members", MEMBER, "The users in the group").multi_valued(),
];

const MEMBER: &[Attribute] = &[
    Attribute::text("value", "Id of the user").case_exact().immutable(),
    Attribute::reference("$ref", &["User"], "URI of the user").immutable(),
    Attribute::text("display", "Name of the user").immutable(),
    Attribute::text("type", "What the member is").one_of(&["User"]).immutable(),
];
