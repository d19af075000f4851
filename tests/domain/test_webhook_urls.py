"""Which addresses webhooks may have, and where none of them leads."""

from ipaddress import ip_address, ip_network

import pytest

from app.domain.errors import InvalidValue
from app.domain.webhook_urls import (
    ReachRules,
    Target,
    is_host_name,
    is_of_the_internet,
    read_reach,
    read_webhook_url,
)

NOWHERE_ELSE = ReachRules()


def secure(host, port, target):
    return Target(is_secure=True, host=host, port=port, target=target)


def plain(host, port, target):
    return Target(is_secure=False, host=host, port=port, target=target)


OF_THE_INTERNET = [
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "169.253.255.255",
    "192.167.255.255",
    "198.17.255.255",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450::1",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
]
INSIDE = [
    "0.0.0.0",  # noqa: S104 - an address to refuse
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::10.0.0.1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("text", OF_THE_INTERNET)
def test_what_everybody_reaches_is_reached(text):
    assert is_of_the_internet(ip_address(text))


@pytest.mark.parametrize("text", INSIDE)
def test_what_only_we_reach_is_not_reached(text):
    address = ip_address(text)

    assert not is_of_the_internet(address)
    assert not NOWHERE_ELSE.admits("hooks.example.com", address)
    with pytest.raises(InvalidValue):
        read_webhook_url(f"https://[{text}]/" if ":" in text else f"https://{text}/", NOWHERE_ELSE)


def test_the_operator_admits_names_and_networks():
    names, networks = read_reach(["hooks.internal", "10.0.0.0/8", "::1", "fd00::/8"])
    rules = ReachRules(names, networks)

    assert rules.admits("hooks.internal", ip_address("192.168.0.1"))
    assert not rules.admits("other.internal", ip_address("192.168.0.1"))
    assert rules.admits("other.internal", ip_address("10.0.0.1"))
    assert rules.admits("other.internal", ip_address("::ffff:10.0.0.1"))
    assert rules.admits("other.internal", ip_address("fd00:ec2::254"))
    assert not rules.admits("other.internal", ip_address("fe80::1"))
    assert read_webhook_url("https://10.1.2.3/", rules).host == "10.1.2.3"


@pytest.mark.parametrize("text", ["10.0.0.1/8", "*.example.com", "a b", "", "10.0.0", "Hooks.X"])
def test_what_is_neither_a_name_nor_a_network_cannot_be_listed(text):
    with pytest.raises(ValueError):  # noqa: PT011 - ipaddress' own
        read_reach([text])


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://hooks.example.com", secure("hooks.example.com", 443, "/")),
        ("HTTPS://Hooks.Example.COM/A?b=C", secure("hooks.example.com", 443, "/A?b=C")),
        ("https://hooks.example.com:8443/a@b", secure("hooks.example.com", 8443, "/a@b")),
        ("https://hooks.example.com?x=1", secure("hooks.example.com", 443, "/?x=1")),
        ("https://8.8.8.8/", secure("8.8.8.8", 443, "/")),
        ("https://[2606:4700:0:0::1111]:443/", secure("2606:4700::1111", 443, "/")),
        (
            "https://xn--bcher-kva.example/%C3%BC",
            secure("xn--bcher-kva.example", 443, "/%C3%BC"),
        ),
        ("https://my_hook.example.com/", secure("my_hook.example.com", 443, "/")),
    ],
)
def test_a_url_is_taken_apart_once(url, target):
    assert read_webhook_url(url, NOWHERE_ELSE) == target


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "whole URL"),
        ("hooks.example.com/x", "whole URL"),
        ("ftp://hooks.example.com/", "whole URL"),
        ("//hooks.example.com/", "whole URL"),
        ("https:hooks.example.com", "whole URL"),
        ("https:///x", "The host"),
        ("https://", "The host"),
        ("https://hooks.example.com/" + "x" * 2_000, "at most 2,000"),
        ("https://hooks.example.com/a b", "without blanks"),
        ("https://hooks.example.com/\n", "without blanks"),
        ("https://hooks.example.com/\x00", "without blanks"),
        ("https://bücher.example/", "xn--"),
        ("https://hooks.example.com\\@127.0.0.1/", "without blanks"),
        ("https://me:secret@hooks.example.com/", "no user"),
        ("https://127.0.0.1@hooks.example.com/", "no user"),
        ("https://hooks.example.com/#here", "fragment"),
        ("https://hooks.example.com#@127.0.0.1/", "fragment"),
        ("http://hooks.example.com/", "TIMEOFF_WEBHOOK_HTTP_HOSTS"),
        ("https://hooks.example.com:0/", "A port"),
        ("https://hooks.example.com:65536/", "A port"),
        ("https://hooks.example.com:/", "A port"),
        ("https://hooks.example.com:8a/", "A port"),
        ("https://hooks.example.com:-1/", "A port"),
        ("https://hooks.example.com:25/", "Take port 443"),
        ("https://hooks.example.com:80/", "Take port 443"),
        ("https://hooks.example.com:1023/", "Take port 443"),
        ("https://localhost/", "own machine"),
        ("https://x.localhost/", "own machine"),
        ("https://2130706433/", "The host"),
        ("https://0x7f000001/", "The host"),
        ("https://0x7f.0.0.1/", "The host"),
        ("https://0177.0.0.1/", "The host"),
        ("https://017700000001/", "The host"),
        ("https://127.1/", "The host"),
        ("https://127.0.0.1./", "The host"),
        ("https://127.0.0.01/", "The host"),
        ("https://example.0x7f/", "The host"),
        ("https://hooks.example.com./", "The host"),
        ("https://-x.example.com/", "The host"),
        ("https://a..b/", "The host"),
        ("https://" + "a" * 64 + ".example.com/", "The host"),
        ("https://%31%32%37.0.0.1/", "The host"),
        ("https://[::1/", "The host"),
        ("https://[::1]x/", "The host"),
        ("https://[8.8.8.8]/", "The host"),
        ("https://[hooks.example.com]/x", "The host"),
        ("https://[fe80::1%25eth0]/", "The host"),
        ("https://2606:4700::1111/", "The host"),
        ("https://127.0.0.1/", "own machine"),
        ("https://[::ffff:7f00:1]/", "own machine"),
    ],
)
def test_what_no_message_is_sent_to_is_refused_without_repeating_it(url, words):
    with pytest.raises(InvalidValue) as refused:
        read_webhook_url(url, NOWHERE_ELSE)

    assert words in refused.value.message
    assert "secret" not in refused.value.message


def test_http_and_low_ports_are_the_operator_s_to_admit():
    rules = ReachRules(
        frozenset({"hooks.internal"}),
        (ip_network("127.0.0.1/32"),),
        frozenset({"hooks.internal", "127.0.0.1"}),
    )

    assert read_webhook_url("http://hooks.internal:88/x", rules) == plain(
        "hooks.internal", 88, "/x"
    )
    assert read_webhook_url("http://127.0.0.1", rules) == plain("127.0.0.1", 80, "/")
    with pytest.raises(InvalidValue, match="Take port 80"):
        read_webhook_url("http://127.0.0.1:88/", rules)
    with pytest.raises(InvalidValue, match="https"):
        read_webhook_url("http://other.internal/", rules)


def test_a_name_is_no_way_to_write_an_address():
    assert is_host_name("x.example")
    assert not is_host_name("x." + "a." * 130 + "example")
