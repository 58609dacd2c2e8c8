"""Two controllers on one workcell: the second is refused, and a dead one holds nothing."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import textwrap
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ncrobot.deck import DeckLayout, load_deck
from ncrobot.errors import LabError
from ncrobot.locking import (
    holders_of,
    lock_workcell,
    state_folder,
    take_lock,
    this_process,
    workcell_holders,
    workcell_resources,
)

ROOT = Path(__file__).resolve().parents[2]
SINCE = datetime(2026, 8, 3, 21, 4, tzinfo=UTC)

HOLDER = """
    import sys
    from datetime import UTC, datetime
    from pathlib import Path
    from ncrobot.locking import take_lock, this_process
    holder = this_process("run", datetime(2026, 8, 3, 20, tzinfo=UTC), run="night-1")
    lock = take_lock(sys.argv[2:], holder, whole="the workcell", folder=Path(sys.argv[1]))
    print("held", flush=True)
    sys.stdin.readline()
    lock.release()
"""


@pytest.fixture
def layout() -> DeckLayout:
    return load_deck(ROOT / "deck_layouts" / "starlet_96.yaml")


@pytest.fixture
def other_process(tmp_path):
    """Starts processes that hold resources until they are told to end; ends all of them."""
    started = []

    def hold(*resources: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(HOLDER), str(tmp_path), *resources],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout.readline() == "held\n"
        return process

    yield hold
    for process in started:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def take(folder: Path, *resources: str, run: str = "second"):
    holder = this_process("run", SINCE, run=run)
    return take_lock(resources, holder, whole="the workcell", folder=folder)


def with_ports(layout: DeckLayout, name: str, arm: str | None, shaker: str | None) -> DeckLayout:
    shaking = layout.devices["shaker"].model_copy(update={"port": shaker})
    return layout.model_copy(
        update={
            "name": name,
            "arm": layout.arm.model_copy(update={"port": arm}),
            "devices": {"shaker": shaking},
        }
    )


def test_the_second_process_is_told_who_holds_it_and_what_to_do(tmp_path, other_process):
    first = other_process("deck a", "port /dev/ttyUSB0")
    with pytest.raises(LabError) as caught:
        take(tmp_path, "deck b", "port /dev/ttyUSB0")
    (found,) = caught.value.diagnostics
    assert found.code == "workcell-busy"
    assert found.quantity == "port /dev/ttyUSB0"
    for word in ("run night-1", f"process {first.pid}", "2026-08-03T20:00:00+00:00"):
        assert word in found.message
    assert f"process {first.pid}" in found.fix
    take(tmp_path, "deck b").release()  # nothing of the refused attempt is still held


def test_sigkill_of_the_holder_frees_everything_and_is_told(tmp_path, other_process):
    first = other_process("deck a", "port x", "port y")
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert holders_of(["deck a", "port x"], folder=tmp_path) == ()
    with take(tmp_path, "deck a", "port x") as lock:
        assert [(left.run, left.pid) for left in lock.left_behind] == [("night-1", first.pid)]
    with take(tmp_path, "deck a", "port x") as lock:
        assert lock.left_behind == ()


def test_an_orderly_end_leaves_no_name_behind(tmp_path, other_process):
    first = other_process("deck a")
    first.communicate("end\n")
    assert first.returncode == 0
    with take(tmp_path, "deck a") as lock:
        assert lock.left_behind == ()


def test_a_child_that_outlives_the_holder_keeps_nothing(tmp_path):
    lock = take(tmp_path, "deck a", run="first")
    (waiting, done), (told, ready) = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:  # lives until the pipe is closed
        os.close(done)
        os.write(ready, b"!")
        os.read(waiting, 1)
        os._exit(0)
    assert os.read(told, 1) == b"!"
    for file in lock._files:
        file.forget()  # what the kernel does when the parent is killed
    again = take(tmp_path, "deck a")
    assert [left.run for left in again.left_behind] == ["first"]
    again.release()
    os.close(done)
    assert os.waitpid(child, 0)[1] == 0
    for end in (waiting, told, ready):
        os.close(end)


def test_a_forked_child_cannot_release_its_parents_lock(tmp_path):
    lock = take(tmp_path, "deck a")
    child = os.fork()
    if child == 0:
        lock.release()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    with pytest.raises(LabError, match="run second"):
        take(tmp_path, "deck a")
    lock.release()


def test_of_many_threads_one_gets_it(tmp_path):
    gate, won, refused = threading.Barrier(8), [], []

    def compete(number: int) -> None:
        gate.wait()
        try:
            won.append(take(tmp_path, "port x", "port y", "deck z", run=str(number)))
        except LabError as error:
            refused.append(error)

    threads = [threading.Thread(target=compete, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert all(f"run {won[0].holder.run} " in str(error) for error in refused)
    assert len(refused) == 7
    won[0].release()


def test_who_holds_it_can_be_asked_without_taking_it(tmp_path, layout):
    assert workcell_holders(layout, folder=tmp_path) == ()
    assert not (tmp_path / "locks").exists()
    with lock_workcell(layout, run="r1", since=SINCE, folder=tmp_path) as lock:
        lock.announce("http://127.0.0.1:8000")
        (holder,) = workcell_holders(layout, folder=tmp_path)
        assert holder == lock.holder
        assert holder.control == "http://127.0.0.1:8000"
        with pytest.raises(LabError, match="stop it at http://127") as caught:
            lock_workcell(layout, run="r2", since=SINCE, folder=tmp_path)
        assert layout.name in str(caught.value)
    assert workcell_holders(layout, folder=tmp_path) == ()


def test_layouts_exclude_each_other_by_a_shared_device_only(tmp_path, layout):
    one = with_ports(layout, "one", "1001", "/dev/ttyUSB0")
    same_shaker = with_ports(layout, "two", "1002", "/dev/ttyUSB0")
    apart = with_ports(layout, "three", "1003", "/dev/ttyUSB1")
    with lock_workcell(one, run="r1", since=SINCE, folder=tmp_path):
        with pytest.raises(LabError, match="ttyUSB0"):
            lock_workcell(same_shaker, run="r2", since=SINCE, folder=tmp_path)
        lock_workcell(apart, run="r3", since=SINCE, folder=tmp_path).release()


def test_a_device_has_one_name_however_its_port_is_written(tmp_path, layout):
    cable, alias = tmp_path / "ttyUSB7", tmp_path / "by-id"
    cable.touch()
    alias.symlink_to(cable)

    def names(arm: str | None, shaker: str | None) -> tuple[str, ...]:
        return workcell_resources(with_ports(layout, "deck", arm, shaker))

    assert names(None, str(alias)) == names(None, str(cable))
    assert names("http://OT2.local:31950/", None) == names("ot2.local:31950", None)
    assert names("ot2.local:4001", None) != names("ot2.local:4002", None)
    assert f"device {layout.arm.driver}" in names(None, "/dev/ttyUSB0")
    assert len(set(names(None, None))) == 3


def test_a_run_waits_for_a_brief_check_and_a_check_not_for_a_run(tmp_path, layout):
    check = lock_workcell(layout, run=None, since=SINCE, folder=tmp_path)
    assert "check of the devices" in str(check.holder)
    timer = threading.Timer(0.3, check.release)
    timer.start()
    with lock_workcell(layout, run="r1", since=SINCE, folder=tmp_path) as lock:
        timer.join()
        assert lock.left_behind == ()
        with pytest.raises(LabError, match="run r1"):
            lock_workcell(layout, run=None, since=SINCE, folder=tmp_path)


def test_content_that_nobody_holds_is_ignored_even_if_damaged(tmp_path):
    lock = take(tmp_path, "deck a")
    path = lock._files[0].path
    lock.release()
    path.write_bytes(b'\xff{"what": "run", "pid"')
    with take(tmp_path, "deck a") as again:
        assert again.left_behind == ()


def test_an_unwritable_folder_is_told_with_its_remedy(tmp_path):
    (tmp_path / "locks").write_text("a file where the folder should be")
    with pytest.raises(LabError, match="NCROBOT_STATE") as caught:
        take(tmp_path, "deck a")
    assert caught.value.diagnostics[0].code == "lock-file"


def test_files_of_a_shared_folder_are_for_its_users_and_of_a_private_one_for_nobody_else(tmp_path):
    for bits, expected in ((0o700, 0o600), (0o770, 0o660), (0o1777, 0o666)):
        folder = tmp_path / f"{bits:o}"
        (folder / "locks").mkdir(parents=True)
        (folder / "locks").chmod(bits)
        with take(folder, "deck a") as lock:
            assert stat.S_IMODE(lock._files[0].path.stat().st_mode) == expected


def test_the_state_folder_can_be_chosen(monkeypatch, tmp_path):
    monkeypatch.setattr("ncrobot.locking.folder.SHARED", tmp_path / "shared")
    assert state_folder({"NCROBOT_STATE": "/srv/lab", "XDG_STATE_HOME": "/x"}) == Path("/srv/lab")
    assert state_folder({"XDG_STATE_HOME": "/x"}) == Path("/x/ncrobot")
    assert state_folder({}) == Path.home() / ".local/state/ncrobot"
    (tmp_path / "shared").mkdir()
    assert state_folder({"XDG_STATE_HOME": "/x"}) == tmp_path / "shared"
    monkeypatch.setenv("NCROBOT_STATE", str(tmp_path))
    take_lock(["deck a"], this_process("service", SINCE), whole="it").release()
    assert len(list((tmp_path / "locks").iterdir())) == 1
