"""The two public families of tables with a known effect: ACIC 2016 and IHDP, read from where they lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from data.errors import InputFileError
from decision.table.roles import Question

FAMILIES = {"acic": "acic2016/zymu_{}.csv", "ihdp": "ihdp/ihdp_npci_{}.csv"}
IHDP_NAMES = ("z", "y", "y_other", "mu0", "mu1", *(f"x{number}" for number in range(1, 26)))
QUESTION = Question(treatment="z", outcome="y", truth="true_effect")


@dataclass(frozen=True)
class PublicTable:
    """One file: columns z, y, true_effect and the confounders, and nothing that a study would not have seen."""

    family: str
    number: int
    table: pd.DataFrame

    @property
    def name(self) -> str:
        """Family and number, as in acic/3."""
        return f"{self.family}/{self.number}"

    @property
    def truth(self) -> np.ndarray:
        """True effect of each row: (n_rows,)."""
        return self.table["true_effect"].to_numpy(float)


def read_public_table(root: Path, family: str, number: int) -> PublicTable:
    """Read one file of a family, of which the folder may hold any numbers.

    Raises
    ------
    InputFileError
        If the folder does not hold it.
    """
    path = root / FAMILIES[family].format(number)
    if not path.is_file():
        msg = f"{path}: no such file; name the folder that holds acic2016/ and ihdp/ with --data"
        raise InputFileError(msg)
    return PublicTable(family, number, _acic(path) if family == "acic" else _ihdp(path))


def _acic(path: Path) -> pd.DataFrame:
    confounders, drawn = pd.read_csv(path.parent / "x.csv"), pd.read_csv(path)
    seen = np.where(drawn["z"] == 1, drawn["y1"], drawn["y0"])
    return confounders.assign(z=drawn["z"], y=seen, true_effect=drawn["mu1"] - drawn["mu0"])


def _ihdp(path: Path) -> pd.DataFrame:
    table = pd.read_csv(path, header=None, names=list(IHDP_NAMES))
    return table.assign(true_effect=table["mu1"] - table["mu0"]).drop(columns=["y_other", "mu0", "mu1"])
