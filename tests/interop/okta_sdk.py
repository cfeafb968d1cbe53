"""Okta's management SDK for Python, on every noun of the org."""

import json
from typing import Any

from jwcrypto.jwk import JWK
from okta import models

from cases import Tool
from console import identity_provider
from okta_client import PACKAGE, Okta, refused
from okta_models import group, oidc_app, person, scim_app
from zt_mock import Mock

TOOL = Tool(PACKAGE)

# The feature of an app that sends people on.
PROVISIONING = "USER_PROVISIONING"


@TOOL.case
def groups_are_created_listed_page_by_page_updated_and_deleted(mock: Mock) -> None:
    okta = Okta(mock)
    made = [okta.add_group(group(f"Team {number}", "made by the SDK")) for number in range(5)]
    pages = list(okta.pages("list_groups", limit=2))
    # Some groups are there from the start.
    assert {one.id for page in pages for one in page} > {one.id for one in made}
    assert {len(page) for page in pages[:-1]} == {2}
    assert [one.id for one in okta.list_groups(q="Team 3")] == [made[3].id]
    renamed = okta.replace_group(made[0].id, group("Renamed"))
    assert renamed.profile.actual_instance.name == "Renamed"
    assert okta.get_group(made[0].id).profile.actual_instance.description is None
    okta.delete_group(made[0].id)
    with refused(404, "E0000007"):
        okta.get_group(made[0].id)


@TOOL.case
def people_are_created_listed_page_by_page_updated_and_deleted(mock: Mock) -> None:
    okta = Okta(mock)
    made = [okta.create_user(person(name), activate=True) for name in ("rosa", "sven", "tess")]
    assert {one.status for one in made} == {models.UserStatus.ACTIVE}
    pages = list(okta.pages("list_users", limit=2))
    assert {one.id for page in pages for one in page} > {one.id for one in made} and len(pages) > 1
    assert [one.id for one in okta.list_users(search='profile.login eq "sven@acme.example"')] == [made[1].id]

    rosa = made[0].id
    changed = okta.update_user(rosa, models.UpdateUserRequest(profile=models.UserProfile(nick_name="Rosie")))
    assert (changed.profile.nick_name, changed.profile.first_name) == ("Rosie", "Rosa")
    replaced = okta.replace_user(rosa, models.UpdateUserRequest(profile=person("rosa").profile))
    assert replaced.profile.nick_name is None

    okta.suspend_user(rosa)
    assert okta.get_user(rosa).status == models.UserStatus.SUSPENDED
    okta.unsuspend_user(rosa)
    okta.deactivate_user(rosa)
    okta.activate_user(rosa, send_email=False)
    # The first call deactivates, the second deletes.
    okta.delete_user(rosa)
    assert okta.get_user(rosa).status == models.UserStatus.DEPROVISIONED
    okta.delete_user(rosa)
    with refused(404, "E0000007"):
        okta.get_user(rosa)


@TOOL.case
def people_join_and_leave_groups(mock: Mock) -> None:
    okta = Okta(mock)
    rosa, sven = (okta.create_user(person(name), activate=True).id for name in ("rosa", "sven"))
    team = okta.add_group(group("Team")).id
    for user in (rosa, sven):
        okta.assign_user_to_group(team, user)
    assert sorted(okta.paged("list_group_users", team)) == sorted([rosa, sven])
    assert team in [one.id for one in okta.list_user_groups(rosa)]
    okta.unassign_user_from_group(team, rosa)
    assert [one.id for one in okta.list_group_users(team)] == [sven]


@TOOL.case
def oidc_apps_are_created_listed_page_by_page_updated_and_deleted(mock: Mock) -> None:
    okta = Okta(mock)
    made = [okta.create_application(oidc_app(f"App {number}")) for number in range(3)]
    assert all(isinstance(app, models.OpenIdConnectApplication) for app in made)
    pages = list(okta.pages("list_applications", limit=2))
    assert {app.id for page in pages for app in page} >= {app.id for app in made} and len(pages) > 1

    app = okta.get_application(made[0].id)
    app.label = "Renamed"
    app.settings.oauth_client.post_logout_redirect_uris = ["https://team.example/bye"]
    replaced = okta.replace_application(app.id, app)
    assert replaced.label == "Renamed"
    assert replaced.settings.oauth_client.post_logout_redirect_uris == ["https://team.example/bye"]
    assert replaced.credentials.oauth_client.client_id == app.id

    with refused(403, "E0000056"):
        okta.delete_application(app.id)
    okta.deactivate_application(app.id)
    okta.activate_application(app.id)
    okta.deactivate_application(app.id)
    okta.delete_application(app.id)
    with refused(404, "E0000007"):
        okta.get_application(app.id)


