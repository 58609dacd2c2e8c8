"""A campaign file with the files that it names."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ncrobot.campaigns.document import Campaign
from ncrobot.model import Document
from ncrobot.settings import load_settings


class Loaded(Document):
    """A campaign with the folder that its paths are relative to."""

    campaign: Campaign
    file: Path
    text: str

    def identity(self) -> str:
        """Hash of what a ledger belongs to: the campaign, and how its wells are analysed."""
        own = self.campaign.identity()
        if self.analysis is None or not self.analysis.is_file():
            return own
        return hashlib.sha256(own.encode() + self.analysis.read_bytes()).hexdigest()

    @property
    def protocol(self) -> Path:
        """The protocol's file."""
        return self.file.parent / self.campaign.protocol

    @property
    def deck(self) -> Path:
        """The deck layout's file."""
        return self.file.parent / self.campaign.deck

    @property
    def instruments(self) -> Path | None:
        """The file of the instruments beside the deck, if samples are measured there."""
        told = self.campaign.measuring
        return self.file.parent / told.instruments if told is not None else None

    @property
    def analysis(self) -> Path | None:
        """The analysis file, if there is one."""
        told = self.campaign.measuring
        return self.file.parent / told.analysis if told is not None and told.analysis else None

    @property
    def chemistry(self) -> str:
        """The set of constants of a simulated campaign: a name, or an absolute path; or nothing."""
        if self.campaign.simulated is None:
            return ""
        path = self.file.parent / self.campaign.simulated.chemistry
        return str(path.resolve()) if path.is_file() else self.campaign.simulated.chemistry


def load_campaign(path: Path) -> Loaded:
    """Read a campaign file.

    Raises:
        LabError: it can't be read, or is wrong; with every finding at its line.
    """
    campaign = load_settings(Campaign, path).settings
    return Loaded(campaign=campaign, file=path, text=path.read_text(encoding="utf-8"))
