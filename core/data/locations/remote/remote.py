"""Files at a URL: `https://…`, `hf://…`, `s3://…` and other drivers of fsspec. They are copied, then read."""

import datetime
import errno
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from core.config import DataConfig
from core.config.data_names import check_is_single, file_name, without_secrets
from core.data.formats.file_types import SAMPLE, file_type
from core.data.formats.files import DataFile, split_extension
from core.data.locations.described import Described
from core.data.locations.remote.hub import on_hub
from core.data.locations.remote.hub_files import hub_copies, repository_of
from core.data.locations.remote.problems import describe, is_unreachable, web_page
from core.data.locations.several import SeveralFiles
from core.data.locations.shards import Shard, check_shards
from core.data.tables.subsets import FILE
from core.data.tables.table import Reader, assumption
from core.files.copies import keep_copy, latest_copy
from core.problems import Problem
from core.text.plain import quoted

_CONNECT_SECONDS, _READ_SECONDS = 20.0, 60.0
_EXTRAS = {
    "s3": "s3",
    "s3a": "s3",
    "gs": "gcs",
    "gcs": "gcs",
    "az": "azure",
    "abfs": "azure",
    "abfss": "azure",
}
# Keys of the information about a file, by driver. Size and time together are the next best.
_VERSIONS = ("ETag", "etag", "md5Hash", "content_settings", "checksum", "Content-MD5")
_TIMES = ("Last-Modified", "LastModified", "last_modified", "mtime", "modified")
_EXTENSIONS = {
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/json": ".json",
    "application/x-ndjson": ".jsonl",
    "application/zip": ".zip",
}
_PATTERN = frozenset("*?[")
_OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)


def at_url(url: str, config: DataConfig) -> Mapping[str, Reader]:
    """The reader of a file at a URL, or except over HTTP of all that match a pattern.

    Raises:
        Problem: it cannot be reached or read, has no driver, or is one shard of several.
    """
    check_is_single(url)
    shown, scheme = without_secrets(url), urlsplit(url).scheme.lower()
    has_patterns = scheme not in ("http", "https")
    if scheme == "hf" and (repository := repository_of(url)):
        return on_hub(*repository, config)
    if shard := Shard.of(file_name(url)):
        all_of_them = f"{shown.rpartition('/')[0]}/{shard.pattern}"
        raise Problem(
            f"one shard of {shard.total}; the others are {quoted(shard.missing([]), 5)}",
            where=shown,
            mend=f"Name all of them: '{all_of_them}'." if has_patterns else "Copy all of them to one folder.",
        )
    copies, notes = copies_of(url, shown, scheme)
    for path in copies:
        with path.open("rb") as file:
            if file_type(file.read(SAMPLE))[0] == "an HTML page":
                raise web_page(url, shown)
    if len(copies) == 1 and not (has_patterns and _PATTERN & set(url)):
        return {FILE: Described(DataFile(copies[0], config, name=shown), notes)}
    folder = shown.rpartition("/")[0]
    check_shards(copies, folder)
    files = [DataFile(path, config, name=f"{folder}/{path.name}") for path in copies]
    return {FILE: Described(SeveralFiles(shown, files), notes)}


def copies_of(url: str, shown: str, scheme: str) -> tuple[list[Path], list[str]]:
    """Copies of the files, in order, and what is assumed about them.

    Raises:
        Problem: they cannot be reached, and there are no copies from before.
    """
    if scheme == "hf":
        try:
            copies = hub_copies(url)
        except Exception as error:  # noqa: BLE001 - those of the HTTP library depend on the version
            raise describe(error, url, shown) from None
        if not copies:
            raise Problem("no file matches this pattern", where=shown, mend="Check the address.")
        return copies, []
    system, path = _open_system(url, shown, scheme)
    try:
        if scheme in ("http", "https") or not _PATTERN & set(path):
            return [_copy(system, path, shown)], []
        if found := sorted(system.glob(path)):
            prefix = shown.partition("://")[0] + "://"
            return [_copy(system, each, prefix + each) for each in found], []
    except Problem:
        raise
    except Exception as error:  # noqa: BLE001 - each driver has its own
        if is_unreachable(error) and (kept := latest_copy(shown)):
            return [kept], [_note_of(kept, describe(error, url, shown))]
        raise describe(error, url, shown) from None
    raise Problem("no file matches this pattern", where=shown, mend="Check the address.")


def _open_system(url: str, shown: str, scheme: str) -> tuple[Any, str]:
    """The fsspec file system of a URL, and the path there.

    Raises:
        Problem: the driver is not installed, there is none, or the URL has a password.
    """
    import fsspec

    options: dict[str, Any] = {}
    if scheme in ("http", "https"):
        import aiohttp

        if "@" in urlsplit(url).netloc:
            raise Problem(
                "the address holds a user or a password",
                where=shown,
                mend="Put them into ~/.netrc: machine HOST login USER password PASSWORD.",
            )
        limits = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS, sock_read=_READ_SECONDS)
        options["client_kwargs"] = {"trust_env": True, "timeout": limits}  # proxies, ~/.netrc
    try:
        # A new instance, as each keeps what it has listed.
        system, path = fsspec.core.url_to_fs(url, skip_instance_cache=True, **options)
    except ImportError:
        extra = _EXTRAS.get(scheme)
        raise Problem(
            f"the driver for {scheme}:// is not installed",
            where=shown,
            mend=f'Install it: pip install "bertcls-tui[{extra}]".'
            if extra
            else f"Install the fsspec driver for {scheme}, or copy the file here.",
        ) from None
    except ValueError:
        raise Problem(
            f"unknown protocol {scheme}://",
            where=shown,
            mend="Supported are https://, hf://, s3:// and others of fsspec.",
        ) from None
    return system, str(path)


def _copy(system: Any, path: str, address: str) -> Path:
    """The copy of the newest version of a file."""
    system.invalidate_cache()
    info = system.info(path)
    if info.get("type") == "directory":
        raise Problem(
            "a folder", where=address, mend=f"Name its files with a pattern: '{address.rstrip('/')}/*.csv'."
        )

    def download(target: Path) -> None:
        try:
            system.get_file(path, str(target))
        except OSError as error:
            if error.errno in _OF_THE_DISK:
                raise
            raise describe(error, address, address) from None

    name = _name(path, info) if "://" in path else _name(address, info)
    return keep_copy(address, _version(info), name, download)


def _version(info: Mapping[str, Any]) -> str:
    """Differs once a file changes; empty if that cannot be known."""
    for key in _VERSIONS:
        if value := info.get(key):
            return str(value)
    times = [str(info[key]) for key in _TIMES if info.get(key)]
    return f"{times[0]} {info.get('size')}" if times else ""


def _name(url: str, info: Mapping[str, Any]) -> str:
    """A name for a copy, with the extension of the address, of where it leads, or of its content type."""
    names = [file_name(address) for address in (url, str(info.get("url") or url))]
    chosen = next((name for name in names if split_extension(Path(name))[1]), "")
    if not chosen:
        chosen = (names[0] or "data") + _EXTENSIONS.get(str(info.get("mimetype")), "")
    return chosen.replace("/", "_")[-100:].lstrip(".") or "data"


def _note_of(kept: Path, problem: Problem) -> str:
    made = datetime.datetime.fromtimestamp(kept.stat().st_mtime).strftime("%Y-%m-%d %H:%M")
    return assumption(f"a copy of {made} is read", problem.what)
