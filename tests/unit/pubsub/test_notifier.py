"""Payloads of notifications: they survive encoding, and fit into a NOTIFY."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chowda.pubsub import notifier

NOTIFY_LIMIT_BYTES = 8000


@given(
    st.sets(st.integers(min_value=1, max_value=2**63 - 1), max_size=1000),
    st.sets(st.sampled_from(sorted(notifier.TOPICS))),
)
def test_decode_inverts_encode_and_payloads_fit(batch_run_ids: set[int], topics: set[str]) -> None:
    words = [str(id) for id in batch_run_ids] + sorted(topics)
    payloads = list(notifier.encode(words))
    assert all(len(payload.encode()) < NOTIFY_LIMIT_BYTES for payload in payloads)
    decoded = [notifier.decode(payload) for payload in payloads]
    assert set().union(*(ids for ids, _ in decoded)) == batch_run_ids
    assert set().union(*(found for _, found in decoded)) == topics


@given(st.text())
def test_decode_ignores_invalid_words(payload: str) -> None:
    batch_run_ids, _ = notifier.decode(payload)
    assert all(
        word.isdecimal() for word in payload.split() if word.isascii() and word in map(str, batch_run_ids)
    )


def test_large_set_of_long_ids_is_split() -> None:
    words = [str(2**63 - 1 - number) for number in range(1000)]
    payloads = list(notifier.encode(words))
    assert len(payloads) > 1
    assert sorted(word for payload in payloads for word in payload.split()) == sorted(words)
