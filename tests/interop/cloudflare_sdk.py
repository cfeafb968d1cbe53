"""Cloudflare's SDK for Python, on what Zero Trust's API has to do with identity providers.

The SDK is told to validate: an answer that its types do not describe fails the case.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce
from typing import Any

import cloudflare

from cases import Tool
from console import assign, identity_provider, register
from person import Person
from zt_mock import Mock

TOOL = Tool("cloudflare")

# Who the objects belong to: an account, or a zone.
SCOPES = ("account_id", "zone_id")


class Sdk:
    """The SDK's client, whose calls are noted: `sdk.call("user.tokens.verify")`."""

    def __init__(self, mock: Mock, **settings: Any) -> None:
        token = mock.ready["cloudflare"]["api_token"]
        self._mock = mock
        self._client = cloudflare.Cloudflare(
            **{"base_url": mock.api_url, "api_token": token, "_strict_response_validation": True, **settings}
        )

    def call(self, path: str, /, *args: Any, **kwargs: Any) -> Any:
        """Calls a method by its path below the client."""
        method: Any = reduce(getattr, path.split("."), self._client)
        with self._mock.noting(TOOL.package, path):
            return method(*args, **kwargs)


def providers(method: str) -> str:
    """The path of a method of the identity providers."""
    return f"zero_trust.identity_providers.{method}"


def okta(mock: Mock, name: str, **changes: Any) -> dict[str, Any]:
    """An identity provider of the type okta, as the SDK takes it."""
    config = {"client_id": "0oa1", "client_secret": "not-a-secret", "okta_account": mock.org_url, "claims": ["groups"]}
    return {"name": name, "type": "okta", "config": config, **changes}


@contextmanager
def refused(error: type[cloudflare.APIStatusError], code: int) -> Iterator[None]:
    """Expects that the block is refused with the SDK's error for the status, and this code of Cloudflare's."""
    try:
        yield
    except error as refusal:
        codes = [cause["code"] for cause in refusal.response.json()["errors"]]
        assert code in codes, f"refused, but with {codes}"
    else:
        raise AssertionError(f"was not refused with {error.__name__} {code}")


@TOOL.case
def identity_providers_are_created_listed_page_by_page_updated_and_deleted(mock: Mock) -> None:
    sdk = Sdk(mock)
    for scope in SCOPES:
        of = {scope: getattr(mock, scope)}
        made = [sdk.call(providers("create"), **of, **okta(mock, f"Okta {number}")) for number in range(3)]
        assert all(one.config.client_secret is None for one in made)

        first = sdk.call(providers("list"), **of, per_page=2)
        assert [one.name for one in first.result] == ["Okta 0", "Okta 1"]
        # The second page is the SDK's to find.
        second = first.get_next_page()
        assert [one.name for one in second.result] == ["Okta 2"]
        assert [one.id for one in sdk.call(providers("list"), **of, per_page=2)] == [one.id for one in made]

        one = made[0].id
        renamed = sdk.call(providers("update"), one, **of, **okta(mock, "Renamed"))
        assert renamed.name == sdk.call(providers("get"), one, **of).name == "Renamed"
        assert sdk.call(providers("delete"), one, **of).id == one
        with refused(cloudflare.NotFoundError, 12135):
            sdk.call(providers("get"), one, **of)


@TOOL.case
def scim_is_switched_on_and_its_secret_is_shown_once(mock: Mock) -> None:
    sdk, of = Sdk(mock), {"account_id": mock.account_id}
    off = sdk.call(providers("create"), **of, **okta(mock, "Off"))
    scim = {"enabled": True, "user_deprovision": True, "identity_update_behavior": "automatic"}
    on = sdk.call(providers("update"), off.id, **of, **okta(mock, "On", scim_config=scim))
    assert on.scim_config.secret and on.scim_config.scim_base_url.endswith("/scim/v2")
    assert on.scim_config.identity_update_behavior == "automatic"
    assert sdk.call(providers("get"), on.id, **of).scim_config.secret is None
    assert [one.id for one in sdk.call(providers("list"), **of, scim_enabled="true")] == [on.id]
    assert list(sdk.call(providers("list"), **of, scim_enabled="false")) == []
    for noun in ("users", "groups"):
        assert list(sdk.call(providers(f"scim.{noun}.list"), on.id, **of)) == []


@TOOL.case
def what_scim_brought_is_listed_page_by_page_and_logged(mock: Mock) -> None:
    sdk, of = Sdk(mock), {"account_id": mock.account_id}
    provider = identity_provider(mock, scim=True)
    core = "urn:ietf:params:scim:schemas:core:2.0"
    for name in ("rosa", "sven"):
        user = {"schemas": [f"{core}:User"], "userName": f"{name}@acme.example", "externalId": f"00u{name}"}
        mock.over_scim(provider["scim_config"], "Users", user)
    for name in ("Red", "Blue"):
        group = {"schemas": [f"{core}:Group"], "displayName": name, "externalId": f"00g{name}"}
        mock.over_scim(provider["scim_config"], "Groups", group)

    users = list(sdk.call(providers("scim.users.list"), provider["id"], **of, per_page=1))
    assert {user.external_id for user in users} == {"00urosa", "00usven"} and all(user.active for user in users)
    [rosa] = sdk.call(providers("scim.users.list"), provider["id"], **of, username="rosa@acme.example")
    assert rosa.external_id == "00urosa"
    groups = list(sdk.call(providers("scim.groups.list"), provider["id"], **of, per_page=1))
    assert {group.display_name for group in groups} == {"Red", "Blue"}
    [red] = sdk.call(providers("scim.groups.list"), provider["id"], **of, name="Red")
    assert red.external_id == "00gRed"
    log = list(sdk.call("zero_trust.access.logs.scim.updates.list", **of, idp_id=[provider["id"]], per_page=3))
    assert sorted(entry.resource_type for entry in log) == ["GROUP", "GROUP", "USER", "USER"]
    assert {entry.request_method for entry in log} == {"POST"}


