"""Print an evaluation: scores, labels, confusions, calibration, texts."""

from collections.abc import Sequence

from core.protocol import Calibration, EvaluationReport, JudgedText
from core.text import format
from tui.printing.console import cells, line, print_table, shortened, show_json, table_of
from tui.wording.evaluation import calibration_error, confusions, headline

_MOST_TEXTS = 5
# Beyond this many labels no line holds the matrix; the largest confusions are listed instead.
_MOST_LABELS = 30
# Up to this many labels the columns have names, cut to this many cells; beyond, numbers.
_MOST_NAMED, _NAME_CELLS = 8, 16
_MOST_CONFUSIONS = 15
_BAR_CELLS = 20


def show_evaluation(found: EvaluationReport, *, as_json: bool) -> None:
    """Print all results, each with its split and, where there is one, its interval."""
    if as_json:
        return show_json(found)
    for text in (*found.reasons, *headline(found)):
        line(text)
    _show_labels(found)
    if found.confusion is not None:
        _show_confusion(found, found.confusion)
    if found.calibration is not None:
        _show_calibration(found, found.calibration)
    _show_texts("most confident mistakes", found.mistakes)
    _show_texts("most uncertain texts", found.uncertain)
    return None


def _show_labels(found: EvaluationReport) -> None:
    has_thresholds = any(label.threshold is not None for label in found.labels)
    table = table_of("label", "precision", "recall", "F1", "texts", *["threshold"] * has_thresholds)
    for label in found.labels:
        figures = (f"{label.precision:.3f}", f"{label.recall:.3f}", f"{label.f1:.3f}", f"{label.support:,}")
        threshold = () if label.threshold is None else (f"{label.threshold:.3f}",)
        table.add_row(*cells(label.label, *figures, *threshold))
    table.add_section()
    for mean in found.averages:
        f1 = f"{mean.f1:.3f} ({mean.f1_low:.3f} to {mean.f1_high:.3f})"
        name = f"{mean.name} average"
        table.add_row(*cells(name, f"{mean.precision:.3f}", f"{mean.recall:.3f}", f1, f"{found.examples:,}"))
    print_table(table)


def _show_confusion(found: EvaluationReport, confusion: Sequence[Sequence[int]]) -> None:
    names = [label.label for label in found.labels]
    if len(names) > _MOST_LABELS:
        return _show_largest_confusions(names, confusion)
    numbers = [str(number) for number in range(1, len(names) + 1)]
    heads = [shortened(name, _NAME_CELLS) for name in names] if len(names) <= _MOST_NAMED else numbers
    table = table_of("true \\ predicted", *heads)
    for name, number, row in zip(names, numbers, confusion, strict=True):
        side = name if len(names) <= _MOST_NAMED else f"{number} {name}"
        table.add_row(*cells(side, *(f"{count:,}" if count else "·" for count in row)))
    print_table(table)
    return None


def _show_largest_confusions(names: Sequence[str], confusion: Sequence[Sequence[int]]) -> None:
    line(f"{len(names)} labels: the most frequent confusions")
    table = table_of("true", "predicted", "texts", "of the label")
    for true, predicted in confusions(confusion)[:_MOST_CONFUSIONS]:
        count, of = confusion[true][predicted], sum(confusion[true])
        table.add_row(*cells(names[true], names[predicted], f"{count:,}", format.percent(count / of)))
    print_table(table)


def _show_calibration(found: EvaluationReport, calibration: Calibration) -> None:
    line(calibration_error(found, calibration))
    table = table_of("probability", "texts", "mean", "correct", "")
    for each in calibration.after.bins:
        share = "█" * round(each.accuracy * _BAR_CELLS)
        means = (f"{each.confidence:.3f}", f"{each.accuracy:.3f}")
        table.add_row(*cells(f"{each.low:.2f} to {each.high:.2f}", f"{each.count:,}", *means, share))
    print_table(table)


def _show_texts(title: str, texts: Sequence[JudgedText]) -> None:
    if texts:
        line("")
        line(f"{title}:")
    for text in texts[:_MOST_TEXTS]:
        labels = f"{text.label} → {text.predicted} {text.probability:.3f}"
        line(shortened(f"  {labels}  {' '.join(text.text.split())}"))
