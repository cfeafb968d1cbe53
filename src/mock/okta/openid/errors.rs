//! OAuth errors: every one that the OpenID endpoints answer with, in Okta's words.
//!
//! `{"error", "error_description"}` (<https://developer.okta.com/docs/reference/error-codes/#oauth-2-0-and-openid-connect-errors>),
//! not the envelope of the management API. At `/authorize` the same pair travels to the client's redirect URI.

use axum::http::{StatusCode, header};
use serde_json::json;

use super::keys::NoKey;
use crate::mock::okta::call::Reply;

/// A refusal in OAuth's form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OAuthError {
    pub(crate) status: StatusCode,
    pub(crate) error: &'static str,
    pub(crate) description: String,
}

impl From<OAuthError> for Reply {
    fn from(refused: OAuthError) -> Self {
        Self::json(refused.status, json!({"error": refused.error, "error_description": refused.description}))
            .with_header(header::CACHE_CONTROL, "no-cache, no-store")
            .with_header(header::PRAGMA, "no-cache")
    }
}

impl From<NoKey> for OAuthError {
    fn from(_: NoKey) -> Self {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self { status, error: "server_error", description: "Failed to create the id_token.".into() }
    }
}

fn bad(error: &'static str, description: impl Into<String>) -> OAuthError {
    OAuthError { status: StatusCode::BAD_REQUEST, error, description: description.into() }
}

fn unauthorized(description: impl Into<String>) -> OAuthError {
    OAuthError { status: StatusCode::UNAUTHORIZED, error: "invalid_client", description: description.into() }
}

// Clients and their credentials.

pub(crate) fn no_credentials() -> OAuthError {
    unauthorized("No client credentials found.")
}

pub(crate) fn malformed_credentials() -> OAuthError {
    unauthorized("Found Authentication header but was not valid client credentials.")
}

pub(crate) fn unknown_client() -> OAuthError {
    unauthorized("Invalid value for 'client_id' parameter.")
}

/// The credentials came in another way than the app's `token_endpoint_auth_method`.
pub(crate) fn wrong_auth_method() -> OAuthError {
    unauthorized("Client authentication failed. Either the client or the client credentials are invalid.")
}

pub(crate) fn wrong_secret() -> OAuthError {
    unauthorized("The client secret supplied for a confidential client is invalid.")
}

/// Okta's list of errors says 401, its description of the endpoints 400.
pub(crate) fn several_credentials() -> OAuthError {
    bad(
        "invalid_request",
        "Cannot supply multiple client credentials. Use one of the following: credentials in the Authorization header, credentials in the post body, or a client_assertion in the post body.",
    )
}

pub(crate) fn credentials_in_query() -> OAuthError {
    bad("invalid_request", "Client credentials cannot be supplied via query parameters.")
}

pub(crate) fn not_a_service() -> OAuthError {
    unauthorized(
        "Only clients with 'application_type' of 'service' may use the client_credentials 'grant_type' with the Org Authorization Server.",
    )
}

pub(crate) fn service_without_key() -> OAuthError {
    unauthorized(
        "Client Credentials requests to the Org Authorization Server must use the private_key_jwt token_endpoint_auth_method.",
    )
}

/// The app's tokens are to be bound to a key, and the request proves none (RFC 9449).
pub(crate) fn no_proof_of_possession() -> OAuthError {
    bad("invalid_dpop_proof", "The DPoP proof JWT header is missing.")
}

/// Not Okta's: a proof came, and this org cannot do anything with it.
pub(crate) fn proof_of_possession_not_played() -> OAuthError {
    OAuthError {
        status: StatusCode::NOT_IMPLEMENTED,
        error: "invalid_dpop_proof",
        description: "This org does not play proof of possession (DPoP).".into(),
    }
}

// Client assertions (RFC 7523).

pub(crate) fn assertion_type() -> OAuthError {
    bad("invalid_request", "The client_assertion_type is invalid.")
}

/// Something is wrong with the assertion; `what` is the end of Okta's sentence about it.
pub(crate) fn assertion(sentence: &str) -> OAuthError {
    unauthorized(sentence)
}

// Requests at large.

