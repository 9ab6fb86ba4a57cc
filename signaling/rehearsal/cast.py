"""All simulated sites of one process, with the studio they share."""

import asyncio

from signaling.rehearsal.dtls import Identity
from signaling.rehearsal.media import NACK_INTERVAL, REPORT_INTERVAL, every
from signaling.rehearsal.site import Site, SiteOrder
from signaling.rehearsal.studio import Studio


class Cast:
    """`start` each site, `stop` once."""

    def __init__(self, studio: Studio | None = None) -> None:
        self.studio = studio or Studio()
        self.sites: dict[str, Site] = {}
        self._identity = Identity()
        self._runs: dict[str, asyncio.Task[None]] = {}
        self._beats: list[asyncio.Task[None]] = []

    def start(self, order: SiteOrder) -> Site:
        """A new site, or a fresh pass for one that already plays."""
        known = self.sites.get(order.name)
        if known is not None and not self._runs[order.name].done():
            known.renew(order)
            return known
        if not self._beats:
            self._beats = [
                asyncio.create_task(self.studio.run()),
                asyncio.create_task(every(REPORT_INTERVAL, self._report)),
                asyncio.create_task(every(NACK_INTERVAL, self._ask_again)),
            ]
        site = self.sites[order.name] = Site(order, self.studio, self._identity)
        self._runs[order.name] = asyncio.create_task(site.run())
        return site

    @property
    def over(self) -> bool:
        return bool(self._runs) and all(run.done() for run in self._runs.values())

    async def stop(self, *, leave: bool = True) -> None:
        if leave:
            await asyncio.gather(*(site.leave() for site in self.sites.values()))
        tasks = [*self._runs.values(), *self._beats]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _report(self) -> None:
        for site in self.sites.values():
            site.report()

    def _ask_again(self) -> None:
        for site in self.sites.values():
            site.ask_again()
