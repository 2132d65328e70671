"""Bodies from files: read as strictly as those that come over HTTP, with faults told for a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from api.errors import BodyError
from api.faults import faults_of_own, member_names
from api.strict_json import StrictJsonError, parse_json

MOST_BYTES = 1_048_576

Request = TypeVar("Request", bound=BaseModel)


def read_body(path: Path, shape: type[Request]) -> Request:
    """Read a request from a JSON file.

    Raises
    ------
    BodyError
        If the file is missing, too large, not strict JSON, or breaks a rule of the shape.
    """
    try:
        with path.open("rb") as stream:
            text = stream.read(MOST_BYTES + 1)
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror}); name a JSON file that holds a routing question"
        raise BodyError(msg) from error
    if len(text) > MOST_BYTES:
        msg = f"{path}: longer than {MOST_BYTES} bytes; send fewer candidates or lines"
        raise BodyError(msg)
    try:
        return shape.model_validate(parse_json(text))
    except StrictJsonError as error:
        msg = f"{path}: {error}"
        raise BodyError(msg) from error
    except ValidationError as error:
        faults = faults_of_own(error.errors(), member_names([shape]))
        msg = "\n".join(f"{path}: {fault.pointer or '/'} {fault.message}" for fault in faults)
        raise BodyError(msg) from error
