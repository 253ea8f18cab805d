"""Details of the run or experiment that is selected in the list, and the welcome of an empty list."""

from textual.content import Content

from core.experiments.listing import ExperimentSummary
from core.runs.listing import RunSummary
from core.text import format
from core.text.plain import plain


def details_of(summary: RunSummary | ExperimentSummary) -> Content:
    """Details below the table: the name, the figures in full, and the error."""
    return _of_experiment(summary) if isinstance(summary, ExperimentSummary) else _of_run(summary)


def _of_experiment(experiment: ExperimentSummary) -> Content:
    count = len(experiment.members)
    parts = [f"experiment of {format.counted(count, 'run')}", f"{experiment.trained} trained"]
    if experiment.current is not None:
        run = experiment.current.run
        steps = f" step {run.step:,} of {run.max_steps:,}" if run and run.max_steps else ""
        parts.append(f"training {plain(experiment.current.name)}{steps}")
    lines = [Content.styled(plain(experiment.name), "bold"), Content(" · ".join(parts))]
    failed = [plain(member.name) for member in experiment.members if member.state == "failed"]
    if experiment.error:
        lines.append(Content.styled(plain(experiment.error), "$text-error"))
    elif failed:
        lines.append(Content.styled(f"failed: {', '.join(failed)}", "$text-error"))
    elif experiment.state == "interrupted":
        lines.append(Content.styled("It ended unexpectedly; r resumes it.", "$text-warning"))
    return Content("\n").join(lines)


def _of_run(run: RunSummary) -> Content:
    steps = f"step {run.step:,} of {run.max_steps:,}" if run.max_steps else "no step yet"
    parts = [plain(run.model) or "model unknown so far", steps]
    if run.best is not None:
        best = f"best {format.metric(run.metric, is_multi_label=run.is_multi_label)} {format.score(run.best)}"
        parts.append(f"{best} on validation at step {run.best_step:,}")
    if run.test_accuracy is not None:
        name = "exact match" if run.is_multi_label else "accuracy"
        parts.append(f"{name} {format.score(run.test_accuracy)} on test")
    lines = [
        Content.styled(plain(run.name), "bold"),
        Content(" · ".join(parts)),
    ]
    if run.error:
        lines.append(Content.styled(plain(run.error), "$text-error"))
    elif run.state == "interrupted":
        lines.append(
            Content.styled(
                "The trainer ended unexpectedly; r resumes from the last checkpoint.", "$text-warning"
            )
        )
    return Content("\n").join(lines)


WELCOME = Content("\n").join(
    [
        Content.styled("Train a text classifier, watch it learn, try it out.", "bold"),
        Content(""),
        Content("There are no runs here yet. Start with one of these:"),
        Content(""),
        Content.assemble(("n                       ", "bold $primary"), "choose data and a model in a form"),
        Content.assemble(("bertcls-tui demo        ", "bold $primary"), "two minutes on sample reviews"),
        Content.assemble(("bertcls-tui train DATA  ", "bold $primary"), "train from the command line"),
        Content(""),
        Content.styled("A run continues when this screen closes or the connection is lost.", "$text-muted"),
    ]
)
