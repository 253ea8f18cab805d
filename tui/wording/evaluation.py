"""An evaluation in sentences: what was evaluated, its scores, its calibration, its confusions."""

from collections.abc import Sequence

from core.protocol import Calibration, EvaluationReport
from core.text import format
from tui.wording.comparison import macro_f1_labels
from tui.wording.prediction import fitted_at_other_step


def headline(found: EvaluationReport) -> list[str]:
    """Checkpoint, data and scores, and what to know when reading them."""
    macro = next(average for average in found.averages if average.name == "macro")
    micro = "" if found.micro_f1 is None else f"micro F1 {found.micro_f1:.4f}  "
    texts = format.counted(found.examples, "text")
    calibrated = ""
    if found.calibrated_loss is not None and found.calibrated_loss != found.loss:
        calibrated = f"  calibrated loss {found.calibrated_loss:.4f}"
    lines = [
        f"{found.which} checkpoint, step {found.step:,}, on {split_name(found)} ({texts})",
        f"{format.accuracy(found.micro_f1)} {found.accuracy:.4f} (95 % interval {found.accuracy_low:.4f} to "
        f"{found.accuracy_high:.4f})  macro F1 {found.macro_f1:.4f} ({macro.f1_low:.4f} to "
        f"{macro.f1_high:.4f})  {micro}loss {found.loss:.4f}{calibrated}",
        *(f"warning: {warning}" for warning in found.warnings),
        *labels_a_text(found),
    ]
    lines += averaged_labels(found)
    if found.micro_f1 is not None and found.is_fitted_on:
        lines.append(
            "the thresholds were fitted on these texts: each half is scored with thresholds fitted on "
            "the other half"
        )
    if other_step := fitted_for_other_weights(found):
        lines.append(f"{other_step}: a checkpoint between two evaluations keeps those of the earlier one")
    if found.seen:
        count = format.counted(found.seen, "of these texts occurs", "of these texts occur")
        where = "training split" if found.is_own else "training or the validation split"
        lines.append(f"{count} in the {where} as well{_without_seen(found)}")
    if found.truncated:
        lines.append(truncated(found.truncated))
    return lines


def truncated(texts: int) -> str:
    """How many texts were truncated."""
    verb = "was" if texts == 1 else "were"
    return f"{format.counted(texts, 'text')} {verb} longer than the model reads and {verb} truncated"


def averaged_labels(found: EvaluationReport) -> list[str]:
    """Of which labels macro F1 is the mean; nothing if it is the mean of all."""
    if found.averaged_labels is None or found.averaged_labels == len(found.labels):
        return []
    return [macro_f1_labels(f"{found.averaged_labels:,}", len(found.labels))]


def labels_a_text(found: EvaluationReport) -> list[str]:
    """Mean numbers of labels a text, and what the thresholds maximize; nothing with one label a text."""
    if found.true_labels is None or found.predicted_labels is None:
        return []
    metric = format.metric(found.thresholds_for or "macro_f1", is_multi_label=True)
    return [
        f"labels a text: {found.true_labels:.2f}, predicted {found.predicted_labels:.2f} with thresholds for "
        f"{metric}"
    ]


def fitted_for_other_weights(found: EvaluationReport) -> str:
    """`thresholds of step 40` if they were fitted for other weights than those evaluated, else empty."""
    return fitted_at_other_step(found.fitted_at, found.step, is_multi_label=found.micro_f1 is not None)


def split_name(found: EvaluationReport) -> str:
    """The source of the data, with the split if it is one of the run's own."""
    return f"its {found.split} split, {found.source}" if found.is_own else found.source


def _without_seen(found: EvaluationReport) -> str:
    """The scores without the texts that were seen."""
    unseen = found.unseen
    if unseen is None:
        return ""
    name = format.accuracy(unseen.micro_f1)
    return (
        f"; without them {name} {unseen.accuracy:.4f} ({unseen.accuracy_low:.4f} to "
        f"{unseen.accuracy_high:.4f})  macro F1 {unseen.macro_f1:.4f} ({unseen.macro_f1_low:.4f} to "
        f"{unseen.macro_f1_high:.4f})"
    )


def calibration_error(found: EvaluationReport, calibration: Calibration) -> str:
    """The expected calibration errors, with and without the fitted temperature."""
    if found.fitted_at == 0:
        return f"expected calibration error {calibration.before.ece:.3f} as trained"
    # On the texts it was fitted on, a temperature looks better than on others.
    here = ", which this is" if found.is_fitted_on else ""
    errors = f"{calibration.before.ece:.3f} as trained, {calibration.after.ece:.3f} with temperature"
    return f"expected calibration error {errors} {calibration.temperature:.2f}, fitted on validation{here}"


def confusions(confusion: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """Cells of a confusion matrix that hold mistakes, as (true, predicted) indices, largest count first."""
    wrong = [
        (-count, true, predicted)
        for true, row in enumerate(confusion)
        for predicted, count in enumerate(row)
        if count and true != predicted
    ]
    return [(true, predicted) for _, true, predicted in sorted(wrong)]
