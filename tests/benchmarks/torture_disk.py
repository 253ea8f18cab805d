"""Full disks at each writer of a run: it reports them, waits for disk space, and continues."""

import os
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.files.cache import cache_folder
from core.runs.directory import RunDirectory
from core.runs.history import read_history
from core.runs.launch import launch
from core.runs.listing import summarize
from core.runs.start import SAMPLE_DATA
from tests.benchmarks.faults import Fault, Result, new_run, result_of
from tests.benchmarks.measuring import Failed
from tests.benchmarks.measuring import run as run_program
from tests.benchmarks.program import PROGRAM
from tests.killing import Trainers, Witness, state_of
from tests.small_disk import SmallDisk

_DISK_BYTES = 64 << 20
_RESERVED = 64 << 10
_PATIENCE_SECONDS = 120.0
_POLL_SECONDS = 0.005


@dataclass(frozen=True)
class Aim:
    """When the disk is filled: at a file whose path contains `halt_at`, or after the first step."""

    kind: str
    halt_at: str | None
    leave: int
    """Bytes that stay free."""


def aims_of(whole: RunDirectory, draw: random.Random) -> list[Aim]:
    """An aim for each writer of a trainer, at a random moment."""
    checkpoint = next(whole.checkpoints.glob("step-*"))
    small = sum(path.stat().st_size for path in checkpoint.iterdir() if path.suffix != ".safetensors")
    weights = (checkpoint / "model.safetensors").stat().st_size
    staged = f"checkpoint-{5 * draw.randint(1, 8)}"
    return [
        Aim("events", None, 0),
        Aim("checkpoint: files of the trainer", staged, draw.randrange(small)),
        Aim("checkpoint: weights, in the writer", staged, small + _RESERVED + draw.randrange(weights)),
        Aim("model", ".model.writing", draw.randrange(weights)),
        Aim("outcomes of the test split", ".test.safetensors", 0),
        Aim("card of the model", ".README.md.writing", 0),
    ]


