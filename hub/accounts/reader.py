"""The reader: who asks. Every repository method takes one, and every audit entry names one."""

from dataclasses import dataclass, field

from hub.accounts.models import AccountRole


@dataclass(frozen=True)
class Reader:
    """A signed-in person with roles valid at this moment, or a part of the system.

    `unit_ids`: units of the account and of its role grants; `site_ids`: the sites of those units. `csrf` belongs to the
    sign-in and is compared by the web edge. `system` is empty for people.
    """

    account_id: str
    full_name: str
    honorific: str
    title: str
    roles: frozenset[AccountRole]
    unit_ids: frozenset[str]
    site_ids: frozenset[str]
    sign_in: str
    address: str
    demo: bool
    csrf: str = field(default="", repr=False)
    system: str = ""

    @classmethod
    def for_system(cls, name: str, address: str = "") -> "Reader":
        """A machine actor ("node-link", "worker"). It has no roles; narrowing lets it pass where a docstring says so."""
        nothing: frozenset[str] = frozenset()
        return cls(
            account_id=f"system:{name}",
            full_name="",
            honorific="",
            title="",
            roles=frozenset(),
            unit_ids=nothing,
            site_ids=nothing,
            sign_in="",
            address=address,
            demo=False,
            system=name,
        )

    @property
    def is_system(self) -> bool:
        return self.system != ""

    @property
    def name(self) -> str:
        """As the office addresses the person: "Ông Đỗ Quang Thử"."""
        return addressed(self.honorific, self.full_name)

    def has(self, *roles: AccountRole) -> bool:
        """Whether the reader holds at least one of the roles."""
        return not self.roles.isdisjoint(roles)


def addressed(honorific: str, full_name: str) -> str:
    """ "ông", "Đỗ Quang Thử" → "Ông Đỗ Quang Thử"."""
    return f"{honorific[:1].upper()}{honorific[1:]} {full_name}".strip()
