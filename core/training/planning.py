"""Make the plan of a run. Whatever can be found wrong before the first step is found here."""

from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from core.config import Metric, RunConfig
from core.data.labels.label_sets import SKEWED, count_labels
from core.data.quality.vocabulary import remark_fragments, remark_unknown, tokenizer_name
from core.data.splits import DataSplits, Split
from core.data.tables.table import assumption
from core.devices import Device, choose_device
from core.encoding.tokens import EncodedSplit
from core.models.catalog import DEFAULT_MAX_LENGTH, ModelSource
from core.models.classification_head import Head
from core.models.loading import choose_head, count_parameters
from core.models.padding_token import padding_reason
from core.models.tokenizer import default_length
from core.models.unused_settings import warn_of_unused_settings
from core.problems import Problem, without_home
from core.runs.plan import Plan, SplitPlan, evaluation_count
from core.text.format import counted
from core.text.long_text import LONG_TEXT_WORDING, MOST_WINDOWS, LongText
from core.text.words import count_words
from core.training.from_scratch_reasons import from_scratch_reasons
from core.training.lengths import Lengths
from core.training.preflight import CHECKPOINT_BYTES, check_disk, check_memory
from core.training.stopping_warnings import stopping_warnings
from core.training.tokenizing import OnStage, Tokenized, tokenize


@dataclass(frozen=True)
class Prepared:
    """Everything that a run needs besides the weights of its model."""

    config: RunConfig
    source: ModelSource
    device: Device
    splits: DataSplits
    tokenizer: PreTrainedTokenizerBase
    encoded: dict[str, EncodedSplit]
    """By split name."""
    plan: Plan
    head: Head | None = None
    """Which rows of the output layer of a given model are kept."""


def prepare(
    config: RunConfig,
    splits: DataSplits,
    on_stage: OnStage = lambda stage: None,
    *,
    source: ModelSource | None = None,
    kept_bytes: int = 0,
    tokenized: Tokenized | None = None,
    recorded: Plan | None = None,
) -> Prepared:
    """Tokenize the data and make the plan.

    Args:
        config: of the run.
        splits: the data, from `load_splits`.
        on_stage: called with the name of each stage.
        source: where the model is loaded from; by default resolved from its name.
        kept_bytes: size of the checkpoints that a resumed run already has.
        tokenized: result of an earlier `tokenize` of the same splits, model and length, instead of `source`.
        recorded: plan of the run that resumes, as it was made first. Its rules stay.

    Raises:
        Problem: the run cannot work: what is wrong, where, and how to mend it.
    """
    device = choose_device(config.training.device, config.training.precision)
    done = tokenized or tokenize(config, splits, on_stage, source=source)
    on_stage("planning")
    head = choose_head(
        done.source, splits.labels, config.model.head, is_multi_label=splits.train.is_multi_label
    )
    plan = _plan(config, done, device, splits, head, kept_bytes, recorded)
    return Prepared(config, done.source, device, splits, done.tokenizer, done.encoded, plan, head)


