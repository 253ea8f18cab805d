"""Set a part of the training rows aside for validation: stratified, seeded, equal texts on one side."""

import random
from collections import defaultdict

Group = list[int]  # indexes of rows with equal texts


def choose_validation_rows(keys: list[str], labels: list[str], fraction: float, seed: int) -> set[int]:
    """Choose about `fraction` of the rows of each label, at least one where the label has two distinct texts.

    Rows whose texts have equal keys stay together; those with different labels are no measure and stay in
    train, where every label keeps a row. The same rows, fraction and seed give the same choice.
    """
    strata = _groups_by_label(keys, labels)
    chosen: set[int] = set()
    for label in sorted(strata):
        groups = strata[label]
        random.Random(f"{seed} {label}").shuffle(groups)
        chosen.update(index for group in _choose(groups, fraction) for index in group)
    return chosen


def _groups_by_label(keys: list[str], labels: list[str]) -> dict[str, list[Group]]:
    """Groups of rows with equal texts, by the one label that each group has."""
    groups: defaultdict[str, Group] = defaultdict(list)
    for index, key in enumerate(keys):
        groups[key].append(index)
    strata: defaultdict[str, list[Group]] = defaultdict(list)
    for group in groups.values():
        own = {labels[index] for index in group}
        if len(own) == 1:
            strata[own.pop()].append(group)
    return strata


def _choose(groups: list[Group], fraction: float) -> list[Group]:
    """Groups with about `fraction` of the rows; neither all of them nor, where there are two, none."""
    if len(groups) < 2:
        return []
    wanted = max(1, round(fraction * sum(map(len, groups))))
    chosen: list[Group] = []
    for group in groups:
        if len(group) <= wanted and len(chosen) < len(groups) - 1:
            chosen.append(group)
            wanted -= len(group)
    return chosen or [min(groups, key=len)]
