"""What an administrator set up in both consoles before a case begins that is about something else."""

from dataclasses import dataclass
from typing import Any

from zt_mock import Mock


@dataclass(frozen=True)
class Client:
    """A web application that is registered in the org."""

    app_id: str
    client_id: str
    secret: str


def register(
    mock: Mock,
    redirect_uri: str,
    goodbye_uri: str | None = None,
    pkce: bool = True,
    auth: str = "client_secret_basic",
) -> Client:
    """Registers a web application that people log in to with the code flow."""
    settings = {
        "application_type": "web",
        "redirect_uris": [redirect_uri],
        "post_logout_redirect_uris": [goodbye_uri] if goodbye_uri else [],
        "response_types": ["code"],
        "grant_types": ["authorization_code", "refresh_token"],
    }
    app = {
        "name": "oidc_client",
        "label": "Relying party",
        "signOnMode": "OPENID_CONNECT",
        "credentials": {"oauthClient": {"token_endpoint_auth_method": auth, "pkce_required": pkce}},
        "settings": {"oauthClient": settings},
    }
    made = mock.at_okta("POST", "apps", app)
    client = made["credentials"]["oauthClient"]
    return Client(made["id"], client["client_id"], client["client_secret"])


def assign(mock: Mock, client: Client, login: str) -> None:
    """Lets somebody log in to an application."""
    user = mock.at_okta("GET", f"users/{login}")
    mock.at_okta("POST", f"apps/{client.app_id}/users", {"id": user["id"], "scope": "USER"})


def identity_provider(mock: Mock, client: Client | None = None, scim: bool = False) -> dict[str, Any]:
    """Makes the org a login method of Zero Trust, as this client where one is given. The answer of Cloudflare."""
    config = {
        "client_id": client.client_id if client else "0oa1",
        "client_secret": client.secret if client else "not-a-secret",
        "okta_account": mock.org_url,
        # Without it people whose token says nothing of groups are turned away.
        "api_token": mock.ready["okta"]["api_token"],
        "pkce_enabled": True,
    }
    body = {"name": "Okta", "type": "okta", "config": config, "scim_config": {"enabled": scim}}
    return mock.at_cloudflare("POST", "access/identity_providers", body)
