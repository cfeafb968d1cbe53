"""What an administrator describes to Okta's SDK."""

from typing import Any

from okta import models


class CatalogueApplication(models.SamlApplication):
    """An app of the catalogue: the SDK reads the key name of a SAML app and leaves it out of what it sends."""

    def to_dict(self) -> dict[str, Any]:
        return {**super().to_dict(), "name": self.name}


def scim_app() -> CatalogueApplication:
    """The app of the catalogue that Cloudflare's guide names."""
    return CatalogueApplication(name="scim2headerauth", label="SCIM", sign_on_mode="SAML_2_0")


def oidc_app(label: str) -> models.OpenIdConnectApplication:
    """A web application as an administrator would describe it."""
    oauth_client = models.OpenIdConnectApplicationSettingsClient(
        application_type="web",
        redirect_uris=["https://team.example/cdn-cgi/access/callback"],
        response_types=["code"],
        grant_types=["authorization_code"],
    )
    credentials = models.ApplicationCredentialsOAuthClient(token_endpoint_auth_method="client_secret_basic")
    return models.OpenIdConnectApplication(
        name="oidc_client",
        label=label,
        sign_on_mode="OPENID_CONNECT",
        credentials=models.OAuthApplicationCredentials(oauth_client=credentials),
        settings=models.OpenIdConnectApplicationSettings(oauth_client=oauth_client),
    )


def group(name: str, description: str | None = None) -> models.AddGroupRequest:
    """A group of Okta's own."""
    return models.AddGroupRequest(profile=models.OktaUserGroupProfile(name=name, description=description))


def person(name: str) -> models.CreateUserRequest:
    """A person with a password."""
    login = f"{name}@acme.example"
    return models.CreateUserRequest(
        profile=models.UserProfile(first_name=name.title(), last_name="Tester", email=login, login=login),
        credentials=models.UserCredentialsWritable(password=models.PasswordCredential(value="Correct-Horse-7")),
    )
