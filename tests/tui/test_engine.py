"""The engine client against a real child process that speaks the protocol."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from core.problems import Problem
from core.protocol import Diagnose, Predict
from tui.engine.client import Engine, EngineFault
from tui.engine.heartbeat import MISSED_PINGS

COMMAND = (sys.executable, str(Path(__file__).with_name("fake_service.py")))


@pytest.fixture
async def engine():
    engine = Engine(COMMAND)
    yield engine
    await engine.close()


async def ask(engine, command="", **options):
    """Send a command to the stand-in service. See fake_service.py."""
    answer = await engine.ask(Predict("run", [command], "best"), **options)
    (label,) = answer.labels
    return label


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_requests_are_answered_by_one_process(engine):
    first = await ask(engine)
    assert int(first) != os.getpid()
    assert await ask(engine) == first


async def test_text_that_is_not_utf_8_is_an_error_and_the_service_continues(engine):
    with pytest.raises(Problem, match=r"caf\?: this text is not UTF-8. Write it in UTF-8"):
        await ask(engine, os.fsdecode(b"caf\xe9"))
    assert int(await ask(engine))


async def test_progress_comes_before_the_result(engine):
    seen = []
    await ask(engine, "progress 3", on_progress=seen.append)
    assert [(report.done, report.total) for report in seen] == [(1, 3), (2, 3), (3, 3)]


async def test_concurrent_requests_get_their_own_answers(engine):
    sizes = list(range(1, 30))
    answers = await asyncio.gather(*(ask(engine, f"size {size}") for size in sizes))
    assert [len(answer) for answer in answers] == sizes


async def test_a_problem_keeps_its_place_and_its_fix(engine):
    with pytest.raises(Problem) as raised:
        await ask(engine, "problem")
    assert str(raised.value) == "reviews.csv, line 3: the label is empty. Fill it in."
    assert (raised.value.where, raised.value.mend) == ("reviews.csv, line 3", "Fill it in.")


@pytest.mark.parametrize("code", [-32603, -32602, -32601, -32800, 7])
async def test_an_error_with_another_code_is_a_fault(engine, code):
    with pytest.raises(EngineFault, match="ZeroDivisionError"):
        await ask(engine, f"error {code}")
    assert await ask(engine)


async def test_a_request_that_the_service_cannot_read_is_a_fault(engine):
    with pytest.raises(EngineFault, match="restarts"):
        await ask(engine, "unreadable")
    assert await ask(engine)


async def test_a_request_over_the_limit_is_rejected_before_it_is_sent(engine, monkeypatch):
    monkeypatch.setattr("tui.engine.client.REQUEST_LIMIT", 2**20)
    with pytest.raises(Problem, match="more than 1 MiB. Write them to a file"):
        await ask(engine, "x" * 2**20)
    assert await ask(engine)


async def test_an_invalid_answer_is_a_fault(engine):
    with pytest.raises(EngineFault, match="invalid answer"):
        await ask(engine, "nonsense")


async def test_a_line_that_is_not_a_reply_ends_the_service(engine):
    with pytest.raises(EngineFault, match="restarts"):
        await ask(engine, "noise")
    assert await ask(engine)


async def test_a_killed_service_fails_its_requests_and_is_restarted(engine):
    before = await ask(engine)
    waiting = asyncio.create_task(ask(engine, "wait"))
    with pytest.raises(
        EngineFault, match=r"SIGKILL\. It restarts with the next request\. Its last output: out of memory"
    ):
        await ask(engine, "die")
    with pytest.raises(EngineFault, match="restarts"):
        await waiting
    assert await ask(engine) != before


@pytest.mark.parametrize("how", ["deaf", "idle"])
async def test_a_service_that_hangs_is_ended_and_restarted(how):
    engine = Engine(COMMAND, heartbeat=0.1)
    with pytest.raises(EngineFault, match="stopped responding and was ended"):
        await ask(engine, how)
    assert int(await ask(engine))
    await engine.close()


async def test_a_suspended_service_is_ended_and_restarted():
    engine = Engine(COMMAND, heartbeat=0.1)
    pid = int(await ask(engine))
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(EngineFault, match="stopped responding"):
        await ask(engine)
    assert int(await ask(engine)) != pid
    await engine.close()


async def test_long_work_is_not_taken_for_a_hang():
    engine = Engine(COMMAND, heartbeat=0.1)
    working = asyncio.create_task(ask(engine, "busy"))
    await asyncio.sleep(0)
    while engine._last_id < 3 * MISSED_PINGS:  # these are answered pings
        await asyncio.sleep(0.01)
    assert not working.done()
    working.cancel()
    await engine.close()


async def test_a_line_over_the_limit_ends_the_service(engine, monkeypatch):
    monkeypatch.setattr("tui.engine.client.LINE_LIMIT", 1000)
    with pytest.raises(EngineFault, match="restarts"):
        await ask(engine, "size 5000")
    assert int(await ask(engine))


async def test_cancelling_a_request_does_not_affect_others(engine):
    cancelled = asyncio.create_task(ask(engine, "wait"))
    await ask(engine)
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    assert await ask(engine)


async def test_the_service_receives_the_cancellation(engine):
    cancelled = asyncio.create_task(ask(engine, "wait"))
    await ask(engine)
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    assert await ask(engine, "cancelled") == "True"


async def test_answers_of_several_megabytes_arrive_complete(engine):
    assert len(await ask(engine, "size 5000000")) == 5_000_000


async def test_a_service_that_cannot_start_is_a_fault():
    engine = Engine(("/there/is/no/such/program",))
    with pytest.raises(EngineFault, match="cannot be started"):
        await engine.ask(Diagnose())
    await engine.close()


async def test_close_ends_the_process(engine):
    pid = int(await ask(engine))
    await engine.close()
    assert not is_running(pid)


async def test_close_ends_a_process_that_does_not_respond(engine):
    pid = int(await ask(engine))
    waiting = asyncio.create_task(ask(engine, "deaf"))
    await asyncio.sleep(0)
    await engine.close()
    assert not is_running(pid)
    with pytest.raises(EngineFault):
        await waiting


def test_an_engine_works_in_several_event_loops_in_turn():
    async def once():
        engine = Engine(COMMAND)
        try:
            return await ask(engine)
        finally:
            await engine.close()

    assert asyncio.run(once()) != asyncio.run(once())
