"""The tightest memory limit of a process's control groups, read from made-up trees of kernel files."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from core.devices.cgroup import available_bytes

UNLIMITED_V1 = "9223372036854771712"
V2_MOUNT = "41 31 0:38 {root} /sys/fs/cgroup rw,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
V1_MOUNT = "35 31 0:32 {root} /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
OTHER_MOUNTS = (
    "22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n"
    "34 31 0:31 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
)


def write(root: Path, files: Mapping[str, str]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def group_v2(root: Path, path: str, limit: str, used: int = 0, inactive: int = 0) -> None:
    write(
        root / "sys/fs/cgroup" / path,
        {
            "memory.max": f"{limit}\n",
            "memory.current": f"{used}\n",
            "memory.stat": f"anon 1\nfile 2\nactive_file 70\ninactive_file {inactive}\nslab 2\n",
        },
    )


def group_v1(root: Path, path: str, limit: str, used: int = 0, inactive: int = 0) -> None:
    write(
        root / "sys/fs/cgroup/memory" / path,
        {
            "memory.limit_in_bytes": f"{limit}\n",
            "memory.usage_in_bytes": f"{used}\n",
            "memory.stat": f"cache 1\ninactive_file 3\ntotal_inactive_file {inactive}\n",
        },
    )


def process(root: Path, groups: str, mounts: str = OTHER_MOUNTS) -> None:
    write(root, {"proc/self/cgroup": groups, "proc/self/mountinfo": mounts})


def test_v2_reclaimable_cache_counts_as_free(tmp_path: Path) -> None:
    process(tmp_path, "0::/job\n", OTHER_MOUNTS + V2_MOUNT.format(root="/"))
    group_v2(tmp_path, "job", "9000", used=8000, inactive=500)
    assert available_bytes(tmp_path) == 1500


def test_v2_the_tightest_ancestor_holds(tmp_path: Path) -> None:
    """As Slurm nests them: the limit is the job's, and the process is in a step below it."""
    process(
        tmp_path, "0::/system.slice/slurmstepd.scope/job_7/step_0/user/task_0\n", V2_MOUNT.format(root="/")
    )
    base = "system.slice/slurmstepd.scope"
    group_v2(tmp_path, base, "90000", used=50000)
    group_v2(tmp_path, f"{base}/job_7", "10000", used=4000, inactive=1000)
    group_v2(tmp_path, f"{base}/job_7/step_0", "max", used=4000)
    group_v2(tmp_path, f"{base}/job_7/step_0/user", "20000", used=4000)
    group_v2(tmp_path, f"{base}/job_7/step_0/user/task_0", "max", used=4000)
    group_v2(tmp_path, f"{base}/job_8", "10")
    assert available_bytes(tmp_path) == 7000


def test_v2_what_neighbours_use_counts_against_the_parent(tmp_path: Path) -> None:
    process(tmp_path, "0::/pod/mine\n", V2_MOUNT.format(root="/"))
    group_v2(tmp_path, "pod", "10000", used=9900)
    group_v2(tmp_path, "pod/mine", "5000", used=100)
    assert available_bytes(tmp_path) == 100


def test_v2_no_limit(tmp_path: Path) -> None:
    process(tmp_path, "0::/user.slice\n", V2_MOUNT.format(root="/"))
    group_v2(tmp_path, "user.slice", "max", used=100)
    assert available_bytes(tmp_path) is None


def test_v2_a_container_with_a_namespace_sees_its_group_as_the_root(tmp_path: Path) -> None:
    process(tmp_path, "0::/\n", V2_MOUNT.format(root="/"))
    group_v2(tmp_path, ".", "4000", used=1000)
    assert available_bytes(tmp_path) == 3000


def test_v2_a_process_moved_out_of_its_namespace(tmp_path: Path) -> None:
    process(tmp_path, "0::/../other\n", V2_MOUNT.format(root="/.."))
    group_v2(tmp_path, ".", "4000", used=1000)
    assert available_bytes(tmp_path) == 3000


