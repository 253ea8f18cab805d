"""huggingface_hub and datasets can still be switched offline in a running process."""

import datasets
import huggingface_hub
import pytest
from huggingface_hub.errors import OfflineModeIsEnabled

from core.upstream.huggingface_hub import offline

SWITCHES = [(huggingface_hub.constants, "HF_HUB_OFFLINE"), (datasets.config, "HF_HUB_OFFLINE")]


@pytest.fixture(autouse=True)
def _online(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in SWITCHES:
        assert hasattr(module, name), f"{module.__name__}.{name} is gone: change `offline`"
        monkeypatch.setattr(module, name, False)


def test_the_switch_is_read_when_a_request_is_made() -> None:
    assert not huggingface_hub.is_offline_mode()
    with offline():
        assert huggingface_hub.is_offline_mode(), (
            "huggingface_hub keeps its switch elsewhere: change `offline`"
        )
        with pytest.raises(OfflineModeIsEnabled):
            huggingface_hub.get_session().head("https://localhost:9")
    assert not huggingface_hub.is_offline_mode()


def test_datasets_reads_its_cache_only_and_does_not_wait() -> None:
    with offline(), pytest.raises(ConnectionError) as caught:
        datasets.load_dataset("nobody/nothing")
    assert "ffline" in str(caught.value), (
        f"datasets no longer heeds `config.HF_HUB_OFFLINE` ({caught.value}): change `offline`"
    )


def test_the_switches_are_as_before_also_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), offline():
        raise ZeroDivisionError
    assert [getattr(module, name) for module, name in SWITCHES] == [False, False]
