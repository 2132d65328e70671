"""The home folder: where one installation keeps its database, models, studies and data sets."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

HOME_VARIABLE = "ROUTECAUSE_HOME"
DATABASE_VARIABLE = "ROUTECAUSE_DATABASE_URL"
DEFAULT_ROOT = Path("var")


@dataclass(frozen=True, slots=True)
class Home:
    """Where things lie, all below one folder.

    Parameters
    ----------
    root : Path
        The folder; it need not exist yet.
    other_database_url : str or None
        An SQLAlchemy address to use instead of the SQLite file below `root`.

    Examples
    --------
    >>> Home(Path("/srv/routecause")).database_url
    'sqlite:////srv/routecause/routecause.db'
    """

    root: Path
    other_database_url: str | None = None

    @classmethod
    def from_environment(cls) -> Home:
        """Read ROUTECAUSE_HOME and ROUTECAUSE_DATABASE_URL; the home is `./var` where the first is unset."""
        return cls(Path(os.environ.get(HOME_VARIABLE) or DEFAULT_ROOT), os.environ.get(DATABASE_VARIABLE) or None)

    @property
    def mlflow_uri(self) -> str:
        """Tracking and registry address of the local MLflow store."""
        return f"sqlite:///{self.root.absolute() / 'mlflow' / 'mlflow.db'}"

    @property
    def mlflow_artifacts(self) -> Path:
        """Folder of the files that MLflow runs keep."""
        return self.root / "mlflow" / "artifacts"

    @property
    def models(self) -> Path:
        """Folder of the published models, see `data.shelf`."""
        return self.root / "models"

    @property
    def database_url(self) -> str:
        """SQLAlchemy address of the decision store."""
        return self.other_database_url or f"sqlite:///{self.root.absolute() / 'routecause.db'}"

    @property
    def datasets(self) -> Path:
        """Folder of ingested histories and simulated logs."""
        return self.root / "datasets"
