//! The User and the enterprise extension, RFC 7643 sections 4.1 and 4.3.
//!
//! Which attributes Cloudflare keeps besides those that its API shows again is not published. This service keeps
//! everything that the RFC gives a user, since Okta's and Entra's default mappings send much of it.

use super::schema::{Attribute, Schema};

/// URN of the User.
pub(super) const USER_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// URN of the enterprise extension.
pub(super) const ENTERPRISE_URN: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A user of the identity provider.
pub(super) static USER: Schema =
    Schema { urn: USER_URN, name: "User", description: "A user of the identity provider", attributes: ATTRIBUTES };

/// What an employer knows about a user.
pub(super) static ENTERPRISE: Schema = Schema {
    urn: ENTERPRISE_URN,
    name: "EnterpriseUser",
    description: "What an employer knows about a user",
    attributes: ENTERPRISE_ATTRIBUTES,
};

const ATTRIBUTES: &[Attribute] = &[
    Attribute::text("userName", "Name that the user logs in with; must be the email of the person in Zero Trust")
        .required()
        .unique(),
    Attribute::complex("name", NAME, "Parts of the user's name"),
    Attribute::text("displayName", "Name shown to others"),
    Attribute::text("nickName", "What the user is called among colleagues"),
    Attribute::reference("profileUrl", &["external"], "A page about the user"),
    Attribute::text("title", "Position, such as Vice President"),
    Attribute::text("userType", "Relation to the organization, such as Employee or Contractor"),
    Attribute::text("preferredLanguage", "Language, as in the header Accept-Language"),
    Attribute::text("locale", "Region for dates, numbers and currency, such as en-US"),
    Attribute::text("timezone", "Time zone of the IANA database, such as Europe/Zurich"),
    Attribute::boolean("active", "Whether the user may use the service; false deprovisions"),
    Attribute::text("password", "Accepted because clients send it, and not kept").case_exact().write_only(),
    Attribute::complex("emails", EMAIL, "Email addresses").multi_valued(),
    Attribute::complex("phoneNumbers", PHONE_NUMBER, "Phone numbers").multi_valued(),
    Attribute::complex("ims", IM, "Addresses for instant messages").multi_valued(),
    Attribute::complex("photos", PHOTO, "Pictures").multi_valued(),
    Attribute::complex("addresses", ADDRESS, "Postal addresses").multi_valued(),
    Attribute::complex("groups", GROUP, "The groups that the user is a member of").multi_valued().read_only(),
    Attribute::complex("entitlements", ENTITLEMENT, "Things that the user is entitled to").multi_valued(),
    Attribute::complex("roles", ROLE, "Roles of the user").multi_valued(),
    Attribute::complex("x509Certificates", CERTIFICATE, "Certificates of the user").multi_valued(),
];

const NAME: &[Attribute] = &[
    Attribute::text("formatted", "The whole name as it is displayed"),
    Attribute::text("familyName", "Family name"),
    Attribute::text("givenName", "Given name"),
    Attribute::text("middleName", "Middle names"),
    Attribute::text("honorificPrefix", "What precedes the name, such as Dr."),
    Attribute::text("honorificSuffix", "What follows the name, such as III"),
];

const DISPLAY: Attribute = Attribute::text("display", "Text for people");
const PRIMARY: Attribute = Attribute::boolean("primary", "The preferred one; at most one is");

const fn label(canonical: &'static [&'static str]) -> Attribute {
    Attribute::text("type", "What it is used for").one_of(canonical)
}

const EMAIL: &[Attribute] =
    &[Attribute::text("value", "The address"), DISPLAY, label(&["work", "home", "other"]), PRIMARY];

const PHONE_NUMBER: &[Attribute] = &[
    Attribute::text("value", "The number"),
    DISPLAY,
    label(&["work", "home", "mobile", "fax", "pager", "other"]),
    PRIMARY,
];

const IM: &[Attribute] = &[
    Attribute::text("value", "The address"),
    DISPLAY,
    label(&["aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"]),
    PRIMARY,
];

const PHOTO: &[Attribute] = &[
    Attribute::reference("value", &["external"], "Where the picture is"),
    DISPLAY,
    label(&["photo", "thumbnail"]),
    PRIMARY,
];

const ADDRESS: &[Attribute] = &[
    Attribute::text("formatted", "The whole address as it is displayed"),
    Attribute::text("streetAddress", "Street and number"),
    Attribute::text("locality", "City"),
    Attribute::text("region", "State or region"),
    Attribute::text("postalCode", "Postal code"),
    Attribute::text("country", "Country, ISO 3166-1 alpha-2"),
    label(&["work", "home", "other"]),
    PRIMARY,
];

const GROUP: &[Attribute] = &[
    Attribute::text("value", "Id of the group").case_exact().read_only(),
    Attribute::reference("$ref", &["Group"], "URI of the group").read_only(),
    Attribute::text("display", "Name of the group").read_only(),
    Attribute::text("type", "How the membership came about").one_of(&["direct"]).read_only(),
];

const ENTITLEMENT: &[Attribute] = &[Attribute::text("value", "The entitlement"), DISPLAY, label(&[]), PRIMARY];

const ROLE: &[Attribute] = &[Attribute::text("value", "The role"), DISPLAY, label(&[]), PRIMARY];

const CERTIFICATE: &[Attribute] = &[Attribute::binary("value", "The certificate in DER"), DISPLAY, label(&[]), PRIMARY];

const ENTERPRISE_ATTRIBUTES: &[Attribute] = &[
    Attribute::text("employeeNumber", "Number of the employee"),
    Attribute::text("costCenter", "Name of the cost center"),
    Attribute::text("organization", "Name of the organization"),
    Attribute::text("division", "Name of the division"),
    Attribute::text("department", "Name of the department"),
    Attribute::complex("manager", MANAGER, "The user's manager"),
];

const MANAGER: &[Attribute] = &[
    Attribute::text("value", "Id of the manager").case_exact(),
    Attribute::reference("$ref", &["User"], "URI of the manager"),
];
