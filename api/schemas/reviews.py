"""Reviews, their listing and their resolution."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from api.schemas.fields import AnswerShape, Identifier, QueryNumber, Shape, Text, require

MAX_PAGE = 200


class ReviewQuery(Shape):
    """Which reviews to list."""

    # A query string knows only text: numbers must be read from it.
    model_config = ConfigDict(strict=False)

    status: Literal["open", "accepted", "overridden", "any"] = "open"
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE), QueryNumber] = 50
    cursor: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class ResolutionRequest(Shape):
    """Accept what was recommended, or override it with another action and the reason."""

    resolution: Literal["accept", "override"]
    reviewer: Identifier
    chosen_action: Identifier | None = None
    reason: Text = ""
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.resolution == "accept":
            require(self.chosen_action is None, "accept takes no chosen_action: it takes what was recommended")
        else:
            complete = self.chosen_action is not None and bool(self.reason.strip())
            require(complete, "override needs chosen_action and reason")
        return self


class ResolutionShape(AnswerShape):
    """How a review was resolved."""

    chosen_action: str | None
    reviewer: str
    reason: str
    resolved_at: datetime


class ReviewShape(AnswerShape):
    """A decision that a person is asked to take."""

    review_id: str
    decision_id: str
    kind: Literal["routing", "compensation"]
    subject_id: str
    mode: Literal["idle", "live"]
    status: Literal["open", "accepted", "overridden"]
    version: int
    reasons: list[str]
    recommended: str | None
    actions: list[str]
    opened_at: datetime
    resolution: ResolutionShape | None


class ReviewPageShape(AnswerShape):
    """Reviews, oldest first, and the cursor of the next page (null at the end)."""

    reviews: list[ReviewShape]
    next_cursor: str | None
