"""The scientist's documents, parsed and validated: the protocol and its conditions table."""

from __future__ import annotations

from ncrobot.protocol.assumptions import assumptions_of
from ncrobot.protocol.choosing import Choice, acts, never_together
from ncrobot.protocol.conditions import default_conditions, load_conditions, read_conditions
from ncrobot.protocol.conditions_document import Condition, Conditions
from ncrobot.protocol.document import Control, Protocol, Source, Target
from ncrobot.protocol.expecting import Expected, Ion
from ncrobot.protocol.libraries import drawn_stock, with_members
from ncrobot.protocol.materials import Material, Name, Role, Vessel
from ncrobot.protocol.parameters import Parameter, Scope
from ncrobot.protocol.schema import (
    conditions_json_schema,
    protocol_json_schema,
    protocol_schema_text,
)
from ncrobot.protocol.source import ProtocolSource, load_protocol, read_protocol, step_ids
from ncrobot.protocol.splitting import PlateTable, split_conditions
from ncrobot.protocol.steps import (
    Acidify,
    Add,
    AdjustPh,
    Age,
    Away,
    Dilute,
    Dosing,
    Exchange,
    Flush,
    Hold,
    Late,
    Measure,
    Mix,
    Person,
    Quench,
    Reduce,
    Sample,
    Steered,
    Step,
    StepBase,
    StepId,
    Stir,
    Timing,
    Titration,
    Treat,
    UnderGas,
)
from ncrobot.protocol.stocks import Decay, Stock
from ncrobot.protocol.values import Given

__all__ = [
    "Acidify",
    "Add",
    "AdjustPh",
    "Age",
    "Away",
    "Choice",
    "Condition",
    "Conditions",
    "Control",
    "Decay",
    "Dilute",
    "Dosing",
    "Exchange",
    "Expected",
    "Flush",
    "Given",
    "Hold",
    "Ion",
    "Late",
    "Material",
    "Measure",
    "Mix",
    "Name",
    "Parameter",
    "Person",
    "PlateTable",
    "Protocol",
    "ProtocolSource",
    "Quench",
    "Reduce",
    "Role",
    "Sample",
    "Scope",
    "Source",
    "Steered",
    "Step",
    "StepBase",
    "StepId",
    "Stir",
    "Stock",
    "Target",
    "Timing",
    "Titration",
    "Treat",
    "UnderGas",
    "Vessel",
    "acts",
    "assumptions_of",
    "conditions_json_schema",
    "default_conditions",
    "drawn_stock",
    "load_conditions",
    "load_protocol",
    "never_together",
    "protocol_json_schema",
    "protocol_schema_text",
    "read_conditions",
    "read_protocol",
    "split_conditions",
    "step_ids",
    "with_members",
]
