"""The facts that a run emits: append-only, numbered, timed; a run's state is what they fold to.

What ``data`` holds, by kind (times in seconds of the run's clock, 0 = start of the schedule):

- ``run_created``: plan_sha256, protocol, title, deck, wells (count), user
- ``run_started``: start_wall, devices {name: identity}; events before it have negative times
- ``operation_started``: planned_start_s, late_s
- ``status_changed``: status, reason, by (who asked for it)
- ``run_resumed``: died_s (time of the last fact), down_s, unknown [{operation, act, question}],
  readback {device: {...}}, lost_wells
- ``intent``: what is about to happen; for liquid acts ``moves``: [{channel, address, volume_ul}]
- ``done`` / ``not_done`` / ``unknown``: how that act ended; failures add ``error``, ``error_kind``;
  ``channels`` if it holds for some only (a partial failure writes ``done`` and one of the others)
- ``posted``: notes [[change, arguments ...]]: what the engine's books were told since the last one;
  durable with the outcome of the act that made the change
- ``operation_ended``: result (done, not_done, unknown, skipped), kind, planned_start_s,
  planned_duration_s, start_s, end_s, reason; a transfer adds ``purpose``, ``stock``,
  ``portion`` and ``deliveries``: [{source, destination, volume_ul, umol, tip, delivered_s, lot,
  age_s, active_fraction}]
  ``interrupted``: the run was ending; what is left of it is done if the run is resumed
- ``level_low``: kind (stock, tips, waste), place, what, operation, start_s, needed, present, unit,
  wells: what the rest of the plan will run out of, told when it is known
- ``lag_broken``: before, after, value_s, min_s, max_s, by_s, cause
- ``schedule_repaired``: cause, method, moved, makespan_s, ``before`` and ``after``: {lags, worst_s,
  worst_tolerances} without and with the repair, and what changes in the schedule: ``starts`` and
  ``durations`` {operation: seconds}, ``gone``, ``entries`` and ``auxiliary`` that are new, ``lots``
- ``repair_refused``: cause, reason: why a repair couldn't be taken, so that the order was kept
- ``well_flagged``: reason, policy, abandoned; ``at_end`` if only the end of the run was the reason
- ``fault_handled``: error, error_kind, moved, response, by (table, protocol, person, default), legs
  [[channel, cycle, destination]]; its ``act`` tells what failed, by the words of ``on_fault``
- ``clock_stepped``: by_s: by how much somebody set the computer's date since the last one, or the
  start; ``time_s`` and ``wall`` go on evenly
- ``question``: text, choices, default, answer_within_s; about a fault also costs {choice: sentence}
  and left_s (until a lag breaks; None: no lag limits it)
- ``answer``: answer, answered (False: the default)
- ``measured``: labware, wavelengths_nm, absorbance {well: [AU]}
- ``ph_read``: address, ph (the middle one of readings), target_ph, dosed_ul (so far), follows
  (dose, reached, overshot, doses_used, volume_used, too_coarse), dose_ul, looked_again (an
  overshot is read twice)
- ``gas_read``: device, gas, flow_ml_per_min (the reading), asked_ml_per_min, flowed_s (so far, by
  readings), about once a minute while gas flows
- ``cross_check``: differences [{address, ledger_ul, tracker_ul}] (only written if there are any)
- ``safe_state``: confirmed {device: bool}; its ``intent`` has the act safe_state and no operation
- ``run_ended``: status, reason, wells_ok, wells_flagged, ledger {address: {volume_ul, umol}}
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field

from ncrobot.model import Document


class EventKind(StrEnum):
    """What happened. ``INTENT`` is durable before the act, its outcome follows."""

    RUN_CREATED = "run_created"
    RUN_STARTED = "run_started"
    STATUS_CHANGED = "status_changed"
    RUN_RESUMED = "run_resumed"
    INTENT = "intent"
    DONE = "done"
    NOT_DONE = "not_done"
    UNKNOWN = "unknown"
    POSTED = "posted"
    OPERATION_STARTED = "operation_started"
    OPERATION_ENDED = "operation_ended"
    LEVEL_LOW = "level_low"
    LAG_BROKEN = "lag_broken"
    SCHEDULE_REPAIRED = "schedule_repaired"
    REPAIR_REFUSED = "repair_refused"
    WELL_FLAGGED = "well_flagged"
    FAULT_HANDLED = "fault_handled"
    CLOCK_STEPPED = "clock_stepped"
    QUESTION = "question"
    ANSWER = "answer"
    MEASURED = "measured"
    PH_READ = "ph_read"
    GAS_READ = "gas_read"
    CROSS_CHECK = "cross_check"
    SAFE_STATE = "safe_state"
    RUN_ENDED = "run_ended"


class ExitStatus(StrEnum):
    """How a run ended."""

    SUCCEEDED = "succeeded"
    ABORTED = "aborted"
    FAILED = "failed"


class Event(Document):
    """One fact. ``time_s`` is the run's clock (0 = start of the schedule), ``wall`` UTC ISO 8601.

    ``act`` tells which physical act of the operation (``pick_up_tips``, ``aspirate``, ...).
    ``data`` holds the figures of that kind of event, JSON-able.
    """

    run: str
    seq: int = Field(ge=1)
    time_s: float
    wall: str
    kind: EventKind
    operation: str | None = None
    act: str | None = None
    wells: tuple[str, ...] = ()
    simulated: bool
    data: dict[str, Any] = Field(default_factory=dict)