@pytest.mark.parametrize(
    "mounts", [OTHER_MOUNTS + V1_MOUNT.format(root="/"), "", "a damaged line\n - cgroup\n"]
)
def test_v1_the_tightest_ancestor_holds(tmp_path: Path, mounts: str) -> None:
    """Also where mountinfo is of no use: then the usual mount points are read."""
    process(tmp_path, "5:cpu,cpuacct:/slurm/other\n4:memory:/slurm/uid_5/job_7/step_0\n0::/\n", mounts)
    group_v1(tmp_path, ".", UNLIMITED_V1, used=70000)
    group_v1(tmp_path, "slurm", UNLIMITED_V1, used=60000)
    group_v1(tmp_path, "slurm/uid_5/job_7", "10000", used=4000, inactive=1000)
    group_v1(tmp_path, "slurm/uid_5/job_7/step_0", "20000", used=4000)
    assert available_bytes(tmp_path) == 7000


def test_v1_no_limit(tmp_path: Path) -> None:
    process(tmp_path, "4:memory:/\n", V1_MOUNT.format(root="/"))
    group_v1(tmp_path, ".", UNLIMITED_V1, used=70000)
    assert available_bytes(tmp_path) is None


def test_v1_a_container_without_a_namespace_has_paths_of_the_host(tmp_path: Path) -> None:
    """The group is mounted at the mount point itself, and /proc names it as the host does."""
    process(tmp_path, "4:memory:/docker/0123abc\n", V1_MOUNT.format(root="/docker/0123abc"))
    group_v1(tmp_path, ".", "4000", used=1000)
    assert available_bytes(tmp_path) == 3000


def test_v1_a_group_below_the_mounted_one(tmp_path: Path) -> None:
    process(tmp_path, "4:memory:/docker/0123abc/inner\n", V1_MOUNT.format(root="/docker/0123abc"))
    group_v1(tmp_path, ".", "4000", used=3900)
    group_v1(tmp_path, "inner", "2000", used=1000)
    assert available_bytes(tmp_path) == 100


def test_a_hybrid_system_has_memory_in_version_1(tmp_path: Path) -> None:
    unified = V2_MOUNT.format(root="/").replace("/sys/fs/cgroup", "/sys/fs/cgroup/unified")
    process(tmp_path, "4:memory:/job\n0::/job\n", V1_MOUNT.format(root="/") + unified)
    group_v1(tmp_path, "job", "4000", used=1000)
    write(tmp_path / "sys/fs/cgroup/unified/job", {"cgroup.procs": "1\n"})
    assert available_bytes(tmp_path) == 3000


def test_a_mount_point_with_a_space(tmp_path: Path) -> None:
    mount = "41 31 0:38 / /control\\040groups rw - cgroup2 cgroup2 rw\n"
    process(tmp_path, "0::/job\n", mount)
    write(tmp_path / "control groups/job", {"memory.max": "4000\n", "memory.current": "1000\n"})
    assert available_bytes(tmp_path) == 3000


@pytest.mark.parametrize("missing", ["memory.max", "memory.current"])
def test_a_group_without_figures_sets_no_limit(tmp_path: Path, missing: str) -> None:
    process(tmp_path, "0::/pod/mine\n", V2_MOUNT.format(root="/"))
    group_v2(tmp_path, "pod", "10000", used=4000)
    group_v2(tmp_path, "pod/mine", "100", used=50)
    (tmp_path / "sys/fs/cgroup/pod/mine" / missing).unlink()
    assert available_bytes(tmp_path) == 6000


def test_a_group_that_uses_more_than_its_limit_leaves_nothing(tmp_path: Path) -> None:
    process(tmp_path, "0::/job\n", V2_MOUNT.format(root="/"))
    group_v2(tmp_path, "job", "1000", used=4000)
    assert available_bytes(tmp_path) == 0


def test_a_system_without_control_groups(tmp_path: Path) -> None:
    assert available_bytes(tmp_path) is None
    process(tmp_path, "", "")
    assert available_bytes(tmp_path) is None
