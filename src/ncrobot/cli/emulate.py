"""The command that puts emulated devices on ports, so that runs can be tried through the wire."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ncrobot import console
from ncrobot.cli.app import JsonOpt, app, write
from ncrobot.cli.stopping import until_stopped

if TYPE_CHECKING:  # the lab takes a second to import; --help shouldn't wait for it
    from ncrobot.lab.emulating import Stand


@app.command()
def emulate(
    deck: Annotated[Path, typer.Argument(metavar="DECK", help="deck layout (YAML)")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="deck layout that leads to the emulated devices")
    ] = Path("emulated.yaml"),
    speed: Annotated[
        float, typer.Option("--speed", min=0.1, max=1000, help="times as quick as real devices")
    ] = 1.0,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--ports", help="folder in which the ports get their names; default: a new one"
        ),
    ] = None,
    as_json: JsonOpt = False,
) -> None:
    """Emulate the serial devices of a deck until Ctrl-C, for runs with --real without hardware."""
    from ncrobot.lab.emulating import emulate as start

    with until_stopped() as told, start(deck, speed=speed, folder=folder) as emulation:
        write(emulation.layout, output)
        if as_json:
            stands = [asdict(each) for each in emulation.stands]
            console.dump({"layout": str(output), "devices": stands})
        else:
            console.lines([_line(each) for each in emulation.stands])
            console.say(f"{output}: use it with --deck and --real; Ctrl-C ends the devices")
        while not told.wait(0.5):
            pass  # in short waits, so that every system lets Ctrl-C through
    if not as_json:
        console.say("the emulated devices are gone")


def _line(stand: Stand) -> str:
    if stand.port is None:
        return f"{stand.device}: simulated ({stand.driver}); {stand.instead_of} has no emulator"
    return f"{stand.device}: {stand.driver} on {stand.port}"
