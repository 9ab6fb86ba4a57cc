"""How a client is put behind a link: the candidate addresses in the node's SDP are replaced by the link's."""

import json
import re
from pathlib import Path

_CANDIDATE = re.compile(
    r"(?P<head>a=candidate:\S+ \d+ \S+ \d+ )(?P<ip>\S+) (?P<port>\d+)(?P<rest>[^\r\n]*)", re.IGNORECASE
)
_SCRIPT = Path(__file__).with_name("behind.js")


def rewrite_candidates(sdp: str, addresses: dict[str, str]) -> str:
    """`{"127.0.0.1:8002": "127.0.0.1:5555"}` → the SDP with that candidate moved; others stay."""

    def move(found: re.Match[str]) -> str:
        target = addresses.get(f"{found['ip']}:{found['port']}")
        if target is None:
            return found.group(0)
        host, _, port = target.rpartition(":")
        return f"{found['head']}{host} {port}{found['rest']}"

    return _CANDIDATE.sub(move, sdp)


def link_init_script(addresses: dict[str, str]) -> str:
    """JavaScript for `page.add_init_script(...)`: does the same to every remote description and candidate.

    The table can be changed in a running page: `window.diemCauLink = {...}`; it counts from the next description on.
    """
    return _SCRIPT.read_text("utf-8").replace('"@ADDRESSES@"', json.dumps(addresses))
