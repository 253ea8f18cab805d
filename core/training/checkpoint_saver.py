"""CheckpointSaver: copies the state of training and has another process write it to the disk."""

import contextlib
import json
import os
import select
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import torch
from transformers.modeling_utils import PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from core.files import lock
from core.models.inference_settings import InferenceSettings
from core.problems import Problem
from core.runs import checkpoints
from core.runs.checkpoints import StagedFile, WriteOrder, Written
from core.runs.directory import RunDirectory
from core.runs.disk_space import DiskSpace
from core.training.early_stopping import StoppingState
from core.training.shared_memory import SharedMemory
from core.training.training_state import OPTIMIZER, RANDOM, STOPPING, RandomState

WEIGHTS = "model.safetensors"


class CheckpointSaver:
    """Writes one checkpoint at a time, in a process of its own.

    Args:
        run: whose checkpoints they are.
        model: that is trained.
        tokenizer: part of every checkpoint.
        disk_space: waits where a checkpoint does not fit.
    """

    def __init__(
        self,
        run: RunDirectory,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        disk_space: DiskSpace,
    ) -> None:
        self._disk_space = disk_space
        self._run = run
        self._model = model
        self._unchanging = _unchanging_files(model, tokenizer)
        self._memory = SharedMemory()
        self._staged: list[StagedFile] = []
        self._writer: subprocess.Popen[bytes] | None = None
        self._order: WriteOrder | None = None
        """The checkpoint that is being written."""
        self._is_ordered = False
        self._began = 0.0

    def save(
        self,
        step: int,
        *,
        optimizer: torch.optim.Optimizer,
        inference: InferenceSettings,
        random: RandomState,
        stopping: StoppingState,
    ) -> None:
        """Begin the checkpoint of `step`; the one before must have been waited for.

        Raises:
            Problem: there was no disk space for too long, or the writing process has ended.
        """
        folder = checkpoints.staging(self._run) / f"checkpoint-{step}"
        files = {RANDOM: msgspec.json.encode(random), STOPPING: msgspec.json.encode(stopping)}
        self._disk_space.write(
            f"the checkpoint of step {step}", lambda: self.stage(folder, optimizer, inference, files)
        )
        self.hand_over(folder, step, is_best=stopping.best_step == step)

    def stage(
        self,
        folder: Path,
        optimizer: torch.optim.Optimizer,
        inference: InferenceSettings,
        files: dict[str, bytes],
    ) -> None:
        """Copy weights and optimizer into the shared memory, and write the small files into `folder`."""
        assert self._order is None
        self._memory.clear()
        self._began = time.time()
        # The modes are explicit: in a caller's process the umask is the caller's.
        folder.parent.mkdir(mode=0o700, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        for name, content in (self._unchanging | files).items():
            (folder / name).write_bytes(content)
        inference.write(folder)
        for path in folder.iterdir():
            path.chmod(0o600)
        weights = {name: tensor.contiguous() for name, tensor in self._model.state_dict().items()}
        state = optimizer.state_dict()
        moments = {
            f"{number}.{name}": value
            for number, values in state["state"].items()
            for name, value in values.items()
        }
        groups = json.dumps(state["param_groups"])
        self._staged = [
            self._memory.stage(WEIGHTS, weights, {"format": "pt"}),
            self._memory.stage(OPTIMIZER, moments, {"param_groups": groups}),
        ]

    def hand_over(self, folder: Path, step: int, *, is_best: bool) -> None:
        """Have the checkpoint in `folder` completed with what was staged."""
        if self._writer is None:
            self._writer = self._disk_space.write(f"the checkpoint of step {step}", self._start)
        self._order = WriteOrder(step, is_best, str(folder), self._staged, self._began)
        self._order_it()

    def poll(self) -> Written | None:
        """Return the checkpoint that has been completed since the last call, if there is one.

        Raises:
            Problem: it could not be written.
        """
        if self._order is None or self._writer is None or self._writer.stdout is None:
            return None
        if not select.select([self._writer.stdout], [], [], 0)[0]:
            return None
        return self.wait()

    def wait(self) -> Written | None:
        """Wait for the checkpoint that is being written and return it; None where there is none.

        Raises:
            Problem: it could not be written.
        """
        if (order := self._order) is None:
            return None
        try:
            needed = sum(len(file.prefix) + file.size for file in order.files)
            return self._disk_space.write(f"the checkpoint of step {order.step}", self._receive, needed)
        except OSError as error:
            raise Problem(
                f"the checkpoint of step {order.step} cannot be written ({error.strerror})",
                where=str(self._run.checkpoints),
                mend="Free disk space, then resume the run.",
            ) from None
        finally:
            self._order = None

    def _order_it(self) -> None:
        assert self._writer is not None
        assert self._writer.stdin is not None
        try:
            self._writer.stdin.write(msgspec.json.encode(self._order) + b"\n")
            self._writer.stdin.flush()
        except BrokenPipeError:
            self._order = None
            raise _writer_ended() from None
        self._is_ordered = True

    def _receive(self) -> Written:
        """Wait for the writer's answer; after a failure, order the checkpoint again first.

        Raises:
            OSError: the checkpoint could not be written.
            Problem: the writer has ended.
        """
        if not self._is_ordered:
            assert self._order is not None
            # The time spent waiting for disk space is no time of writing.
            self._order = msgspec.structs.replace(self._order, began=time.time())
            self._order_it()
        assert self._writer is not None
        assert self._writer.stdout is not None
        self._is_ordered = False
        line = self._writer.stdout.readline()
        if not line:
            self._writer.wait()  # or the next order might still reach a process that is ending
            raise _writer_ended()
        written = msgspec.json.decode(line, type=Written)
        if written.error:
            raise OSError(written.error_number, written.error)
        return written

    def close(self) -> None:
        """Let the writer complete its checkpoint, then end it."""
        if self._writer is not None:
            assert self._writer.stdin is not None
            assert self._writer.stdout is not None
            with contextlib.suppress(BrokenPipeError):  # it ended early, which was reported already
                self._writer.stdin.close()
            self._writer.wait()
            self._writer.stdout.close()
        self._memory.close()

    def _start(self) -> subprocess.Popen[bytes]:
        # The writer holds this lock from its start: whoever resumes the run after this process was killed
        # waits until the writer has ended.
        with lock.hold(self._run.writer_lock) as held:
            return self._spawn(held)

    def _spawn(self, held: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-P", "-m", "core.training.checkpoint_writer", str(self._run.path)]
        return subprocess.Popen(
            [*command, str(self._memory.fd), str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=[self._memory.fd, held],
        )


def _unchanging_files(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> dict[str, bytes]:
    """Return the files of configuration and tokenizer, which are the same in every checkpoint."""
    with tempfile.TemporaryDirectory() as folder:
        model.config.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def _writer_ended() -> Problem:
    return Problem(
        "the process that writes checkpoints has ended unexpectedly",
        mend="See trainer.log, then resume the run.",
    )
