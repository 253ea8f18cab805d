"""The card of a finished model: `README.md` in its folder, made from the facts of its run.

It goes where the model goes, so it names files without the folders they were in, and no machine.
"""

import contextlib
from pathlib import Path
from typing import Any

from core.config.model_names import FROM_SCRATCH, MINILM
from core.data.formats import split_name
from core.files import durable
from core.models.catalog import MINILM_ON_HUB, resolve
from core.problems import Problem
from core.protocol.report import RunFacts, SealedModel, TestedSplit
from core.reports.document import Table
from core.reports.escaping import as_markdown
from core.reports.facts import gather
from core.reports.making import shown
from core.reports.markdown import table_lines
from core.reports.overview import score_rows
from core.reports.results import by_label
from core.reports.wording import length, listed, score, texts
from core.runs.directory import RunDirectory
from core.runs.plan import Plan
from core.text.long_text import LongText

FILE = "README.md"
# So many labels are named: the weakest, and all where they are no more.
_WEAKEST, _NAMED = 5, 30
# What a tokenizer alone cannot do: it cuts one end of a text.
_NOT_BY_PIPELINE: tuple[LongText, ...] = ("head-tail", "windows")


def write_card(run: RunDirectory) -> None:
    """Write the card of the finished model of `run`, in place of an older one."""
    durable.write_whole(run.model / FILE, card(gather(run)).encode())


def card(facts: RunFacts) -> str:
    """The card: a head that the Hub reads, and a page for people (M. Mitchell et al., Model Cards, 2019).

    Args:
        facts: of a run with a plan and a finished model.
    """
    plan, model = facts.plan, facts.model
    if plan is None or model is None:
        raise ValueError("only a finished model has a card")
    # After a resume the test split may have been scored with weights that are not these any more.
    test = facts.test if facts.test and facts.test.evaluation.step == model.step else None
    lines = ["---", _head(facts, plan, test).strip(), "---", "", f"# {as_markdown(facts.name)}", ""]
    lines += _what(facts, plan, model)
    lines += ["", "## Use", "", *_use(facts, plan, model)]
    lines += ["", "## Scores", "", *_scores(facts, test)]
    lines += ["", "## Limits", "", *_limits(plan, test)]
    lines += ["", "## Training", "", *_training(facts, plan), ""]
    return "\n".join(lines)


def _head(facts: RunFacts, plan: Plan, test: TestedSplit | None) -> str:
    """YAML of the kind that the Hub knows; what is not known, such as language and licence, is left out."""
    from huggingface_hub import EvalResult, ModelCardData

    tags = ["text-classification", "bertcls-tui", *([plan.model] if plan.model in FROM_SCRATCH else [])]
    data = ModelCardData(
        library_name="transformers",
        pipeline_tag="text-classification",
        base_model=_base_model(plan),
        tags=tags,
        metrics=["accuracy", "f1"],
        model_name=facts.name,
        eval_results=[EvalResult(**result) for result in _results(facts, plan, test)],
    )
    return str(data.to_yaml())


def _base_model(plan: Plan) -> str | None:
    """The model of the Hub that was fine-tuned; None for another."""
    if plan.model == MINILM:
        return MINILM_ON_HUB
    with contextlib.suppress(Problem):
        source = resolve(plan.model)
        return None if source.is_folder or source.is_new else source.location
    return None  # a folder that is gone


def _results(facts: RunFacts, plan: Plan, test: TestedSplit | None) -> list[dict[str, Any]]:
    """The scores as the Hub takes them, each with its split."""
    found = []
    for evaluation in (test.evaluation if test else None, facts.best):
        split = next((each for each in plan.splits if evaluation and each.name == evaluation.split), None)
        if evaluation is None or split is None:
            continue
        data = {
            "task_type": "text-classification",
            "dataset_name": _name(split.source),
            "dataset_type": split_name(Path(split.source))[1].lstrip(".") or split.source,
            "dataset_split": split.name,
        }
        found += [
            data | {"metric_type": "accuracy", "metric_value": round(evaluation.accuracy, 4)},
            data
            | {
                "metric_type": "f1",
                "metric_name": "macro F1",
                "metric_value": round(evaluation.macro_f1, 4),
                "metric_args": {"average": "macro"},
            },
        ]
    return found


def _what(facts: RunFacts, plan: Plan, model: SealedModel) -> list[str]:
    """What it is and what it was trained on."""
    begun = (
        f"trained from nothing ({plan.model})"
        if plan.model in FROM_SCRATCH
        else f"fine-tuned from {_name(plan.model)}"
    )
    named = listed(plan.labels) if len(plan.labels) <= _NAMED else f"{listed(plan.labels[:_NAMED])}, …"
    train = next(split for split in plan.splits if split.name == "train")
    sentences = [
        f"A text classifier of {len(plan.labels):,} labels, {begun} with bertcls-tui on "
        f"{texts(train.rows)} of {_name(train.source)}.",
        f"It has {plan.parameters:,} parameters; the weights are those of step {model.step:,}, "
        f"the best on the validation split by {plan.metric_name}.",
        f"Labels: {named}.",
    ]
    return [as_markdown(" ".join(sentences[:2])), "", as_markdown(sentences[2])]


