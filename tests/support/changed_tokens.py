"""Tokens of which a few bytes were changed."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

_BYTES = st.sampled_from([bytes([byte]) for byte in b"ABQgw_-+/=. \t\n\0\x80"])
_EDITS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 2), _BYTES), max_size=2
)  # where, how many are cut, what comes


@st.composite
def changed(draw: st.DrawFn, good: Sequence[bytes]) -> bytes:
    """One of `good` with up to two edits."""
    token = draw(st.sampled_from(good))
    for where, cut, text in draw(_EDITS):
        at = int(where * len(token))
        token = token[:at] + text + token[at + cut :]
    return token