@TOOL.case
def client_secrets_are_rotated(mock: Mock) -> None:
    okta = Okta(mock)
    app = okta.create_application(oidc_app("App")).id
    first = okta.list_o_auth2_client_secrets(app)[0]
    second = okta.create_o_auth2_client_secret(app, models.OAuth2ClientSecretRequestBody())
    assert second.client_secret != first.client_secret and second.secret_hash != first.secret_hash
    with refused(400, "E0000001"):
        okta.create_o_auth2_client_secret(app, models.OAuth2ClientSecretRequestBody())
    assert okta.deactivate_o_auth2_client_secret(app, first.id).status == "INACTIVE"
    assert okta.activate_o_auth2_client_secret(app, first.id).status == "ACTIVE"
    okta.deactivate_o_auth2_client_secret(app, first.id)
    okta.delete_o_auth2_client_secret(app, first.id)
    assert okta.get_o_auth2_client_secret(app, second.id).client_secret == second.client_secret
    assert [secret.id for secret in okta.list_o_auth2_client_secrets(app)] == [second.id]


@TOOL.case
def groups_are_assigned_to_an_app(mock: Mock) -> None:
    okta = Okta(mock)
    first, second = (okta.create_application(oidc_app(label)).id for label in ("First", "Second"))
    red, blue = (okta.add_group(group(name)).id for name in ("Red", "Blue"))
    for app, team in ((first, red), (first, blue), (second, red)):
        okta.assign_group_to_application(app, team)
    assert okta.get_application_group_assignment(first, red).id == red
    assert sorted(okta.paged("list_assigned_applications_for_group", red)) == sorted([first, second])
    okta.unassign_application_from_group(first, red)
    assert [one.id for one in okta.list_application_group_assignments(first)] == [blue]
    # No page of these is smaller than 20.
    for number in range(20):
        more = mock.at_okta("POST", "groups", {"profile": {"name": f"Group {number}"}})["id"]
        mock.at_okta("PUT", f"apps/{first}/groups/{more}", {})
    assert len(set(okta.paged("list_application_group_assignments", first, limit=20))) == 21
    with refused(404, "E0000007"):
        okta.get_application_group_assignment(first, red)


@TOOL.case
def people_are_assigned_to_an_app(mock: Mock) -> None:
    okta = Okta(mock)
    app = okta.create_application(oidc_app("App")).id
    rosa, sven = (okta.create_user(person(name), activate=True).id for name in ("rosa", "sven"))
    for user in (rosa, sven):
        assigned = okta.assign_user_to_application(app, models.AppUserAssignRequest(id=user, scope="USER"))
        assert (assigned.id, assigned.scope) == (user, "USER")
    assert assigned.credentials.user_name == "sven@acme.example"
    profile = models.AppUserProfileRequestPayload(profile={"nickname": "Rosie"})
    okta.update_application_user(app, rosa, models.AppUserUpdateRequest(profile))
    assert okta.get_application_user(app, rosa).profile["nickname"] == "Rosie"
    assert sorted(okta.paged("list_application_users", app)) == sorted([rosa, sven])
    okta.unassign_user_from_application(app, rosa)
    assert [one.id for one in okta.list_application_users(app)] == [sven]
    with refused(404, "E0000007"):
        okta.get_application_user(app, rosa)


@TOOL.case
def a_scim_app_is_connected_and_provisions(mock: Mock) -> None:
    okta = Okta(mock)
    app = okta.create_application(scim_app()).id
    assert okta.get_default_provisioning_connection_for_application(app).status == "DISABLED"
    with refused(400, "E0000001"):
        okta.list_features_for_application(app)

    made = connect(okta, app, identity_provider(mock, scim=True)["scim_config"])
    assert made.status == "ENABLED" and not hasattr(made.profile, "token")
    okta.deactivate_default_provisioning_connection_for_application(app)
    assert okta.get_default_provisioning_connection_for_application(app).status == "DISABLED"
    okta.activate_default_provisioning_connection_for_application(app)

    updated = provision(okta, app)
    assert updated.capabilities.create.lifecycle_create.status == models.EnabledStatus.ENABLED
    assert okta.get_feature_for_application(app, PROVISIONING).capabilities == updated.capabilities
    assert PROVISIONING in [one.name.value for one in okta.list_features_for_application(app)]
    assert "PUSH_NEW_USERS" in okta.get_application(app).features


