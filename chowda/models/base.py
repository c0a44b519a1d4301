"""The base of all tables: naming conventions, keys and times."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Identity, MetaData, func
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import UserDefinedType

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING_CONVENTION)


class Xid8(UserDefinedType[Any]):
    """A 64-bit transaction id of Postgres. It is compared in the database only."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


Key = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
"Sequential in the database, opaque in the API. Random keys made a start of 100,000 files 1.8 times slower."

CreatedAt = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=func.now())]
Time = Annotated[datetime, mapped_column(DateTime(timezone=True))]


def one_of(column: str, members: Iterable[StrEnum]) -> CheckConstraint:
    """A named CHECK constraint. Unlike with a native enum, a member can be added later without a lock."""
    values = ", ".join(f"'{member.value}'" for member in members)
    return CheckConstraint(f"{column} IN ({values})", name=column)
