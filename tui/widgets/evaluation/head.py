"""The head of an evaluation: run, checkpoint, data, and scores."""

from pathlib import Path

from textual.content import Content

from core.protocol import EvaluationReport
from core.text import format
from core.text.plain import plain
from tui.wording.evaluation import averaged_labels, fitted_for_other_weights, labels_a_text

NO_CALIBRATION = "calibration is measured only with one label a text"


def without_confusions(found: EvaluationReport) -> str:
    """Why there is no confusion matrix."""
    which = f"{len(found.labels):,} labels are too many for a matrix"
    if found.micro_f1 is not None:
        which = "no confusion matrix with several labels a text"
    return f"{which}; 2 shows label scores"


def title(run: str, found: EvaluationReport | None) -> Content:
    """Run, checkpoint, split and data; without a report, the run alone."""
    start = Content.assemble(("bertcls", "bold $primary"), f"  {plain(run)} · ")
    if found is None:
        return start + Content("evaluation")
    return start + Content.assemble(
        (f"{found.which} @{found.step:,}", "bold"),
        " on ",
        (f"{found.split} split" if found.is_own else "data", "bold"),
        f" · {format.counted(found.examples, 'example')} · {plain(Path(found.source).name)}",
    )


def scores(found: EvaluationReport) -> Content:
    """The scores, then warnings and remarks, as `evaluate` prints them."""
    macro = next(mean for mean in found.averages if mean.name == "macro")
    name = format.accuracy(found.micro_f1)
    parts = [
        f"{name} {format.score(found.accuracy)} ({found.accuracy_low:.3f}–{found.accuracy_high:.3f})",
        f"macro F1 {format.score(found.macro_f1)} ({macro.f1_low:.3f}–{macro.f1_high:.3f})",
    ]
    if found.micro_f1 is not None:
        parts.append(f"micro F1 {format.score(found.micro_f1)}")
        parts += labels_a_text(found)
        if found.is_fitted_on:
            parts.append("thresholds fitted on the other half of these examples")
    if (calibration := found.calibration) is not None:
        fitted = ", fitted on these examples" if found.is_fitted_on else ""
        parts.append(
            f"calibration error {calibration.before.ece:.3f} → {calibration.after.ece:.3f} (T "
            f"{calibration.temperature:.2f}{fitted})"
        )
    if other_step := fitted_for_other_weights(found):
        parts.append(other_step)
    if found.seen:
        without = f", without them {format.score(found.unseen.accuracy)}" if found.unseen else ""
        where = "train" if found.is_own else "train or validation"
        parts.append(f"{found.seen:,} also in {where}{without}")
    if found.truncated:
        parts.append(f"{found.truncated:,} truncated")
    lines = [Content(" · ".join(parts))]
    lines += [Content.assemble(("! ", "bold $text-warning"), plain(warning)) for warning in found.warnings]
    remarks = [*averaged_labels(found), *found.reasons]
    lines += [Content.styled(plain(remark), "$text-muted") for remark in remarks]
    return Content("\n").join(lines)