def _use(facts: RunFacts, plan: Plan, model: SealedModel) -> list[str]:
    """How it is loaded, and what it does with long texts and with how sure it is."""
    code = ["```python"]
    if plan.model in FROM_SCRATCH:
        code.append("import core.models.from_scratch  # of bertcls-tui: transformers does not know this kind")
    code += [
        "from transformers import pipeline",
        "",
        'classify = pipeline("text-classification", "path/to/this/folder")',
        _call(plan),
        "```",
    ]
    said = [length(facts)]
    if plan.long_text in _NOT_BY_PIPELINE:
        said.append(
            "`pipeline` by itself reads only the beginning of them, and may give another answer; "
            "`bertcls-tui predict` reads them as in training."
        )
    temperature = float(model.inference.get("temperature", 1.0))
    if temperature != 1:
        function = "sigmoid" if plan.is_multi_label else "softmax"
        said.append(
            f"Probabilities are {function}(logits / {temperature:.4f}): the temperature, fitted on the "
            "validation split, is in `handling.json`. bertcls-tui uses it; `pipeline` by itself does not: "
            'it gives the logits with `function_to_apply="none"`.'
        )
    if thresholds := model.inference.get("thresholds"):
        named = zip(plan.labels, thresholds, strict=True)
        said.append(
            "A text has the labels that reach their threshold, fitted on the validation split: "
            + as_markdown(listed([f"{label} {threshold:.3f}" for label, threshold in named]))
            + ". bertcls-tui chooses by them, and they are in `handling.json`; `pipeline` by itself gives "
            "the probability of every label and leaves the choice to you."
        )
    return [*code, "", " ".join(said)]


def _call(plan: Plan) -> str:
    """How the pipeline is asked."""
    text = '{"text": "one text", "text_pair": "another"}' if plan.pairs else '"a text"'
    every = ", top_k=None" if plan.is_multi_label else ""
    return f"classify({text}, truncation=True{every})"


def _scores(facts: RunFacts, test: TestedSplit | None) -> list[str]:
    columns = ("metric", "split", "texts", "score", "95 % interval", "at step")
    rows = score_rows(test, facts.best)
    found = [*table_lines(Table(columns, rows, texts=2)), ""]
    if test is None:
        return [*found, "No test split has been scored with these weights."]
    found.append("The test split had no part in the choice of the weights.")
    if test.labels:
        found += ["", *table_lines(by_label(test))]
    if test.calibrated:
        found += ["", f"Expected calibration error on the test split: {score(test.calibrated.ece)}."]
    return found


def _limits(plan: Plan, test: TestedSplit | None) -> list[str]:
    """What is known of where it fails."""
    gets = "any number of them" if plan.is_multi_label else "one of them"
    said = [f"It knows these labels only: every text gets {gets}, whatever it is about."]
    if test and test.labels:
        weakest = sorted((each for each in test.labels if each.support), key=lambda each: each.f1)[:_WEAKEST]
        named = listed([f"{each.label} ({score(each.f1)} of {texts(each.support)})" for each in weakest])
        said.append(f"Lowest F1 on the test split: {named}.")
        unseen = [each.label for each in test.labels if not each.support]
        if unseen:
            said.append(f"Labels without a text in the test split: {listed(unseen[:_NAMED])}.")
    if test and test.seen:
        said.append(f"{texts(test.seen)} of the test split occur in the training split as well.")
    said += [
        f"{texts(split.long)} of the {split.name} split are longer than {plan.max_length:,} tokens."
        for split in plan.splits
        if split.long
    ]
    return [f"- {as_markdown(sentence)}" for sentence in said]


def _training(facts: RunFacts, plan: Plan) -> list[str]:
    """Settings, data and versions, without what tells of the machine or of where files lay."""
    hidden = {"data.train", "data.validation", "data.test", "output.runs_dir", "output.name", "model.name"}
    settings = [
        (f"{section}.{key}", _name(shown(value)))
        for section, table in facts.settings.items()
        for key, value in table.items()
        if f"{section}.{key}" not in hidden
    ]
    settings += [
        ("learning rate", f"{plan.learning_rate:g}"),
        ("steps", f"{facts.step:,} of {plan.max_steps:,}"),
        ("precision", plan.precision),
    ]
    splits = [
        (split.name, _name(split.source), split.fingerprint, f"{split.rows:,}") for split in plan.splits
    ]
    found = [
        *table_lines(Table(("split", "from", "fingerprint (SHA-256)", "texts"), splits, texts=3)),
        "",
        *table_lines(Table(("setting", "value"), settings, texts=2)),
    ]
    if facts.environment:
        versions = listed([f"{name} {version}" for name, version in facts.environment.versions.items()])
        found += ["", as_markdown(f"Made with {versions}.")]
    return found


def _name(source: str) -> str:
    """A name of the Hub, or a file or folder without where it lies."""
    path = Path(source)
    return path.name if path.is_absolute() or source.startswith("~") or split_name(path)[1] else source
