"""Resolving model names."""

import pytest

from core.config.presets import PRESETS
from core.models.catalog import resolve
from core.problems import Problem


@pytest.mark.parametrize("name", PRESETS)
def test_the_name_of_a_preset_is_not_a_model(name: str) -> None:
    with pytest.raises(Problem, match=f"--preset {name}"):
        resolve(name)
