"""Shared by all tests: no network, one thread per process, a tiny model, small data, one trained run."""

import csv
import fcntl
import gc
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import warm_start
from hypothesis import settings
from small_runs import Small, trained
from trainers import Trainer, kill_at_end

from core.runs.directory import RunDirectory
from core.runs.start import SAMPLE_DATA

# Set before any library reads them; processes that tests start inherit them.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"
# Tests run in the background by a script ignore interrupts; the processes they start must not.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")

Make = Callable[[Path], object]
Once = Callable[[str, Make], Path]


def pytest_collection_finish() -> None:
    """Exclude the loaded libraries and tests from garbage collection: each one would take 0.3 s."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def cache_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep token ids in a folder of the tests, also in the processes that they start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session", autouse=True)
def warm_processes(cache_home: None) -> Iterator[None]:
    """Fork trainers, engine services and commands from a process that has loaded the libraries."""
    warm_start.install()
    yield
    warm_start.uninstall()


@pytest.fixture
def cold_start() -> Iterator[None]:
    """Start each process with a new interpreter, as outside of tests."""
    with warm_start.cold():
        yield


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Make a folder once for all test processes: `once(name, make)` calls `make(folder)` or waits for it."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent

    def make_once(name: str, make: Make) -> Path:
        folder, done = shared / name, shared / f"{name}.done"
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                folder.mkdir()
                make(folder)
                done.touch()
        return folder

    return make_once


def sample_rows(name: str) -> list[tuple[str, str]]:
    """The examples of a file in sample_data, as pairs of text and label."""
    with (SAMPLE_DATA / name).open(encoding="utf-8", newline="") as stream:
        return [(row["text"], row["label"]) for row in csv.DictReader(stream)]


@pytest.fixture(scope="session")
def tiny_model(once: Once) -> Path:
    """Folder of a randomly initialised BERT of two layers that reads at most 128 tokens."""
    return once("tiny-bert", _make_model)


def _make_model(folder: Path) -> None:
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import BertConfig, BertModel, BertTokenizerFast

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=1200, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator((text for text, _ in sample_rows("reviews_train.csv")), trainer)
    tokenizer.post_processor = processors.BertProcessing(
        ("[SEP]", tokenizer.token_to_id("[SEP]")), ("[CLS]", tokenizer.token_to_id("[CLS]"))
    )
    BertTokenizerFast(tokenizer_object=tokenizer).save_pretrained(folder)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = BertModel(
            BertConfig(
                vocab_size=tokenizer.get_vocab_size(),
                hidden_size=32,
                num_hidden_layers=2,
                num_attention_heads=2,
                intermediate_size=64,
                max_position_embeddings=128,
            )
        )
    model.save_pretrained(folder)


@pytest.fixture(scope="session")
def small(once: Once, tiny_model: Path) -> Small:
    """The tiny model with 96 training, 40 validation and 40 test reviews."""
    folder = once("small-data", _make_data)
    return Small(tiny_model, folder / "train.csv", folder / "validation.csv", folder / "test.csv")


def _make_data(folder: Path) -> None:
    train, test = sample_rows("reviews_train.csv"), sample_rows("reviews_test.csv")
    for name, rows in {"train": train[:96], "validation": train[96:136], "test": test[:40]}.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerows([("text", "label"), *rows])


@pytest.fixture(scope="session")
def finished_run(once: Once, small: Small) -> RunDirectory:
    """A finished run: 20 steps, four evaluations, a test split. Read only."""

    def train(folder: Path) -> None:
        trained(small.config(folder, {"data": {"test": str(small.test)}}), "finished")

    return RunDirectory.open(once("finished-runs", train) / "finished")


@pytest.fixture
def run_copy(finished_run: RunDirectory, tmp_path: Path) -> RunDirectory:
    """A copy of the finished run, for tests that write to it."""
    shutil.copytree(finished_run.path, tmp_path / "copy")
    return RunDirectory.open(tmp_path / "copy")


@pytest.fixture(scope="module")
def processes() -> Iterator[list[Trainer]]:
    """Trainers in this list are killed at the end of the module if they are still running."""
    with kill_at_end() as started:
        yield started
