"""Unknown tokens and words in many pieces: found in the data check and said in the plan."""

from pathlib import Path

import pytest
from small_runs import Small

from core.config import RunConfig, build_config
from core.data.splits import load_splits
from core.methods.data import check_data
from core.methods.memory import Memory
from core.protocol import CheckData, DataReport
from core.text.words import count_words
from core.training.planning import prepare

GREEK = ["Η παράδοση άργησε πολύ και ήταν κακή", "Εξαιρετικό φαγητό, θα ξαναπάμε σίγουρα"]
PIECES = ["qzx wvkq jjxz pqvv zxkq", "kkwz xqvj zzpq vwxk qjzz"]


def config(small: Small, folder: Path, texts: list[str], **model: str) -> RunConfig:
    data = folder / "data.csv"
    rows = "".join(f'"{texts[row % 2]} {row}",{"ab"[row % 2]}\n' for row in range(40))
    data.write_text("text,label\n" + rows, encoding="utf-8")
    layer = {"data": {"train": str(data), "validation": str(data)}, "model": model}
    return build_config(small.values(folder), layer)


def checked(settings: RunConfig) -> DataReport:
    return check_data(Memory(), CheckData(settings), lambda *_: None)


def planned(settings: RunConfig) -> list[str]:
    return prepare(settings, load_splits(settings.data, seed=1)).plan.warnings


def test_a_language_of_unknown_tokens_is_serious_and_in_the_plan(small: Small, tmp_path: Path) -> None:
    settings = config(small, tmp_path, GREEK)
    (found,) = [each for each in checked(settings).findings if each.check == "unknown-tokens"]
    assert found.severity == "serious"
    assert f"of the tokens of train are unknown to {small.model}" in found.title
    assert "cannot read this language" in found.meaning
    assert "multilingual" in found.mend
    assert "--model cnn" in found.mend
    assert " tokens unknown" in found.first[0].note
    (warning,) = [each for each in planned(settings) if "are unknown to" in each]
    assert warning.startswith(found.title)


def test_words_in_many_pieces_are_found_where_no_token_is_unknown(small: Small, tmp_path: Path) -> None:
    settings = config(small, tmp_path, PIECES)
    checks = {each.check: each for each in checked(settings).findings}
    assert "unknown-tokens" not in checks
    assert "a word of train takes" in checks["tokens-per-word"].title
    assert any(each.startswith("A word of train takes ") for each in planned(settings))


@pytest.mark.parametrize("texts", [GREEK, PIECES])
def test_a_vocabulary_learned_from_the_texts_knows_them(
    small: Small, tmp_path: Path, texts: list[str]
) -> None:
    settings = config(small, tmp_path, texts, name="cnn")
    assert not {"unknown-tokens", "tokens-per-word"} & {each.check for each in checked(settings).findings}
    assert not [each for each in planned(settings) if " of train " in each and "token" in each]


def test_texts_that_the_tokenizer_knows_give_no_warning(small: Small, tmp_path: Path) -> None:
    settings = small.config(tmp_path)
    assert not {"unknown-tokens", "tokens-per-word"} & {each.check for each in checked(settings).findings}
    assert not [each for each in planned(settings) if "are unknown to" in each or "A word of train" in each]


@pytest.mark.parametrize(
    ("text", "words"),
    [("two words", 2), ("eins zwei drei", 3), ("快递太慢了", 4), ("", 1), ("η παράδοση άργησε", 3)],
)
def test_words_are_counted_by_spaces_or_characters(text: str, words: int) -> None:
    assert round(count_words(text)) == words
