"""The keys of all advisory locks of the database. They share one number space, so they are listed in one place."""

from __future__ import annotations

from enum import IntEnum, unique


@unique
class AdvisoryLock(IntEnum):
    """The locks. Their keys are negative, so that none is the id of a row."""

    DISPATCH = -1  # one dispatcher counts free slots and threads at a time
    ROLL_UP_COUNTERS = -2  # one process adds counter deltas to their counters at a time
    MIGRATE = -3  # one process runs migrations at a time
    CORRECT_COUNTERS = -4  # one doctor corrects counters at a time: two would add the same difference twice
    CLEAN_UP = -5  # one process removes expired rows and orphaned bytes at a time
    CHANGE_APPS = -6  # one change of apps at a time: names and endpoints are checked before they are written
