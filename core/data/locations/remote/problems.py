"""Errors of remote files, in words. Messages of the libraries may hold credentials and are not shown."""

import os
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from core.problems import Problem

_SIGN_IN = {
    "http": "A user and a password belong into ~/.netrc.",
    "https": "A user and a password belong into ~/.netrc.",
    "hf": "A gated or private data set needs `hf auth login` first.",
    "s3": "Check the credentials: ~/.aws/credentials, AWS_PROFILE, or AWS_ACCESS_KEY_ID and the like.",
    "gs": "Sign in with `gcloud auth application-default login`.",
}


def describe(error: BaseException, url: str, where: str) -> Problem:
    """The error of a library while a file at `url` was looked up or copied."""
    status = status_of(error)
    scheme = urlsplit(url).scheme.lower()
    names = {type(each).__name__ for each in _chain(error)}
    if status in (401, 403) or names & {"PermissionError", "NoCredentialsError", "GatedRepoError"}:
        return Problem(
            f"access denied{f' ({status})' if status else ''}",
            where=where,
            mend=_SIGN_IN.get(scheme, "Check the credentials."),
        )
    if status in (404, 410) or (status is None and _is_missing(error)):
        return Problem(
            f"no such file{f' ({status})' if status else ''}", where=where, mend="Check the address."
        )
    if status is not None:
        return Problem(f"the server answers {status}", where=where, mend="Try again later.")
    return Problem(
        f"cannot be reached ({_reason(error)})",
        where=where,
        mend="Check the address and the network, or copy the file here and name the copy.",
    )


def status_of(error: BaseException) -> int | None:
    """The HTTP status in an error or its causes; None if there is none."""
    for each in _chain(error):
        response = getattr(each, "response", None)
        if isinstance(response, dict):  # botocore
            response = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        for value in (getattr(each, "status", None), getattr(response, "status_code", response)):
            if isinstance(value, int) and 100 <= value < 600:
                return value
    return None


def is_unreachable(error: BaseException) -> bool:
    """Whether a copy from before may be used instead: no answer, an error of the server, or access denied."""
    status = status_of(error)
    return (status is None and not _is_missing(error)) or status in (401, 403) or (status or 0) >= 500


def web_page(url: str, where: str) -> Problem:
    """A server that sent a web page instead of the file."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    mend = "Open the address in a browser, and name the address of the file itself; or download it."
    if "/blob/" in url and host in ("github.com", "huggingface.co"):
        mend = f"Write /{'raw' if host == 'github.com' else 'resolve'}/ instead of /blob/."
    elif host == "huggingface.co" and (found := re.search(r"/datasets/([\w.-]+/[\w.-]+)/?$", url)):
        mend = f"Name the data set: {found[1]}."
    return Problem("the server sent a web page, not data", where=where, mend=mend)


def _is_missing(error: BaseException) -> bool:
    """Whether the file is said to be missing, and not because its server gave no answer."""
    chain = list(_chain(error))
    names = {type(each).__name__ for each in chain}
    if names & {"LocalEntryNotFoundError", "OfflineModeIsEnabled"}:
        return False
    said = isinstance(error, FileNotFoundError) or bool(
        names & {"EntryNotFoundError", "RepositoryNotFoundError", "RevisionNotFoundError", "NoSuchBucket"}
    )
    return said and not any(isinstance(each, OSError | TimeoutError) for each in chain[1:])


def _reason(error: BaseException) -> str:
    if type(error).__name__ in ("ClientPayloadError", "ServerDisconnectedError"):
        return "the connection broke off"
    for each in reversed(list(_chain(error))):
        if type(each).__name__ == "OfflineModeIsEnabled":
            return "HF_HUB_OFFLINE is set, or the Hub does not answer"
        if isinstance(each, TimeoutError):
            return "no answer in time"
        if isinstance(each, OSError) and each.strerror:
            return os.strerror(each.errno) if each.errno and each.errno > 0 else each.strerror
    return type(error).__name__


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and its causes, at most ten."""
    current: BaseException | None = error
    for _ in range(10):
        if current is None:
            return
        yield current
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
