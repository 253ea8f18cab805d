"""Load the model of a run and fit it to its device: packing, compilation, token budget."""

import numpy as np
from transformers.modeling_utils import PreTrainedModel

from core.devices import allow_tf32
from core.models.loading import load_classifier
from core.models.packed.layouts import Layout
from core.models.padding_free import choose_layout
from core.models.parity import pick_parity_texts
from core.models.training_layers import (
    set_initial_biases,
    train_used_embeddings,
    use_fast_dropout,
)
from core.problems import Problem
from core.runs.events import EventWriter, Warned
from core.training.losses import label_shares
from core.training.planning import Prepared
from core.training.rehearsal import find_token_budget
from core.training.tokenizing import OnStage
from core.upstream.transformers import layers_of, word_embeddings_of

# Compiling takes a minute or two; a step then saves some milliseconds.
_WORTHWHILE_STEPS = 2000


def load_model(prepared: Prepared, on_stage: OnStage, *, is_new: bool) -> PreTrainedModel:
    """Return the model on its device, with as little as possible to train and to draw in a step.

    Args:
        prepared: the run.
        on_stage: called with the name of each stage.
        is_new: the run starts with step 1, and does not resume from a checkpoint.

    Raises:
        Problem: the model cannot be loaded, or has no embedding of a token that a split has.
    """
    on_stage("loading model")
    allow_tf32(prepared.device)
    plan, asked = prepared.plan, prepared.config.training.attention_dropout
    dropout = None if asked == "model" else asked
    model = load_classifier(
        prepared.source,
        plan.labels,
        dropout,
        is_multi_label=plan.is_multi_label,
        head=prepared.head,
        pad_id=prepared.tokenizer.pad_token_id,
    )
    model.to(prepared.device.place)  # type: ignore[arg-type]
    _train_only_used_embeddings(prepared, model)
    if plan.device == "cpu":
        use_fast_dropout(model)
    if is_new and plan.is_multi_label:
        set_initial_biases(model, label_shares(prepared), _new_rows(prepared))
    return model


def fit_to_device(
    prepared: Prepared,
    model: PreTrainedModel,
    events: EventWriter,
    on_stage: OnStage,
    known_budget: int | None,
) -> tuple[Layout, int]:
    """Return the input layout (packed or padded) and the token budget; both are tried out.

    Args:
        prepared: the run.
        model: on its device.
        events: of the run, for a warning.
        on_stage: called with the name of each stage.
        known_budget: of a resumed run.

    Raises:
        Problem: the memory does not suffice, or the model gives no finite loss.
    """
    on_stage("measuring micro-batch size")
    plan, tokens = prepared.plan, prepared.encoded["train"].tokens.rows
    few, pad_id = pick_parity_texts(tokens.lengths), prepared.tokenizer.pad_token_id or 0
    rows, types = [tokens[index] for index in few], tokens.types_of(few)
    layout, obstacle = choose_layout(
        model, pad_id, rows, bf16=plan.precision == "bf16", types=types, trains=True
    )
    if obstacle:
        events.write(Warned(message=f"Texts are padded, which is slower: {obstacle}."))
    if is_compiled(prepared.config.training.compile, plan.device, plan.max_steps):
        on_stage("compiling")
        compile_layers(model)
    return layout, find_token_budget(prepared, model, layout, known_budget)


def is_compiled(choice: str, device: str, steps: int) -> bool:
    """Whether to compile for RunConfig's `compile`. Never on a CPU, where it is slower."""
    return device == "cuda" and (choice == "on" or (choice == "auto" and steps >= _WORTHWHILE_STEPS))


def compile_layers(model: PreTrainedModel) -> None:
    """Have each layer compiled when it is first used, for batches of all sizes.

    The last layer is not compiled: hooks skip what the classification head does not read of it.
    """
    for layer in list(layers_of(model) or [])[:-1]:
        layer.compile(dynamic=True)


def _new_rows(prepared: Prepared) -> list[int]:
    """Numbers of the labels whose rows of the output layer are new."""
    rows = prepared.head.rows if prepared.head else [None] * len(prepared.plan.labels)
    return [label for label, row in enumerate(rows) if row is None]


def _train_only_used_embeddings(prepared: Prepared, model: PreTrainedModel) -> None:
    """Train the embeddings of those words only that the training texts use.

    Raises:
        Problem: the model has no embedding of a token that a split has.
    """
    table = word_embeddings_of(model)
    if table is None:
        return
    used = {name: split.tokens.used_ids for name, split in prepared.encoded.items()}
    for name, words in used.items():
        if words[-1] >= table.num_embeddings:
            raise Problem(
                f"token {prepared.tokenizer.convert_ids_to_tokens(int(words[-1]))!r} of the {name} split "
                f"has no word embedding: the model has {table.num_embeddings:,}, its tokenizer has more "
                "tokens",
                where=prepared.plan.model,
                mend="Save the model again after `model.resize_token_embeddings(len(tokenizer))`.",
            )
    words = np.union1d(used["train"], prepared.tokenizer.pad_token_id or 0)
    # Padding that has no embedding occurs in no input: such texts are packed.
    train_used_embeddings(model, words[words < table.num_embeddings])