@TOOL.case
def the_organization_is_read_and_changed(mock: Mock) -> None:
    sdk = Sdk(mock)
    for scope in SCOPES:
        of = {scope: getattr(mock, scope)}
        assert sdk.call("zero_trust.organizations.list", **of).name
        changed = sdk.call("zero_trust.organizations.update", **of, name=f"By {scope}", session_duration="8h")
        assert (changed.name, changed.session_duration) == (f"By {scope}", "8h")
        with refused(cloudflare.ConflictError, 12132):
            sdk.call("zero_trust.organizations.create", **of, name="Another", auth_domain="another.example")


@TOOL.case
def people_who_logged_in_are_listed_with_who_they_are(mock: Mock) -> None:
    sdk, of, person = Sdk(mock), {"account_id": mock.account_id}, Person.first(mock)
    team = f"{mock.ready['cloudflare']['auth_url']}/cdn-cgi/access"
    client = register(mock, f"{team}/callback")
    provider = identity_provider(mock, client)
    # Nobody has assigned the app yet.
    person.visit(f"{team}/login")
    assert list(sdk.call("zero_trust.access.users.list", **of)) == []
    assign(mock, client, person.login)
    person.visit(f"{team}/login")

    [user] = sdk.call("zero_trust.access.users.list", **of, email=person.login)
    assert (user.email, user.access_seat, user.active_device_count) == (person.login, True, 0)
    seen = sdk.call("zero_trust.access.users.last_seen_identity.get", user.id, **of)
    assert (seen.email, seen.idp.id, seen.idp.type) == (person.login, provider["id"], "okta")
    log = sdk.call("zero_trust.access.logs.access_requests.list", **of)
    assert [entry.allowed for entry in log] == [True, False] and log[0].user_email == person.login
    assert list(sdk.call("zero_trust.access.users.failed_logins.list", user.id, **of)) == []

    assert sdk.call("zero_trust.organizations.revoke_users", **of, email=person.login) is True
    freed = {"seat_uid": user.seat_uid, "access_seat": False, "gateway_seat": False}
    assert [seat.access_seat for seat in sdk.call("zero_trust.seats.edit", **of, body=[freed])] == [False]
    [user] = sdk.call("zero_trust.access.users.list", **of)
    assert not user.access_seat


@TOOL.case
def the_audit_log_tells_what_the_sdk_did(mock: Mock) -> None:
    sdk, of = Sdk(mock), {"account_id": mock.account_id}
    made = sdk.call(providers("create"), **of, **okta(mock, "Okta"))
    sdk.call(providers("delete"), made.id, **of)
    period = {"since": "2020-01-01", "before": "2099-01-01"}
    told = [entry.action.type for entry in sdk.call("accounts.logs.audit.list", **of, **period, limit=1)]
    assert told == ["delete", "create"], told


@TOOL.case
def what_could_name_an_identity_provider_is_listed(mock: Mock) -> None:
    sdk, of = Sdk(mock), {"account_id": mock.account_id}
    for noun in ("applications", "policies", "groups"):
        assert list(sdk.call(f"zero_trust.access.{noun}.list", **of)) == []
    for noun in ("applications", "groups"):
        assert list(sdk.call(f"zero_trust.access.{noun}.list", zone_id=mock.zone_id)) == []


@TOOL.case
def a_token_is_verified(mock: Mock) -> None:
    sdk = Sdk(mock)
    assert sdk.call("user.tokens.verify").status == "active"
    assert sdk.call("accounts.tokens.verify", account_id=mock.account_id).status == "active"


@TOOL.case
def a_wrong_token_is_refused(mock: Mock) -> None:
    sdk = Sdk(mock, api_token="x" * 40)
    with refused(cloudflare.AuthenticationError, 1000):
        sdk.call("user.tokens.verify")
    with refused(cloudflare.PermissionDeniedError, 9109):
        sdk.call(providers("list"), account_id=mock.account_id)


@TOOL.case
def a_body_that_breaks_a_rule_is_refused(mock: Mock) -> None:
    sdk, of = Sdk(mock), {"account_id": mock.account_id}
    wrong = okta(mock, "Okta", config={"client_id": "0oa1", "okta_account": 7})
    with refused(cloudflare.BadRequestError, 12130):
        sdk.call(providers("create"), **of, **wrong)


@TOOL.case
def the_sdk_waits_as_long_as_it_is_told_and_asks_again(mock: Mock) -> None:
    sdk = Sdk(mock)
    busy = {"errors": [{"code": 971, "message": "Please wait"}], "success": False, "messages": [], "result": None}
    mock.fail(side="cloudflare", times=1, answer={"status": 429, "headers": {"retry-after": "1"}, "body": busy})
    assert sdk.call("user.tokens.verify").status == "active"
    assert [exchange["status"] for exchange in mock.journal()] == [429, 200]


@TOOL.case
def the_sdk_gives_up_on_a_service_that_stays_busy(mock: Mock) -> None:
    sdk = Sdk(mock, max_retries=0)
    busy = {"errors": [{"code": 971, "message": "Please wait"}], "success": False, "messages": [], "result": None}
    mock.fail(side="cloudflare", answer={"status": 429, "body": busy})
    with refused(cloudflare.RateLimitError, 971):
        sdk.call("user.tokens.verify")
