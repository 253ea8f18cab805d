"""The sections of a report on the test split: scores by label, confusion matrix, calibration."""

from core.protocol.evaluation import Reliability
from core.protocol.report import RunFacts, TestedSplit
from core.reports.document import Block, Chart, Line, Matrix, Section, Table
from core.reports.wording import score, texts

# With more labels than these, a matrix is unreadable.
MAX_MATRIX = 40
_CONFUSIONS = 20


def results(facts: RunFacts) -> list[Section]:
    """Return the sections on the test split; none if it was not scored."""
    test = facts.test
    if test is None:
        return []
    if not test.labels:
        return [Section("Test split", [test.remark])]
    sections = [Section("Test split, by label", [by_label(test)])]
    if test.confusion:
        sections.append(_confusions(test))
    if test.calibrated is not None:
        sections.append(_calibration(facts, test, test.calibrated))
    return sections


def by_label(test: TestedSplit) -> Table:
    """Return a table of the scores of each label on the test split."""
    rows = [
        (each.label, f"{each.support:,}", score(each.precision), score(each.recall), score(each.f1))
        for each in test.labels
    ]
    return Table(("label", "test texts", "precision", "recall", "F1"), rows)


def _confusions(test: TestedSplit) -> Section:
    names = [each.label for each in test.labels]
    blocks: list[Block] = []
    if len(names) <= MAX_MATRIX:
        blocks += [
            "Texts of the test split: rows are true labels, columns are predicted labels.",
            Matrix(names, test.confusion),
        ]
    mistakes = sorted(
        (
            (count, true, found)
            for true, row in enumerate(test.confusion)
            for found, count in enumerate(row)
            if count and true != found
        ),
        key=lambda mistake: (-mistake[0], mistake[1:]),
    )
    if len(names) > 2 and mistakes:
        rows = [
            (
                names[true],
                names[found],
                f"{count:,}",
                f"{count / test.labels[true].support:.0%}".replace("%", " %"),
            )
            for count, true, found in mistakes[:_CONFUSIONS]
        ]
        blocks.append(
            f"The most frequent of {len(mistakes):,} confusions on the test split:"
            if len(mistakes) > len(rows)
            else "The confusions on the test split, by frequency:"
        )
        blocks.append(Table(("true", "predicted", "test texts", "share of the true label"), rows, texts=2))
    if not mistakes:
        blocks.append("All predictions on the test split are correct.")
    return Section("Confusion matrix", blocks)


def _calibration(facts: RunFacts, test: TestedSplit, found: Reliability) -> Section:
    temperature = facts.model.inference.get("temperature", 1.0) if facts.model else 1.0
    said = f"Expected calibration error on the test split: {score(found.ece)}"
    if test.uncalibrated is None:
        said += "; no temperature was fitted."
    else:
        said += (
            f" with temperature {temperature:.3f} (fitted on the validation split), "
            f"{score(test.uncalibrated.ece)} without."
        )
    lines = [
        Line("perfect calibration", (0.0, 1.0), (0.0, 1.0), "guide"),
        Line("with temperature" if test.uncalibrated else "model", *_points(found), "points"),
    ]
    if test.uncalibrated is not None:
        lines.insert(1, Line("without temperature", *_points(test.uncalibrated), "second"))
    rows = [
        (
            f"{each.low:.2f} to {each.high:.2f}",
            f"{each.count:,}",
            score(each.confidence),
            score(each.accuracy),
        )
        for each in found.bins
    ]
    return Section(
        "Calibration",
        [
            said,
            Chart(
                title="Reliability diagram, test split",
                description="Accuracy by probability of the predicted label on the test split. On the dotted "
                "line both are equal; below it the model is overconfident.",
                x_label="probability of the predicted label",
                x_end=1.0,
                lines=lines,
                is_fixed=True,
            ),
            Table(("probability", "test texts", "mean probability", "accuracy"), rows),
            f"{texts(test.evaluation.examples)} in total. Ranges without texts are not listed.",
        ],
    )


def _points(found: Reliability) -> tuple[list[float], list[float | None]]:
    return [each.confidence for each in found.bins], [each.accuracy for each in found.bins]
