"""Which addresses are public, private, or this machine's own: IANA's registries, and what is written inside others."""

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orlop.drivers.http.address_kinds import Kind, is_address, kind_of

PUBLIC = [
    "8.8.8.8", "1.1.1.1", "93.184.215.14", "192.0.1.1", "198.17.255.255", "198.20.0.0", "172.15.255.255", "172.32.0.0",
    "100.63.255.255", "100.128.0.0", "223.255.255.255", "11.0.0.0", "126.255.255.255", "128.0.0.0", "169.253.255.255",
    "2606:4700::1111", "2a00:1450::1", "2001:200::1", "2001:4860:4860::8888", "3ffe:ffff::1", "2003::1",
    "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1",
]  # fmt: skip
PRIVATE = [
    "10.0.0.0", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255",
    "100.64.0.1", "100.127.255.255", "fc00::1", "fd12::1", "fdff:ffff::", "fec0::1",
    "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "::ffff:100.64.0.1",
]  # fmt: skip
LOCAL = [
    # iana-ipv4-special-registry, both ends of each block, and multicast
    "0.0.0.0", "0.255.255.255", "127.0.0.0", "127.0.0.1", "127.255.255.255", "169.254.0.0", "169.254.169.254",
    "169.254.255.255", "192.0.0.0", "192.0.0.1", "192.0.0.8", "192.0.0.170", "192.0.0.192", "192.0.0.255",
    "192.0.2.0", "192.0.2.255", "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.88.99.2", "192.175.48.1",
    "198.18.0.0", "198.19.255.255", "198.51.100.0", "198.51.100.255", "203.0.113.0", "203.0.113.255",
    "224.0.0.1", "239.255.255.255", "240.0.0.0", "255.255.255.254", "255.255.255.255",
    # metadata services elsewhere
    "100.100.100.200", "168.63.129.16", "fd00:ec2::254", "fd20:ce::254",
    # iana-ipv6-special-registry
    "::", "::1", "64:ff9b:1::1", "64:ff9b:1:ffff::", "100::1", "100:0:0:1::1", "2001::1", "2001:0:808:808::f5ff:fffe",
    "2001:1::1", "2001:2::1", "2001:3::1", "2001:4:112::1", "2001:10::1", "2001:20::1", "2001:30::1", "2001:1ff:ffff::",
    "2001:db8::1", "2001:db8:ffff:ffff::", "2620:4f:8000::1", "3fff::1", "3fff:fff:ffff::", "5f00::1", "5fff::1",
    "fe80::1", "fe80::1%eth0", "febf::1", "ff02::1", "ff0e::1",
    # nothing that is handed out
    "::127.0.0.1", "::8.8.8.8", "1::1", "4000::1", "8000::1", "e000::1", "fe00::1",
    # an IPv4 address inside
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:192.0.0.192", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::1", "2002:a9fe:a9fe::", "2606:4700::5efe:7f00:1", "2606:4700::200:5efe:a9fe:a9fe",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_public(address: str) -> None:
    assert kind_of(address) is Kind.PUBLIC


@pytest.mark.parametrize("address", PRIVATE)
def test_private(address: str) -> None:
    assert kind_of(address) is Kind.PRIVATE


@pytest.mark.parametrize("address", LOCAL)
def test_local(address: str) -> None:
    assert kind_of(address) is Kind.LOCAL


@settings(deadline=None, derandomize=True, max_examples=1000)
@given(st.ip_addresses())
def test_nothing_is_public_that_python_knows_not_to_be(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    # Python's versions disagree on the outside of these; the address inside decides.
    inside = isinstance(address, ipaddress.IPv6Address) and (address.ipv4_mapped or address.sixtofour)
    if kind_of(str(address)) is Kind.PUBLIC and not inside:
        assert address.is_global
        assert not address.is_multicast


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "2001:db8::1"])
def test_addresses(host: str) -> None:
    assert is_address(host)


@pytest.mark.parametrize("host", ["localhost", "0x7f.1", "2130706433", "127.1", "example.org"])
def test_names_are_resolved_before_they_are_judged(host: str) -> None:
    assert not is_address(host)
