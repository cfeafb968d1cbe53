"""What the mock is not judged by, or judged by in another way, and the evidence. Every run prints it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Exclusion:
    """Something of a tool's that says nothing about the mock."""

    package: str
    what: str
    evidence: str


EXCLUSIONS = [
    Exclusion(
        "okta",
        "what create_group_push_mapping returns: the case finds the mapping in the list",
        "its table of answers has 201 alone (okta/api/group_push_mapping_api.py), recordings of the service show 200, "
        "and for a status that is not in its table the SDK returns None",
    ),
    Exclusion(
        "okta",
        "SamlApplication as it is: the case adds the name to what the model sends",
        "SamlApplication.to_dict leaves `name` out as read-only (okta/models/saml_application.py), so that no app of "
        "the catalogue can be created with it",
    ),
    Exclusion(
        "okta",
        "the setting sslContext: the mock is trusted through SSL_CERT_FILE",
        "okta/config/config_setter.py copies the settings with copy.deepcopy, which raises TypeError for every "
        "ssl.SSLContext",
    ),
    Exclusion(
        "Authlib",
        "its demand for token_, introspection_ and revocation_endpoint_auth_signing_alg_values_supported in metadata",
        "RFC 8414 has it, but the schemas OAuthMetadata and OidcMetadata that Okta publishes have none of them, and "
        "the mock answers what Okta does",
    ),
]
