"""Addresses that lead inside, however they are written or looked up: nothing is sent there."""

from __future__ import annotations

import asyncio

from tests.hostile.wild import DOMAIN, Wild, answer, yard

OURS = ("127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.66")  # where this test's own servers are

INSIDE = {
    "loopback": ["127.0.0.99"],
    "loopback6": ["::1"],
    "mapped": ["::ffff:127.0.0.99"],
    "private": ["10.0.0.1"],
    "private172": ["172.16.5.4"],
    "private192": ["192.168.1.1"],
    "shared": ["100.64.0.1"],
    "linklocal": ["169.254.10.10"],
    "metadata": ["169.254.169.254"],
    "alibaba": ["100.100.100.200"],
    "metadata6": ["fd00:ec2::254"],
    "nat64": ["64:ff9b::7f00:63"],
    "nat64local": ["64:ff9b:1::a00:1"],
    "sixtofour": ["2002:7f00:63::1"],
    "teredo": ["2001:0:4136:e378:8000:63bf:3fff:fdd2"],
    "linklocal6": ["fe80::1"],
    "unique6": ["fc00::1"],
    "multicast": ["224.0.0.1"],
    "broadcast": ["255.255.255.255"],
    "nothing": ["0.0.0.0"],  # noqa: S104 - an address that is refused
    "nothing6": ["::"],
    "benchmarks": ["198.18.0.1"],
    "relay": ["192.88.99.1"],
    "several": ["10.0.0.1", "127.0.0.99", "::1"],
}


def test_no_name_leads_inside(url: str) -> None:
    """The check is on the socket: whatever the DNS said before, this is where it would go."""

    async def work() -> None:
        async with Wild("127.0.0.99") as victim:
            names = {f"{name}.{DOMAIN}": found for name, found in INSIDE.items()}
            feeds = [f"http://{name}:{victim.port}/{name.partition('.')[0]}" for name in names]
            async with yard(url, [], others=feeds, names=names, allow_hosts=OURS) as made:
                got = await made.round()
                assert len(got) == len(INSIDE)
                for name in INSIDE:
                    assert got[f"/{name}"].outcome == "refused", got[f"/{name}"]
                    assert (got[f"/{name}"].error or "").startswith("address: ")
                assert victim.asked == []
                made.good_ones_are_fine()

    asyncio.run(work())


def test_a_name_that_turns_inward_between_two_look_ups(url: str) -> None:
    """DNS rebinding: the first answer is harmless, and the redirect is to the name again."""

    async def work() -> None:
        async with (
            Wild("127.0.0.99") as victim,
            yard(url, ["/first"], allow_hosts=OURS) as made,
        ):
            # The same name on another port: a new connection, and a new look-up.
            there = made.wild.url("/first").rpartition(":")[0]
            made.wild.pages["/first"] = answer(
                status="302 Found", Location=f"{there}:{victim.port}/secret"
            )
            asked: list[str] = []

            def turn(host: str) -> list[str]:
                asked.append(host)
                return ["127.0.0.66"] if len(asked) == 1 else ["127.0.0.99"]

            made.names.answer = turn
            got = await made.round()
            assert got["/first"].outcome == "refused"
            assert "127.0.0.99" in (got["/first"].error or "")
            assert len(asked) == 2
            assert victim.asked == []
            made.good_ones_are_fine()

    asyncio.run(work())


def test_schemes_and_shapes_of_addresses(url: str) -> None:
    async def work() -> None:
        shapes = {
            "file:///etc/passwd": "scheme",
            "ftp://other.example/feed": "scheme",
            "gopher://127.0.0.1:70/1": "scheme",
            "http://0x7f000063/": "dns",
            "http://2130706531/": "url",
            "http://127.99/": "url",
            "http://[::ffff:7f00:63]/": "address",
            "http://[::127.0.0.99]/": "address",
            "http://127.0.0.99./": "url",
            "http://user@127.0.0.98/": "address",
            "http://wild.example@127.0.0.97/": "address",
            "http://127.0.0.96#@wild.example/": "address",
            "http://127.0.0.95\\@wild.example/": "connect",
        }
        async with yard(url, [], others=list(shapes), allow_hosts=OURS) as made:
            await made.round()
            errors = {o.feed: o.error or "" for o in made.done}
            for address, reason in shapes.items():
                assert errors[address].partition(":")[0] == reason, (address, errors[address])
            made.good_ones_are_fine()

    asyncio.run(work())
