"""Label sets in the prediction panel, readable without colour."""

from core.runs.tried_texts import TriedText
from tui.widgets.predict.answers import NO_LABEL, THRESHOLD, line_of, score_rows, set_line

THRESHOLDS = {"joy": 0.2, "fear": 0.6, "awe": 0.5}


def trial(joy: float, fear: float, awe: float) -> TriedText:
    return TriedText(
        text="so it is",
        which="best",
        step=20,
        labels=list(THRESHOLDS),
        probabilities=[joy, fear, awe],
        thresholds=list(THRESHOLDS.values()),
    )


def test_predicted_labels_come_first_and_are_marked() -> None:
    found = trial(0.3, 0.55, 0.7)
    assert found.chosen == ["joy", "awe"]
    assert [label for label, _ in found.ranked] == ["awe", "joy", "fear"]
    rows = score_rows(found.ranked, 34, THRESHOLDS).plain.split("\n")
    assert [row[:6].rstrip() for row in rows] == ["✓ awe", "✓ joy", "  fear"]
    assert all(row.count(THRESHOLD) == 1 for row in rows)
    # A threshold that is not reached is drawn after the bar.
    assert rows[2].index(THRESHOLD) > rows[2].rindex("█")
    assert set_line(found.ranked, THRESHOLDS).plain == "✓ awe, joy"
    assert line_of(found, 60).plain.split("  ")[0] == "0.30 awe, joy"


def test_a_text_without_labels_says_so() -> None:
    found = trial(0.1, 0.55, 0.2)
    assert (found.chosen, found.ranked[0][0]) == ([], "fear")
    assert set_line(found.ranked, THRESHOLDS).plain == NO_LABEL
    assert line_of(found, 60).plain.startswith("0.55 no label")


def test_without_thresholds_no_label_is_marked() -> None:
    rows = score_rows([("joy", 0.8), ("fear", 0.2)], 34).plain
    assert "✓" not in rows
    assert THRESHOLD not in rows
