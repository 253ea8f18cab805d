"""The engine client against a real child process that speaks the protocol."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from core.problems import Problem
from tui.engine.client import Engine, EngineFault
from tui.engine.heartbeat import MOST_BEATS

COMMAND = (sys.executable, str(Path(__file__).with_name("fake_service.py")))


@pytest.fixture
async def engine():
    engine = Engine(COMMAND)
    yield engine
    await engine.close()


async def ask(engine, **params):
    report = await engine.request("doctor", params)
    return report.items[0].value


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_result_is_a_record_and_the_process_stays(engine):
    first = await ask(engine)
    assert int(first) != os.getpid()
    assert await ask(engine) == first


async def test_what_is_no_utf_8_is_said_and_the_service_goes_on(engine):
    with pytest.raises(Problem, match=r"caf\?: this text is not UTF-8. Write it in UTF-8"):
        await ask(engine, text=os.fsdecode(b"caf\xe9"))
    assert int(await ask(engine))


async def test_progress_comes_before_the_result(engine):
    seen = []
    await engine.request("doctor", {"progress": 3}, on_progress=seen.append)
    assert [(report.done, report.total) for report in seen] == [(1, 3), (2, 3), (3, 3)]


async def test_requests_made_together_all_get_their_own_answer(engine):
    sizes = list(range(1, 30))
    answers = await asyncio.gather(*(ask(engine, size=size) for size in sizes))
    assert [len(answer) for answer in answers] == sizes


async def test_a_problem_is_shown_as_it_was_told(engine):
    with pytest.raises(Problem) as raised:
        await ask(engine, do="problem")
    assert str(raised.value) == "reviews.csv, line 3: the label is empty. Fill it in."


async def test_an_internal_fault_is_no_problem(engine):
    with pytest.raises(EngineFault, match="ZeroDivisionError"):
        await ask(engine, do="internal")
    assert await ask(engine)


async def test_an_answer_of_the_wrong_shape_is_a_fault(engine):
    with pytest.raises(EngineFault, match="cannot be read"):
        await ask(engine, do="nonsense")


async def test_a_line_that_is_no_reply_ends_the_service_instead_of_waiting_for_ever(engine):
    with pytest.raises(EngineFault, match="started again"):
        await ask(engine, do="noise")
    assert await ask(engine)


async def test_a_dead_service_fails_its_requests_and_is_started_again(engine):
    before = await ask(engine)
    waiting = asyncio.create_task(ask(engine, do="silence"))
    with pytest.raises(
        EngineFault, match=r"SIGKILL; it will be started again\. Its last words: out of memory"
    ):
        await ask(engine, do="die")
    with pytest.raises(EngineFault, match="started again"):
        await waiting
    assert await ask(engine) != before


@pytest.mark.parametrize("how", ["deaf", "stand still"])
async def test_a_service_that_hangs_is_ended_and_started_again(how):
    engine = Engine(COMMAND, beat=0.1)
    with pytest.raises(EngineFault, match="gave no sign for a long time and was ended"):
        await ask(engine, do=how)
    assert int(await ask(engine))
    await engine.close()


async def test_a_stopped_service_is_ended_and_started_again():
    engine = Engine(COMMAND, beat=0.1)
    pid = int(await ask(engine))
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(EngineFault, match="gave no sign"):
        await ask(engine)
    assert int(await ask(engine)) != pid
    await engine.close()


async def test_long_work_is_not_taken_for_a_hang():
    engine = Engine(COMMAND, beat=0.1)
    working = asyncio.create_task(ask(engine, do="work"))
    await asyncio.sleep(0)
    while engine._last_id < 3 * MOST_BEATS:  # pings, each of which was answered
        await asyncio.sleep(0.01)
    assert not working.done()
    working.cancel()
    await engine.close()


async def test_a_line_beyond_all_limits_ends_the_service(engine, monkeypatch):
    monkeypatch.setattr("tui.engine.client.LINE_LIMIT", 1000)
    with pytest.raises(EngineFault, match="started again"):
        await ask(engine, size=5000)
    assert int(await ask(engine))


async def test_a_request_given_up_leaves_the_others_alone(engine):
    given_up = asyncio.create_task(ask(engine, do="silence"))
    await ask(engine)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    assert await ask(engine)


async def test_the_service_is_told_what_was_given_up(engine):
    given_up = asyncio.create_task(ask(engine, do="silence"))
    await ask(engine)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    assert await ask(engine, do="given up") == "True"


async def test_lines_of_megabytes_arrive_whole(engine):
    assert len(await ask(engine, size=5_000_000)) == 5_000_000


async def test_a_service_that_cannot_start_is_a_fault():
    engine = Engine(("/there/is/no/such/program",))
    with pytest.raises(EngineFault, match="cannot be started"):
        await engine.request("doctor", {})
    await engine.close()


async def test_close_ends_the_process(engine):
    pid = int(await ask(engine))
    await engine.close()
    assert not is_running(pid)


async def test_close_ends_a_process_that_does_not_listen(engine):
    pid = int(await ask(engine))
    waiting = asyncio.create_task(ask(engine, do="deaf"))
    await asyncio.sleep(0)
    await engine.close()
    assert not is_running(pid)
    with pytest.raises(EngineFault):
        await waiting


def test_it_serves_a_program_without_an_event_loop_of_its_own():
    async def once():
        engine = Engine(COMMAND)
        try:
            return await ask(engine)
        finally:
            await engine.close()

    assert asyncio.run(once()) != asyncio.run(once())
