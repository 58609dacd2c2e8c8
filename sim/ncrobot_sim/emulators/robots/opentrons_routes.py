"""The routes of an Opentrons robot's run API, answered by an emulated robot."""

from __future__ import annotations

import json
from collections.abc import Callable
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ncrobot_sim.emulators.robots.opentrons_robot import (
    ROBOT_TYPES,
    Denied,
    OpentronsRobot,
    Protocol,
    Run,
    Step,
)

MIN_VERSION, VERSION = 2, 4
PAGE = 20
Answer = tuple[int, dict[str, Any]]


class Routes:
    """One request to a robot at a moment of its own time."""

    def __init__(self, robot: OpentronsRobot, now_s: float) -> None:
        self._robot = robot
        self._now_s = now_s

    def _check_version(self, version: str | None) -> None:
        if version is None:
            detail = "Opentrons-Version header: field required"
            raise Denied(422, "InvalidRequest", "Invalid Request", detail)
        if version != "*" and int(version) < MIN_VERSION:
            detail = f"version {version} is not supported, it must be at least {MIN_VERSION}"
            title = "Requested HTTP API version no longer supported"
            raise Denied(400, "OutdatedAPIVersion", title, detail)

    def answer(self, method: str, path: str, headers: Message, body: bytes) -> Answer:
        """Carry out a request: status and body."""
        self._check_version(headers.get("Opentrons-Version"))
        parts = urlsplit(path)
        way = parts.path.strip("/").split("/")
        routes: dict[tuple[str, int, str], Callable[..., Answer]] = {
            ("GET", 1, "health"): self._health,
            ("POST", 1, "protocols"): lambda: self._upload(headers, body),
            ("GET", 2, "protocols"): lambda: self._protocol(way[1]),
            ("GET", 4, "protocols"): lambda: self._analysis(way[1], way[3]),
            ("POST", 1, "runs"): lambda: self._create(json.loads(body or b"{}")),
            ("GET", 1, "runs"): self._runs,
            ("GET", 2, "runs"): lambda: (200, {"data": self._run_data(self._run(way[1]))}),
            ("PATCH", 2, "runs"): lambda: self._patch(way[1], json.loads(body)),
            ("POST", 3, "runs"): lambda: self._act(way[1], json.loads(body)),
            ("GET", 3, "runs"): lambda: self._commands(way[1], parse_qs(parts.query)),
        }
        route = routes.get((method, len(way), way[0]))
        if route is None:
            raise Denied(404, "ResourceNotFound", "Not Found", f"no {method} {parts.path}")
        return route()

    # Routes.

    def _health(self) -> Answer:
        return 200, {
            "name": "emulated",
            "robot_model": ROBOT_TYPES[self._robot.model],
            "api_version": "9.0.0",
            "fw_version": "none",
            "robot_serial": "EMU0001",
        }

    def _upload(self, headers: Message, body: bytes) -> Answer:
        head = f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode()
        message = BytesParser(policy=HTTP).parsebytes(head + body)
        parts = [part for part in message.iter_parts() if part.get_filename()]
        if not parts or parts[0].get_param("name", header="Content-Disposition") != "files":
            raise Denied(422, "InvalidRequest", "Invalid Request", "files: field required")
        name, content = str(parts[0].get_filename()), parts[0].get_payload(decode=True)
        text = content.decode() if isinstance(content, bytes) else ""
        is_new, protocol = self._robot.upload(name, text, self._now_s)
        return (201 if is_new else 200), {"data": self._protocol_data(protocol)}

    def _protocol(self, protocol_id: str) -> Answer:
        return 200, {"data": self._protocol_data(self._robot.protocol(protocol_id))}

    def _analysis(self, protocol_id: str, analysis_id: str) -> Answer:
        protocol = self._robot.protocol(protocol_id)
        if analysis_id != protocol.analysis_id:
            detail = f"analysis {analysis_id} was not found"
            raise Denied(404, "AnalysisNotFound", "Protocol Analysis Not Found", detail)
        data: dict[str, Any] = {"id": analysis_id, "status": self._analysis_status(protocol)}
        if data["status"] == "completed":
            data["result"] = "not-ok" if protocol.errors else "ok"
            data["errors"] = [{"errorType": "Error", "detail": text} for text in protocol.errors]
            data["commands"] = [_command_data(0, "queued", step) for step in self._robot.steps]
        return 200, {"data": data}

    def _create(self, body: dict[str, Any]) -> Answer:
        protocol_id = (body.get("data") or {}).get("protocolId")
        run = self._robot.create_run(protocol_id, self._now_s)
        return 201, {"data": self._run_data(run)}

    def _runs(self) -> Answer:
        now_s = self._now_s
        runs = [self._robot.run(run.run_id, now_s) for run in self._robot.runs]
        current = next((run for run in runs if run.current), None)
        links = {"current": {"href": f"/runs/{current.run_id}"}} if current else {}
        return 200, {
            "data": [self._run_data(run) for run in runs],
            "links": links,
            "meta": {"cursor": 0, "totalLength": len(runs)},
        }

    def _run(self, run_id: str) -> Run:
        return self._robot.run(run_id, self._now_s)

    def _patch(self, run_id: str, body: dict[str, Any]) -> Answer:
        run = self._run(run_id)
        if body["data"].get("current") is False:
            run = self._robot.release(run_id, self._now_s)
        return 200, {"data": self._run_data(run)}

    def _act(self, run_id: str, body: dict[str, Any]) -> Answer:
        action = str(body["data"]["actionType"])
        self._robot.act(run_id, action, self._now_s)
        return 201, {"data": {"id": "action", "actionType": action}}

    def _commands(self, run_id: str, query: dict[str, list[str]]) -> Answer:
        found = self._robot.commands(run_id, self._now_s)
        length = int(query.get("pageLength", [str(PAGE)])[0])
        wanted = int(query["cursor"][0]) if "cursor" in query else max(len(found) - length, 0)
        start = max(0, min(wanted, len(found) - 1))
        page = [
            _command_data(start + place, status, step)
            for place, (status, step) in enumerate(found[start : start + length])
        ]
        last = len(found) - 1
        meta = {"runId": run_id, "commandId": f"command-{last}", "index": last, "key": "?"}
        links = {"current": {"href": f"/runs/{run_id}/commands/command-{last}", "meta": meta}}
        return 200, {
            "data": page,
            "links": links if found else {"current": None},
            "meta": {"cursor": start, "totalLength": len(found)},
        }

    # Answers.

    def _analysis_status(self, protocol: Protocol) -> str:
        return "pending" if self._now_s < protocol.analysed_at_s else "completed"

    def _protocol_data(self, protocol: Protocol) -> dict[str, Any]:
        summary = {"id": protocol.analysis_id, "status": self._analysis_status(protocol)}
        return {
            "id": protocol.protocol_id,
            "protocolType": "python",
            "robotType": ROBOT_TYPES[self._robot.model],
            "files": [{"name": protocol.file_name, "role": "main"}],
            "analysisSummaries": [summary],
        }

    def _run_data(self, run: Run) -> dict[str, Any]:
        failed = None if run.failed_step is None else run.steps[run.failed_step].error
        return {
            "ok": True,
            "id": run.run_id,
            "status": run.status,
            "current": run.current,
            "protocolId": run.protocol_id,
            "actions": [{"id": str(n), "actionType": a} for n, a in enumerate(run.actions)],
            "errors": [{"errorType": "ProtocolError", "detail": failed}] if failed else [],
        }


def _command_data(index: int, status: str, step: Step) -> dict[str, Any]:
    error = {"errorType": "Error", "detail": step.error} if status == "failed" else None
    return {
        "id": f"command-{index}",
        "key": str(index),
        "commandType": step.kind,
        "status": status,
        "params": step.params,
        "error": error,
    }
