"""Files that are pieces of the training data by their names."""

from pathlib import Path

import pytest
from data_files import delimited, reviews

from core.config import DataConfig
from core.data.splits import DataSplits, load_splits
from core.problems import Problem


def load(path: Path, **settings: object) -> DataSplits:
    return load_splits(DataConfig.model_validate({"train": str(path), **settings}), seed=1)


def write(folder: Path, names: tuple[str, ...], *, with_header: bool = True) -> None:
    """Half of the reviews in each file."""
    header, *rows = delimited(reviews(40)).splitlines(keepends=True)
    for number, name in enumerate(names):
        half = rows[number * 20 : number * 20 + 20]
        (folder / name).write_text("".join([header, *half] if with_header or not number else half))


@pytest.mark.parametrize(
    ("names", "with_header", "pattern"),
    [
        (("reviews_part1.csv", "reviews_part2.csv"), True, "reviews_part*.csv"),
        (("part1of2.csv", "part2of2.csv"), True, "part*of2.csv"),
        (("part_a.csv", "part_b.csv"), True, "part_*.csv"),
        (("chunk-01.csv", "chunk-02.csv"), False, "chunk-*.csv"),
    ],
)
def test_one_piece_is_refused_and_the_pattern_of_all_is_named(
    tmp_path: Path, names: tuple[str, ...], with_header: bool, pattern: str
) -> None:
    write(tmp_path, names, with_header=with_header)
    with pytest.raises(Problem, match="one piece of 2") as found:
        load(tmp_path / names[1])
    assert f"'{tmp_path / pattern}'" in found.value.mend
    whole = load(tmp_path / pattern)
    assert len(whole.train) + len(whole.validation) == 40
    assert len(load(tmp_path / names[0], validation=str(tmp_path / names[1])).validation) == 20


@pytest.mark.parametrize("names", [("xaa", "xab"), ("train.csv.001", "train.csv.002"), ("aa.csv", "ab.csv")])
def test_a_file_that_was_cut_is_to_be_joined(tmp_path: Path, names: tuple[str, ...]) -> None:
    write(tmp_path, names, with_header=False)
    with pytest.raises(Problem, match="one piece of 2") as found:
        load(tmp_path / names[0])
    assert "join them: cat " in found.value.mend


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("data-1.csv", "data-2.csv"), "'{folder}/data-[0-9]*.csv' reads all"),
        (("1.csv", "2.csv"), "'{folder}/[0-9]*.csv' reads all"),
        (("data_2023.csv", "data_2024.csv"), None),
        (("sst2.csv", "sst5.csv"), None),
    ],
)
def test_a_number_may_be_that_of_a_version(tmp_path: Path, names: tuple[str, ...], said: str | None) -> None:
    write(tmp_path, names)
    found = [reason for reason in load(tmp_path / names[0]).reasons if "not read" in reason]
    assert len(found) == (said is not None)
    assert said is None or said.format(folder=tmp_path) in found[0]


def test_files_with_a_header_each_were_not_cut_from_one(tmp_path: Path) -> None:
    for name in ("aa", "ab"):
        rows = "".join(
            f"a {word} film number {number},{word}\n" for number in range(9) for word in ("bad", "good")
        )
        (tmp_path / f"{name}.csv").write_text("text,label\n" + rows)
    splits = load_splits(DataConfig(train=str(tmp_path / "aa.csv")), seed=1)
    assert any("not read: 'ab.csv', beside it" in reason for reason in splits.reasons)


def test_files_of_two_letters_with_their_own_headers_were_not_cut(tmp_path: Path) -> None:
    write(tmp_path, ("aa.csv", "ab.csv"))
    splits = load(tmp_path / "aa.csv")
    said = " ".join([*splits.reasons, *splits.warnings])
    assert "not read: 'ab.csv', beside it" in said
    assert f"{tmp_path}/a[a-b].csv" in said
    assert load(tmp_path / "a[a-b].csv").labels


def test_cut_files_are_joined_without_others_of_as_many_letters(tmp_path: Path) -> None:
    write(tmp_path, ("xaa", "xab"), with_header=False)
    with pytest.raises(Problem, match=r"cat \S+xa\[a-b\] > all\.csv"):
        load(tmp_path / "xaa")
