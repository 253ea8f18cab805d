"""The card of a finished model: `README.md` in its folder, made from the facts of its run.

The card is published with the model, so it names files without their folders, and no machine.
"""

import contextlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from core.config import FROM_SCRATCH, MINILM
from core.data.formats.files import split_extension
from core.files import durable
from core.models.catalog import MINILM_ON_HUB, resolve
from core.problems import Problem
from core.protocol.report import RunFacts, TestedSplit
from core.reports.document import Table
from core.reports.facts import gather
from core.reports.markdown import Markdown, escaped, table
from core.reports.overview import SCORE_COLUMNS, score_rows
from core.reports.results import by_label
from core.reports.run_setup import shown
from core.reports.wording import listed, long_texts, score, texts
from core.runs.directory import RunDirectory
from core.runs.plan import Plan
from core.text.long_text import LongText

FILE = "README.md"
# The number of weakest labels named, and the most labels that are listed.
_WEAKEST, _MAX_LABELS = 5, 30
# Policies for long texts that a tokenizer alone does not have: it cuts one end of a text.
_NOT_BY_PIPELINE: tuple[LongText, ...] = ("head-tail", "windows")
# Settings that would reveal the machine or its folders.
_PRIVATE = {"data.train", "data.validation", "data.test", "output.runs_dir", "output.name", "model.name"}


def write_card(run: RunDirectory) -> None:
    """Write the card of the finished model of `run`, replacing an older one."""
    durable.write_whole(run.model / FILE, card(gather(run)).encode())


def card(facts: RunFacts) -> str:
    """Return the card: metadata for the Hub and a page for people (M. Mitchell et al., Model Cards, 2019).

    Args:
        facts: of a run with a plan and a finished model.

    Raises:
        ValueError: there is no plan or no finished model.
    """
    plan, model = facts.plan, facts.model
    if plan is None or model is None:
        raise ValueError("only a finished model has a card")
    # After a resume, the test split may have been scored with other weights than these.
    test = facts.test if facts.test and facts.test.evaluation.step == model.step else None
    thresholds = zip(plan.labels, model.inference.get("thresholds") or [], strict=False)
    tested = sorted((each for each in test.labels if each.support), key=lambda each: each.f1) if test else []
    versions = facts.environment.versions.items() if facts.environment else ()
    return _template().render(
        facts=facts,
        plan=plan,
        model=model,
        test=test,
        head=Markdown(_head(facts, plan, test).strip()),
        is_from_scratch=plan.model in FROM_SCRATCH,
        train=next(split for split in plan.splits if split.name == "train"),
        every_label=", top_k=None" if plan.is_multi_label else "",
        long_texts=long_texts(facts),
        is_read_by_pipeline=plan.long_text not in _NOT_BY_PIPELINE,
        temperature=float(model.inference.get("temperature", 1.0)),
        thresholds=[f"{label} {threshold:.3f}" for label, threshold in thresholds],
        scores=table(Table(SCORE_COLUMNS, score_rows(test, facts.best), texts=2)),
        label_scores=table(by_label(test)) if test else None,
        weakest=[f"{each.label} ({score(each.f1)}, {texts(each.support)})" for each in tested[:_WEAKEST]],
        untested=[each.label for each in test.labels if not each.support] if test else [],
        splits=table(_splits(plan)),
        settings=table(_settings(facts, plan)),
        versions=[f"{name} {version}" for name, version in versions],
        most_labels=_MAX_LABELS,
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("core.reports"),
        autoescape=False,  # that is for HTML: `finalize` escapes for Markdown
        undefined=StrictUndefined,
        finalize=lambda value: value if isinstance(value, Markdown) else escaped(str(value)),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    filters: dict[str, Callable[..., str]] = {
        "count": lambda number: f"{number:,}",
        "file_name": _file_name,
        "listed": listed,
        "score": score,
        "texts": texts,
    }
    environment.filters |= filters
    return environment.get_template("card.md")


def _head(facts: RunFacts, plan: Plan, test: TestedSplit | None) -> str:
    """Return the YAML metadata of the Hub. Language and licence are unknown and absent."""
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
    """Return the Hub name of the model that was fine-tuned; None if it is not from the Hub."""
    if plan.model == MINILM:
        return MINILM_ON_HUB
    with contextlib.suppress(Problem):
        source = resolve(plan.model)
        return None if source.is_folder or source.is_new else source.location
    return None  # its folder is gone


def _results(facts: RunFacts, plan: Plan, test: TestedSplit | None) -> list[dict[str, Any]]:
    """Return the scores in the Hub's form, each with its split."""
    found = []
    for evaluation in (test.evaluation if test else None, facts.best):
        split = next((each for each in plan.splits if evaluation and each.name == evaluation.split), None)
        if evaluation is None or split is None:
            continue
        data = {
            "task_type": "text-classification",
            "dataset_name": _file_name(split.source),
            "dataset_type": split_extension(Path(split.source))[1].lstrip(".") or split.source,
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


def _splits(plan: Plan) -> Table:
    rows = [
        (split.name, _file_name(split.source), split.fingerprint, f"{split.rows:,}") for split in plan.splits
    ]
    return Table(("split", "source", "fingerprint (SHA-256)", "texts"), rows, texts=3)


def _settings(facts: RunFacts, plan: Plan) -> Table:
    rows = [
        (f"{section}.{key}", _file_name(shown(value)))
        for section, values in facts.settings.items()
        for key, value in values.items()
        if f"{section}.{key}" not in _PRIVATE
    ]
    rows += [
        ("learning rate", f"{plan.learning_rate:g}"),
        ("steps", f"{facts.step:,} of {plan.max_steps:,}"),
        ("precision", plan.precision),
    ]
    return Table(("setting", "value"), rows, texts=2)


def _file_name(source: str) -> str:
    """Return a Hub name as it is, and a path without its folders."""
    path = Path(source)
    return path.name if path.is_absolute() or source.startswith("~") or split_extension(path)[1] else source
