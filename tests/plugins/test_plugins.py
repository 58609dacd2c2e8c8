"""What is installed by entry point is found by name; what isn't, or can't be loaded, is told."""

from importlib.metadata import EntryPoint

import pytest

from ncrobot import plugins
from ncrobot.errors import LabError


@pytest.fixture
def group(monkeypatch):
    points = {
        name: EntryPoint(name, value, "ncrobot.things")
        for name, value in {
            "right": "math:sqrt",
            "absent": "nobody_has_this_package:thing",
            "empty": "math:nothing_of_this_name",
        }.items()
    }
    monkeypatch.setattr(plugins, "_points", lambda _: points)
    return "ncrobot.things"


def test_what_is_installed_is_loaded(group):
    assert plugins.load(group, "right", "thing")(4.0) == 2.0
    assert sorted(plugins.installed(group)) == ["absent", "empty", "right"]


@pytest.mark.parametrize(
    ("name", "code", "fix"),
    [
        ("rihgt", "unknown-thing", "did you mean 'right'?"),
        ("xyz", "unknown-thing", "install the package that has it"),
        ("absent", "thing-import", "install the extra or the package that it needs"),
        ("empty", "thing-import", "install the extra or the package that it needs"),
    ],
)
def test_what_isn_t_there_or_can_t_be_loaded_is_told(group, name, code, fix):
    with pytest.raises(LabError) as caught:
        plugins.load(group, name, "thing")
    (told,) = caught.value.diagnostics
    assert (told.code, told.fix) == (code, fix)
    assert name in told.message