@TOOL.case
def groups_are_pushed_and_no_longer_pushed(mock: Mock) -> None:
    okta = Okta(mock)
    app, team = okta.create_application(scim_app()).id, okta.add_group(group("Team")).id
    connect(okta, app, identity_provider(mock, scim=True)["scim_config"])
    provision(okta, app)
    wanted = models.CreateGroupPushMappingRequest(source_group_id=team, target_group_name="Team")
    # Returns nothing, see exclusions.py.
    okta.create_group_push_mapping(app, wanted)
    mapping = okta.list_group_push_mappings(app)[0]
    assert (mapping.source_group_id, mapping.status) == (team, "ACTIVE")
    with refused(400, "E0000001"):
        okta.delete_group_push_mapping(app, mapping.id, delete_target_group=False)
    switched = okta.update_group_push_mapping(app, mapping.id, models.UpdateGroupPushMappingRequest(status="INACTIVE"))
    assert switched.status == okta.get_group_push_mapping(app, mapping.id).status == "INACTIVE"
    other = models.CreateGroupPushMappingRequest(
        source_group_id=okta.add_group(group("Other")).id, target_group_name="Other"
    )
    okta.create_group_push_mapping(app, other)
    assert len(okta.paged("list_group_push_mappings", app)) == 2
    okta.delete_group_push_mapping(app, mapping.id, delete_target_group=False)
    assert mapping.id not in [one.id for one in okta.list_group_push_mappings(app)]
    with refused(404, "E0000007"):
        okta.get_group_push_mapping(app, mapping.id)


@TOOL.case
def who_is_assigned_and_what_is_pushed_arrives_at_cloudflare(mock: Mock) -> None:
    okta, provider = Okta(mock), identity_provider(mock, scim=True)
    app, team = okta.create_application(scim_app()).id, okta.add_group(group("Team")).id
    rosa = okta.create_user(person("rosa"), activate=True).id
    connect(okta, app, provider["scim_config"])
    provision(okta, app)
    okta.assign_user_to_application(app, models.AppUserAssignRequest(id=rosa, scope="USER"))
    okta.assign_user_to_group(team, rosa)
    okta.create_group_push_mapping(
        app, models.CreateGroupPushMappingRequest(source_group_id=team, target_group_name="Team")
    )
    left = mock.control("POST", "okta/provisioning/drain")
    assert left["pending"] == left["refused"] == 0, left

    received = f"access/identity_providers/{provider['id']}/scim"
    [user] = mock.at_cloudflare("GET", f"{received}/users")
    [pushed] = mock.at_cloudflare("GET", f"{received}/groups")
    assert (user["emails"][0]["value"], pushed["displayName"]) == ("rosa@acme.example", "Team")
    assigned = okta.get_application_user(app, rosa)
    assert (assigned.status, assigned.external_id) == (models.AppUserStatus.PROVISIONED, user["id"])
    assert okta.list_group_push_mappings(app)[0].error_summary is None


def connect(okta: Okta, app: str, scim: dict[str, Any]) -> Any:
    """Gives an app the endpoint and the secret of an identity provider."""
    profile = models.ProvisioningConnectionTokenRequestProfile(auth_scheme="TOKEN", token=scim["secret"])
    request = models.ProvisioningConnectionTokenRequest(base_url=scim["scim_base_url"], profile=profile)
    request = models.UpdateDefaultProvisioningConnectionForApplicationRequest(request)
    return okta.update_default_provisioning_connection_for_application(app, request, activate=True)


def provision(okta: Okta, app: str) -> Any:
    """Lets an app create, update and deactivate people."""
    on = models.EnabledStatus.ENABLED
    capabilities = models.CapabilitiesObject(
        create=models.CapabilitiesCreateObject(lifecycle_create=models.LifecycleCreateSettingObject(status=on)),
        update=models.CapabilitiesUpdateObject(
            profile=models.ProfileSettingObject(status=on),
            lifecycle_deactivate=models.LifecycleDeactivateSettingObject(status=on),
        ),
    )
    request = models.UpdateFeatureForApplicationRequest(capabilities)
    return okta.update_feature_for_application(app, PROVISIONING, request)


@TOOL.case
def policies_are_listed_and_bound_to_an_app(mock: Mock) -> None:
    okta = Okta(mock)
    policy = okta.list_policies(type="ACCESS_POLICY")[0]
    assert okta.get_policy(policy.id).name == policy.name
    app = okta.create_application(oidc_app("App")).id
    okta.assign_application_policy(app, policy.id)
    assert okta.get_application(app).links.access_policy.href.endswith(policy.id)


@TOOL.case
def the_system_log_tells_what_the_sdk_did(mock: Mock) -> None:
    okta = Okta(mock)
    app = okta.create_application(oidc_app("App")).id
    okta.deactivate_application(app)
    # With an end the log has a last page, without one it is for polling.
    period = {"since": "2020-01-01T00:00:00Z", "until": "2099-01-01T00:00:00Z"}
    events = [event for page in okta.pages("list_log_events", limit=1, **period) for event in page]
    told = [event.event_type for event in events if app in [target.id for target in event.target or []]]
    assert told[:2] == ["application.lifecycle.create", "application.lifecycle.deactivate"], told


@TOOL.case
def the_org_describes_itself(mock: Mock) -> None:
    assert Okta(mock).get_wellknown_org_metadata().links.organization.href == mock.org_url


