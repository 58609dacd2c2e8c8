"""Checks a plan against its own protocol: volumes, moles, order and lags, worked out a second time.

Nothing here comes from the compiler or from the arithmetic that it uses. What is asked is read from
the texts that the plan carries; what is done is found by going through the plan's operations with a
book of every container. Whatever doesn't agree is a :class:`Difference`. A schedule is looked at
for acts that would reach into a plate that moves.
"""

from __future__ import annotations

from ncrobot.auditor.audit import audit_plan
from ncrobot.auditor.report import AuditReport, Difference
from ncrobot.auditor.timetable import audit_schedule

__all__ = ["AuditReport", "Difference", "audit_plan", "audit_schedule"]
