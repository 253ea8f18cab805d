"""CheckpointSaver: stages the state of training and has another process write it."""

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
from core.runs.checkpoints import StagedFile, WriteOrder, Written
from core.runs.directory import RunDirectory
from core.runs.disk_space import DiskSpace
from core.training.staging import SharedMemory

WEIGHTS = "model.safetensors"
OPTIMIZER = "optimizer.safetensors"


class CheckpointSaver:
    """Writes one checkpoint at a time, in a process of its own.

    Args:
        run: whose checkpoints they are.
        model: what is trained.
        tokenizer: goes with every checkpoint.
        inference: goes with the next one; an evaluation replaces it.
        disk_space: waits where a checkpoint does not fit; without it a full disk is a Problem at once.
    """

    def __init__(
        self,
        run: RunDirectory,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        inference: InferenceSettings,
        disk_space: DiskSpace | None = None,
    ) -> None:
        self.inference = inference
        self._disk_space = disk_space
        self._run = run
        self._model = model
        self._unchanging = _unchanging_files(model, tokenizer)
        self._memory = SharedMemory()
        self._staged: list[StagedFile] = []
        self._writer: subprocess.Popen[bytes] | None = None
        self._order: WriteOrder | None = None
        """What is waited for."""
        self._is_given = False
        self._began = 0.0

    def begin(self) -> None:
        """Make ready for the next checkpoint; the one before must have been waited for."""
        assert self._order is None
        self._memory.clear()
        self._staged = []
        self._began = time.time()

    def stage_model(self, folder: Path) -> None:
        """Stage the weights; write into `folder` how they are handled, and what never changes."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in self._unchanging.items():
            (folder / name).write_bytes(content)
        self.inference.write(folder)
        weights = {name: tensor.contiguous() for name, tensor in self._model.state_dict().items()}
        self._staged.append(self._memory.stage(WEIGHTS, weights, {"format": "pt"}))

    def stage_optimizer(self, optimizer: torch.optim.Optimizer) -> None:
        """Stage the state of the optimizer."""
        state = optimizer.state_dict()
        tensors = {
            f"{number}.{name}": value
            for number, values in state["state"].items()
            for name, value in values.items()
        }
        groups = json.dumps(state["param_groups"])
        self._staged.append(self._memory.stage(OPTIMIZER, tensors, {"param_groups": groups}))

    def hand_over(self, folder: Path, step: int, *, is_best: bool) -> None:
        """Have the checkpoint in `folder` completed; what was staged is as it was then."""
        if self._writer is None:
            start, what = self._start, f"the checkpoint of step {step}"
            self._writer = start() if self._disk_space is None else self._disk_space.write(what, start)
        self._order = WriteOrder(step, is_best, str(folder), self._staged, self._began)
        self._give()

    def poll(self) -> Written | None:
        """The checkpoint that is complete by now, once.

        Raises:
            Problem: it could not be written.
        """
        if self._order is None or self._writer is None or self._writer.stdout is None:
            return None
        if not select.select([self._writer.stdout], [], [], 0)[0]:
            return None
        return self.wait()

    def wait(self) -> Written | None:
        """As `poll`, but wait for a checkpoint that is being written."""
        if (order := self._order) is None:
            return None
        try:
            if self._disk_space is None:
                return self._hear()
            needed = sum(len(file.prefix) + file.size for file in order.files)
            return self._disk_space.write(f"the checkpoint of step {order.step}", self._hear, needed)
        except OSError as error:
            raise Problem(
                f"the checkpoint of step {order.step} cannot be written ({error.strerror})",
                where=str(self._run.checkpoints),
                mend="Free disk space, then resume the run.",
            ) from None
        finally:
            self._order = None

    def _give(self) -> None:
        assert self._writer is not None
        assert self._writer.stdin is not None
        try:
            self._writer.stdin.write(msgspec.json.encode(self._order) + b"\n")
            self._writer.stdin.flush()
        except BrokenPipeError:
            self._order = None
            raise _gone() from None
        self._is_given = True

    def _hear(self) -> Written:
        """Wait for the answer to the order; one that was refused before is given again.

        Raises:
            OSError: the checkpoint could not be written.
            Problem: the writer is gone.
        """
        if not self._is_given:
            assert self._order is not None
            # What it was waited for is no time of writing.
            self._order = msgspec.structs.replace(self._order, began=time.time())
            self._give()
        assert self._writer is not None
        assert self._writer.stdout is not None
        self._is_given = False
        line = self._writer.stdout.readline()
        if not line:
            self._writer.wait()  # or the next order might still be taken by a process that is ending
            raise _gone()
        written = msgspec.json.decode(line, type=Written)
        if written.error:
            raise OSError(written.error_number, written.error)
        return written

    def close(self) -> None:
        """Let the writer end what it is writing, and end it."""
        if self._writer is not None:
            assert self._writer.stdin is not None
            assert self._writer.stdout is not None
            with contextlib.suppress(BrokenPipeError):  # it ended before its time, which was said already
                self._writer.stdin.close()
            self._writer.wait()
            self._writer.stdout.close()
        self._memory.close()

    def _start(self) -> subprocess.Popen[bytes]:
        # From its birth on the writer holds this lock: whoever resumes the run after this process was killed
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
    """Configuration and tokenizer as files: the same in every checkpoint."""
    with tempfile.TemporaryDirectory() as folder:
        model.config.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def _gone() -> Problem:
    return Problem(
        "the process that writes checkpoints has ended before its time",
        mend="Look at trainer.log, and resume the run.",
    )
