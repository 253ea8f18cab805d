"""Names of data: paths, patterns, several files, URLs. Secrets in a URL are neither shown nor kept."""

import glob
import re
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from core.problems import Problem

_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_SECRET = re.compile(
    r"(?i)(^|[-_.])(sig|signature|token|credential|key|secret|password|passwd|auth|authorization|policy|awsaccesskeyid)$"
)


def is_url(name: str) -> bool:
    """Whether data are named by a URL, such as `https://…`, `hf://…` or `s3://…`."""
    return _URL.match(name) is not None


def without_secrets(url: str) -> str:
    """A URL without user and password, and without its query if that has a signature or a token."""
    parts = urlsplit(url)
    host = (
        parts.netloc.rpartition("@")[2] if parts.scheme.lower() in ("http", "https", "ftp") else parts.netloc
    )
    query = "" if _is_signed(parts.query) else parts.query
    return parts._replace(netloc=host, query=query, fragment="").geturl()


def public_name(name: str) -> str:
    """A name of data without secrets."""
    return without_secrets(name) if is_url(name) else name


def check_without_secrets(name: str) -> None:
    """Check that a name may be written into a configuration.

    Raises:
        Problem: it is a URL with a password, a signature or a token.
    """
    if is_url(name) and without_secrets(name) != urlsplit(name)._replace(fragment="").geturl():
        raise Problem(
            "the address holds a password, signature or token, which a run would keep in its config.toml",
            where=without_secrets(name),
            mend="Run `bertcls-tui check` with it, which keeps a copy of the file; then train with the "
            "address as it is shown here. A user and a password belong into ~/.netrc.",
        )


def file_name(name: str) -> str:
    """The last part of a path or a URL."""
    return unquote(urlsplit(name).path.rpartition("/")[2]) if is_url(name) else Path(name).name


def absolute(name: str) -> str:
    """A path, a pattern or several files as absolute paths; any other name as it is."""
    if is_url(name):
        return name
    if Path(name).exists():
        return str(Path(name).absolute())
    several = [Path(part.strip()) for part in name.split(",")]
    if len(several) > 1 and all(path.exists() for path in several):
        return ",".join(str(path.absolute()) for path in several)
    return str(Path(name).absolute()) if glob.has_magic(name) and not name.startswith("~") else name


def _is_signed(query: str) -> bool:
    return any(_SECRET.search(name) for name, _ in parse_qsl(query, keep_blank_values=True))
