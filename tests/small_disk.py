"""A real small disk: a tmpfs of so many bytes, which an ordinary user can mount in a namespace of its own."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

_MOUNT = 'mount -t tmpfs -o size="$1",mode=700 tmpfs "$2" && echo mounted && exec cat'


class NoSmallDisk(Exception):
    """This machine lets nobody mount one."""


class SmallDisk:
    """A disk that is there for as long as this context.

    Args:
        place: an empty folder; processes of other namespaces do not see the disk there.
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
            raise NoSmallDisk(str(error)) from None
        assert self._keeper.stdout is not None
        if self._keeper.stdout.readline() != b"mounted\n":
            raise NoSmallDisk(self._keeper.communicate()[1].decode(errors="replace").strip())
        return self

    def __exit__(self, *exception: object) -> None:
        self._keeper.communicate()

    @property
    def path(self) -> Path:
        """The disk, as all processes of this user see it."""
        return Path(f"/proc/{self._keeper.pid}/root{self._place}")

    @property
    def free(self) -> int:
        """Bytes that are left."""
        return shutil.disk_usage(self.path).free

    def fill(self, leave: int = 0) -> None:
        """Have another file take all the room but for `leave` bytes."""
        with (self.path / "ballast").open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while (size := min(1 << 20, self.free - leave)) > 0:
                file.write(b"\0" * size)

    def relieve(self) -> None:
        """Remove that file."""
        (self.path / "ballast").unlink(missing_ok=True)


@contextlib.contextmanager
def small_disk(place: Path, size: int) -> Iterator[SmallDisk]:
    """A `SmallDisk` for a test, which is skipped where there can be none."""
    try:
        with SmallDisk(place, size) as disk:
            yield disk
    except NoSmallDisk as reason:
        pytest.skip(f"no small disk can be mounted here: {reason}")
