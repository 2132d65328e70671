"""Source files: whether there is one, what it really is, and in which encoding."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from data.errors import InputFileError

_CHUNK_BYTES = 1 << 20
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_PARQUET_MAGIC = b"PAR1"
# What people hand over by mistake, by the bytes it starts with.
_NOT_TEXT: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a zip archive or a spreadsheet (xlsx); export the sheet as CSV"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive; unpack it first"),
    (b"BZh", "a bzip2 archive; unpack it first"),
    (b"\xfd7zXZ", "an xz archive; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive; unpack it first"),
    (b"\xd0\xcf\x11\xe0", "an old Office document (xls); export the sheet as CSV"),
    (b"SQLite format 3\x00", "an SQLite database; export the table as CSV"),
    (b"\x7fELF", "a program"),
    (_PARQUET_MAGIC, "a Parquet file; write `format: parquet` in the mapping"),
)
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"{", b"[{")


@dataclass(frozen=True)
class TextEncoding:
    """The first encoding that reads the whole file, those that did not, and whether text holds what no text should."""

    name: str
    refused: tuple[str, ...]
    has_control_characters: bool


def require_file(path: Path) -> None:
    """Refuse what is not a readable file with something in it.

    Raises
    ------
    InputFileError
        If it is missing, a folder, unreadable or empty.
    """
    if path.is_dir():
        msg = f"{path}: is a folder; name the file of the order history"
        raise InputFileError(msg)
    try:
        with path.open("rb") as stream:
            empty = not stream.read(1)
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror}); name the file of the order history"
        raise InputFileError(msg) from error
    if empty:
        msg = f"{path}: is empty; export the history again, with a header and rows"
        raise InputFileError(msg)


def require_text(path: Path) -> None:
    """Refuse a file that starts as something else than a table of text does.

    Raises
    ------
    InputFileError
        Saying what it is instead.
    """
    with path.open("rb") as stream:
        start = stream.read(512)
    for magic, what in _NOT_TEXT:
        if start.startswith(magic):
            msg = f"{path}: is not CSV but {what}"
            raise InputFileError(msg)
    if start.removeprefix(codecs.BOM_UTF8).lstrip().lower().startswith(_MARKUP):
        msg = f"{path}: is not CSV but HTML, XML or JSON; a download page was perhaps saved instead of the file"
        raise InputFileError(msg)


def require_parquet(path: Path) -> None:
    """Refuse a file that does not start and end as Parquet does.

    Raises
    ------
    InputFileError
        If the marks are missing, as they are from a truncated file.
    """
    with path.open("rb") as stream:
        start = stream.read(len(_PARQUET_MAGIC))
        stream.seek(0, 2)
        stream.seek(max(0, stream.tell() - len(_PARQUET_MAGIC)))
        end = stream.read()
    if start != _PARQUET_MAGIC:
        msg = f"{path}: is not Parquet; for CSV write `format: csv` in the mapping"
        raise InputFileError(msg)
    if end != _PARQUET_MAGIC:
        msg = f"{path}: is a Parquet file that breaks off; copy or export it again"
        raise InputFileError(msg)


def encoding_of(path: Path, candidates: tuple[str, ...]) -> TextEncoding:
    """The first of the candidate encodings in which every byte of the file has a meaning.

    Raises
    ------
    InputFileError
        If none fits, with the byte where each failed.
    """
    refused: list[str] = []
    for name in candidates:
        failure, has_control = _survey(path, name)
        if failure is None:
            return TextEncoding(_without_mark(path, name), tuple(refused), has_control)
        refused.append(f"{name} (byte {failure:,})")
    msg = f"{path}: is not text in {', '.join(refused)}; list its encoding under file.encodings in the mapping"
    raise InputFileError(msg)


def _survey(path: Path, encoding: str) -> tuple[int | None, bool]:
    """The first byte that means nothing in an encoding, and whether there are control characters before it."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    read, has_control = 0, False
    with path.open("rb") as stream:
        while True:
            chunk = stream.read(_CHUNK_BYTES)
            pending = len(decoder.getstate()[0])
            try:
                has_control |= CONTROL.search(decoder.decode(chunk, final=not chunk)) is not None
            except UnicodeError as error:
                return read - pending + getattr(error, "start", 0), has_control
            if not chunk:
                return None, has_control
            read += len(chunk)


def _without_mark(path: Path, encoding: str) -> str:
    """A byte order mark is no part of the first column's name."""
    with path.open("rb") as stream:
        marked = stream.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8
    return "utf-8-sig" if marked and codecs.lookup(encoding).name == "utf-8" else encoding
