"""The errors that a statement of a worker raises, from SQLAlchemy's sessions and from asyncpg itself."""

from __future__ import annotations

import asyncpg
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError

from chowda.errors import DatabaseAway

DATABASE_ERRORS = (
    DatabaseAway,
    DBAPIError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OSError,
    TimeoutError,
)
PERMANENT_DATABASE_ERRORS = (
    *(DataError, IntegrityError, ProgrammingError),
    *(asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, asyncpg.SyntaxOrAccessError),
)
"The database is up and refuses the statement; repeating it does not help."
