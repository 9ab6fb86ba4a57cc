"""A seeded bad link between a client and the node: a UDP shim, its profiles, and how a browser is put behind it."""

from tests.support.link.behind import link_init_script, rewrite_candidates
from tests.support.link.fate import Fates, Path
from tests.support.link.profiles import PROFILES, Burst, Direction, Profile
from tests.support.link.shim import Link, LinkStatistics, open_link

__all__ = [
    "PROFILES",
    "Burst",
    "Direction",
    "Fates",
    "Link",
    "LinkStatistics",
    "Path",
    "Profile",
    "link_init_script",
    "open_link",
    "rewrite_candidates",
]
