"""A real small disk: a tmpfs of limited size, mounted by an ordinary user in a namespace of its own."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

_MOUNT = 'mount -t tmpfs -o size="$1",mode=700 tmpfs "$2" && echo mounted && exec cat'


class SmallDiskUnavailable(Exception):
    """This machine does not allow users to mount a disk."""


class SmallDisk:
    """A disk that exists for the length of the context.

    Args:
        place: an empty folder; other processes reach the disk by `path` only.
        size: in bytes, a multiple of 4096.
    """

    def __init__(self, place: Path, size: int) -> None:
        self._place = place
        self._size = size
        self._ballast: Path | None = None

    def __enter__(self) -> Self:
        command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", _MOUNT, "sh"]
        try:
            self._keeper = subprocess.Popen(
                [*command, str(self._size), str(self._place)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        except FileNotFoundError as error:
            raise SmallDiskUnavailable(str(error)) from None
        assert self._keeper.stdout is not None
        if self._keeper.stdout.readline() != b"mounted\n":
            raise SmallDiskUnavailable(self._keeper.communicate()[1].decode(errors="replace").strip())
        return self

    def __exit__(self, *exception: object) -> None:
        self._keeper.communicate()

    @property
    def path(self) -> Path:
        """The path of the disk for all processes of this user."""
        return Path(f"/proc/{self._keeper.pid}/root{self._place}")

    @property
    def free(self) -> int:
        """Free bytes."""
        return shutil.disk_usage(self.path).free

    def fill(self, leave: int = 0) -> None:
        """Fill the disk with another file, except for `leave` bytes."""
        with (self.path / "ballast").open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while (size := min(1 << 20, self.free - leave)) > 0:
                file.write(b"\0" * size)

    def make_space(self) -> None:
        """Remove the file that fills the disk."""
        (self.path / "ballast").unlink(missing_ok=True)


@contextlib.contextmanager
def small_disk(place: Path, size: int) -> Iterator[SmallDisk]:
    """A `SmallDisk` for a test; skip the test where it cannot be mounted."""
    try:
        with SmallDisk(place, size) as disk:
            yield disk
    except SmallDiskUnavailable as reason:
        pytest.skip(f"no small disk can be mounted here: {reason}")
