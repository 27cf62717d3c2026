"""Executors as the ledger has them, each announcement read once."""

from __future__ import annotations

from coordinator.ledger import Ledger, fleet
from coordinator.ledger.fleet import KnownExecutor
from coordinator.ledger.roster import Roster
from tests.integration.coordinator.desk import NOW
from ygg.task import Announcement, Offer

SCHEMA = {"type": "object", "properties": {"z": {"maximum": 2**70}, "a": {"enum": ["ü", None]}}}
RUN = Offer(label="dev-run", params_schema=SCHEMA, needs=frozenset({"gpu"}))
ECHO = Offer(label="dev-echo", params_schema={"type": "object"})


def announcement(
    name: str, boot: str = "first", offers: tuple[Offer, ...] = (RUN,)
) -> Announcement:
    return Announcement(
        executor=name,
        boot=boot,
        machine=f"on-{name}",
        version="1",
        queues=("dev",),
        concurrency=1,
        tags=frozenset({"gpu"}),
        offers=offers,
    )


def announce(ledger: Ledger, told: Announcement, now: float = NOW) -> None:
    with ledger.write() as connection:
        fleet.announce(connection, told, now)


def look(ledger: Ledger, roster: Roster) -> tuple[KnownExecutor, ...]:
    with ledger.read() as connection:
        return roster.executors(connection)


def test_what_was_announced_is_known_as_it_was_said(ledger: Ledger) -> None:
    announce(ledger, announcement("south", offers=(RUN, ECHO)))
    announce(ledger, announcement("north"))
    north, south = look(ledger, Roster())
    assert north.announcement == announcement("north")
    assert south.announcement == announcement("south", offers=(RUN, ECHO))
    assert list(south.announcement.offers[0].params_schema["properties"]) == ["z", "a"]  # type: ignore[call-overload,arg-type]
    assert (north.announced_at, north.departed_at) == (NOW, None)
    assert south.labels == {"dev-run", "dev-echo"}
    assert south.queues == {"dev", "on.on-south"}


def test_an_announcement_is_read_again_only_when_it_is_new(ledger: Ledger) -> None:
    roster = Roster()
    announce(ledger, announcement("north"))
    announce(ledger, announcement("south"))
    before = look(ledger, roster)
    assert look(ledger, roster) == before
    announce(ledger, announcement("south", offers=(ECHO,)), NOW + 1)
    north, south = look(ledger, roster)
    assert north is before[0]
    assert south.announcement.offers == (ECHO,)
    announce(ledger, announcement("south", boot="second"), NOW + 1)
    assert look(ledger, roster)[1].announcement.boot == "second"


def test_who_departs_is_known_with_what_it_offered(ledger: Ledger) -> None:
    roster = Roster()
    announce(ledger, announcement("north"))
    look(ledger, roster)
    with ledger.write() as connection:
        fleet.depart(connection, "north", "first", NOW + 5)
    [north] = look(ledger, roster)
    assert (north.departed_at, north.announcement) == (NOW + 5, announcement("north"))
    announce(ledger, announcement("north", boot="second"), NOW + 6)
    [north] = look(ledger, roster)
    assert north.departed_at is None


def test_what_many_offer_alike_is_one_object(ledger: Ledger) -> None:
    roster = Roster()
    announce(ledger, announcement("north"))
    announce(ledger, announcement("south"))
    north, south = look(ledger, roster)
    assert north.announcement.offers[0] is south.announcement.offers[0]
    with ledger.read() as connection:
        labels = roster.labels(connection)
    assert labels == {"dev-run": RUN}
    assert labels["dev-run"] is north.announcement.offers[0]
