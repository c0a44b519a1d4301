"""The subscription to all apps."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import datetime

import strawberry
from sqlalchemy import func, select

from chowda import models
from chowda.apps import health as app_health
from chowda.apps import load as app_load
from chowda.pubsub.notifier import APPS
from chowda.schema.app.dataloaders import read_apps
from chowda.schema.app.type import ClamsApp
from chowda.schema.context import Info
from chowda.schema.loaders import Loaders, use_one_snapshot
from chowda.schema.stale_loop import Reading, Source, stale_loop

INTERVAL_SECONDS = 0.5
"Longer than for other subscriptions, because calls start and end all the time."


@strawberry.type(description="The state of all apps.")
class AppsState:
    as_of: datetime = strawberry.field(description="The time of this state, by the database's clock.")
    apps: list[ClamsApp] = strawberry.field(description="Sorted by name.")
    stale: bool = strawberry.field(
        description="true: Chowda cannot read its database, and this is the last state that it knows, as of `asOf`."
    )
    visible: strawberry.Private[object]
    "All that a client can see of the apps: two states with equal values look the same."
    loaders: strawberry.Private[Loaders]

    def marked_stale(self) -> AppsState:
        """The same state, to be sent again. Fields that were loaded for it are not read again."""
        self.loaders.reset_node_count()
        return replace(self, stale=True)


@strawberry.type
class AppSubscriptions:
    @strawberry.subscription(
        description="All apps with their health and load: the present state first, then the state after each change. "
        "Changes that are close together arrive as one event."
    )
    async def apps(self, info: Info) -> AsyncGenerator[AppsState, None]:
        source = Source((None, APPS), _read, AppsState.marked_stale, interval_seconds=INTERVAL_SECONDS)
        return stale_loop(info, source)


async def _read(loaders: Loaders, last: AppsState | None) -> Reading[AppsState]:
    async with loaders.context.database.session() as session:
        await use_one_snapshot(session)
        as_of: datetime = (await session.scalars(select(func.now()))).one()
        keys = list(await session.scalars(select(models.ClamsApp.id).order_by(models.ClamsApp.name)))
        found = await read_apps(session, loaders, keys)
        load = await app_load.read(session, keys)
        health = await app_health.read(session, keys)
    apps = [found[key] for key in keys]
    visible = ([{**vars(app), "loaders": None} for app in apps], load, health)
    state = AppsState(as_of=as_of, apps=apps, stale=False, visible=visible, loaders=loaders)
    return Reading(state, differs=last is None or state.visible != last.visible)
