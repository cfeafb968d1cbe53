"""A running `zt-mock`, and what its journal says about who called which of its routes."""

import json
import ssl
import subprocess
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

# The mock calls itself too: Okta's SCIM client writes to Cloudflare under this name, and Cloudflare's login asks Okta
# under none.
SCIM_CLIENT = "Okta SCIM Client"


@dataclass(frozen=True, order=True)
class Route:
    """One route as `GET /_mock/routes` lists it."""

    side: str
    method: str
    path: str


class Mock:
    """`zt-mock serve --tls` with a process of its own. Leaving the `with` block ends it."""

    def __init__(self, program: Path) -> None:
        # The integrator's budgets are large enough for every case, and small enough for one that uses them up.
        command = [str(program), "serve", "--tls", "--rate-limit", "integrator"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert self._process.stdout
            line = self._process.stdout.readline()
            if not line:
                raise RuntimeError(f"{program} ended with {self._process.wait()} before it was ready")
            self.ready: dict[str, Any] = json.loads(line)
            self._trust = ssl.create_default_context(cafile=self.ready["ca_file"])
        except BaseException:
            self.stop()
            raise
        self._seen = 0
        # Which calls of which tool were answered by a route.
        self.exercised: dict[Route, set[tuple[str, str]]] = defaultdict(set)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends the process, politely first."""
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def org_url(self) -> str:
        """The Okta org."""
        return self.ready["okta"]["org_url"]

    @property
    def api_url(self) -> str:
        """Cloudflare's API, `/client/v4` included."""
        return self.ready["cloudflare"]["api_url"]

    @property
    def account_id(self) -> str:
        """The Cloudflare account."""
        return self.ready["cloudflare"]["account_id"]

    @property
    def zone_id(self) -> str:
        """A zone of the account."""
        return self.ready["env"]["TF_VAR_cloudflare_zone_id"]

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Calls a route below `/_mock/` and returns its JSON, None where it answers with nothing."""
        return self._ask(f"{self.org_url}/_mock/{path}", method, body, {})

    def at_cloudflare(self, method: str, path: str, body: Any = None) -> Any:
        """Does in Cloudflare's account what a case needs done, with nobody's SDK, and returns the result."""
        token = self.ready["cloudflare"]["api_token"]
        url = f"{self.api_url}/accounts/{self.account_id}/{path}"
        return self._ask(url, method, body, {"Authorization": f"Bearer {token}"})["result"]

    def at_okta(self, method: str, path: str, body: Any = None) -> Any:
        """Does in Okta's org what a case needs done, with nobody's SDK, and returns the answer."""
        token = self.ready["okta"]["api_token"]
        return self._ask(f"{self.org_url}/api/v1/{path}", method, body, {"Authorization": f"SSWS {token}"})

    def over_scim(self, scim: dict[str, Any], noun: str, resource: dict[str, Any]) -> Any:
        """Creates a resource as a SCIM client would that knows an identity provider's endpoint and secret."""
        credential = {"Authorization": f"Bearer {scim['secret']}"}
        return self._ask(f"{scim['scim_base_url']}/{noun}", "POST", resource, credential)

    def _ask(self, url: str, method: str, body: Any, headers: dict[str, str]) -> Any:
        sent = b"" if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **headers}
        request = urllib.request.Request(url, sent or None, headers, method=method)
        if method != "GET" and not sent:
            request.add_header("Content-Length", "0")
        try:
            with urllib.request.urlopen(request, context=self._trust, timeout=10) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {url} answered {error.code}: {error.read().decode()}") from error
        return json.loads(text) if text else None

    def reset(self) -> None:
        """Everything as it was at the start."""
        self.control("POST", "reset")
        self._seen = 0

    def routes(self) -> list[Route]:
        """Every route of both vendors, in the order of the mock's tables."""
        return [Route(**route) for route in self.control("GET", "routes")]

    def fail(self, **fault: Any) -> None:
        """Scripts a fault; its members are those of `/_mock/faults`."""
        self.control("POST", "faults", fault)

    def advance_to(self, moment: int) -> None:
        """Moves the mock's clock ahead to this moment, in seconds since the epoch."""
        now = datetime.fromisoformat(self.control("GET", "clock")["now"]).timestamp()
        self.control("POST", "clock", {"advance_seconds": max(0, int(moment - now))})

    def journal(self, since: int = 0) -> list[dict[str, Any]]:
        """The exchanges of this case, or those after one that was seen."""
        return self.control("GET", f"journal?since={since}")

    @contextmanager
    def noting(self, tool: str, call: str) -> Iterator[None]:
        """Notes the routes that answer inside of the block as exercised by this call of this tool."""
        before = len(self.journal(since=self._seen))
        self._seen += before
        yield
        exchanges = self.journal(since=self._seen)
        self._seen += len(exchanges)
        for exchange in exchanges:
            if served_a_stranger(exchange):
                route = Route(exchange["side"], exchange["method"], exchange["route"])
                self.exercised[route].add((tool, call))


def served_a_stranger(exchange: dict[str, Any]) -> bool:
    """Whether a route did what somebody other than the mock itself asked of it."""
    agent = dict(exchange["request_headers"]).get("user-agent", "")
    stranger = agent and not agent.startswith(SCIM_CLIENT)
    return bool(stranger and exchange["route"] and not exchange["scripted"] and exchange["status"] < 400)
