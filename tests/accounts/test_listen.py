"""The listener of the command line: loopback only, one callback, nothing else, not for ever."""

from __future__ import annotations

import socket
import threading
import urllib.error
import urllib.request
from http.client import HTTPConnection
from typing import TYPE_CHECKING

import pytest

from postwire.accounts.listen import Listener, read_pasted
from postwire.accounts.refusals import ConnectFailed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.client import HTTPResponse

QUERY = "state=planted-state&code=planted-code%2A%21&scopes="


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener(0) as made:
        yield made


def ask(
    listener: Listener, target: str, *, method: str = "GET", host: str = "", ip: str = "127.0.0.1"
) -> HTTPResponse:
    connection = HTTPConnection(ip, listener.port, timeout=60)
    connection.request(method, target, headers={"Host": host or f"127.0.0.1:{listener.port}"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def test_a_callback_is_taken_once(listener: Listener) -> None:
    assert ask(listener, f"/callback/?{QUERY}").status == 200
    assert ask(listener, "/callback/?state=s&code=another").status == 410
    assert listener.wait() == {"state": "planted-state", "code": "planted-code*!", "scopes": ""}


def test_a_refusal_is_a_callback_too(listener: Listener) -> None:
    assert ask(listener, "/callback/?error=access_denied&state=s").status == 200
    assert listener.wait(0)["error"] == "access_denied"


def test_of_many_at_once_one_is_taken(listener: Listener) -> None:
    seen: list[int] = []
    threads = [
        threading.Thread(target=lambda n=n: seen.append(ask(listener, f"/callback/?code={n}&state=s").status))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == [200, *[410] * 7]


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "PUT"])
@pytest.mark.parametrize(
    ("target", "host", "status"),
    [
        (f"/?{QUERY}", "", 404),
        (f"/callback?{QUERY}", "", 404),
        (f"/callback/x?{QUERY}", "", 404),
        (f"/callback/?{QUERY}", "attacker.example", 404),
        (f"/callback/?{QUERY}", "attacker.example:PORT", 404),
        (f"/callback/?{QUERY}", "127.0.0.1", 404),
        (f"/callback/?{QUERY}", "127.0.0.1:1", 404),
        ("/callback/", "", 400),
        ("/callback/?utm=1", "", 400),
        ("/favicon.ico", "", 404),
    ],
)
def test_anything_else_is_refused_and_does_not_end_the_wait(
    listener: Listener, method: str, target: str, host: str, status: int
) -> None:
    answer = ask(listener, target, method=method, host=host.replace("PORT", str(listener.port)))
    assert answer.status == (status if method == "GET" else 501)
    with pytest.raises(ConnectFailed) as caught:
        listener.wait(0)
    assert caught.value.refusal == "session_expired"


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]"])
def test_its_own_names_are_known(listener: Listener, name: str) -> None:
    assert ask(listener, f"/callback/?{QUERY}", host=f"{name}:{listener.port}").status == 200


def test_both_loopback_addresses_answer(listener: Listener) -> None:
    if not _has_ipv6():
        pytest.skip("this machine has no IPv6")
    assert ask(listener, f"/callback/?{QUERY}", ip="::1", host=f"[::1]:{listener.port}").status == 200


def test_no_other_address_is_bound(listener: Listener) -> None:
    # Were it bound to every address, this one would be taken too.
    with socket.socket() as other:
        other.bind(("127.0.0.2", listener.port))
        other.listen()


def test_the_page_holds_nothing_of_the_answer(listener: Listener, capfd: pytest.CaptureFixture[str]) -> None:
    with urllib.request.urlopen(f"{listener.uri}?{QUERY}") as answer:
        page, headers = answer.read().decode(), answer.headers
    assert "planted" not in page
    assert "Return to your terminal" in page
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Python" not in f"{headers}"
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{listener.uri}?{QUERY}")
    caught.value.close()
    assert capfd.readouterr() == ("", "")


def test_nobody_comes(listener: Listener) -> None:
    with pytest.raises(ConnectFailed) as caught:
        listener.wait(0.0)
    assert caught.value.refusal == "session_expired"


def test_the_address_says_where(listener: Listener) -> None:
    assert listener.uri == f"http://127.0.0.1:{listener.port}/callback/"
    with Listener(0, "/other", "localhost") as another:
        assert another.uri == f"http://localhost:{another.port}/other"
        assert ask(another, "/other?code=c").status == 200


def test_a_port_that_is_taken_is_told(listener: Listener) -> None:
    with pytest.raises(OSError, match="in use"):
        Listener(listener.port)


def test_an_address_that_another_has_is_not_shared_for_localhost() -> None:
    if not _has_ipv6():
        pytest.skip("this machine has no IPv6")
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as other:
        port = other.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            Listener(port, host="localhost")
        with Listener(port) as fine:  # nobody is sent to the other address
            assert fine.port == port
    with Listener(port, host="localhost") as free:
        assert free.port == port


def test_afterwards_the_port_is_free() -> None:
    with Listener(0) as first:
        port = first.port
    with Listener(port) as second:
        assert second.port == port


def test_a_pasted_address_is_read() -> None:
    pasted = f"  https://app.example/callback?{QUERY}#_=_ \n"
    assert read_pasted(pasted) == {"state": "planted-state", "code": "planted-code*!", "scopes": ""}


@pytest.mark.parametrize("pasted", ["", "nonsense", "https://app.example/", "https://app.example/?state=s"])
def test_a_pasted_address_without_an_answer_is_refused(pasted: str) -> None:
    with pytest.raises(ConnectFailed) as caught:
        read_pasted(pasted)
    assert caught.value.refusal == "missing_code"


def _has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False
