"""The text of a web address."""

import pytest

from functions.notifications.outbound.web_address import check_web_address


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "HTTPS://Example.COM./hook?a=b#c",
        "http://localhost:8080/",
        "https://under_score.example/",
        "https://192.0.2.1:8443/",
        "https://[2001:db8::1]/",
        "https://[2001:db8::1]:8443/",
        "https://xn--bcher-kva.example/",
        "https://example.com//two/@slashes",
    ],
)
def test_an_address_with_a_host_is_accepted(url: str) -> None:
    """Names and IP addresses are accepted, in any case and with any port."""
    check_web_address(url)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com",
        "//example.com",
        "https:",
        "https:///hook",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://example.com:port/",
        "https://user:password@example.com",
        "https://user@example.com",
        "https://@example.com",
        "https://a..b/",
        "https://.example.com/",
        f"https://{'a' * 64}.example/",
        f"https://{'a.' * 130}example/",
        "https://-a.example/",
        r"https://example.com\.evil.example/",
        "https://example.com;x/",
        "https://127.1/",
        "https://0x7f000001/",
        "https://1.2.3.4.5/",
        "https://127.0.0.0x1/",
        "https://[bad/",
        "https://[::1]x/",
        "https://x[::1]/",
        "https://[fe80::1%25eth0]/",
        "https://[v1.a]/",
    ],
)
def test_other_texts_are_rejected(url: str) -> None:
    """This covers other schemes, user names, and hosts that resolvers read in unusual ways."""
    with pytest.raises(ValueError, match=r"."):
        check_web_address(url)
