"""Samples: what they are, which instrument measures them when, and what files came back."""

from __future__ import annotations

from ncrobot.samples.batches import Batch, Batches, BatchState
from ncrobot.samples.collecting import Collected, Collector
from ncrobot.samples.composing import Composed, Slot, compose
from ncrobot.samples.converting import Conversion, Conversions
from ncrobot.samples.files import DataFile, DataFiles
from ncrobot.samples.forecasting import Forecast, every_nth, forecast
from ncrobot.samples.from_runs import lineage_of, planned_samples, samples_of
from ncrobot.samples.hooks import tell_hooks
from ncrobot.samples.identities import identities_in, identity, is_identity
from ncrobot.samples.instruments import (
    Converter,
    Hook,
    Instruments,
    InstrumentSettings,
    Results,
    load_instruments,
)
from ncrobot.samples.jobs import NEXT, OPEN, WAITING, Job, JobState, job_of
from ncrobot.samples.links import Delivered, InstrumentLink, Measuring, link_to, load_factory
from ncrobot.samples.parsing import Parsed, parse
from ncrobot.samples.positions import Positions
from ncrobot.samples.raw_store import RawStore
from ncrobot.samples.record import Fact, SampleRecord
from ncrobot.samples.sample import Contribution, Lineage, Sample, SampleFate
from ncrobot.samples.submitting import Submitted, Submitter
from ncrobot.samples.templates import Template, load_template, read_template
from ncrobot.samples.worklists import Injection, file_name, read_worklist, write_worklist

__all__ = [
    "NEXT",
    "OPEN",
    "WAITING",
    "Batch",
    "BatchState",
    "Batches",
    "Collected",
    "Collector",
    "Composed",
    "Contribution",
    "Conversion",
    "Conversions",
    "Converter",
    "DataFile",
    "DataFiles",
    "Delivered",
    "Fact",
    "Forecast",
    "Hook",
    "Injection",
    "InstrumentLink",
    "InstrumentSettings",
    "Instruments",
    "Job",
    "JobState",
    "Lineage",
    "Measuring",
    "Parsed",
    "Positions",
    "RawStore",
    "Results",
    "Sample",
    "SampleFate",
    "SampleRecord",
    "Slot",
    "Submitted",
    "Submitter",
    "Template",
    "compose",
    "every_nth",
    "file_name",
    "forecast",
    "identities_in",
    "identity",
    "is_identity",
    "job_of",
    "lineage_of",
    "link_to",
    "load_factory",
    "load_instruments",
    "load_template",
    "parse",
    "planned_samples",
    "read_template",
    "read_worklist",
    "samples_of",
    "tell_hooks",
    "write_worklist",
]