def _plan(
    config: RunConfig,
    done: Tokenized,
    device: Device,
    splits: DataSplits,
    head: Head | None,
    kept_bytes: int,
    recorded: Plan | None,
) -> Plan:
    training, stopping, source, encoded = config.training, config.stopping, done.source, done.encoded
    lengths = Lengths.of(config, len(splits.train), len(splits.validation), recorded)
    max_steps, eval_steps = lengths.max_steps, lengths.eval_steps
    steps_per_epoch = -(-len(splits.train) // training.train_batch_size)
    parameters = count_parameters(source, len(splits.labels))
    free_bytes = check_disk(Path(config.output.runs_dir), parameters, kept_bytes)
    check_memory(splits)
    split_plans = [_split_plan(split, encoded[split.name], done.max_length) for split in splits.present]
    metric, metric_reason = choose_metric(stopping.metric, splits)
    epochs = max_steps / steps_per_epoch
    plan = Plan(
        model=config.model.name,
        model_source=without_home(source.location),
        model_reasons=recorded.model_reasons
        if recorded
        else [
            *model_reasons(config, source, head),
            *filter(None, [padding_reason(done.tokenizer)]),
            *from_scratch_reasons(config, len(splits.train), len(done.tokenizer)),
        ],
        labels=splits.labels,
        is_multi_label=splits.train.is_multi_label,
        label_delimiter=splits.label_delimiter,
        names_by_number=splits.names_by_number,
        text_column=splits.text_column,
        label_column=splits.label_column,
        column_reasons=splits.reasons,
        splits=split_plans,
        max_length=done.max_length,
        long_text=config.model.long_text,
        pairs=splits.train.has_text_pairs,
        train_batch_size=training.train_batch_size,
        eval_batch_size=training.eval_batch_size,
        learning_rate=training.learning_rate or source.learning_rate,
        default_learning_rate=source.learning_rate,
        max_steps=max_steps,
        epochs=epochs,
        steps_per_epoch=steps_per_epoch,
        eval_steps=eval_steps,
        evaluations=evaluation_count(max_steps, eval_steps),
        metric=metric,
        metric_reason=metric_reason,
        class_weights=training.class_weights,
        early_stopping=stopping.early_stopping,
        patience=lengths.patience,
        patience_from=lengths.patience_from,
        ties_by_loss=recorded is None or recorded.ties_by_loss,
        parameters=parameters,
        checkpoint_bytes=parameters * CHECKPOINT_BYTES,
        free_bytes=free_bytes,
        device=device.kind,
        precision=device.precision,
        seed=training.seed,
        warnings=[
            *splits.warnings,
            *splits.dropped,
            *done.warnings,
            *(
                warn_of_skew(splits, metric, training.class_weights, selects=max_steps > eval_steps)
                if stopping.metric == "auto"
                else []
            ),
            *warn_of_unused_settings(config, source),
            *_vocabulary_warnings(config, splits.train, done),
            *_length_warnings(split_plans, done.max_length, config.model.long_text),
            *_epoch_warnings(max_steps, steps_per_epoch),
        ],
    )
    # Where all was derived, the plan says when early stopping can act; that it cannot is no mistake.
    is_asked = any(each is not None for each in (stopping.patience, stopping.start_from, training.eval_steps))
    found = stopping_warnings(plan, stopping.patience) if is_asked else []
    return msgspec.structs.replace(plan, warnings=[*plan.warnings, *found])


def model_reasons(config: RunConfig, source: ModelSource, head: Head | None) -> list[str]:
    """What was assumed about a given model, a sentence each.

    Args:
        config: of the run.
        source: of the model.
        head: from `choose_head`.
    """
    if head is None:
        return []
    found = [source.reason, head.reason]
    if config.model.max_length is None and (length := default_length(source)) != DEFAULT_MAX_LENGTH:
        is_most = length < source.max_length
        why = "the most that this model reads" if is_most else "as this model was trained"
        found.append(assumption(f"maximum length {length}", why, "--max-length"))
    return [reason for reason in found if reason]


def choose_metric(asked: Metric, splits: DataSplits) -> tuple[str, str]:
    """Return the metric that selects the best checkpoint, and the reason.

    The reason is empty where the metric was asked for or is the default.

    Raises:
        Problem: the metric makes no sense for these data.
    """
    is_multi_label = splits.train.is_multi_label
    if asked == "micro_f1" and not is_multi_label:
        raise Problem(
            "micro F1 is the accuracy where each text has one label",
            where="stopping.metric",
            mend="Choose --metric accuracy or --metric macro_f1.",
        )
    if asked != "auto":
        return asked, ""
    if not is_multi_label:
        return "accuracy", ""
    return "macro_f1", "Macro F1 selects: texts can have several labels, and each label counts alike."


def warn_of_skew(splits: DataSplits, metric: str, class_weights: str, *, selects: bool = True) -> list[str]:
    """Return a warning where rare labels hardly count in the metric, and something can be done about it.

    Args:
        splits: the data.
        metric: that selects the best checkpoint.
        class_weights: of the training loss.
        selects: whether there are several checkpoints to select from.
    """
    counts = count_labels(splits.train.label_ids, len(splits.labels))
    most, least = int(counts.argmax()), int(counts.argmin())
    ratio = counts[most] / max(1, counts[least])
    if metric == "macro_f1" or ratio < SKEWED:
        return []
    advice = ["--metric macro_f1"] * selects + ["--class-weights balanced"] * (class_weights == "none")
    if not advice:
        return []
    blind = {"accuracy": "accuracy", "micro_f1": "micro F1"}.get(metric, "the loss")
    return [
        f"The labels are skewed: {splits.labels[most]!r} has {ratio:,.0f} times as many training texts as "
        f"{splits.labels[least]!r} ({counts[most]:,} and {counts[least]:,}), so {blind} would hardly notice "
        f"the rare ones. Consider {' and '.join(advice)}."
    ]


def _split_plan(split: Split, encoded: EncodedSplit, max_length: int) -> SplitPlan:
    tokens = encoded.tokens
    windows = np.diff(tokens.firsts) if tokens.firsts is not None else np.ones(1, int)
    return SplitPlan(
        name=split.name,
        source=split.source,
        rows=len(split),
        fingerprint=split.fingerprint,
        truncated=int(tokens.is_truncated.sum()),
        median_tokens=int(np.median(tokens.full_lengths)),
        longest_tokens=int(tokens.full_lengths.max()),
        long=int((tokens.full_lengths > max_length).sum()),
        windows=int(windows[windows > 1].sum()),
    )


def _length_warnings(splits: list[SplitPlan], max_length: int, long_text: LongText) -> list[str]:
    found = []
    for split in splits:
        if split.windows:
            how = f"are read in {split.windows / split.long:.1f} overlapping windows on average"
        else:
            how = LONG_TEXT_WORDING[long_text]
        if split.long:
            verb = "is" if split.long == 1 else "are"
            found.append(
                f"{split.long:,} of {split.rows:,} {split.name} texts ({split.long / split.rows:.1%}) "
                f"{verb} longer than {max_length} tokens and {how}; the longest has "
                f"{split.longest_tokens:,}."
            )
        if split.windows and split.truncated:
            one, many = f"{split.name} text is", f"{split.name} texts are"
            found.append(
                f"{counted(split.truncated, one, many)} too long for {MOST_WINDOWS} windows, the "
                "maximum: parts between these are not read. A larger --max-length reads more."
            )
    return found


def _vocabulary_warnings(config: RunConfig, train: Split, done: Tokenized) -> list[str]:
    """Warnings where the tokenizer does not know the training texts. Words are counted in a part of them."""
    if not (name := tokenizer_name(config.model)):
        return []
    tokens, special, unknown = done.encoded["train"].tokens, done.encoder.special_tokens, 0
    if done.encoder.unknown_id is not None:
        unknown = tokens.total(done.encoder.unknown_id)
    texts = next(iter(train.texts.chunks()))
    read = int(tokens.lengths.sum()) - special * len(train)
    first = int(tokens.full_lengths[: len(texts)].sum()) - special * len(texts)
    remarks = (
        remark_unknown(name, unknown, read),
        remark_fragments(name, first, sum(map(count_words, texts))),
    )
    return [str(remark) for remark in remarks if remark is not None]


def _epoch_warnings(max_steps: int, steps_per_epoch: int) -> list[str]:
    if max_steps < steps_per_epoch:
        return [
            f"Training ends after {max_steps / steps_per_epoch:.0%} of the training texts, "
            "before each was seen once."
        ]
    return []
