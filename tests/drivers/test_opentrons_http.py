"""The client of the robot's run API against an emulated robot over real HTTP on this computer."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncrobot.clock import WallClock
from ncrobot.errors import DeviceError, DeviceErrorKind, LabError
from ncrobot_drivers.opentrons.following import Follower
from ncrobot_drivers.opentrons.http_client import RobotApi
from ncrobot_drivers.opentrons.http_errors import (
    AnalysisFailedError,
    BusyError,
    NoAnswerError,
    NotAllowedError,
    NotFoundError,
    OddAnswerError,
    ProtocolRefusedError,
    RobotError,
    ServerFailedError,
    UnreachableError,
    VersionRefusedError,
)
from ncrobot_drivers.opentrons.http_exchange import base_url
from ncrobot_drivers.opentrons.run_job import RunJob
from ncrobot_sim.emulators.robots import OpentronsRobot, OpentronsServer, ServerFault, Step
from ncrobot_sim.emulators.robots.opentrons_robot import Denied

TEXT = 'requirements = {"robotType": "OT-2", "apiLevel": "2.20"}\ndef run(protocol): ...\n'
COMMENTS = tuple(Step("comment", {"message": f"0:00:0{n} op-{n}: x"}) for n in range(5))


@contextlib.contextmanager
def serving(*steps, speed=1000.0, **options):
    robot = OpentronsRobot(steps=steps or (Step("home", takes_s=1.0),), **options)
    with OpentronsServer(robot, speed=speed) as server:
        yield server


@contextlib.asynccontextmanager
async def talking(server, **options):
    options = {"timeout_s": 5.0, "poll_s": 0.005, "clock": WallClock(), **options}
    async with RobotApi(server.address, **options) as api:
        yield api


async def ready(api):
    """A run of the protocol, not yet started."""
    uploaded = await api.upload(TEXT)
    await api.wait_for_analysis(uploaded)
    return await api.create_run(uploaded.protocol_id)


async def until(api, run_id, *statuses):
    for _ in range(2000):
        found = await api.run(run_id)
        if found.status in statuses:
            return found
        await asyncio.sleep(0.005)
    raise AssertionError(found)


def test_a_run_from_upload_to_success_is_told_in_order():
    told = []

    async def go(server):
        async with talking(server) as api:
            health = await api.health()
            assert (health.name, health.robot_model) == ("emulated", "OT-2 Standard")
            run = await ready(api)
            assert (run.status, run.current) == ("idle", True)
            await api.play(run.run_id)
            ended = await Follower(api, run.run_id, told.append).to_the_end()
            assert (ended.status, ended.errors, ended.ended) == ("succeeded", (), True)
            assert await api.current_command(run.run_id) is not None
            await api.release(run.run_id)
            assert await api.current_run() is None

    with serving(*COMMENTS, Step("home", takes_s=100.0), *COMMENTS) as server:
        asyncio.run(go(server))
    messages = [progress.message for progress in told if progress.kind == "comment"]
    assert messages == [step.params["message"] for step in COMMENTS] * 2
    assert [progress.index for progress in told if progress.kind] == [0, 1, 2, 3, 4, 6, 7, 8, 9, 10]
    assert told[-1].status == "succeeded"


def test_more_commands_than_a_page_are_all_told():
    steps = [Step("comment", {"message": str(n)}) for n in range(257)]
    told = []

    async def go(server):
        async with talking(server) as api:
            run = await ready(api)
            await api.play(run.run_id)
            await Follower(api, run.run_id, told.append).to_the_end()

    with serving(*steps) as server:
        asyncio.run(go(server))
    assert [p.message for p in told if p.kind] == [str(n) for n in range(257)]


def test_pause_go_on_and_stop():
    async def go(server):
        async with talking(server) as api:
            run = await ready(api)
            with pytest.raises(NotAllowedError, match="not running"):
                await api.pause(run.run_id)
            await api.play(run.run_id)
            await api.pause(run.run_id)
            paused = await api.run(run.run_id)
            assert (paused.status, paused.waits_for_people) == ("paused", True)
            before = await api.current_command(run.run_id)
            await asyncio.sleep(0.05)
            assert await api.current_command(run.run_id) == before
            await api.play(run.run_id)
            assert (await api.run(run.run_id)).status == "running"
            await api.stop(run.run_id)
            assert (await api.run(run.run_id)).status in {"stop-requested", "stopped"}
            ended = await until(api, run.run_id, "stopped")
            assert ended.actions == ("play", "pause", "play", "stop")
            for act in (api.play, api.pause, api.stop):
                with pytest.raises(NotAllowedError, match="already stopped"):
                    await act(run.run_id)

    with serving(Step("waitForDuration", takes_s=1e7), stop_s=20.0) as server:
        asyncio.run(go(server))


def test_a_pause_of_the_protocol_waits_for_a_person():
    told = []

    async def person(api, run_id):
        await until(api, run_id, "paused")
        await api.play(run_id)

    async def go(server):
        async with talking(server) as api:
            run = await ready(api)
            await api.play(run.run_id)
            follower = Follower(api, run.run_id, told.append)
            ended, _ = await asyncio.gather(follower.to_the_end(), person(api, run.run_id))
            assert ended.status == "succeeded"

    with serving(Step("waitForResume", {"message": "look"}), Step("home")) as server:
        asyncio.run(go(server))
    assert [p.message for p in told if p.kind == "waitForResume"] == ["look"]


def test_an_open_door_blocks_play_and_is_told():
    async def go(server):
        async with talking(server) as api:
            run = await ready(api)
            await api.play(run.run_id)
            server.robot.open_door(is_open=True, now_s=server.now_s())
            found = await api.run(run.run_id)
            assert (found.status, found.waits_for_people) == ("blocked-by-open-door", True)
            with pytest.raises(NotAllowedError, match="door"):
                await api.play(run.run_id)
            server.robot.open_door(is_open=False, now_s=server.now_s())
            await api.play(run.run_id)
            assert (await api.run(run.run_id)).status == "running"

    with serving(Step("waitForDuration", takes_s=1e7)) as server:
        asyncio.run(go(server))


def test_a_run_that_fails_tells_why():
    told = []

    async def go(server):
        async with talking(server) as api:
            run = await ready(api)
            await api.play(run.run_id)
            ended = await Follower(api, run.run_id, told.append).to_the_end()
            assert (ended.status, ended.errors) == ("failed", ("the tip fell off",))

    with serving(Step("home"), Step("pickUpTip", error="the tip fell off"), Step("home")) as server:
        asyncio.run(go(server))
    assert ("pickUpTip", "the tip fell off") in [(p.kind, p.message) for p in told]


def test_a_busy_robot_refuses_a_second_run_and_keeps_the_first():
    async def go(server):
        async with talking(server) as api:
            run = await ready(api)
            await api.play(run.run_id)
            with pytest.raises(BusyError, match="RunAlreadyActive"):
                await ready(api)
            with pytest.raises(BusyError, match="RunNotIdle"):
                await api.release(run.run_id)
            current = await api.current_run()
            assert current is not None
            assert (current.run_id, current.status) == (run.run_id, "running")

    with serving(Step("waitForDuration", takes_s=1e7)) as server:
        asyncio.run(go(server))


def test_an_idle_run_gives_way_and_may_no_longer_be_played():
    async def go(server):
        async with talking(server) as api:
            first, second = await ready(api), await ready(api)
            assert first.run_id != second.run_id
            with pytest.raises(NotAllowedError, match="not the current run"):
                await api.play(first.run_id)

    with serving() as server:
        asyncio.run(go(server))


def test_a_pending_analysis_is_waited_for():
    async def go(server):
        async with talking(server) as api:
            uploaded = await api.upload(TEXT)
            assert uploaded.analysis_status == "pending"
            again = await api.upload(TEXT)
            assert again.protocol_id == uploaded.protocol_id
            assert (await api.wait_for_analysis(uploaded)).result == "ok"

    with serving(analysis_s=100.0) as server:
        asyncio.run(go(server))
    assert server.requests.count(("POST", "/protocols")) > 2


def test_an_analysis_that_never_ends_is_given_up():
    async def go(server):
        async with talking(server) as api:
            uploaded = await api.upload(TEXT)
            with pytest.raises(NoAnswerError, match="still pending"):
                await api.wait_for_analysis(uploaded, limit_s=0.05)

    with serving(analysis_s=1e9) as server:
        asyncio.run(go(server))


def test_what_the_robot_does_not_take_is_refused_before_anything_moves():
    async def go(server):
        async with talking(server) as api:
            with pytest.raises(ProtocolRefusedError, match="no run function"):
                await api.upload("print('hello')")
            with pytest.raises(ProtocolRefusedError, match="Flex"):
                await api.upload(TEXT.replace("OT-2", "Flex"))
            uploaded = await api.upload(TEXT)
            with pytest.raises(AnalysisFailedError, match="no such labware") as caught:
                await api.wait_for_analysis(uploaded)
            assert caught.value.errors == ("no such labware",)
            for call in (api.run, api.create_run, api.play):
                with pytest.raises(NotFoundError):
                    await call("nothing")
        async with talking(server, version="1") as old:
            with pytest.raises(VersionRefusedError):
                await old.health()

    with serving(analysis_errors=["no such labware"]) as server:
        asyncio.run(go(server))
    assert server.robot.runs == []


@pytest.mark.parametrize("fault", ServerFault)
@pytest.mark.parametrize("action", ["play", "pause", "stop"])
def test_an_action_is_done_once_or_told_as_unknown_whatever_happens_to_its_answer(fault, action):
    async def go(server):
        async with talking(server, timeout_s=0.3) as api:
            run = await ready(api)
            if action != "play":
                await api.play(run.run_id)
            before = (await api.run(run.run_id)).actions
            server.fault(fault, "/actions")
            known = True
            try:
                await getattr(api, action)(run.run_id)
            except RobotError as error:
                known = error.moved is not None
                assert not known
            taken = (await api.run(run.run_id)).actions
            assert taken in ((*before, action), before)
            assert not known or taken == (*before, action)
            assert known == (fault not in {ServerFault.DEAF, ServerFault.BROKEN})

    with serving(Step("waitForDuration", takes_s=1e7)) as server:
        asyncio.run(go(server))


@pytest.mark.parametrize(
    ("fault", "error", "kind"),
    [
        (ServerFault.DEAF, NoAnswerError, DeviceErrorKind.TIMEOUT),
        (ServerFault.SILENT, NoAnswerError, DeviceErrorKind.TIMEOUT),
        (ServerFault.DROPPED, NoAnswerError, DeviceErrorKind.TIMEOUT),
        (ServerFault.GARBAGE, OddAnswerError, DeviceErrorKind.REFUSED),
        (ServerFault.EMPTY, OddAnswerError, DeviceErrorKind.REFUSED),
        (ServerFault.BROKEN, ServerFailedError, DeviceErrorKind.DEVICE_GONE),
    ],
)
def test_every_fault_of_the_line_has_its_error_with_the_address(fault, error, kind):
    async def go(server):
        async with talking(server, timeout_s=0.3) as api:
            server.fault(fault, "/health")
            with pytest.raises(error) as caught:
                await api.health()
            assert caught.value.kind is kind
            assert server.address in str(caught.value)
            assert (await api.health()).name == "emulated"

    with serving() as server:
        asyncio.run(go(server))


@pytest.mark.parametrize("fault", [ServerFault.SILENT, ServerFault.DROPPED])
def test_a_run_whose_making_was_not_answered_is_found_again(fault):
    async def go(server):
        async with talking(server, timeout_s=0.3) as api:
            uploaded = await api.upload(TEXT)
            server.fault(fault, "POST /runs")
            run = await api.create_run(uploaded.protocol_id)
            assert run.status == "idle"

    with serving() as server:
        asyncio.run(go(server))
    assert len(server.robot.runs) == 1


def test_a_network_that_is_gone_in_mid_run_is_waited_for_and_nothing_is_lost():
    told = []

    async def disturb(server):
        await asyncio.sleep(0.05)
        await asyncio.to_thread(server.unplug)
        await asyncio.sleep(0.3)
        server.plug_in()

    async def go(server):
        async with talking(server, timeout_s=0.3) as api:
            run = await ready(api)
            await api.play(run.run_id)
            follower = Follower(api, run.run_id, told.append)
            ended, _ = await asyncio.gather(follower.to_the_end(), disturb(server))
            assert ended.status == "succeeded"

    steps = [Step("comment", {"message": str(n)}, takes_s=10.0) for n in range(60)]
    with serving(*steps) as server:
        asyncio.run(go(server))
    assert [p.message for p in told if p.kind] == [str(n) for n in range(60)]
    assert [p.reachable for p in told].count(False) == 1


def test_a_network_that_stays_gone_is_told_with_an_unknown_outcome():
    async def go(server):
        async with talking(server, timeout_s=0.2) as api:
            run = await ready(api)
            await api.play(run.run_id)
            await asyncio.to_thread(server.unplug)
            with pytest.raises(UnreachableError, match="its run goes on") as caught:
                await Follower(api, run.run_id, lambda _: None).to_the_end(patience_s=0.3)
            assert caught.value.moved is None
            with pytest.raises(UnreachableError) as caught:
                await api.health()
            assert caught.value.moved is False

    with serving(Step("waitForDuration", takes_s=1e7)) as server:
        asyncio.run(go(server))


def test_a_job_brings_starts_and_releases():
    told = []

    async def go(server):
        job = RunJob(server.address, clock=WallClock(), poll_s=0.005)
        try:
            placed = await job.prepare(TEXT, "plate.py")
            assert placed.status == "idle"
            assert server.robot.runs[0].actions == []
            ended = await job.start_and_follow(placed, told.append)
        finally:
            await job.close()
        assert (ended.status, ended.errors) == ("succeeded", ())
        assert not server.robot.runs[0].current

    with serving(Step("comment", {"message": "LATE b"}), Step("home", takes_s=1.0)) as server:
        asyncio.run(go(server))
    assert "LATE b" in told
    assert told[-1] == "succeeded"


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("10.0.0.7", "http://10.0.0.7:31950"),
        (" ot2.local ", "http://ot2.local:31950"),
        ("ot2.local:8080", "http://ot2.local:8080"),
        ("https://flex/", "https://flex:31950"),
        ("[fe80::1]", "http://[fe80::1]:31950"),
        ("[fe80::1]:99", "http://[fe80::1]:99"),
    ],
)
def test_addresses(address, url):
    assert base_url(address) == url


@pytest.mark.parametrize(
    "address", ["", "ftp://robot", "robot:port", "robot/runs", "http://", "a:99999"]
)
def test_what_is_no_address(address):
    with pytest.raises(LabError, match="no address"):
        base_url(address)


acts = st.lists(
    st.tuples(st.sampled_from(["play", "pause", "stop", "open", "close"]), st.floats(0, 30)),
    max_size=12,
)


@given(acts)
def test_the_emulated_robot_keeps_the_rules_of_its_states(moves):
    """No state is left but as documented, time alone ends a run, and commands only grow."""
    robot = OpentronsRobot(
        steps=(Step("home", takes_s=5.0), Step("waitForResume"), Step("home", takes_s=20.0))
    )
    _, protocol = robot.upload("p.py", TEXT, 0.0)
    run = robot.create_run(protocol.protocol_id, 0.0)
    now_s, reached, over = 0.0, 0, None
    for move, pause_s in moves:
        now_s += pause_s
        before = robot.run(run.run_id, now_s).status
        try:
            if move in {"open", "close"}:
                robot.open_door(is_open=move == "open", now_s=now_s)
            else:
                robot.act(run.run_id, move, now_s)
        except Denied as no:
            assert no.http_status == 409
            assert robot.run(run.run_id, now_s).status == before
        commands = robot.commands(run.run_id, now_s)
        assert len(commands) >= reached
        reached = len(commands)
        status = robot.run(run.run_id, now_s).status
        assert over is None or status == over
        if status in {"stopped", "failed", "succeeded"}:
            over = status
            assert all(state != "running" for state, _ in commands)


def test_robot_errors_are_device_errors():
    assert issubclass(RobotError, DeviceError)
