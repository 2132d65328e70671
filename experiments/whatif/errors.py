"""What can go wrong in a what-if study, as one tree.

ExperimentsError
└── WhatIfError           a study cannot be run as asked
    ├── ContenderError    a policy or its weights cannot be read, come twice, or there is no champion
    ├── StudyPlanError    numbers of runs, orders or half-widths that cannot be used
    ├── StudyFolderError  the folder holds something else, or another study
    ├── StudyTooLargeError  the study would take more time or memory than was agreed to
    ├── WorkerError       a process that plays replications died
    └── ReplayError       playing what was done once more did not come to the same
"""

from __future__ import annotations

from experiments.errors import ExperimentsError


class WhatIfError(ExperimentsError):
    """A what-if study cannot be run as asked."""


class ContenderError(WhatIfError):
    """A policy or its weights cannot be read, come twice, or there is no champion."""


class StudyPlanError(WhatIfError):
    """Numbers of runs, orders or half-widths that cannot be used."""


class StudyFolderError(WhatIfError):
    """A folder holds something else, or another study."""


class StudyTooLargeError(WhatIfError):
    """A study would take more time or memory than was agreed to."""


class WorkerError(WhatIfError):
    """A process that plays replications died."""


class ReplayError(WhatIfError):
    """Playing what was done once more did not come to the same."""
