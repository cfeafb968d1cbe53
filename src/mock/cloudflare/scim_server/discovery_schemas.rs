//! Schemas of the documents that describe a service, RFC 7643 sections 5 to 7.

use super::schema::{Attribute, Schema};

/// URN of the ServiceProviderConfig.
pub(super) const SERVICE_PROVIDER_CONFIG_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";

/// URN of the ResourceType.
pub(super) const RESOURCE_TYPE_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";

/// URN of the Schema.
pub(super) const SCHEMA_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// What a service can do.
pub(super) static SERVICE_PROVIDER_CONFIG: Schema = Schema {
    urn: SERVICE_PROVIDER_CONFIG_URN,
    name: "ServiceProviderConfig",
    description: "What the service supports",
    attributes: &[
        Attribute::reference("documentationUri", &["external"], "Where the service is described").read_only(),
        Attribute::complex("patch", SUPPORTED, "PATCH").required().read_only(),
        Attribute::complex("bulk", BULK, "Many operations in one request").required().read_only(),
        Attribute::complex("filter", FILTER, "Filters").required().read_only(),
        Attribute::complex("changePassword", SUPPORTED, "Changes of passwords").required().read_only(),
        Attribute::complex("sort", SUPPORTED, "Sorting").required().read_only(),
        Attribute::complex("etag", SUPPORTED, "Versions of resources").required().read_only(),
        Attribute::complex("authenticationSchemes", AUTHENTICATION, "How clients say who they are")
            .multi_valued()
            .required()
            .read_only(),
    ],
};

const SUPPORTED: &[Attribute] = &[Attribute::boolean("supported", "Whether it is supported").required().read_only()];

const BULK: &[Attribute] = &[
    Attribute::boolean("supported", "Whether it is supported").required().read_only(),
    Attribute::integer("maxOperations", "Most operations in a request").required().read_only(),
    Attribute::integer("maxPayloadSize", "Most bytes in a request").required().read_only(),
];

const FILTER: &[Attribute] = &[
    Attribute::boolean("supported", "Whether it is supported").required().read_only(),
    Attribute::integer("maxResults", "Most resources in an answer").required().read_only(),
];

const AUTHENTICATION: &[Attribute] = &[
    Attribute::text("type", "The scheme").required().read_only().one_of(&[
        "oauth",
        "oauth2",
        "oauthbearertoken",
        "httpbasic",
        "httpdigest",
    ]),
    Attribute::text("name", "Its name for people").required().read_only(),
    Attribute::text("description", "What it is").required().read_only(),
    Attribute::reference("specUri", &["external"], "Where it is specified").read_only(),
    Attribute::reference("documentationUri", &["external"], "Where it is explained").read_only(),
    Attribute::boolean("primary", "The preferred one").read_only(),
];

/// A kind of resource.
pub(super) static RESOURCE_TYPE: Schema = Schema {
    urn: RESOURCE_TYPE_URN,
    name: "ResourceType",
    description: "A kind of resource that the service has",
    attributes: &[
        Attribute::text("id", "Its id").read_only(),
        Attribute::text("name", "Its name").required().read_only(),
        Attribute::text("description", "What it is").read_only(),
        Attribute::reference("endpoint", &["uri"], "Its endpoint, relative to the base URL").required().read_only(),
        Attribute::reference("schema", &["uri"], "URN of its schema").required().read_only(),
        Attribute::complex("schemaExtensions", EXTENSION, "Extensions of its schema").multi_valued().read_only(),
    ],
};

const EXTENSION: &[Attribute] = &[
    Attribute::reference("schema", &["uri"], "URN of the extension").required().read_only(),
    Attribute::boolean("required", "Whether every resource must have it").required().read_only(),
];

/// A set of attributes.
pub(super) static SCHEMA: Schema = Schema {
    urn: SCHEMA_URN,
    name: "Schema",
    description: "The attributes of a kind of resource, or of an extension",
    attributes: &[
        Attribute::text("id", "Its URN").required().read_only(),
        Attribute::text("name", "Its name").read_only(),
        Attribute::text("description", "What it describes").read_only(),
        Attribute::complex("attributes", ATTRIBUTE, "Its attributes").multi_valued().required().read_only(),
    ],
};

/// The characteristics of an attribute. Those of a sub-attribute are the same, except that it has none itself.
const ATTRIBUTE: &[Attribute] = &[
    ATTRIBUTE_NAME,
    TYPE,
    MULTI_VALUED,
    DESCRIPTION,
    REQUIRED,
    CANONICAL_VALUES,
    CASE_EXACT,
    MUTABILITY,
    RETURNED,
    UNIQUENESS,
    REFERENCE_TYPES,
    Attribute::complex("subAttributes", SUB_ATTRIBUTE, "Attributes of a complex attribute").multi_valued().read_only(),
];

const SUB_ATTRIBUTE: &[Attribute] = &[
    ATTRIBUTE_NAME,
    TYPE,
    MULTI_VALUED,
    DESCRIPTION,
    REQUIRED,
    CANONICAL_VALUES,
    CASE_EXACT,
    MUTABILITY,
    RETURNED,
    UNIQUENESS,
    REFERENCE_TYPES,
];

const ATTRIBUTE_NAME: Attribute = Attribute::text("name", "Its name").required().case_exact().read_only();

const TYPE: Attribute = Attribute::text("type", "Type of its values").required().read_only().one_of(&[
    "string",
    "boolean",
    "decimal",
    "integer",
    "dateTime",
    "reference",
    "binary",
    "complex",
]);

const MULTI_VALUED: Attribute = Attribute::boolean("multiValued", "Whether it holds a list").required().read_only();

const DESCRIPTION: Attribute = Attribute::text("description", "What it holds").read_only();

const REQUIRED: Attribute = Attribute::boolean("required", "Whether a resource must have it").read_only();

const CANONICAL_VALUES: Attribute =
    Attribute::text("canonicalValues", "Values that clients should choose from").multi_valued().read_only();

const CASE_EXACT: Attribute = Attribute::boolean("caseExact", "Whether case matters").read_only();

const MUTABILITY: Attribute = Attribute::text("mutability", "Who may change it").read_only().one_of(&[
    "readOnly",
    "readWrite",
    "immutable",
    "writeOnly",
]);

const RETURNED: Attribute =
    Attribute::text("returned", "When it is shown").read_only().one_of(&["always", "never", "default", "request"]);

const UNIQUENESS: Attribute =
    Attribute::text("uniqueness", "Among whom a value is unique").read_only().one_of(&["none", "server", "global"]);

const REFERENCE_TYPES: Attribute =
    Attribute::text("referenceTypes", "What a reference may refer to").multi_valued().read_only();