class Disks:
    """Fills the disks of runs.

    Args:
        folder: of the runs; the disks are mounted in it.
        trainers: start the trainers.
        whole: an undisturbed run.
        say: reports progress.
    """

    def __init__(
        self, folder: Path, trainers: Trainers, whole: RunDirectory, say: Callable[[str], None]
    ) -> None:
        self._folder = folder
        self._trainers = trainers
        self._whole = whole
        self._result: Result = result_of(whole)
        self._say = say
        self._faults: dict[str, Fault] = {}
        self._draw = random.Random(1)

    def torture(self, count: int) -> list[Fault]:
        """Fill a disk `count` times for each writer."""
        for number in range(count):
            for aim in aims_of(self._whole, self._draw):
                self._try(aim.kind, lambda fault, aim=aim: self._wait_for_space(fault, aim))
                self._try(
                    f"{aim.kind}; full for too long",
                    lambda fault, aim=aim: self._fail_on_full_disk(fault, aim),
                )
            self._try("log", self._fill_log)
            self._try("token cache", self._fill_cache)
            self._try("predictions", self._fill_predictions)
            self._say(f"{number + 1} of {count} disks for each writer")
        return list(self._faults.values())

    def _try(self, kind: str, do: Callable[[Fault], bool]) -> None:
        fault = self._faults.setdefault(kind, Fault(kind))
        fault.tried += 1
        try:
            survived = do(fault)
        except (AssertionError, Failed, OSError) as error:
            survived = False
            self._say(f"{kind}: {type(error).__name__}: {error}")
        fault.survived += survived
        if not survived:
            self._say(f"{kind}: not survived")

    def _wait_for_space(self, fault: Fault, aim: Aim) -> bool:
        """Free the disk after a while: the run continues by itself."""
        with self._disk() as disk:
            run = new_run(disk.path, "run")
            witness = Witness(run)
            self._fill(run, disk, aim)
            filled = time.monotonic()
            wait_for(lambda: summarize(run).state == "waiting for disk space")
            fault.noticed.append(time.monotonic() - filled)
            self._check(fault, witness)
            seen, freed_at = read_history(run).count, time.monotonic()
            disk.make_space()
            wait_for(lambda: read_history(run).count > seen)
            fault.resumed.append(time.monotonic() - freed_at)
            code, _ = self._trainers.end()
            self._check(fault, witness)
            return code == 0 and result_of(run) == self._result

    def _fail_on_full_disk(self, fault: Fault, aim: Aim) -> bool:
        """Leave the disk full: the run fails with the reason, and can be resumed afterwards."""
        with self._disk() as disk:
            run = new_run(disk.path, "run", disk_wait=0.5)
            witness = Witness(run)
            self._fill(run, disk, aim)
            code, _ = self._trainers.end()
            self._check(fault, witness)
            ended = read_history(run).ended
            is_reported = ended is not None and "No space left on device" in ended.error
            step = read_history(run).step
            disk.make_space()
            began = time.monotonic()
            again, _ = self._trainers.train(run, resume=True)
            fault.resumed.append(time.monotonic() - began)
            fault.again.append(step - witness.checkpoint)
            self._check(fault, witness)
            return (code, is_reported, again) == (1, True, 0) and result_of(run) == self._result

    def _fill(self, run: RunDirectory, disk: SmallDisk, aim: Aim) -> None:
        pid = self._trainers.begin(run, halt_at=aim.halt_at)
        if aim.halt_at is None:
            wait_for(lambda: read_history(run).step)
            os.kill(pid, signal.SIGSTOP)
        wait_for(lambda: state_of(pid) == "T")
        disk.fill(aim.leave)
        os.kill(pid, signal.SIGCONT)

    def _fill_log(self, fault: Fault) -> bool:
        run = new_run(self._folder, f"log-{fault.tried}")
        self._trainers.begin(run, log="/dev/full")
        return self._trainers.end()[0] == 0 and result_of(run) == self._result

    def _fill_cache(self, fault: Fault) -> bool:
        """Fill the disk of the token cache: token ids are kept in memory, with a warning."""
        with self._disk() as disk:
            shutil.copytree(cache_folder("baselines"), disk.path / "bertcls-tui" / "baselines")
            disk.fill(self._draw.randrange(16 << 10))
            run = new_run(self._folder, f"cache-{fault.tried}")
            before = os.environ["XDG_CACHE_HOME"]
            os.environ["XDG_CACHE_HOME"] = str(disk.path)
            try:
                code = launch(run).wait()
            finally:
                os.environ["XDG_CACHE_HOME"] = before
            is_reported = any("kept in memory" in warning.message for warning in read_history(run).warnings)
            return code == 0 and is_reported and result_of(run) == self._result

    def _fill_predictions(self, fault: Fault) -> bool:
        """Fill the disk of predictions: the command fails, and completes the file when repeated."""
        texts = self._folder / "texts.csv"
        if not texts.exists():
            head, *rows = (SAMPLE_DATA / "reviews_test.csv").read_text().splitlines(keepends=True)
            texts.write_text(head + "".join(rows * 20))
        whole = self._folder / "whole.csv"
        if not whole.exists():
            run_program(self._predict(texts, whole))
        with self._disk() as disk:
            output = disk.path / "out.csv"
            disk.fill(self._draw.randrange(whole.stat().st_size))
            try:
                run_program(self._predict(texts, output))
                return False
            except Failed as failed:
                is_reported = "No space left on device" in str(failed) and "Traceback" not in str(failed)
            disk.make_space()
            run_program(self._predict(texts, output))
            return is_reported and output.read_bytes() == whole.read_bytes()

    def _predict(self, texts: Path, output: Path) -> list[str]:
        run = str(self._whole.path)
        return [PROGRAM, "predict", run, "--file", str(texts), "--output", str(output)]

    @contextmanager
    def _disk(self) -> Iterator[SmallDisk]:
        place = self._folder / "disk"
        place.mkdir(parents=True, exist_ok=True)
        with SmallDisk(place, _DISK_BYTES) as disk:
            yield disk

    def _check(self, fault: Fault, witness: Witness) -> None:
        try:
            witness.look()
        except AssertionError as error:
            fault.lost += 1
            self._say(str(error))


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until `condition` is true.

    Raises:
        Failed: it stayed false for too long.
    """
    latest = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > latest:
            raise Failed(f"the condition was not met in {_PATIENCE_SECONDS:.0f} s")
        time.sleep(_POLL_SECONDS)
