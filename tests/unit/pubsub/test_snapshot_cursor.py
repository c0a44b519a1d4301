"""Snapshot cursors survive encoding, and invalid ones are refused with a message."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chowda.errors import BadUserInput
from chowda.pubsub.snapshot_cursor import CURSOR_LIMIT, SnapshotCursor

xids = st.integers(0, 2**64 - 1)
snapshots = st.builds(
    lambda xmin, xmax, xip: f"{xmin}:{xmax}:{','.join(map(str, xip))}",
    xids,
    xids,
    st.lists(xids, max_size=20),
)


def raw(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode()


@given(st.text(), snapshots, st.none() | snapshots, st.integers(0, 2**63 - 1))
def test_decode_inverts_encode(incarnation: str, base: str, target: str | None, last: int) -> None:
    for cursor in (
        SnapshotCursor(incarnation, base, target, last),
        SnapshotCursor(incarnation, None, base, last),
    ):
        encoded = cursor.encode()
        assert SnapshotCursor.decode(encoded) == cursor
        assert encoded.isascii()
        assert not set(encoded) & set("+/= ")


@given(st.text() | st.binary().map(raw) | st.binary().map(lambda some: some.decode("latin-1")))
def test_invalid_text_is_refused_with_its_beginning(cursor: str) -> None:
    with pytest.raises(BadUserInput) as refusal:
        SnapshotCursor.decode(cursor)
    assert repr(cursor[:80]) in refusal.value.message


@pytest.mark.parametrize(
    "content",
    [
        b'["here",null,null,0]',
        b'["here","5:7"]',
        b'["here","5:7:6,"]',
        b'["here","5:7:6;DROP TABLE pipeline_runs"]',
        b'["here","-5:7:"]',
        b'["here","05:08:"]',
        b'["here","5:99999999999999999999:"]',
        b'["here","5:7:18446744073709551616"]',
        '["here","٥:٧:"]'.encode(),
        b'["here","5:7:",null,-1]',
        b'["here","5:7:",null,9223372036854775808]',
        b'["here","5:7:",null,1e400]',
        b'["here","5:7:",null,' + b"9" * 5000 + b"]",
        b'{"incarnation":"here","base":"5:7:"}',
        b"[" * 100_000,
        b'["here","5:7:",null,0,' + b"[" * 100_000 + b"]" * 100_000 + b"]",
    ],
)
def test_values_that_postgres_would_refuse_are_refused(content: bytes) -> None:
    with pytest.raises(BadUserInput):
        SnapshotCursor.decode(raw(content))


def test_cursor_may_hold_thousands_of_transactions_up_to_the_limit() -> None:
    busy = SnapshotCursor("here", "1:9:" + ",".join(["18446744073709551615"] * 3000))
    assert SnapshotCursor.decode(busy.encode()) == busy
    endless = SnapshotCursor("here", "1:9:" + ",".join(["18446744073709551615"] * CURSOR_LIMIT))
    with pytest.raises(BadUserInput) as refusal:
        SnapshotCursor.decode(endless.encode())
    assert len(refusal.value.message) < 300
