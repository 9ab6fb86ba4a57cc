"""All tables in one place, for migrations and for creating a fresh database in tests. Imports, nothing else."""

from hub.accounts import models as accounts
from hub.archive import models as archive
from hub.audit import models as audit
from hub.cases import models as cases
from hub.db.base import Base
from hub.jobs import models as jobs
from hub.minutes import models as minutes
from hub.nodes import models as nodes
from hub.people import models as people
from hub.sessions import models as sessions
from hub.units import models as units

__all__ = [
    "Base",
    "accounts",
    "archive",
    "audit",
    "cases",
    "jobs",
    "minutes",
    "nodes",
    "people",
    "sessions",
    "units",
]
