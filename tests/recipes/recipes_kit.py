"""A small catalogue with files of its own: one system runs, one fails, one isn't written."""

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROWS = (
    "name,well,kind,replicate_of,ligand_per_metal [mol/mol],electrons_per_metal [mol/mol],portions"
)
CATALOGUE = """\
ncrobot: catalogue/1
sources: {paper: "A paper"}
entries:
  - {key: runs, title: It runs, source: paper, where: page 1, verdict: full, printed: numbers,
     missing: nothing, protocol: au25.yaml, tables: [good.csv], deck: starlet_96, part: p2}
  - {key: fails, title: It fails, source: paper, where: page 2, verdict: partial, printed: some,
     missing: times, protocol: au25.yaml, tables: [good.csv, bad.csv], deck: starlet_96}
  - {key: unwritten, title: Nobody wrote it, source: paper, where: page 3, verdict: manual,
     printed: words, missing: all, by_hand: [carbon monoxide], lacks: [two phases]}
"""


def make_catalogue(folder: Path) -> Path:
    """A folder with a catalogue, its protocols and its decks; returns the catalogue."""
    protocols = folder / "protocols"
    protocols.mkdir()
    shutil.copy(ROOT / "protocols" / "au25_pmba_portions.yaml", protocols / "au25.yaml")
    shutil.copytree(ROOT / "deck_layouts", folder / "deck_layouts")
    (protocols / "good.csv").write_text(f"{ROWS}\none,A1,,,3,4,2\ntwo,B1,,,2,8,2\n")
    (protocols / "bad.csv").write_text(f"{ROWS}\none,A1,,,3,4,90\n")
    path = protocols / "catalogue.yaml"
    path.write_text(CATALOGUE)
    return path
