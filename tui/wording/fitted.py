"""For which weights what is fitted on validation was fitted, where that is not those that answer."""


def fitted_for_others(fitted_at: int | None, step: int, *, is_multi_label: bool) -> str:
    """`thresholds of step 40`, or `temperature not fitted yet`; empty where they are of `step` itself.

    A checkpoint that was written between two evaluations has those of the earlier one.

    Args:
        fitted_at: as `core.models.inference_settings.InferenceSettings` has it.
        step: of the weights that answer.
        is_multi_label: whether they give sets of labels, which thresholds decide.
    """
    if fitted_at in (None, step):
        return ""
    name = "thresholds" if is_multi_label else "temperature"
    return f"{name} of step {fitted_at:,}" if fitted_at else f"{name} not fitted yet"
