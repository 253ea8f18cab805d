"""An evaluation on standard output: scores, labels, confusions, calibration, and texts to read."""

from collections.abc import Sequence

from core.protocol import Calibration, EvaluationReport, JudgedText
from core.text import format
from tui.printing.console import cells, line, print_table, shortened, show_json, table_of
from tui.wording.fitted import fitted_for_others

_TEXTS = 5
# More labels than this make a matrix that no line holds; names in its head are cut.
_MOST_LABELS = 30
_MOST_NAMED, _NAME = 8, 16
_CONFUSIONS = 15
_BAR = 20


def show_evaluation(found: EvaluationReport, *, as_json: bool) -> None:
    """Everything that was found, each number with its split and, where there is one, its interval."""
    if as_json:
        return show_json(found)
    for text in headline(found):
        line(text)
    _show_labels(found)
    if found.confusion is not None:
        _show_confusion(found, found.confusion)
    if found.calibration is not None:
        _show_calibration(found, found.calibration)
    _show_texts("most confident mistakes", found.mistakes)
    _show_texts("most uncertain texts", found.uncertain)
    return None


def headline(found: EvaluationReport) -> list[str]:
    """What was evaluated on what, and the scores."""
    macro = next(average for average in found.averages if average.name == "macro")
    micro = "" if found.micro_f1 is None else f"micro F1 {found.micro_f1:.4f}  "
    lines = [
        f"{found.which} checkpoint, step {found.step:,}, on {split_name(found)} ({found.examples:,} texts)",
        f"{format.accuracy(found.micro_f1)} {found.accuracy:.4f} (95 % interval {found.accuracy_low:.4f} to "
        f"{found.accuracy_high:.4f})  macro F1 {found.macro_f1:.4f} ({macro.f1_low:.4f} to "
        f"{macro.f1_high:.4f})  {micro}loss {found.loss:.4f}",
    ]
    if found.micro_f1 is not None and found.is_fitted_on:
        lines.append(
            "its thresholds were fitted on these texts: each half of them is judged by thresholds that were "
            "fitted on the other half"
        )
    if of_others := not_fitted_for(found):
        lines.append(f"{of_others}: a checkpoint between two evaluations has what the earlier one fitted")
    if found.seen:
        count = f"{found.seen:,} of these texts {'occurs' if found.seen == 1 else 'occur'}"
        lines.append(f"{count} in the training split as well{_without(found)}")
    if found.truncated:
        lines.append(f"{found.truncated:,} texts were too long to be read whole")
    return lines


def not_fitted_for(found: EvaluationReport) -> str:
    """`thresholds of step 40`, where they were not fitted for the weights that were evaluated; else empty."""
    return fitted_for_others(found.fitted_at, found.step, is_multi_label=found.micro_f1 is not None)


def split_name(found: EvaluationReport) -> str:
    """The data, and whether it is a split of the run."""
    return f"its {found.split} split, {found.source}" if found.is_own else found.source


def _without(found: EvaluationReport) -> str:
    """The scores without the texts that were trained with."""
    unseen = found.unseen
    if unseen is None:
        return ""
    name = format.accuracy(unseen.micro_f1)
    return (
        f"; without them {name} {unseen.accuracy:.4f} ({unseen.accuracy_low:.4f} to "
        f"{unseen.accuracy_high:.4f})  macro F1 {unseen.macro_f1:.4f} ({unseen.macro_f1_low:.4f} to "
        f"{unseen.macro_f1_high:.4f})"
    )


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
        return _show_confusions(names, confusion)
    # Where names do not fit beside each other numbers stand for them.
    numbers = [str(number) for number in range(1, len(names) + 1)]
    heads = [shortened(name, _NAME) for name in names] if len(names) <= _MOST_NAMED else numbers
    table = table_of("true \\ predicted", *heads)
    for name, number, row in zip(names, numbers, confusion, strict=True):
        side = name if len(names) <= _MOST_NAMED else f"{number} {name}"
        table.add_row(*cells(side, *(f"{count:,}" if count else "·" for count in row)))
    print_table(table)
    return None


def _show_confusions(names: Sequence[str], confusion: Sequence[Sequence[int]]) -> None:
    line(f"{len(names)} labels: the most frequent confusions")
    table = table_of("true", "predicted", "texts", "of the label")
    for true, predicted in confusions(confusion)[:_CONFUSIONS]:
        count, of = confusion[true][predicted], sum(confusion[true])
        table.add_row(*cells(names[true], names[predicted], f"{count:,}", format.percent(count / of)))
    print_table(table)


def confusions(confusion: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """The cells that hold mistakes, as true and predicted label numbers, the fullest first."""
    wrong = [
        (-count, true, predicted)
        for true, row in enumerate(confusion)
        for predicted, count in enumerate(row)
        if count and true != predicted
    ]
    return [(true, predicted) for _, true, predicted in sorted(wrong)]


def _calibration_line(found: EvaluationReport, calibration: Calibration) -> str:
    """The calibration errors in a sentence."""
    if found.fitted_at == 0:
        return f"expected calibration error {calibration.before.ece:.3f} as trained"
    # What was fitted on these very texts makes them look better than others would.
    here = ", which this is" if found.is_fitted_on else ""
    errors = f"{calibration.before.ece:.3f} as trained, {calibration.after.ece:.3f} with temperature"
    return f"expected calibration error {errors} {calibration.temperature:.2f}, fitted on validation{here}"


def _show_calibration(found: EvaluationReport, calibration: Calibration) -> None:
    line(_calibration_line(found, calibration))
    table = table_of("probability", "texts", "mean", "right", "")
    for each in calibration.after.bins:
        share = "█" * round(each.accuracy * _BAR)
        means = (f"{each.confidence:.3f}", f"{each.accuracy:.3f}")
        table.add_row(*cells(f"{each.low:.2f} to {each.high:.2f}", f"{each.count:,}", *means, share))
    print_table(table)


def _show_texts(title: str, texts: Sequence[JudgedText]) -> None:
    if texts:
        line("")
        line(f"{title}:")
    for text in texts[:_TEXTS]:
        judgement = f"{text.label} → {text.predicted} {text.probability:.3f}"
        line(shortened(f"  {judgement}  {' '.join(text.text.split())}"))
