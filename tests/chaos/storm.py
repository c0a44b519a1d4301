"""A chaos run: work, and faults at random, for so long; then everything is healed, and looked at."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from broker_servers import BrokerServer
from chaos.apps import AppProcess
from chaos.faults import Fault, Undo, faults_of
from chaos.load import Load
from chaos.verdict import Verdict, judge
from chaos.watcher import Watcher
from cluster import Chowda

APPS = (1.5, 0.15, 0.02)
"Seconds that a call of each takes. Of the first there are always some in hand when something is killed or frozen."
CALLS_AT_ONCE = 6
BETWEEN_FAULTS_SECONDS = (0.2, 1.5)
SETTLE_SECONDS = 240.0
"How long all that is open may take once nothing hurts any more: retries wait up to minutes."


@dataclass(frozen=True)
class Outcome:
    faults: Counter[str]
    deeds: Counter[str]
    "Of the person."
    verdict: Verdict
    left: list[str]
    "Batch runs that did not finish."
    connections: int
    silences: int


def storm(
    data_dir: Path,
    directory: Path,
    seconds: float,
    seed: int,
    broker: BrokerServer | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> Outcome:
    """`data_dir` holds a migrated cluster, `directory` gets the store and the logs. Call it from the main thread."""
    settings = {} if broker is None else {"broker_url": broker.url}
    with ExitStack() as stack:
        chowda = stack.enter_context(Chowda(data_dir, directory, apis=2, workers=3, **settings))
        apps = []
        for number, call_seconds in enumerate(APPS, start=1):
            apps.append(AppProcess(f"chaos{number}", call_seconds))
            stack.callback(apps[-1].kill)
        load = Load(chowda, apps, CALLS_AT_ONCE, random.Random(seed))
        watcher = Watcher(chowda, load)
        load.start()
        try:
            faults = _blow(faults_of(chowda, apps, broker), seconds, random.Random(seed), say)
        finally:
            load.stop()
        say("healing everything, and waiting for what is open")
        if broker is not None:
            broker.start()
        for app in apps:
            app.start()
        chowda.heal()
        left = load.settle(SETTLE_SECONDS)
        watcher.finish(60)
        verdict = judge(chowda, apps, load.person, watcher.seen)
        return Outcome(faults, load.person.deeds, verdict, left, watcher.connections, watcher.silences)


def _blow(
    faults: list[Fault], seconds: float, chance: random.Random, say: Callable[[str], None]
) -> Counter[str]:
    """Strikes and undoes until the time is over; how often each fault struck."""
    struck: Counter[str] = Counter()
    undone: list[tuple[float, Undo]] = []
    bag: list[Fault] = []
    over = time.monotonic() + seconds
    next_fault = time.monotonic()
    while (now := time.monotonic()) < over:
        for due, undo in list(undone):
            if due <= now:
                undone.remove((due, undo))
                undo()
        if now >= next_fault:
            if not bag:
                bag = [fault for fault in faults for _ in range(fault.weight)]
                chance.shuffle(bag)
            fault = bag.pop()
            say(fault.name)
            undone.append((now + fault.seconds * chance.uniform(0.7, 1.3), fault.strike(chance)))
            struck[fault.name] += 1
            next_fault = time.monotonic() + chance.uniform(*BETWEEN_FAULTS_SECONDS)
        time.sleep(0.05)
    for _, undo in undone:
        undo()
    return struck