pub(crate) fn duplicate(names: &[&str]) -> OAuthError {
    let names = names.join(", ");
    bad("invalid_request", format!("Duplicate parameter provided in request. Duplicated parameters: [{names}]."))
}

pub(crate) fn missing(name: &str) -> OAuthError {
    bad("invalid_request", format!("The required parameter '{name}' is missing."))
}

pub(crate) fn missing_token() -> OAuthError {
    bad("invalid_request", "The 'token' parameter is required.")
}

pub(crate) fn grant_type_not_allowed(configured: &[&str]) -> OAuthError {
    let configured = configured.join(", ");
    bad(
        "unauthorized_client",
        format!("The client is not authorized to use the provided grant type. Configured grant types: [{configured}]."),
    )
}

pub(crate) fn missing_grant_type(valid: &[&str]) -> OAuthError {
    bad(
        "invalid_request",
        format!("The token request must specify a 'grant_type'. Valid values: [{}]", valid.join(", ")),
    )
}

pub(crate) fn unsupported_grant_type(valid: &[&str]) -> OAuthError {
    bad(
        "unsupported_grant_type",
        format!(
            "The authorization grant type is not supported by the authorization server. Configured grant types: [{}].",
            valid.join(", ")
        ),
    )
}

// Scopes.

pub(crate) fn no_scopes() -> OAuthError {
    bad("invalid_scope", "No scopes were requested.")
}

pub(crate) fn unknown_scope() -> OAuthError {
    bad("invalid_scope", "One or more scopes are not configured for the authorization server resource.")
}

pub(crate) fn openid_scope_required() -> OAuthError {
    let description = "Requests for ID tokens or access tokens with OpenID scopes require the 'openid' scope.";
    OAuthError { status: StatusCode::FORBIDDEN, error: "access_denied", description: description.into() }
}

pub(crate) fn openid_scope_of_nobody() -> OAuthError {
    bad("invalid_scope", "Cannot request 'openid' scopes using client credentials.")
}

pub(crate) fn no_default_scopes() -> OAuthError {
    bad(
        "invalid_scope",
        "The authorization server resource does not have any configured default scopes, 'scope' must be provided.",
    )
}

/// An app asks for management scopes that nobody has granted it. With one ungranted among granted ones Okta refuses as
/// well; that it uses the same words for it is not verified against a live tenant.
pub(crate) fn scopes_not_granted() -> OAuthError {
    bad("consent_required", "You are not allowed any of the requested scopes.")
}

pub(crate) fn refresh_scopes(denied: &[&str]) -> OAuthError {
    bad(
        "access_denied",
        format!(
            "Some of the scopes requested for the refresh request were not granted in the original authorize request. Denied scopes: {}.",
            denied.join(", ")
        ),
    )
}

// /authorize.

/// The sentence of the page that a person sees, because there is no place to send them back to.
pub(crate) fn unregistered_redirect() -> OAuthError {
    bad("invalid_request", "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings.")
}

pub(crate) fn service_at(endpoint: &str) -> OAuthError {
    bad(
        "invalid_request",
        format!("Clients with 'application_type' of 'service' are not allowed to access the '{endpoint}' endpoint."),
    )
}

pub(crate) fn invalid_state() -> OAuthError {
    bad("invalid_request", "The authentication request has an invalid 'state' parameter.")
}

pub(crate) fn unsupported_response_type(configured: &[&str]) -> OAuthError {
    bad(
        "unsupported_response_type",
        format!(
            "The response type is not supported by the authorization server. Configured response types: [{}].",
            configured.join(", ")
        ),
    )
}

pub(crate) fn unsupported_response_mode() -> OAuthError {
    bad(
        "unsupported_response_mode",
        "The response mode is not supported by the authorization server. Valid response modes: [query, fragment, form_post, okta_post_message].",
    )
}

pub(crate) fn post_message_with_code() -> OAuthError {
    bad("unsupported_response_mode", "'okta_post_message' response mode cannot be used with the 'code' response type.")
}

pub(crate) fn invalid_prompt(valid: &[&str]) -> OAuthError {
    bad("invalid_request", format!("Invalid value for 'prompt' parameter. Supported values: [{}]", valid.join(", ")))
}

