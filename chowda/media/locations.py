"""Which locations of media an app can open. An app resolves a location itself: Chowda never opens one."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from chowda.errors import BadUserInput
from chowda.text_checks import check_line

LOCATION_LIMIT = 4096
_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?P<rest>.*)", re.DOTALL)
_DRIVE = re.compile(r"(?:file:/{0,3})?[A-Za-z]:(?:[\\/]|$)", re.IGNORECASE)
_EXAMPLES = "Enter a URI (file:///media/a.mp4, https://…, baapb://…) or an absolute path"
_CUT_AT = "?#"


def check_location(what: str, location: str) -> str:
    """The location, if an app can open it. Raises BadUserInput, which begins with `what`.

    mmif-python, with which apps read locations, takes the path of a file: URI literally: it does not decode %20, and
    ignores a host. It parses the rest as a URI, so that a path ends before ? and #.
    """
    check_line(what, location, LOCATION_LIMIT)
    problem = _problem(location)
    if problem:
        raise BadUserInput(f"{what} is {location[:200]!r}, {problem}.")
    return location


def join_location(prefix: str, path: str) -> str:
    """The location of a relative path below a prefix. It is percent-encoded only in http and https URLs."""
    if urlsplit(prefix).scheme in ("http", "https"):
        path = quote(path)
    return f"{prefix.rstrip('/')}/{path}"


def _problem(location: str) -> str | None:
    """The rest of a sentence, without a full stop."""
    if _DRIVE.match(location) or location.startswith("\\"):
        return "a Windows path, which apps cannot open. Enter the path under which the apps see the file"
    if location.startswith("/"):
        return _cut_path(location)
    match = _SCHEME.fullmatch(location)
    if match and location.startswith("file:///"):  # as most are
        return _cut_path(location)
    if match is None:
        return f"neither a URI nor an absolute path. {_EXAMPLES}"
    try:
        parts = urlsplit(location)
        host, port = parts.hostname, parts.port
    except ValueError as exc:
        return f"not a valid URI ({exc}). {_EXAMPLES}"
    scheme, rest = match["scheme"].lower(), match["rest"]
    if scheme == "file":
        return _file_problem(host, port, rest)
    if not rest.startswith("//") or not rest.strip("/"):
        return f"not a complete URI. {_EXAMPLES}"
    if scheme in ("http", "https") and not host:
        return "a URL without a host. Enter the complete URL"
    return None


def _file_problem(host: str | None, port: int | None, rest: str) -> str | None:
    path = rest.removeprefix("//").removeprefix(rest.removeprefix("//").partition("/")[0]) if host else rest
    if (host not in (None, "localhost")) or port is not None:
        return f"a file on the host {host!r}, but apps ignore the host. Write three slashes: file:///path"
    if not path.removeprefix("//").startswith("/"):
        return "a file URI without an absolute path. Write file:///path"
    return _cut_path(path)


def _cut_path(path: str) -> str | None:
    wrong = next((character for character in _CUT_AT if character in path), None)
    if wrong is None:
        return None
    return f"but apps cannot open a path that contains {wrong!r}. Rename the file"
