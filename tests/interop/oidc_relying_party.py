"""Authlib as an OpenID Connect relying party of the org, built from its client for web frameworks.

Authlib finds the endpoints, makes state, nonce and PKCE, exchanges the code and verifies the ID token.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from authlib.integrations.base_client import BaseApp, OAuth2Mixin, OAuthError, OpenIDMixin
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc6749.errors import MismatchingStateException
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from joserfc.errors import InvalidClaimError

from cases import Tool, expected
from console import assign, register
from person import Person
from zt_mock import Mock

TOOL = Tool("Authlib")

CALLBACK = "https://relying-party.example/callback"
GOODBYE = "https://relying-party.example/goodbye"


class AuthlibApp(OAuth2Mixin, OpenIDMixin, BaseApp):
    """Authlib's client as its integrations assemble it, without a web framework."""

    client_cls = OAuth2Session


@dataclass
class Login:
    """What the relying party has of one login."""

    token: dict[str, Any]
    user: dict[str, Any]


class RelyingParty:
    """A web application that the person may log in to."""

    def __init__(
        self,
        mock: Mock,
        person: Person,
        server: str = "",
        pkce: bool = True,
        auth: str = "client_secret_basic",
    ) -> None:
        self._mock = mock
        self.issuer = mock.org_url + (f"/oauth2/{server}" if server else "")
        registered = register(mock, CALLBACK, GOODBYE, pkce, auth)
        assign(mock, registered, person.login)
        self.client_id, self.client_secret = registered.client_id, registered.secret
        settings = {"scope": "openid profile email offline_access", "token_endpoint_auth_method": auth}
        if pkce:
            settings["code_challenge_method"] = "S256"
        self.client = AuthlibApp(
            None,
            client_id=self.client_id,
            client_secret=self.client_secret,
            server_metadata_url=get_well_known_url(self.issuer, external=True),
            client_kwargs=settings,
        )

    def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Calls a method of Authlib's client."""
        with self._mock.noting(TOOL.package, name):
            return getattr(self.client, name)(*args, **kwargs)

    def begin(self, **parameters: Any) -> dict[str, Any]:
        """Where to send a person, and what to remember until they come back."""
        return self.call("create_authorization_url", CALLBACK, **parameters)

    def finish(self, begun: dict[str, Any], came_back: str) -> Login:
        """Exchanges the code in the address that somebody came back to, and verifies who it is."""
        token = self.call(
            "fetch_access_token",
            CALLBACK,
            authorization_response=came_back,
            state=begun["state"],
            code_verifier=begun.get("code_verifier"),
        )
        return Login(token, self.call("parse_id_token", token, nonce=begun["nonce"]))

    def session(self) -> OAuth2Session:
        """Authlib's session for what comes after a login."""
        return OAuth2Session(self.client_id, self.client_secret, **self.client.load_server_metadata())


def log_in(mock: Mock, server: str = "") -> tuple[RelyingParty, Login]:
    """A relying party, and a login at it with a session token."""
    person = Person.first(mock)
    party = RelyingParty(mock, person, server)
    begun = party.begin(sessionToken=person.session_token())
    return party, party.finish(begun, person.visit(begun["url"]))


@TOOL.case
def both_kinds_of_server_describe_themselves(mock: Mock) -> None:
    for server in ("", "default"):
        party = RelyingParty(mock, Person.first(mock), server)
        metadata = OpenIDProviderMetadata(party.call("load_server_metadata"))
        validate(metadata)
        assert metadata["issuer"] == party.issuer
        assert "S256" in metadata["code_challenge_methods_supported"]


@TOOL.case
def a_custom_server_describes_itself_without_openid_too(mock: Mock) -> None:
    # Okta puts the well-known part behind the issuer, RFC 8414 before its path.
    url = f"{mock.org_url}/oauth2/default/.well-known/oauth-authorization-server"
    with mock.noting(TOOL.package, "load_server_metadata"):
        metadata = AuthorizationServerMetadata(AuthlibApp(None, server_metadata_url=url).load_server_metadata())
    validate(metadata)
    assert "userinfo_endpoint" not in metadata


def validate(metadata: AuthorizationServerMetadata) -> None:
    """Lets Authlib judge every member that it knows."""
    for member in metadata.REGISTRY_KEYS:
        # Okta's document does not have them, see exclusions.py.
        if not member.endswith("_endpoint_auth_signing_alg_values_supported"):
            getattr(metadata, f"validate_{member}")()


@TOOL.case
def a_person_logs_in_with_a_session_token(mock: Mock) -> None:
    for server in ("", "default"):
        party, login = log_in(mock, server)
        assert login.user["preferred_username"] == Person.first(mock).login
        assert login.user["iss"] == party.issuer


