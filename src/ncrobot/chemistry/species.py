"""A substance with the figures that turn it into moles."""

from __future__ import annotations

from dataclasses import dataclass

from ncrobot.chemistry.amounts import (
    AmountError,
    amount_umol_from_mass,
    amount_umol_from_neat_volume,
    mass_mg_of_amount,
    neat_concentration_mol_per_l,
)
from ncrobot.chemistry.formula import molar_mass_g_per_mol
from ncrobot.chemistry.ph import BufferComponent


@dataclass(frozen=True, slots=True, kw_only=True)
class Substance:
    """One substance: ``key`` is its short name in a document, ``name`` its full name.

    ``molar_mass`` is in g/mol, ``density_g_per_ml`` that of the neat liquid at 25 °C, ``assay`` the
    mass fraction of the pure substance in the bottle. ``pkas`` and ``charge_protonated`` are those
    of :class:`~ncrobot.chemistry.ph.BufferComponent`.
    """

    key: str
    name: str
    molar_mass: float
    formula: str | None = None
    cas: str | None = None
    density_g_per_ml: float | None = None
    assay: float = 1.0
    electrons_per_molecule: int | None = None
    pkas: tuple[float, ...] = ()
    charge_protonated: int = 0

    @classmethod
    def from_formula(  # noqa: PLR0913 - what a bottle's label says
        cls,
        key: str,
        name: str,
        formula: str,
        *,
        cas: str | None = None,
        density_g_per_ml: float | None = None,
        assay: float = 1.0,
        electrons_per_molecule: int | None = None,
        pkas: tuple[float, ...] = (),
        charge_protonated: int = 0,
    ) -> Substance:
        """Make a substance whose molar mass follows from its formula.

        Raises:
            FormulaError: the formula can't be read.
        """
        return cls(
            key=key,
            name=name,
            molar_mass=molar_mass_g_per_mol(formula),
            formula=formula,
            cas=cas,
            density_g_per_ml=density_g_per_ml,
            assay=assay,
            electrons_per_molecule=electrons_per_molecule,
            pkas=pkas,
            charge_protonated=charge_protonated,
        )

    def umol_in_mg(self, mass_mg: float) -> float:
        """µmol of the pure substance in a mass out of the bottle.

        Raises:
            AmountError: a quantity is out of range.
        """
        return amount_umol_from_mass(mass_mg, self.molar_mass, self.assay)

    def mg_of_umol(self, amount_umol: float) -> float:
        """Mg out of the bottle that hold an amount of the pure substance.

        Raises:
            AmountError: a quantity is out of range.
        """
        return mass_mg_of_amount(amount_umol, self.molar_mass, self.assay)

    def umol_in_neat_ul(self, volume_ul: float) -> float:
        """µmol of the pure substance in a volume of the neat liquid.

        Raises:
            AmountError: the density isn't known, or a quantity is out of range.
        """
        return amount_umol_from_neat_volume(volume_ul, self._density(), self.molar_mass, self.assay)

    def neat_mol_per_l(self) -> float:
        """Concentration of the neat liquid in mol/L.

        Raises:
            AmountError: the density isn't known, or a quantity is out of range.
        """
        return neat_concentration_mol_per_l(self._density(), self.molar_mass, self.assay)

    def buffer(self, amount_umol: float) -> BufferComponent | None:
        """The part that an amount plays in a charge balance; None without pKa values."""
        if not self.pkas:
            return None
        return BufferComponent(amount_umol, self.pkas, self.charge_protonated)

    def _density(self) -> float:
        if self.density_g_per_ml is None:
            raise AmountError(f"the density of {self.name} isn't known; give it or a mass")
        return self.density_g_per_ml
