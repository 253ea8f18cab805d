"""Reports as Markdown and HTML: complete, escaped, and correct for every kind of run."""

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from made_run import HOSTILE, make, make_tested, plan, training

from core.files import lock
from core.reports.facts import gather
from core.reports.html import as_page
from core.reports.markdown import as_text
from core.reports.writing import document
from core.runs.directory import RunDirectory
from core.runs.events import Acknowledged, RunEnded, Warned

SECTIONS = [
    "Results",
    "Training",
    "Test split, by label",
    "Confusion matrix",
    "Calibration",
    "Data",
    "Model",
    "Time",
    "Settings",
    "Environment",
]
VOID = {"meta"}
EMPTY = {"path", "rect", "circle"}  # self-closing SVG elements


class Page(HTMLParser):
    """The elements and texts of a page. Fails if elements are not balanced."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.count: Counter[str] = Counter()
        self.attributes: list[tuple[str, str]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.count[tag] += 1
        self.attributes += [(name, value or "") for name, value in attributes]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert tag in EMPTY
        self.count[tag] += 1
        self.attributes += [(name, value or "") for name, value in attributes]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)


def reports(run: RunDirectory) -> tuple[Page, str]:
    made = document(gather(run))
    return Page(as_page(made)), as_text(made)


def headings(markdown: str) -> list[str]:
    return [line.removeprefix("## ") for line in markdown.splitlines() if line.startswith("## ")]


def test_both_formats_have_every_section_and_figure(finished_run: RunDirectory) -> None:
    page, markdown = reports(finished_run)
    assert page.texts["h2"] == headings(markdown) == SECTIONS
    assert page.count["svg"] == 3
    facts = gather(finished_run)
    assert facts.test is not None
    assert facts.test.scores is not None
    assert facts.environment is not None
    scores = facts.test.scores
    interval = f"{scores.accuracy_low:.4f} to {scores.accuracy_high:.4f}"
    assert f"| accuracy | test | 40 | {scores.accuracy:.4f} | {interval} |" in markdown
    assert {interval, f"{scores.accuracy:.4f}"} <= set(page.texts["td"])
    assert f"Fingerprint of all data (SHA-256): {facts.environment.data_sha256}" in page.texts["p"]
    for split in facts.plan.splits if facts.plan else ():
        assert split.fingerprint in markdown
    assert facts.environment.versions["torch"].replace("_", r"\_") in markdown
    assert re.search(r"Expected calibration error on the test split: 0\.\d{4}", markdown)


def test_the_page_fetches_nothing_and_runs_no_scripts(finished_run: RunDirectory) -> None:
    page, _ = reports(finished_run)
    assert not set(page.count) & {"script", "link", "img", "iframe", "object", "a", "use", "image"}
    assert not {name for name, _ in page.attributes if name in ("src", "href") or name.startswith("on")}
    policy = next(value for name, value in page.attributes if name == "content")
    assert "default-src 'none'" in policy
    styles = "".join(page.texts["style"])
    assert not re.search(r"url\(|@import|//", styles)
    assert "prefers-color-scheme: dark" in styles
    assert "@media print" in styles


def test_hostile_labels_are_escaped(tmp_path: Path) -> None:
    run = make_tested(tmp_path, HOSTILE)
    page, markdown = reports(run)
    assert "script" not in page.count
    cells = page.texts["td"] + page.texts["th"]
    for label in ("<script>alert(1)</script>", "␛[31mred␀⟨U+202E⟩", "</svg></table>&amp;\"'", "line↵break"):
        assert label in cells
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", markdown)
    assert "<script" not in markdown
    assert r"a\|b \*c\* \`d\` \[e\](http://f)" in markdown
    # Every row of a table has as many cells as its header.
    for table in re.findall(r"(?:^\|.*\n)+", markdown, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1


def test_commands_to_a_run_are_listed_and_escaped(tmp_path: Path) -> None:
    noted = Acknowledged(id="1", name="note", step=150, message="noted", text=HOSTILE[0])
    slower = Acknowledged(id="2", name="learning_rate", step=160, message="learning rate × 0.5", value=0.5)
    run = make(tmp_path, [*training(plan(["a", "b"]), 200), noted, slower])
    facts = gather(run)
    assert [(item.step, item.text) for item in facts.markers] == [
        (150, HOSTILE[0]),
        (160, "learning rate × 0.5"),
    ]
    page = as_page(document(facts))
    assert "learning rate × 0.5" in page
    assert HOSTILE[0] not in page
    assert "&lt;script&gt;" in page


def test_a_report_with_many_labels_has_no_matrix(tmp_path: Path) -> None:
    labels = [f"label {number}" for number in range(150)]
    page, markdown = reports(make_tested(tmp_path, labels))
    assert page.count["tr"] < 400  # no matrix
    assert "The most frequent of" in markdown or "The confusions on the test split" in markdown
    assert all(f"| {label} |" in markdown for label in labels)


def test_the_report_of_a_run_in_training(tmp_path: Path) -> None:
    run = make(tmp_path, [*training(plan(["bad", "good"]), 250), Warned(message="a <b>warning</b>")])
    with lock.hold(run.lock):
        page, markdown = reports(run)
    assert "The run is training, at step 250 of 1,000." in markdown
    assert "The test split has not been scored" in markdown
    assert "- a &lt;b&gt;warning&lt;/b&gt;" in markdown
    assert "a <b>warning</b>" in page.texts["li"]
    assert "200 (best)" in page.texts["td"]
    assert "Confusion matrix" not in headings(markdown)


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        (
            RunEnded(reason="stopped", step=250, best_step=200),
            "The run was stopped by a user, at step 250 of 1,000.",
        ),
        (
            RunEnded(reason="failed", step=250, error="the disk is full."),
            "at step 250 of 1,000: the disk is full.",
        ),
        (None, "The run was interrupted"),
    ],
)
def test_the_report_of_a_run_that_did_not_finish(tmp_path: Path, ended: RunEnded | None, said: str) -> None:
    run = make(tmp_path, [*training(plan(["bad", "good"]), 250), *([ended] if ended else [])])
    page, markdown = reports(run)
    assert said in markdown
    assert page.count["svg"] == 2


def test_the_report_of_a_run_that_never_started(tmp_path: Path) -> None:
    run = make(tmp_path, [RunEnded(reason="refused", error="train.csv: there is no such file.")])
    page, markdown = reports(run)
    assert "train.csv: there is no such file." in markdown
    assert "Nothing has been evaluated yet." in markdown
    assert (
        page.texts["h2"] == headings(markdown) == ["Results", "Training", "Time", "Settings", "Environment"]
    )


def test_the_report_of_a_run_without_a_test_split_says_so(tmp_path: Path) -> None:
    made = plan(["bad", "good"])
    made = plan(["bad", "good"], splits=made.splits[:2])
    _, markdown = reports(make(tmp_path, [*training(made, 300), RunEnded(reason="finished", step=300)]))
    assert "There is no test split" in markdown


def test_curves_in_markdown_are_drawn_with_characters(tmp_path: Path) -> None:
    _, markdown = reports(make_tested(tmp_path, ["bad", "good"]))
    drawn = re.findall(r"```text\n(.*?)```", markdown, re.DOTALL)
    assert len(drawn) == 3
    assert "▲ best, step 200: 0.9000" in drawn[1]
    assert drawn[1].count("●") >= 6
    for picture in drawn:
        assert max(map(len, picture.splitlines())) < 120
