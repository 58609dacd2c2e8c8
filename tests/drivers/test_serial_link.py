"""The link: one owner, deadlines, failures that name device and port, and a line that recovers."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import pytest

from drivers.wire_kit import conversation, peer
from ncrobot.clock import WallClock, run_virtual
from ncrobot.errors import DeviceErrorKind
from ncrobot_drivers.link import (
    Checked,
    DamagedReplyError,
    Entry,
    HalfReplyError,
    Line,
    LinkError,
    LinkLostError,
    Mark,
    PortMissingError,
    PortTakenError,
    Prompted,
    Reconnect,
    SerialLink,
    SilentError,
    Terminated,
    Transcript,
    xor_byte,
)

LINES = Terminated(sent=b"\r", received=b"\r\n")
NOW = Reconnect(attempts=2, pause_s=0.0)


def link(port, framing=LINES, **options) -> SerialLink:
    return SerialLink(device="pump", port=port, line=Line(9600), framing=framing, clock=WallClock(), **{"reconnect": NOW, **options})  # fmt: skip


def echo(pending: bytes) -> bytes | None:
    return b"got " + pending.rstrip(b"\r") + b"\r\n" if pending.endswith(b"\r") else None


def caught(port, payload=b"Q", **options) -> LinkError:
    """The error of one exchange on a new link."""

    async def main():
        async with link(port, **options) as line:
            with pytest.raises(LinkError) as error:
                await line.exchange(payload, within_s=0.1)
        return error.value

    return asyncio.run(main())


def test_an_exchange_sends_and_returns_text_without_its_frame():
    async def main(port):
        async with link(port) as line:
            return await line.exchange(b"Q", within_s=1.0)

    with conversation((b"Q\r", b"ok 1\r\n")) as far:
        assert asyncio.run(main(far.port)) == b"ok 1"


def test_exchanges_of_many_tasks_never_mix():
    async def main(port):
        async with link(port) as line:
            asked = [line.exchange(b"%d" % n, within_s=5.0) for n in range(50)]
            return await asyncio.gather(*asked)

    with peer(echo) as far:
        assert asyncio.run(main(far.port)) == [b"got %d" % n for n in range(50)]


def test_a_cancelled_wait_for_the_turn_sends_nothing():
    async def main(far):
        async with link(far.port) as line:
            first = asyncio.create_task(line.exchange(b"first", within_s=0.2))
            await asyncio.sleep(0.05)
            second = asyncio.create_task(line.exchange(b"second", within_s=0.2))
            await asyncio.sleep(0)
            second.cancel()
            with pytest.raises(SilentError):
                await first
            with pytest.raises(asyncio.CancelledError):
                await second

    with peer(lambda _: None) as far:
        asyncio.run(main(far))
        assert far.heard == b"first\r"


def test_it_works_in_virtual_time_which_stands_still_meanwhile():
    async def main(clock):
        async with link(far.port) as line:
            answer = await line.exchange(b"Q", within_s=1.0)
        assert clock.now_s() == 0.0
        return answer

    with peer(echo) as far:
        assert run_virtual(main) == b"got Q"


# --- failures -------------------------------------------------------------------------------------


def test_a_silent_device():
    with peer(lambda _: None) as far:
        error = caught(far.port)
    assert isinstance(error, SilentError)
    assert error.kind is DeviceErrorKind.TIMEOUT
    assert (error.device, error.port) == ("pump", far.port)
    assert "pump" in str(error)
    assert far.port in str(error)


def test_half_a_reply_is_told_with_what_came():
    with peer(lambda _: b"12.") as far:
        error = caught(far.port)
    assert isinstance(error, HalfReplyError)
    assert "12." in str(error)


def test_a_wrong_checksum():
    with peer(lambda _: b"\x020`\x03\x00") as far:
        error = caught(far.port, framing=Checked(xor_byte))
    assert isinstance(error, DamagedReplyError)


def test_a_flood_without_end():
    with peer(lambda _: bytes(70_000)) as far:

        async def main():
            async with link(far.port) as line:
                with pytest.raises(DamagedReplyError):
                    await line.exchange(b"Q", within_s=5.0)

        asyncio.run(main())


@pytest.mark.parametrize("port", ["/dev/nosuchport0", "socket://127.0.0.1:1", None])
def test_a_dead_port(port):
    async def main():
        with pytest.raises(PortMissingError) as error:
            await link(port).open()
        return error.value

    error = asyncio.run(main())
    assert error.kind is DeviceErrorKind.DEVICE_GONE
    assert error.moved is False
    assert (port or "no port") in str(error)


def test_a_second_opener_in_this_process_is_told_who_has_the_port(tmp_path):
    async def main(port):
        async with link(port):
            other = tmp_path / "other"
            other.symlink_to(port)
            second = SerialLink(device="balance", port=str(other), line=Line(9600), framing=LINES, clock=WallClock())  # fmt: skip
            with pytest.raises(PortTakenError) as error:
                await second.open()
            await second.close()
        async with link(port):
            pass  # free again
        return str(error.value)

    with peer(echo) as far:
        text = asyncio.run(main(far.port))
    assert "balance" in text
    assert "in use by device 'pump'" in text


def test_a_port_of_another_process_is_taken():
    hold = "import serial,sys; s=serial.Serial(sys.argv[1], exclusive=True); print(1, flush=True); sys.stdin.read()"
    with peer(echo) as far:
        other = subprocess.Popen([sys.executable, "-c", hold, far.port], stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
        try:
            other.stdout.readline()

            async def main():
                with pytest.raises(PortTakenError, match="another program"):
                    await link(far.port).open()

            asyncio.run(main())
        finally:
            other.communicate()


def test_a_pulled_cable_is_told_and_what_may_have_moved_is_unknown():
    async def main(far):
        async with link(far.port) as line:
            await line.exchange(b"Q", within_s=1.0)
            moving = asyncio.create_task(line.exchange(b"silent", within_s=5.0, may_move=True))
            await asyncio.sleep(0.1)
            await asyncio.to_thread(far.unplug)
            with pytest.raises(LinkLostError) as lost:
                await moving
            with pytest.raises(LinkLostError) as refused:
                await line.exchange(b"A100R", within_s=1.0, may_move=True)
            with pytest.raises(PortMissingError):
                await line.exchange(b"Q", within_s=1.0)
        return lost.value, refused.value

    with peer(lambda pending: echo(pending) if b"Q" in pending else None) as far:
        lost, refused = asyncio.run(main(far))
    assert lost.kind is DeviceErrorKind.DEVICE_GONE
    assert lost.moved is None
    assert refused.moved is False
    assert "asked for its state first" in str(refused)


def test_a_command_that_may_move_is_never_sent_twice():
    async def main(port):
        async with link(port) as line:
            with pytest.raises(ValueError, match="never sent twice"):
                await line.exchange(b"D100R", within_s=0.1, may_move=True, tries=2)
            with pytest.raises(SilentError) as error:
                await line.exchange(b"D100R", within_s=0.1, may_move=True)
        assert error.value.moved is None

    with peer(lambda _: None) as far:
        asyncio.run(main(far.port))
        assert far.heard == b"D100R\r"


# --- recovery -------------------------------------------------------------------------------------


def test_a_question_is_asked_again():
    asked = []

    def deaf_once(pending: bytes) -> bytes:
        asked.append(pending)
        return b"" if len(asked) == 1 else b"ok\r\n"

    async def main(port):
        async with link(port) as line:
            return await line.exchange(b"Q", within_s=0.1, tries=2)

    with peer(deaf_once) as far:
        assert asyncio.run(main(far.port)) == b"ok"


def test_a_late_reply_is_not_taken_for_the_next_one():
    async def main(far):
        async with link(far.port) as line:
            with pytest.raises(SilentError):
                await line.exchange(b"late", within_s=0.05)
            far.say(b"got late\r\n")
            answer = await line.exchange(b"Q", within_s=1.0)
            return answer, line.take_unasked(), line.take_unasked()

    with peer(
        lambda pending: None if pending == b"late\r" else echo(pending.replace(b"late\r", b""))
    ) as far:
        assert asyncio.run(main(far)) == (b"got Q", [b"got late"], [])


def test_the_tail_of_a_late_reply_is_not_taken_for_the_next_one():
    """Its head is dropped before the question goes out; the rest comes a moment later."""

    async def main(far):
        async with link(far.port) as line:
            await line.exchange(b"Q", within_s=1.0)
            far.say(b"60.")
            rest = threading.Timer(0.02, far.say, [b"00\r\n"])
            rest.start()
            try:
                return await line.exchange(b"R", within_s=1.0), line.take_unasked()
            finally:
                rest.join()

    with peer(echo) as far:
        assert asyncio.run(main(far)) == (b"got R", [b"60.00"])


def test_frames_that_answer_another_question_are_passed_over():
    async def main(port):
        async with link(port) as line:
            answer = await line.exchange(
                b"R", within_s=1.0, accept=lambda frame: frame.startswith(b"PV")
            )
            return answer, line.take_unasked()

    with peer(lambda _: b"*RS\r\n*RE\r\nPV 7.00\r\n") as far:
        assert asyncio.run(main(far.port)) == (b"PV 7.00", [b"*RS", b"*RE"])


def test_a_reply_of_several_frames_is_collected_and_a_missing_one_is_told():
    async def main(port):
        async with link(port) as line:
            whole = await line.exchange_frames(
                b"R", within_s=1.0, complete=lambda got: b"*OK" in got
            )
            with pytest.raises(HalfReplyError, match="2 of its frames"):
                await line.exchange_frames(b"R", within_s=0.1, complete=lambda got: len(got) == 3)
            return whole

    with peer(lambda _: b"9.560\r\n*OK\r\n") as far:
        assert asyncio.run(main(far.port)) == [b"9.560", b"*OK"]


def test_silence_ends_a_reply_without_mark():
    import re

    async def main(port):
        framing = Prompted(b"\r", re.compile(rb"\n\d\d:"), quiet_s=0.05)
        async with link(port, framing=framing) as line:
            return await line.exchange(b"x", within_s=1.0)

    with peer(lambda _: b"\n00?") as far:
        assert asyncio.run(main(far.port)) == b"\n00?"


def test_a_question_opens_a_lost_line_again(tmp_path):
    name = tmp_path / "pump"

    async def main(first):
        name.symlink_to(first.port)
        async with link(str(name)) as line:
            await line.exchange(b"Q", within_s=1.0)
            await asyncio.to_thread(first.unplug)
            with peer(echo) as second:
                name.unlink()
                name.symlink_to(second.port)
                answer = await line.exchange(b"Q", within_s=1.0, tries=2)
                assert line.sessions == 2
        return answer

    with peer(echo) as far:
        assert asyncio.run(main(far)) == b"got Q"


def test_a_command_without_reply():
    async def main(far):
        async with link(far.port) as line:
            await line.send(b"START_4")
            return await line.exchange(b"Q", within_s=1.0)

    with peer(lambda pending: b"ok\r\n" if pending.endswith(b"Q\r") else None) as far:
        assert asyncio.run(main(far)) == b"ok"
        assert far.heard == b"START_4\rQ\r"


def test_closing_twice_and_closing_what_never_was_open_is_fine():
    async def main(port):
        line = link(port)
        await line.close()
        with pytest.raises(LinkLostError, match="isn't connected"):
            await line.exchange(b"Q", within_s=0.1)
        await line.open()
        await line.open()
        await line.close()
        await line.close()

    with peer(echo) as far:
        asyncio.run(main(far.port))


# --- transcript -----------------------------------------------------------------------------------


def test_every_byte_stands_in_the_transcript_and_can_be_read_back(tmp_path):
    path = tmp_path / "wire.log"

    async def main(far):
        async with link(far.port, transcript=Transcript.to_file(path)) as line:
            far.say(b"noise\r\n")
            await asyncio.sleep(0.05)
            await line.exchange(b"Q\tQ", within_s=1.0)

    with peer(echo) as far:
        asyncio.run(main(far))
        entries = [Entry.parse(text) for text in path.read_text(encoding="utf-8").splitlines()]
    told = [(entry.mark, entry.data or entry.text) for entry in entries]
    assert told == [
        (Mark.REMARK, "opened at 9600 baud"),
        (Mark.DROPPED, b"noise\r\n"),
        (Mark.SENT, b"Q\tQ\r"),
        (Mark.RECEIVED, b"got Q\tQ\r\n"),
        (Mark.REMARK, "closed"),
    ]
    assert {(entry.device, entry.port) for entry in entries} == {("pump", far.port)}
    assert [entry.time for entry in entries] == sorted(entry.time for entry in entries)


def test_secrets_are_redacted():
    lines: list[str] = []

    async def main(port):
        secret = Transcript(lines.append, redact=lambda data: data.replace(b"1234", b"****"))
        async with link(port, transcript=secret) as line:
            assert await line.exchange(b"1234", within_s=1.0) == b"got 1234"

    with peer(echo) as far:
        asyncio.run(main(far.port))
    text = "\n".join(lines)
    assert "1234" not in text
    assert "31 32 33 34" not in text
    assert "****" in text
