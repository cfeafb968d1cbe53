"""The table of routes in the guide about the mock: what is served, and which stranger's call it has answered."""

from collections import defaultdict
from collections.abc import Mapping
from itertools import groupby

from zt_mock import Route

GUIDE = "docs/guides/mock.md"
BEGIN = "<!-- routes: `make interop-table` writes this section -->\n"
END = "<!-- end of routes -->\n"

SIDES = {"okta": "Okta org", "cloudflare": "Cloudflare API", "team": "Team domain"}

# Where a route is tested that no stranger's tool reaches.
ELSEWHERE = "—"


def render(routes: list[Route], exercised: Mapping[Route, set[tuple[str, str]]]) -> str:
    """The section between the marks, in Markdown: one table for each side, in the mock's order."""
    lines = []
    for side, table in groupby(routes, key=lambda route: route.side):
        lines += ["", f"### {SIDES[side]}", "", "| route served | exercised by |", "| --- | --- |"]
        lines += [f"| `{route.method} {route.path}` | {callers(exercised.get(route, set()))} |" for route in table]
    return "\n".join(lines) + "\n\n"


def callers(calls: set[tuple[str, str]]) -> str:
    """The calls by tool, or a dash."""
    by_tool = defaultdict(list)
    for tool, call in sorted(calls):
        by_tool[tool].append(f"`{call}`")
    return "; ".join(f"{tool}: {', '.join(names)}" for tool, names in by_tool.items()) or ELSEWHERE


def replaced(page: str, section: str) -> str:
    """The page with another section between the marks."""
    before, found, rest = page.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not (found and closed):
        raise ValueError(f"{GUIDE} lacks the lines {BEGIN!r} and {END!r}")
    return before + BEGIN + section + END + after
