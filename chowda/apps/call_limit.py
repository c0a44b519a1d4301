"""How many calls an app may have at once: SQL over a row `a` of clams_apps."""

from __future__ import annotations

CALL_LIMIT = "CASE WHEN a.one_at_a_time THEN 1 ELSE a.max_concurrency END"
"The limit as it is set."

CALL_LIMIT_NOW = f"""
    CASE WHEN NOT a.active THEN 0 WHEN a.circuit_opened_at IS NOT NULL THEN (a.circuit_trial_at <= now())::int
         ELSE {CALL_LIMIT} END
"""
"The limit at this moment: an inactive app gets no call, and one with an open circuit gets one trial call at a time."


def calls_beyond(limit: str) -> str:
    """Whether the app has calls beyond this limit. While it has, no new call begins: they were there before it."""
    return f"""EXISTS (SELECT FROM app_slots beyond
        WHERE beyond.clams_app_id = a.id AND beyond.n > {limit} AND beyond.until > now())"""