pub(crate) fn invalid_max_age() -> OAuthError {
    bad("invalid_request", "Invalid value for 'max_age' parameter. It should be within range 0 - 2^31-1.")
}

pub(crate) fn no_prompt_with_max_age_zero() -> OAuthError {
    bad("invalid_request", "'prompt' parameter must not have the value 'none' for request with 'zero' as max_age.")
}

pub(crate) fn request_object() -> OAuthError {
    bad("request_not_supported", "The authorize request object is not supported by this client.")
}

pub(crate) fn request_uri() -> OAuthError {
    bad("request_uri_not_supported", "The authorize request uri is not supported by this client.")
}

pub(crate) fn login_required() -> OAuthError {
    bad("login_required", "The client specified not to prompt, but the user is not logged in.")
}

/// There is a session, but it is too old for the request's `max_age`.
pub(crate) fn reauthentication_required() -> OAuthError {
    bad("login_required", "The client specified not to prompt, but the client app requires re-authentication or MFA.")
}

pub(crate) fn request_expired() -> OAuthError {
    bad("login_required", "Request expired, please start over and try again.")
}

pub(crate) fn not_assigned() -> OAuthError {
    bad("access_denied", "User is not assigned to the client application.")
}

// PKCE (RFC 7636).

pub(crate) fn missing_challenge() -> OAuthError {
    bad("invalid_request", "PKCE code challenge is required by the application.")
}

pub(crate) fn malformed_challenge() -> OAuthError {
    bad("invalid_request", "PKCE code challenge contains illegal characters.")
}

pub(crate) fn unsupported_challenge_method() -> OAuthError {
    bad("invalid_request", "PKCE code challenge method is not supported. Valid values: [S256]")
}

pub(crate) fn missing_verifier() -> OAuthError {
    bad("invalid_request", "PKCE code verifier is required by the application.")
}

pub(crate) fn verifier_without_challenge() -> OAuthError {
    bad("invalid_request", "PKCE code challenge should be specified in the authorize request for code verification.")
}

pub(crate) fn wrong_verifier() -> OAuthError {
    bad("invalid_grant", "PKCE verification failed.")
}

// Codes and tokens.

pub(crate) fn invalid_code() -> OAuthError {
    bad("invalid_grant", "The authorization code is invalid or has expired.")
}

pub(crate) fn other_client() -> OAuthError {
    bad(
        "invalid_grant",
        "The grant was issued to another client. Please make sure the 'client_id' matches the one used at the authorize request.",
    )
}

pub(crate) fn other_server() -> OAuthError {
    bad("invalid_request", "The grant was issued for another authorization server.")
}

pub(crate) fn other_redirect() -> OAuthError {
    bad("invalid_grant", "The 'redirect_uri' does not match the redirection URI used in the authorization request.")
}

pub(crate) fn invalid_refresh_token() -> OAuthError {
    bad("invalid_grant", "The refresh token is invalid or expired.")
}

pub(crate) fn too_many_groups() -> OAuthError {
    bad("server_error", "The groups claim matched too many groups and must be configured to match fewer groups.")
}

pub(crate) fn claim_not_evaluated(name: &str) -> OAuthError {
    bad("server_error", format!("The '{name}' user claim could not be evaluated."))
}

// /logout.

pub(crate) fn invalid_id_token() -> OAuthError {
    OAuthError {
        status: StatusCode::UNAUTHORIZED,
        error: "invalid_token",
        description: "The id token is invalid.".into(),
    }
}

pub(crate) fn id_token_of_somebody_else() -> OAuthError {
    bad("id_token_does_not_match_session", "The ID token subject does not match the current session's user.")
}

pub(crate) fn unregistered_logout_redirect() -> OAuthError {
    bad(
        "invalid_request",
        "The 'post_logout_redirect_uri' parameter must be a Logout redirect URI in the client app settings.",
    )
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;

    use super::*;

    #[test]
    fn an_error_is_a_pair_that_nobody_may_cache() {
        let reply = Reply::from(wrong_secret());
        assert_eq!(reply.document()["error"], "invalid_client");
        let response = reply.into_response();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-cache, no-store");
    }
}
