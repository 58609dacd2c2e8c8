"""Runs that last, in a thread of the test, so that they can be given orders."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import httpx

from ncrobot.control import desk_of, runs_under_way
from ncrobot.errors import NcrobotError
from ncrobot.lab import Lab, compile_files, schedule

ROOT = Path(__file__).resolve().parents[2]


@cache
def plate():
    plan = compile_files(
        ROOT / "protocols" / "au25_pmba_portions.yaml",
        ROOT / "protocols" / "au25_pmba_portions.csv",
        ROOT / "deck_layouts" / "starlet_96.yaml",
    )
    return plan, schedule(plan)


class Client:
    """Asks an application without a network; paths go over as they are written."""

    def __init__(self, app, base_url="http://lab.example"):
        self._app, self._url = app, base_url

    def request(self, method, path, **options):
        async def ask():
            transport = httpx.ASGITransport(app=self._app)
            async with httpx.AsyncClient(transport=transport, base_url=self._url) as client:
                return await client.request(method, path, **options)

        return asyncio.run(ask())

    def post(self, path, **options):
        return self.request("POST", path, **options)


class Going:
    """A run in a thread of its own."""

    def __init__(self, database, run, speed):
        self.run = run
        self.result = None
        self.error = None
        self._database, self._speed = database, speed
        self._thread = threading.Thread(target=self._work)
        self._thread.start()

    def _work(self):
        try:
            with Lab.open(self._database) as lab:
                self.result = lab.run(*plate(), speed=self._speed, run=self.run)
        except Exception as error:  # noqa: BLE001 - told in the test's own thread
            self.error = error

    def order(self, kind, by="anna", **about):
        from ncrobot.control import Order

        return asyncio.run(desk_of(self.run).order(Order(kind=kind, **about), by))

    def status(self):
        return asyncio.run(desk_of(self.run).status())

    def wait_for(self, found, patience_s=60):
        end_s = time.monotonic() + patience_s
        while time.monotonic() < end_s:
            if self.error is not None:
                raise self.error
            try:
                status = self.status()
            except NcrobotError:
                status = None
            if status is not None and found(status):
                return status
            time.sleep(0.02)
        raise AssertionError(f"nothing of the kind: {status}")

    def end(self):
        self._thread.join(120)
        assert not self._thread.is_alive()
        if self.error is not None:
            raise self.error
        return self.result


@contextmanager
def going(database, run="night-1", speed=60.0):
    run = Going(database, run, speed)
    try:
        yield run
    finally:
        if run.run in runs_under_way():
            run.order("halt")
        run.end()
