"""Which addresses may be asked for, and how an error shows them."""

from __future__ import annotations

import contextlib
import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postwire.media.fetch import Refused, allowed_address, check_url, shown_url

# IANA's special-purpose registries, and ways to write such addresses.
SPECIAL = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254 169.254.0.1
169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.170 192.0.2.1 192.88.99.1 192.168.0.1
192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1
255.255.255.255 168.63.129.16
:: ::1 ::2 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::127.0.0.1 ::7f00:1 64:ff9b::7f00:1
64:ff9b::a9fe:a9fe 64:ff9b:1::1 100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:10::1 2001:20::1
2001:db8::1 2002:7f00:1:: 2002:c0a8:1:: 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fd12:3456::1 fe80::1
fe80::1%eth0 fec0::1 ff02::1 2a00:1::5efe:7f00:1 2a00:1::200:5efe:a00:1
"""
PUBLIC = """
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255
172.15.255.255 172.32.0.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255 168.63.129.17
2001:4860:4860::8888 2606:4700::1111 2a00:1450:4001::200e 64:ff9b::808:808 ::ffff:8.8.8.8
2a00:1::5efe:808:808
"""
CLOSED = SPECIAL.split()
OPEN = PUBLIC.split()
NO_ADDRESSES = [
    "",
    "localhost",
    "127.1",
    "0x7f.1",
    "2130706433",
    "017700000001",
    "1.2.3.4.5",
    "1.1.1.1 ",
    "[::1]",
    "::1::",
]


@pytest.mark.parametrize("ip", CLOSED + NO_ADDRESSES)
def test_addresses_that_only_this_machine_reaches_are_closed(ip: str) -> None:
    assert not allowed_address(ip)


@pytest.mark.parametrize("ip", OPEN)
def test_addresses_of_the_internet_are_open(ip: str) -> None:
    assert allowed_address(ip)
    assert allowed_address(ip, loopback=True)


def test_loopback_is_let_through_only_by_its_name() -> None:
    ours = {"127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1"}
    assert {ip for ip in CLOSED + NO_ADDRESSES if allowed_address(ip, loopback=True)} == ours


@given(st.ip_addresses(v=4))
def test_no_address_that_python_calls_private_is_open(ip: ipaddress.IPv4Address) -> None:
    if ip.is_private or ip.is_reserved or ip.is_multicast or ip.is_link_local or ip.is_unspecified:
        assert not allowed_address(str(ip))
        assert not allowed_address(f"::ffff:{ip}")
        assert not allowed_address(str(ipaddress.IPv6Address((0x64FF9B << 96) | int(ip))))


@given(st.ip_addresses(v=6))
def test_no_ipv6_address_that_python_calls_private_is_open(ip: ipaddress.IPv6Address) -> None:
    if not ip.is_global and ip.ipv4_mapped is None:
        assert not allowed_address(str(ip))


BAD_URLS = {
    "ftp://cdn.test/x": "only http and https",
    "//cdn.test/x": "only http and https",
    "https:///x": "names no host",
    "https://user:pw@cdn.test/x": "user name or password",
    "https://user@cdn.test/x": "user name or password",
    "https://@cdn.test/x": "user name or password",
    "https://cdn.test:22/x": "another kind of service",
    "https://cdn.test:0/x": "another kind of service",
    "https://cdn.test:99999/x": "not a valid address",
    "https://cdn.test:x/x": "not a valid address",
    "https://[::1/x": "not a valid address",
    "https://cdn.test\\@169.254.169.254/x": "spaces or control characters",
    "https://cdn.test/a b": "spaces or control characters",
    "https://cdn.test/a\nb": "spaces or control characters",
    "https://cdn.test/\0": "spaces or control characters",
    "https://cdn.test/" + "x" * 9000: "too long",
}


@pytest.mark.parametrize("url", BAD_URLS)
def test_an_address_that_is_not_asked_for(url: str) -> None:
    with pytest.raises(Refused, match=BAD_URLS[url]):
        check_url(url)


@pytest.mark.parametrize(
    "url", ["http://a.test", "https://a.test:8443/x", "HTTPS://A.test/%20?q#f", "https://b\u00fccher.test/"]
)
def test_ordinary_addresses_pass(url: str) -> None:
    assert check_url(url).hostname


@given(st.text(max_size=60) | st.text("htps:/@[]%.:1\\?#a", max_size=30).map("http://".__add__))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    with contextlib.suppress(Refused):
        assert check_url(text).scheme in {"http", "https"}
    assert len(shown_url(text)) <= 80


def test_errors_show_an_address_without_its_secrets() -> None:
    assert shown_url("https://user:pw@a.test:8443/x?sig=1#y") == "https://a.test/x"
    assert shown_url("https://[broken") == "the address"