@TOOL.case
def an_access_token_opens_what_its_scopes_name(mock: Mock) -> None:
    token = mock.control("POST", "okta/access-tokens", {"scopes": ["okta.groups.read"]})["access_token"]
    okta = Okta(mock, token=token, authorizationMode="Bearer")
    assert okta.list_groups()
    with refused(403, "E0000006"):
        okta.list_users()


@TOOL.case
def a_service_app_signs_for_its_access_token(mock: Mock) -> None:
    administrator, key = Okta(mock), JWK.generate(kty="RSA", size=2048, kid="first")
    # The model of a key is that of an answer, and demands an id.
    public = {**json.loads(key.export_public()), "use": "sig", "id": "new"}
    app = oidc_app("Service")
    app.credentials.oauth_client.token_endpoint_auth_method = "private_key_jwt"
    app.settings.oauth_client = models.OpenIdConnectApplicationSettingsClient(
        application_type="service",
        response_types=["token"],
        grant_types=["client_credentials"],
        jwks=models.OpenIdConnectApplicationSettingsClientKeys.from_dict({"keys": [public]}),
    )
    app = administrator.create_application(app)
    assert len(app.settings.oauth_client.jwks.keys) == 1

    wanted = models.OAuth2ScopeConsentGrant(scope_id="okta.groups.read", issuer=mock.org_url)
    granted = administrator.grant_consent_to_scope(app.id, wanted)
    assert [one.id for one in administrator.list_scope_consent_grants(app.id)] == [granted.id]
    assert administrator.get_scope_consent_grant(app.id, granted.id).scope_id == "okta.groups.read"

    credentials = {
        "authorizationMode": "PrivateKey",
        "clientId": app.credentials.oauth_client.client_id,
        "privateKey": json.loads(key.export_private()),
        "scopes": ["okta.groups.read"],
    }
    service = Okta(mock, **credentials)
    assert service.list_groups()
    with refused(403, "E0000006"):
        service.list_users()

    administrator.revoke_scope_consent_grant(app.id, granted.id)
    with refused(400, "consent_required"):
        Okta(mock, **credentials).list_groups()


@TOOL.case
def a_custom_authorization_server_gets_scopes_claims_and_keys(mock: Mock) -> None:
    okta = Okta(mock)
    wanted = models.AuthorizationServer(name="Access", audiences=["api://access"], description="for Zero Trust")
    server = okta.create_authorization_server(wanted).id
    assert set(okta.paged("list_authorization_servers")) == {"default", server}
    assert okta.get_authorization_server(server).issuer == f"{mock.org_url}/oauth2/{server}"

    scope = okta.create_o_auth2_scope(server, models.OAuth2Scope(name="access.read")).id
    assert scope in [one.id for one in okta.list_o_auth2_scopes(server)]
    claim = models.OAuth2Claim(
        name="groups",
        claim_type="IDENTITY",
        value_type="GROUPS",
        value="access-",
        group_filter_type="STARTS_WITH",
        always_include_in_token=True,
        conditions=models.OAuth2ClaimConditions(scopes=[]),
    )
    claim = okta.create_o_auth2_claim(server, claim).id
    assert claim in [one.id for one in okta.list_o_auth2_claims(server)]

    before = okta.get_authorization_server(server).credentials.signing.kid
    keys = okta.rotate_authorization_server_keys(server, models.JwkUse(use="sig"))
    assert {key.kid for key in keys if key.status == "ACTIVE"} != {before}

    okta.delete_authorization_server(server)
    with refused(404, "E0000007"):
        okta.get_authorization_server(server)


@TOOL.case
def a_wrong_token_is_refused(mock: Mock) -> None:
    with refused(401, "E0000011"):
        Okta(mock, token="00" + "x" * 40).list_groups()


@TOOL.case
def the_sdk_waits_for_the_end_of_a_window_and_asks_again(mock: Mock) -> None:
    okta = Okta(mock)
    _, first = okta.call("list_groups", limit=1)
    budget, ends = (int(first.headers[f"x-rate-limit-{name}"]) for name in ("limit", "reset"))
    for _ in range(budget - 1):
        okta.list_groups(limit=1)
    # The window is all but over, so that nobody waits long.
    mock.advance_to(ends - 2)
    assert okta.list_groups(limit=1)
    statuses = [exchange["status"] for exchange in mock.journal()]
    assert statuses == [200] * budget + [429, 200], statuses


@TOOL.case
def the_sdk_gives_up_on_a_service_that_stays_busy(mock: Mock) -> None:
    okta = Okta(mock, rateLimit={"maxRetries": 0})
    mock.fail(path="/api/v1/groups", answer={"status": 429, "body": {"errorCode": "E0000047"}})
    with refused(429, "E0000047"):
        okta.list_groups()
