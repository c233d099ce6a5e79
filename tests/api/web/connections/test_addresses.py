"""Which senders count as one client."""

import pytest

from api.web.connections.addresses import client_of, is_this_machine


@pytest.mark.parametrize(
    ("host", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        # A proxy may forward what a client invented.
        ("not an address", "not an address"),
        ("x" * 10_000, "x" * 45),
    ],
)
def test_an_ipv6_network_counts_as_one_client(host: str, client: str) -> None:
    assert client_of((host, 50_000)) == client


def test_a_sender_without_an_address_has_a_name_too() -> None:
    assert client_of(None) == "unknown"
    assert is_this_machine(None)


@pytest.mark.parametrize(
    ("host", "here"),
    [
        *[("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("::ffff:127.0.0.1", True)],
        *[("192.0.2.7", False), ("localhost", False), ("::", False)],
    ],
)
def test_loopback_is_this_machine(host: str, here: bool) -> None:
    assert is_this_machine((host, 50_000)) is here
