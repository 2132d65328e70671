"""What goods are like."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from simulator.scenario.fields import Part, Share

# A batch whose life is shorter would be gone before it is counted.
Life = Annotated[float, Field(ge=0.04, le=366)]
Freshness = Annotated[float, Field(gt=0, le=1)]


class ShelfLifeSpec(Part):
    """Goods come in batches that expire; the first to expire leave the shelf first, and what is left is written off.

    Parameters
    ----------
    days : float
        From making to expiry.
    least_fresh : float
        A batch comes with a share of that life left that is even between this and 1.
    article_share : float
        Share of the articles that expire at all; the others keep for ever.
    """

    days: Life
    least_fresh: Freshness = 0.7
    article_share: Share = 1.0
