"""Evidence and history can only be added to."""

from alembic import op
from sqlalchemy import text

from hub.db.append_only import protect, unprotect

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("audit_entries", "transitions", "consents", "line_changes", "call_facts")


def upgrade() -> None:
    for table in TABLES:
        protect(op.get_bind(), table)


def downgrade() -> None:
    for table in TABLES:
        unprotect(op.get_bind(), table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(text("DROP FUNCTION refuse_change()"))
