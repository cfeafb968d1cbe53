"""Okta's verifier of tokens, on what both kinds of authorization server issue."""

import asyncio

from okta_jwt_verifier import AccessTokenVerifier, IDTokenVerifier
from okta_jwt_verifier.exceptions import JWTValidationException

from cases import Tool, expected
from oidc_relying_party import Login, RelyingParty, log_in
from zt_mock import Mock

TOOL = Tool("okta-jwt-verifier")

# Of the access tokens of the server that every org has.
AUDIENCE = "api://default"


def verify_id_token(mock: Mock, party: RelyingParty, login: Login, client_id: str | None = None) -> None:
    """Verifies an ID token for a client: the relying party, or another."""
    # The audience that the verifier compares is the client, so it is told twice.
    client = client_id or party.client_id
    verifier = IDTokenVerifier(party.issuer, client, audience=client)
    with mock.noting(TOOL.package, "IDTokenVerifier.verify"):
        asyncio.run(verifier.verify(login.token["id_token"], ("iss", "aud", "exp"), nonce=login.user["nonce"]))


def verify_access_token(mock: Mock, party: RelyingParty, token: str, audience: str = AUDIENCE) -> None:
    """Verifies an access token as the service would that it is for."""
    verifier = AccessTokenVerifier(party.issuer, audience=audience)
    with mock.noting(TOOL.package, "AccessTokenVerifier.verify"):
        asyncio.run(verifier.verify(token))


@TOOL.case
def an_id_token_of_the_org_is_verified(mock: Mock) -> None:
    verify_id_token(mock, *log_in(mock))


@TOOL.case
def an_id_token_of_a_custom_server_is_verified(mock: Mock) -> None:
    verify_id_token(mock, *log_in(mock, "default"))


@TOOL.case
def an_access_token_of_a_custom_server_is_verified(mock: Mock) -> None:
    party, login = log_in(mock, "default")
    verify_access_token(mock, party, login.token["access_token"])


@TOOL.case
def a_token_for_another_client_or_audience_is_refused(mock: Mock) -> None:
    party, login = log_in(mock, "default")
    with expected(JWTValidationException, "Audience"):
        verify_id_token(mock, party, login, client_id="0oaAnother")
    with expected(JWTValidationException, "Audience"):
        verify_access_token(mock, party, login.token["access_token"], audience="api://another")


@TOOL.case
def a_token_of_another_server_is_refused(mock: Mock) -> None:
    party, _ = log_in(mock)
    _, login = log_in(mock, "default")
    with expected(JWTValidationException, "issuer"):
        verify_access_token(mock, party, login.token["access_token"])


@TOOL.case
def a_token_that_was_changed_is_refused(mock: Mock) -> None:
    party, login = log_in(mock, "default")
    header, claims, signature = login.token["access_token"].split(".")
    changed = ("B" if signature[0] != "B" else "C") + signature[1:]
    with expected(JWTValidationException, "verification failed"):
        verify_access_token(mock, party, f"{header}.{claims}.{changed}")


@TOOL.case
def tokens_are_verified_after_the_key_was_rotated(mock: Mock) -> None:
    party, before = log_in(mock, "default")
    verify_access_token(mock, party, before.token["access_token"])
    mock.control("POST", "okta/rotate-keys", {"authorization_server_id": "default"})
    party, after = log_in(mock, "default")
    for login in (before, after):
        verify_access_token(mock, party, login.token["access_token"])
