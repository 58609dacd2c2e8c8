"""The driver of mettler.sics: its words, rest, range, and a broken cell."""

from __future__ import annotations

import asyncio

import pytest
from pylabrobot.scales.mettler_toledo_backend import MettlerToledoWXS205SDUBackend

from drivers.line_kit import fault, talk, with_device
from ncrobot.devices import Balance
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot_sim.emulators import FaultKind, start_emulator

KIND = "mettler.sics"


def lines(*told):
    return [(f"{sent}\r\n".encode(), f"{reply}\r\n".encode()) for sent, reply in told]


READY = ("I4", 'I4 A "B123"')


def test_weighing_word_by_word():
    async def test(balance):
        await balance.tare()
        assert await balance.read_mass_mg() == pytest.approx(100_001.2)
        assert await balance.read_mass_mg(stable=False) == pytest.approx(-3.1)
        assert (await balance.identify()).serial_number == "B123"

    talk(
        KIND, test,
        *lines(READY, ("T", "T S    10.0000 g"), ("S", "S S   100.0012 g"), ("SI", "S D      -3.1 mg"), READY),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "word", "kind"),
    [("S I", "isn't at rest", DeviceErrorKind.TIMEOUT), ("S +", "too much", DeviceErrorKind.REFUSED),
     ("S -", "too little", DeviceErrorKind.REFUSED), ("S L", "doesn't allow", DeviceErrorKind.REFUSED),
     ("ES", "doesn't know S", DeviceErrorKind.REFUSED), ("EL", "can't carry out S", DeviceErrorKind.REFUSED),
     ("ET", "didn't understand", DeviceErrorKind.REFUSED), ("S S Error 10b", "Error 10b", DeviceErrorKind.REFUSED),
     ("S S   1.0 lb", "answers S with", DeviceErrorKind.REFUSED)],
)  # fmt: skip
def test_what_a_balance_complains_of(answer, word, kind):
    async def test(balance):
        with pytest.raises(DeviceError, match=word) as caught:
            await balance.read_mass_mg()
        assert caught.value.kind is kind

    talk(KIND, test, *lines(READY, ("S", answer)))


def test_the_tail_of_an_old_answer_is_not_taken_for_the_new_one():
    """Of an answer that came twice, the head may be dropped before the next question goes out."""

    async def test(balance):
        assert await balance.read_mass_mg() == pytest.approx(100_001.2)

    talk(KIND, test, *lines(READY, ("S", "S     0.0000 g\r\nS S   100.0012 g")))


def test_it_waits_for_rest():
    async def test(balance, emulated):
        assert isinstance(balance, Balance)
        with emulated.lock:
            emulated.device.put(12.0, emulated.now_s())
        await balance.tare()
        with emulated.lock:
            emulated.device.put(12.3456, emulated.now_s())
        begun_s = emulated.now_s()
        assert await balance.read_mass_mg() == pytest.approx(345.6)
        assert emulated.now_s() - begun_s > 1.5
        assert await balance.safe_state()

    with_device(KIND, test, speed=20.0)


def test_a_draught_an_overload_and_a_broken_cell():
    async def test(balance, emulated):
        device = emulated.device
        device.draughty = True
        with pytest.raises(DeviceError, match="isn't at rest"):
            await balance.read_mass_mg()
        await balance.read_mass_mg(stable=False)
        device.draughty = False
        with emulated.lock:
            device.put(500.0, emulated.now_s())
        with pytest.raises(DeviceError, match="too much"):
            await balance.read_mass_mg()
        emulated.inject(fault(FaultKind.STALL, "SI"))
        with pytest.raises(DeviceError, match="too much"):
            await balance.read_mass_mg(stable=False)
        with pytest.raises(DeviceError, match="Error 10b"):
            await balance.read_mass_mg()

    with_device(KIND, test, speed=200.0)


def test_pylabrobot_drives_our_emulator():
    async def main(emulated):
        theirs = MettlerToledoWXS205SDUBackend(port=emulated.port)
        await theirs.io.setup()
        try:
            assert await theirs.request_serial_number() == "B123456789"
            await theirs.zero()
            with emulated.lock:
                emulated.device.put(1.5, emulated.now_s())
            await theirs.tare()
            with emulated.lock:
                emulated.device.put(1.75, emulated.now_s())
            assert await theirs.read_stable_weight() == pytest.approx(0.25)
            assert await theirs.read_weight_value_immediately() == pytest.approx(0.25)
            assert await theirs.request_tare_weight() == pytest.approx(1.5)
        finally:
            await theirs.stop()

    with start_emulator(KIND, speed=20.0) as emulated:
        asyncio.run(main(emulated))
