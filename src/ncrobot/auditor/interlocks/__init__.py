"""Interlocks, looked for a second time in the finished plan and in its schedule."""

from __future__ import annotations

from ncrobot.auditor.interlocks.access import check_access
from ncrobot.auditor.interlocks.heat import check_heat, check_speeds
from ncrobot.auditor.interlocks.meetings import check_meetings
from ncrobot.auditor.interlocks.seals import check_seals

__all__ = ["check_access", "check_heat", "check_meetings", "check_seals", "check_speeds"]
