"""The virtual event loop under code that knows no clock, real work, failures and interrupts."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ncrobot.clock import DeadlockError, VirtualClock, run_virtual
from ncrobot.errors import InternalError


def test_plain_asyncio_sleep_and_timeouts_ride_virtual_time() -> None:
    async def main(clock: VirtualClock) -> tuple[float, float]:
        await asyncio.sleep(3600)
        after_sleep_s = clock.now_s()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1800):
                await asyncio.Event().wait()
        return after_sleep_s, clock.now_s()

    assert run_virtual(main) == (3600, 5400)


def test_a_cancelled_sleeper_leaves_no_moment_behind() -> None:
    async def main(clock: VirtualClock) -> float:
        task = asyncio.create_task(clock.sleep(1000))
        await clock.sleep(10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await clock.sleep(1)
        return clock.now_s()

    assert run_virtual(main) == 11


def test_a_timer_cancelled_at_its_own_moment_does_not_fire() -> None:
    async def main(clock: VirtualClock) -> list[str]:
        fired: list[str] = []
        loop = asyncio.get_running_loop()
        handles: list[asyncio.TimerHandle] = []

        def cancel_all() -> None:
            for handle in handles:
                handle.cancel()

        loop.call_at(5, cancel_all)
        handles.append(loop.call_at(5, fired.append, "second"))
        loop.call_at(5, fired.append, "third")
        await clock.sleep(6)
        return fired

    assert run_virtual(main) == ["third"]


def test_a_busy_loop_does_not_starve_calls_of_this_moment() -> None:
    async def main(_clock: VirtualClock) -> None:
        called = asyncio.Event()
        asyncio.get_running_loop().call_later(0, called.set)
        while not called.is_set():  # noqa: ASYNC110 - being busy is the point
            await asyncio.sleep(0)

    run_virtual(main)


def test_time_stands_still_while_a_thread_works() -> None:
    release = threading.Event()

    async def main(clock: VirtualClock) -> list[tuple[str, float]]:
        log: list[tuple[str, float]] = []

        async def job() -> None:
            await asyncio.to_thread(release.wait, 30)
            log.append(("job", clock.now_s()))

        async def sleeper() -> None:
            await clock.sleep(1)
            log.append(("sleeper", clock.now_s()))

        threading.Timer(0.05, release.set).start()
        await asyncio.gather(job(), sleeper())
        return log

    assert run_virtual(main) == [("job", 0.0), ("sleeper", 1.0)]


def test_time_goes_on_after_a_thread_failed_or_was_abandoned() -> None:
    def fail() -> None:
        msg = "no"
        raise OSError(msg)

    async def main(clock: VirtualClock) -> float:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as pool:
            with pytest.raises(OSError, match="no"):
                await loop.run_in_executor(pool, fail)
            abandoned = loop.run_in_executor(pool, time.sleep, 0.05)
            abandoned.cancel()
            await clock.sleep(60)
        return clock.now_s()

    assert run_virtual(main) == 60


def test_time_stands_still_while_a_child_process_runs() -> None:
    async def main(clock: VirtualClock) -> tuple[bytes, float]:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "print('done')", stdout=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(1):
            out, _ = await child.communicate()
        return out.strip(), clock.now_s()

    assert run_virtual(main) == (b"done", 0.0)


def test_a_connection_in_the_same_loop_takes_no_time() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line.upper())
        writer.close()

    async def main(clock: VirtualClock) -> tuple[list[bytes], float]:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        replies = []
        for number in range(3):
            writer.write(b"read %d\n" % number)
            async with asyncio.timeout(1):
                replies.append(await reader.readline())
            # The connection is idle here: time has to pass although it stays open.
            await clock.sleep(100)
        writer.close()
        await writer.wait_closed()
        server.close()
        return replies, clock.now_s()

    assert run_virtual(main) == ([b"READ 0\n", b"READ 1\n", b"READ 2\n"], 300)


def test_a_held_clock_waits_for_a_slow_outsider() -> None:
    ours, theirs = socket.socketpair()

    async def main(clock: VirtualClock) -> tuple[bytes, float]:
        reader, writer = await asyncio.open_connection(sock=ours)
        threading.Timer(0.1, theirs.sendall, [b"late\n"]).start()
        with clock.hold():
            async with asyncio.timeout(1):
                line = await reader.readline()
        found_s = clock.now_s()
        writer.close()
        await writer.wait_closed()
        return line, found_s

    with theirs:
        assert run_virtual(main, io_grace_s=0) == (b"late\n", 0.0)


def test_a_deadlock_is_told_and_cleaned_up_after() -> None:
    cleaned_s: list[float] = []

    async def main(clock: VirtualClock) -> None:
        await clock.sleep(10)
        try:
            await asyncio.Event().wait()
        finally:
            await clock.sleep(5)
            cleaned_s.append(clock.now_s())

    with pytest.raises(DeadlockError, match=r"stopped at 10 s.* in .*main, line \d+") as caught:
        run_virtual(main)
    assert isinstance(caught.value, InternalError)
    assert cleaned_s == [15]


def test_waiting_for_ever_is_a_deadlock() -> None:
    with pytest.raises(DeadlockError):
        run_virtual(lambda _clock: asyncio.sleep(float("inf")))


def test_an_exception_reaches_the_caller_and_the_other_tasks_are_cancelled() -> None:
    cancelled: list[bool] = []

    async def main(clock: VirtualClock) -> None:
        async def other() -> None:
            try:
                await clock.sleep(1000)
            except asyncio.CancelledError:
                cancelled.append(True)
                raise

        task = asyncio.create_task(other())
        await clock.sleep(1)
        assert not task.done()
        msg = "broken"
        raise KeyError(msg)

    with pytest.raises(KeyError, match="broken"):
        run_virtual(main)
    assert cancelled == [True]


def test_an_interrupt_cancels_main_lets_it_clean_up_and_is_raised() -> None:
    cleaned_s: list[float] = []

    async def main(clock: VirtualClock) -> None:
        await clock.sleep(10)
        try:
            signal.raise_signal(signal.SIGINT)
            await clock.sleep(1000)
        finally:
            await clock.sleep(2)
            cleaned_s.append(clock.now_s())

    with pytest.raises(KeyboardInterrupt):
        run_virtual(main)
    assert cleaned_s == [12]


def test_an_interrupt_ends_a_wait_for_real_work() -> None:
    release = threading.Event()

    async def main(_clock: VirtualClock) -> None:
        threading.Timer(0.05, os.kill, [os.getpid(), signal.SIGINT]).start()
        try:
            await asyncio.to_thread(release.wait, 30)
        finally:
            assert not release.is_set()
            release.set()

    with pytest.raises(KeyboardInterrupt):
        run_virtual(main)


def test_a_virtual_run_inside_a_running_loop_is_refused() -> None:
    async def inner(_clock: VirtualClock) -> None:
        pytest.fail("must not start")

    async def outer() -> None:
        run_virtual(inner)

    with pytest.raises(RuntimeError, match="event loop is running"):
        asyncio.run(outer())


def test_a_closed_loop_and_a_senseless_time_are_refused() -> None:
    async def main(_clock: VirtualClock) -> asyncio.AbstractEventLoop:
        loop = asyncio.get_running_loop()
        with pytest.raises(ValueError, match="not a number"):
            loop.call_at(float("nan"), print)
        return loop

    loop = run_virtual(main)
    with pytest.raises(RuntimeError, match="closed"):
        loop.call_at(1, print)
