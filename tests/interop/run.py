"""Runs strangers' tools against zt-mock: the vendors' SDKs, a SCIM tester, a relying party, a token verifier.

Exits with 1 if a case failed, if a tool has no case, or if the guide's table of routes is not what was found.
`make interop` builds the mock, installs the tools and calls this.
"""

import argparse
import difflib
import importlib
import os
import signal
import sys
from pathlib import Path

import guide_program
import route_table
from cases import Outcome, Tool, run
from exclusions import EXCLUSIONS
from zt_mock import Mock

ROOT = Path(__file__).parents[2]

# One module for each tool.
MODULES = ["okta_sdk", "cloudflare_sdk", "scim2", "oidc_relying_party", "jwt_verifier"]


def main() -> int:
    arguments = parse()
    # A polite kill takes the way of every other ending, on which the mock ends too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    with Mock(arguments.mock) as mock:
        # The tools read which authorities to trust when they are imported.
        os.environ.update(mock.ready["env"])
        tools: list[Tool] = [importlib.import_module(name).TOOL for name in arguments.only or MODULES]
        outcomes = [run(tool, mock) for tool in tools]
        section = route_table.render(mock.routes(), mock.exercised)
    summarize(outcomes)
    good = all(outcome.good for outcome in outcomes)
    # Without every tool's cases the table would say too little.
    if good and not arguments.only:
        good = keep(section) if arguments.write else is_fresh(section)
        good &= guide_program.works(ROOT / route_table.GUIDE, arguments.mock)
    return 0 if good else 1


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mock", type=Path, required=True, metavar="PATH", help="the program zt-mock")
    parser.add_argument("--only", action="append", choices=MODULES, help="one tool; may be repeated")
    parser.add_argument("--write", action="store_true", help=f"write the table into {route_table.GUIDE}")
    return parser.parse_args()


def summarize(outcomes: list[Outcome]) -> None:
    print("\nWhat the mock is not judged by:")
    for exclusion in EXCLUSIONS:
        print(f"  {exclusion.package}: {exclusion.what}\n    because {exclusion.evidence}")
    print("\n| tool | cases passed | cases failed |\n| --- | --- | --- |")
    for outcome in outcomes:
        print(f"| {outcome.tool.package} {outcome.tool.version} | {outcome.passed} | {outcome.failed} |")


def keep(section: str) -> bool:
    guide = ROOT / route_table.GUIDE
    guide.write_text(route_table.replaced(guide.read_text(), section))
    print(f"\nwrote the table into {route_table.GUIDE}")
    return True


def is_fresh(section: str) -> bool:
    page = (ROOT / route_table.GUIDE).read_text()
    wanted = route_table.replaced(page, section)
    lines = difflib.unified_diff(page.splitlines(), wanted.splitlines(), "committed", "found", lineterm="", n=0)
    if difference := list(lines):
        print(f"\nthe table in {route_table.GUIDE} is stale; `make interop-table` writes this:")
        print("\n".join(difference))
    return not difference


if __name__ == "__main__":
    sys.exit(main())
