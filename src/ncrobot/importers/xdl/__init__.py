"""Reads XDL, the chemical description language of the Chemputer: an XML file to a draft."""

from ncrobot.importers.xdl.drafting import draft_of_xdl
from ncrobot.importers.xdl.reading import XdlElement, XdlFile, read_xdl

__all__ = ["XdlElement", "XdlFile", "draft_of_xdl", "read_xdl"]
