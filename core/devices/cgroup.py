"""The memory limit of the control groups of this process, as a container or Slurm sets it.

Both versions of the kernel's interface are read. A limit of any ancestor group holds for this process too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath


@dataclass(frozen=True)
class _Version:
    """File names of one version of the interface, and the mount point that is usual for it."""

    limit: str
    usage: str
    inactive: str
    """Field of memory.stat: page cache that the kernel reclaims before it refuses memory, in bytes."""
    mount_point: str


# Version 1 writes the largest number of pages where version 2 writes "max".
_UNLIMITED = 1 << 62
_V1 = _Version(
    "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file", "/sys/fs/cgroup/memory"
)
_V2 = _Version("memory.max", "memory.current", "inactive_file", "/sys/fs/cgroup")


def available_bytes(root: Path = Path("/")) -> int | None:
    """Memory that the control groups of this process still allow it.

    Args:
        root: folder that stands for the root of the file system.

    Returns:
        The least of what this process's group and its ancestors leave; None without a limit, or where there
        are no control groups.
    """
    found = [
        left
        for version, folder, top in _groups(root)
        for group in _with_ancestors(folder, top)
        if (left := _left(group, version)) is not None
    ]
    return min(found, default=None)


def _groups(root: Path) -> Iterator[tuple[_Version, Path, Path]]:
    """The memory groups of this process: version, folder, and the folder of the topmost visible group."""
    mounts = _mounts(root)
    for line in _read(root / "proc/self/cgroup").splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            version = _V2
        elif "memory" in controllers.split(","):
            version = _V1
        else:
            continue
        for mount_root, mount_point in mounts[version] or [("/", version.mount_point)]:
            top = root / mount_point.lstrip("/")
            yield version, top / _below(path, mount_root), top


def _mounts(root: Path) -> dict[_Version, list[tuple[str, str]]]:
    """Where the hierarchies are mounted: the group at the top of each mount, and the mount point."""
    found: dict[_Version, list[tuple[str, str]]] = {_V1: [], _V2: []}
    for line in _read(root / "proc/self/mountinfo").splitlines():
        # "31 23 0:28 ROOT MOUNT_POINT OPTIONS [TAG...] - TYPE SOURCE SUPER_OPTIONS"
        mount, _, system = line.partition(" - ")
        fields, (kind, *options) = mount.split(), system.split() or [""]
        if len(fields) < 5:
            continue
        place = _unescaped(fields[3]), _unescaped(fields[4])
        if kind == "cgroup2":
            found[_V2].append(place)
        elif kind == "cgroup" and "memory" in ",".join(options[1:]).split(","):
            found[_V1].append(place)
    return found


def _below(path: str, mount_root: str) -> str:
    """The group `path` relative to the group at the top of a mount; that group itself where it is outside.

    In a container without a cgroup namespace both are paths of the host. A path with `..` belongs to a
    process that was moved out of its namespace.
    """
    group = PurePosixPath(path)
    if ".." in group.parts or not group.is_relative_to(mount_root):
        return "."
    return str(group.relative_to(mount_root))


def _with_ancestors(folder: Path, top: Path) -> list[Path]:
    """A group and the groups above it, up to the top of the mount."""
    return [folder, *(parent for parent in folder.parents if parent.is_relative_to(top))]


def _left(group: Path, version: _Version) -> int | None:
    """Bytes left within the limit of one group; None without a limit."""
    limit, usage = _read(group / version.limit).strip(), _read(group / version.usage).strip()
    if not (limit.isdecimal() and usage.isdecimal()):
        return None  # "max", or no such file, as in the root group of version 2
    if int(limit) >= _UNLIMITED:
        return None
    inactive = re.search(rf"^{version.inactive} (\d+)$", _read(group / "memory.stat"), re.MULTILINE)
    return max(0, int(limit) - int(usage) + (int(inactive[1]) if inactive else 0))


def _unescaped(path: str) -> str:
    r"""A path of mountinfo, in which a space is \040."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), path)


def _read(file: Path) -> str:
    """The content of a kernel file; empty where it cannot be read."""
    try:
        return file.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""
