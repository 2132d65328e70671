"""Characters that nobody sees: with them two names look alike, or a line of text turns around."""

from __future__ import annotations

import unicodedata
from collections.abc import Set

# Control and format characters (RTL override among them), surrogates, private use, separators of lines.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def holds_unseen(text: str, *, besides: Set[str] = frozenset()) -> bool:
    r"""Whether a text holds characters that nobody sees, besides those that may stand there.

    Examples
    --------
    >>> holds_unseen("drug\u200b"), holds_unseen("one\ntwo"), holds_unseen("one\ntwo", besides={"\n"})
    (True, True, False)
    """
    return any(unicodedata.category(character) in _UNSEEN for character in text if character not in besides)
