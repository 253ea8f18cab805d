"""Names of data: paths, patterns, several files, URLs. Secrets in a URL are neither shown nor kept."""

import glob
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from core.problems import Problem

_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_LOCAL = re.compile(r"(file|local):(//|(?=/))", re.IGNORECASE)
_SECRET = re.compile(
    r"(?i)(^|[-_.])(sig|signature|token|jwt|code|credential|(api)?key|secret|password|passwd|pwd|auth|authorization"
    r"|policy|awsaccesskeyid)$"
)
# Parameters that belong to a signature and change with it: of Amazon, Google and Azure.
_SIGNING = re.compile(r"(?i)x-(amz|goog)-.*|expires|key-pair-id|googleaccessid|s[vterp]|spr|sip|sk[a-z]{1,3}")
_LOGINS = ("http", "https", "ftp", "sftp", "ssh")
"""Schemes in which what stands before @ is a user, even without a password."""


def is_url(name: str) -> bool:
    """Whether data are named by a URL, such as `https://…`, `hf://…` or `s3://…`."""
    return _URL.match(name) is not None


def local_name(name: str) -> str:
    """The path in a name such as `file:///data/a.csv`; any other name as it is.

    Raises:
        Problem: it names a file of another machine.
    """
    found = _LOCAL.match(name)
    if not found:
        return name
    path = name[found.end() :]
    host, slash, rest = path.partition("/")
    if host and slash and host.lower() != "localhost" and not Path(host).exists():
        raise Problem(
            f"{host} is another machine", where=name, mend="Write file:///PATH, or copy the file here."
        )
    path = slash + rest if host.lower() == "localhost" else path
    return path if Path(path).exists() else unquote(path)


def without_secrets(url: str) -> str:
    """A URL without user and password, and without the parameters of a signature or a token in its query."""
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    # What stands before @ may also be a container, as in abfs://container@account.
    has_login = ":" in user or (user and parts.scheme.lower() in _LOGINS)
    netloc = host if has_login else parts.netloc
    return parts._replace(netloc=netloc, query=_without_signature(parts.query), fragment="").geturl()


def public_name(name: str) -> str:
    """A name of data without secrets."""
    return without_secrets(name) if is_url(name) else name


def check_without_secrets(name: str) -> None:
    """Check that a name may be written into a configuration.

    Raises:
        Problem: it is a URL with a password, a signature or a token, or one within another.
    """
    check_is_single(name)
    if is_url(name) and without_secrets(name) != urlsplit(name)._replace(fragment="").geturl():
        raise Problem(
            "the address holds a password, signature or token, which a run would keep in its config.toml",
            where=without_secrets(name),
            mend="Run `bertcls-tui check` with it, which keeps a copy of the file; then train with the "
            "address as it is shown here. A user and a password belong into ~/.netrc.",
        )


def check_is_single(name: str) -> None:
    """Check that a name is not a URL within another, whose secrets could not be told from its path.

    Raises:
        Problem: it is one, as `zip://a.csv::https://…`.
    """
    if is_url(name) and "::" in name:
        raise Problem(
            "addresses within addresses are not supported",
            where=f"{name.partition('::')[0]}::…",
            mend="Name the file itself; a .zip of one file is read as it is.",
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


def _without_signature(query: str) -> str:
    """A query as it is, or without the parameters of its signature, so that others still name the file."""
    given = query.split("&")
    names = [unquote(each.partition("=")[0]) for each in given]
    if not any(map(_SECRET.search, names)):
        return query
    kept = zip(given, names, strict=True)
    return "&".join(each for each, name in kept if not (_SECRET.search(name) or _SIGNING.fullmatch(name)))
