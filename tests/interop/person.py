"""A person with a browser who logs in to the org: follows redirects, fills in the form, keeps cookies."""

import http.client
import ssl
import urllib.request
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin, urlsplit

from zt_mock import Mock


class StayHere(urllib.request.HTTPRedirectHandler):
    """Leaves redirects to whoever asked."""

    def redirect_request(self, *about: Any) -> None:
        return None


class Form(HTMLParser):
    """The form of a page: where it goes, and what is in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.action = given.get("action", "")
        if tag == "input" and "name" in given:
            self.fields[given["name"]] = given.get("value", "")


class Person:
    """Somebody with an account in the org."""

    def __init__(self, mock: Mock, login: str, password: str) -> None:
        self.login, self._password = login, password
        self._mock = mock
        self._trust = ssl.create_default_context(cafile=mock.ready["ca_file"])
        self.forget()

    @classmethod
    def first(cls, mock: Mock) -> "Person":
        """The first of the people who are there from the start."""
        person = mock.ready["okta"]["people"][0]
        return cls(mock, person["login"], person["password"])

    def forget(self) -> None:
        """Closes the browser and takes a new one, which has no cookies."""
        self._browser = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=self._trust),
            urllib.request.HTTPCookieProcessor(CookieJar()),
            urllib.request.ProxyHandler({}),
            StayHere(),
        )

    def session_token(self) -> str:
        """Logs in without a browser, as programs do for people."""
        with self._mock.noting("a person", "session token"):
            answer = self._mock.at_okta("POST", "authn", {"username": self.login, "password": self._password})
        return answer["sessionToken"]

    def visit(self, url: str) -> str:
        """Goes where a link leads and fills in the form that asks who it is. Returns the address of the relying
        party that this ends at, or the text of the page where it ends before."""
        with self._mock.noting("a person", "browser"):
            where, page = self._follow(url)
            form = Form(page)
            if "password" in form.fields:
                form.fields |= {"username": self.login, "password": self._password}
                where, page = self._follow(urljoin(where, form.action), urlencode(form.fields).encode())
            return page or where

    def _follow(self, url: str, body: bytes | None = None) -> tuple[str, str]:
        """Follows redirects while they stay with the mock: the last address, and the page there."""
        while self._is_of_the_mock(url):
            answer = self._open(url, body)
            if answer.status not in (302, 303):
                return url, answer.read().decode()
            url, body = urljoin(url, answer.headers["location"]), None
        return url, ""

    def _open(self, url: str, body: bytes | None) -> http.client.HTTPResponse | HTTPError:
        try:
            return self._browser.open(url, body, timeout=10)
        except HTTPError as answer:
            # Redirects, and pages that say what is wrong.
            return answer

    def _is_of_the_mock(self, url: str) -> bool:
        own = [self._mock.org_url, self._mock.api_url, self._mock.ready["cloudflare"]["auth_url"]]
        return urlsplit(url).netloc in [urlsplit(address).netloc for address in own]
