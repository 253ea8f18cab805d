"""explain_text: the words that decide the label get the largest contributions."""

import csv
import random
import sys

import pytest
from small_runs import Small, trained

from core.prediction.explanation import explain_text
from core.prediction.predictor import Predictor
from core.problems import Problem
from core.runs.directory import RunDirectory

FILLERS = [
    "the",
    "a",
    "film",
    "plot",
    "was",
    "it",
    "in",
    "on",
    "of",
    "ending",
    "actor",
    "scene",
    "music",
    "then",
]


@pytest.fixture(scope="module")
def predictor(small: Small, tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    """A CNN trained on texts with one decisive word anywhere: splendid or dreadful."""
    folder, numbers = tmp_path_factory.mktemp("separable"), random.Random(0)
    for name, count in (("train", 240), ("validation", 40)):
        with (folder / f"{name}.csv").open("w", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["text", "label"])
            for _ in range(count):
                label = numbers.choice(["good", "bad"])
                words = numbers.choices(FILLERS, k=8)
                words.insert(numbers.randrange(9), {"good": "splendid", "bad": "dreadful"}[label])
                writer.writerow([" ".join(words), label])
    config = small.config(
        folder,
        {"data": {name: str(folder / f"{name}.csv") for name in ("train", "validation")}},
        {"model": {"name": "cnn", "vocabulary": 400, "max_length": 16}},
        {"cnn": {"embedding_size": 16, "filters": 16}},
        max_steps=60,
        eval_steps=60,
        learning_rate=1e-2,
    )
    return Predictor.load(trained(config, "separable"), "best", device="cpu")


def ignore(done: int, total: int) -> None:
    """Ignore progress."""


@pytest.mark.parametrize(("word", "label"), [("splendid", "good"), ("dreadful", "bad")])
def test_the_decisive_word_has_the_largest_contribution(predictor: Predictor, word: str, label: str) -> None:
    text = f"the plot was {word}, the ending of it was in a scene"
    found = explain_text(predictor, text, None, ignore)
    assert (found.label, found.labels[0]) == (label, label)
    assert found.probability > 0.8 > found.empty_probability
    said = {text[each.start : each.end]: each.contribution for each in found.words}
    assert max(said, key=lambda each: abs(said[each])) == word
    assert said[word] > 0.5
    assert sum(abs(each.contribution) for each in found.words) == pytest.approx(1)
    assert found.probability == pytest.approx(predictor.predict([text]).probabilities.max(), abs=1e-3)
    other = explain_text(predictor, text, found.labels[1], ignore)
    assert min(other.words, key=lambda each: each.contribution).start == text.index(word)


def test_only_the_part_of_a_long_text_that_is_read_is_explained(predictor: Predictor) -> None:
    found = explain_text(predictor, "the plot was dreadful " + "then " * 100, None, ignore)
    assert found.truncated
    assert (found.tokens > 100, found.max_length) == (True, 16)
    assert found.words[-1].end < 100


@pytest.mark.parametrize("text", ["", " \n ", "🙂"])
def test_texts_with_few_or_no_words_are_explained(predictor: Predictor, text: str) -> None:
    found = explain_text(predictor, text, None, ignore)
    assert all(each.start < each.end for each in found.words) or not text.strip()
    assert found.error == pytest.approx(0, abs=0.05)


def test_an_unknown_label_is_an_error_that_lists_the_labels(predictor: Predictor) -> None:
    with pytest.raises(Problem, match=r"no label 'fine'\. The labels are bad, good\."):
        explain_text(predictor, "a film", "fine", ignore)


def test_without_captum_the_error_says_how_to_install_it(
    finished_run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "captum.attr", None)
    with pytest.raises(Problem, match=r"without captum .*pip install 'bertcls-tui\[explain\]'"):
        explain_text(Predictor.load(finished_run, "best", device="cpu"), "a film", None, ignore)