@TOOL.case
def a_person_logs_in_through_the_form(mock: Mock) -> None:
    person = Person.first(mock)
    party = RelyingParty(mock, person)
    begun = party.begin()
    login = party.finish(begun, person.visit(begun["url"]))
    assert login.user["preferred_username"] == person.login
    # The browser has a session now, and is asked no more.
    again = party.begin(prompt="none")
    assert party.finish(again, person.visit(again["url"])).user["sub"] == login.user["sub"]


@TOOL.case
def a_client_authenticates_in_the_body_and_without_pkce(mock: Mock) -> None:
    person = Person.first(mock)
    party = RelyingParty(mock, person, pkce=False, auth="client_secret_post")
    begun = party.begin()
    assert "code_challenge" not in begun["url"]
    assert party.finish(begun, person.visit(begun["url"])).user["email"] == person.login


@TOOL.case
def userinfo_says_who_it_is(mock: Mock) -> None:
    for server in ("", "default"):
        party, login = log_in(mock, server)
        told = party.call("userinfo", token=login.token)
        assert (told["sub"], told["email"]) == (login.user["sub"], Person.first(mock).login)
        endpoint = party.client.load_server_metadata()["userinfo_endpoint"]
        assert party.call("post", endpoint, token=login.token).json() == dict(told)


@TOOL.case
def tokens_are_refreshed(mock: Mock) -> None:
    for server in ("", "default"):
        party, login = log_in(mock, server)
        session = party.session()
        with mock.noting(TOOL.package, "refresh_token"):
            fresh = session.refresh_token(session.metadata["token_endpoint"], login.token["refresh_token"])
        assert fresh["access_token"] != login.token["access_token"]
        assert party.call("userinfo", token=fresh)["sub"] == login.user["sub"]


@TOOL.case
def tokens_are_introspected_and_revoked(mock: Mock) -> None:
    for server in ("", "default"):
        party, login = log_in(mock, server)
        session, token = party.session(), login.token["access_token"]
        for active in (True, False):
            with mock.noting(TOOL.package, "introspect_token"):
                answer = session.introspect_token(session.metadata["introspection_endpoint"], token)
            assert answer.json()["active"] is active
            with mock.noting(TOOL.package, "revoke_token"):
                session.revoke_token(session.metadata["revocation_endpoint"], token).raise_for_status()


@TOOL.case
def logging_out_ends_the_session(mock: Mock) -> None:
    person = Person.first(mock)
    for server in ("", "default"):
        party = RelyingParty(mock, person, server)
        begun = party.begin()
        login = party.finish(begun, person.visit(begun["url"]))
        leaving = party.call("create_logout_url", GOODBYE, id_token_hint=login.token["id_token"])
        gone = person.visit(leaving["url"])
        assert gone == f"{GOODBYE}?state={leaving['state']}"
        again = party.begin(prompt="none")
        assert answer_in(person.visit(again["url"]))["error"] == "login_required"


@TOOL.case
def the_relying_party_notices_another_state_and_another_nonce(mock: Mock) -> None:
    person = Person.first(mock)
    party = RelyingParty(mock, person)
    begun = party.begin()
    came_back = person.visit(begun["url"])
    with expected(MismatchingStateException):
        party.finish({**begun, "state": "another"}, came_back)
    with expected(InvalidClaimError):
        party.finish({**begun, "nonce": "another"}, came_back)


@TOOL.case
def a_code_is_good_once_and_with_its_verifier(mock: Mock) -> None:
    person = Person.first(mock)
    party = RelyingParty(mock, person)
    begun = party.begin()
    with expected(OAuthError, "invalid_grant"):
        party.finish({**begun, "code_verifier": "x" * 48}, person.visit(begun["url"]))
    begun = party.begin()
    came_back = person.visit(begun["url"])
    party.finish(begun, came_back)
    with expected(OAuthError, "invalid_grant"):
        party.finish(begun, came_back)


@TOOL.case
def a_wrong_secret_is_refused(mock: Mock) -> None:
    person = Person.first(mock)
    party = RelyingParty(mock, person)
    party.client.client_secret = "wrong"
    begun = party.begin()
    with expected(OAuthError, "invalid_client"):
        party.finish(begun, person.visit(begun["url"]))


@TOOL.case
def somebody_who_is_not_assigned_comes_back_with_an_error(mock: Mock) -> None:
    party, stranger = RelyingParty(mock, Person.first(mock)), mock.ready["okta"]["people"][1]
    came_back = Person(mock, stranger["login"], stranger["password"]).visit(party.begin()["url"])
    assert answer_in(came_back)["error"] == "access_denied"


def answer_in(address: str) -> dict[str, str]:
    """The parameters of the address that somebody came back to."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
