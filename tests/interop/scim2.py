"""scim2-tester, a public tester of SCIM 2.0 services, on the endpoint of an identity provider."""

import os
import ssl
from collections import Counter

import httpx2
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

from cases import Tool
from console import identity_provider
from zt_mock import Mock

TOOL = Tool("scim2-tester")


class Noted(httpx2.HTTPTransport):
    """Notes each request."""

    def __init__(self, mock: Mock) -> None:
        super().__init__(verify=ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"]))
        self._mock = mock

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        with self._mock.noting(TOOL.package, "check_server"):
            return super().handle_request(request)


@TOOL.case
def every_check_of_users_passes(mock: Mock) -> None:
    check(mock, "User")


@TOOL.case
def every_check_of_groups_passes(mock: Mock) -> None:
    check(mock, "Group")


def check(mock: Mock, resource_type: str) -> None:
    """Runs the tester's checks of the service, and of one kind of resource; prints what did not simply succeed."""
    scim = identity_provider(mock, scim=True)["scim_config"]
    headers = {"Authorization": f"Bearer {scim['secret']}"}
    with httpx2.Client(base_url=scim["scim_base_url"], headers=headers, transport=Noted(mock)) as http:
        results = check_server(SyncSCIMClient(http), resource_types=[resource_type])
    for result in results:
        if result.status is not Status.SUCCESS:
            print(f"          {result.status.name.lower()}: {result.title}: {result.reason}")
    counts = Counter(result.status.name.lower() for result in results)
    print(f"          {len(results)} checks: {', '.join(f'{count} {status}' for status, count in counts.items())}")
    assert counts["success"] > 0 and not counts["error"] and not counts["critical"]
