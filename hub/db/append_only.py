"""Tables whose rows are never changed nor taken away, and the triggers that see to it on both engines.

A migration that rebuilds one of them on SQLite (batch mode) drops its triggers and must call `protect` again; a test
looks for them after all steps.
"""

from sqlalchemy import Connection, text

#: Evidence and history: the audit log, changes of state, consent, earlier forms of lines, the call log.
APPEND_ONLY = ("audit_entries", "transitions", "consents", "line_changes", "call_facts")

_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
"""


def protect(connection: Connection, table: str) -> None:
    """UPDATE and DELETE (and TRUNCATE on PostgreSQL) of the table's rows fail from now on."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(_FUNCTION))
        connection.execute(
            text(
                f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )
        )
        connection.execute(
            text(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
        )
        return
    for change in ("UPDATE", "DELETE"):
        connection.execute(
            text(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        )


def unprotect(connection: Connection, table: str) -> None:
    """For downgrades alone."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"DROP TRIGGER {table}_no_change ON {table}"))
        connection.execute(text(f"DROP TRIGGER {table}_no_truncate ON {table}"))
        return
    for change in ("update", "delete"):
        connection.execute(text(f"DROP TRIGGER {table}_no_{change}"))
