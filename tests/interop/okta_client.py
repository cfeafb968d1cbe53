"""The client of Okta's SDK with plain calls for its asynchronous ones, each of which is noted."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from okta.client import Client
from okta.pagination import PaginationHelper

from zt_mock import Mock

PACKAGE = "okta"


class Refused(Exception):
    """An error that the SDK made of Okta's answer, or of its absence."""

    def __init__(self, error: Any) -> None:
        super().__init__(str(error))
        self.status = getattr(error, "status", None)
        self.code = getattr(error, "error_code", None)


class Okta:
    """The SDK's client, with plain calls for its asynchronous ones: `okta.get_group(id)` returns the group."""

    def __init__(self, mock: Mock, **settings: Any) -> None:
        self._mock = mock
        self._client = Client({"orgUrl": mock.org_url, "token": mock.ready["okta"]["api_token"], **settings})

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *args, **kwargs: self.call(name, *args, **kwargs)[0]

    def pages(self, name: str, *args: Any, **kwargs: Any) -> Iterator[list[Any]]:
        """The pages of a list, each asked for with the cursor that the SDK finds in the one before."""
        after = None
        while True:
            found, response = self.call(name, *args, after=after, **kwargs)
            yield found
            after = PaginationHelper.extract_next_cursor(response.headers)
            if after is None:
                return

    def paged(self, name: str, *args: Any, limit: int = 1) -> list[str]:
        """The ids in a list that is asked for page by page, and has several."""
        pages = list(self.pages(name, *args, limit=limit))
        sizes = [len(page) for page in pages]
        assert len(sizes) > 1 and max(sizes) == limit, f"{name} has pages of {sizes}"
        return [one.id for page in pages for one in page]

    def call(self, name: str, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        """What a call of the SDK returned, and the response around it."""
        with self._mock.noting(PACKAGE, name):
            # Calls that return nothing leave out the first of the three.
            *found, response, error = asyncio.run(getattr(self._client, name)(*args, **kwargs))
            if error is not None:
                raise Refused(error)
            return (found[0] if found else None), response


@contextmanager
def refused(status: int, code: str) -> Iterator[None]:
    """Expects that the block is refused with this status and Okta's error code."""
    try:
        yield
    except Refused as refusal:
        assert (refusal.status, refusal.code) == (status, code), f"refused, but with: {refusal}"
    else:
        raise AssertionError(f"was not refused with {status} {code}")
