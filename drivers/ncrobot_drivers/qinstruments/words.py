"""How a BioShake is asked and ordered: words for numbers, ``ok``, ``e`` and ``u ->``."""

from __future__ import annotations

from ncrobot_drivers.line_device import LineDevice


class BioShakeWords(LineDevice):
    """A device that speaks the language of QInstruments."""

    async def say(self, text: str) -> str:
        """Ask or order something; returns the answer.

        Raises:
            DeviceError: it refuses, or doesn't know the word.

        """
        raw = await self.ask(text.encode("ascii"), lambda raw: fits(text, raw))
        told = raw.decode("latin-1").strip()
        if told.startswith(("e", "u ->")) and not text.startswith(("getErr", "getDes", "getVer")):
            raise self.refused(f"refuses {text}: {told!r}")
        return told

    async def number(self, text: str) -> float:
        """Ask for a figure.

        Raises:
            DeviceError: it refuses, or doesn't know the word.

        """
        return float(await self.say(text))


def fits(question: str, raw: bytes) -> bool:
    """Whether a line may be the answer: ``ok`` to orders, figures to questions for figures."""
    told = raw.decode("latin-1").strip()
    if told in ("e", "") or told.startswith("u ->"):
        return bool(told)
    if not question.startswith("get"):
        return told == "ok"
    if question.startswith(("getErr", "getDes", "getVer")):
        return told != "ok"
    try:
        float(told)
    except ValueError:
        return False
    return True
