"""Fetching addresses that callers name: where it goes, what it takes, what it says."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from postwire.errors import ActionFailed, InvalidInput, PostwireError
from postwire.media import sample
from postwire.media.fetch import (
    Answer,
    FetchPolicy,
    Refused,
    allowed_address,
    download,
    fetcher,
)
from postwire.media.source import open_media
from postwire.media.store import MediaStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

VIDEO = sample.VIDEO.read_bytes()
URL = "https://cdn.test/clips/my%20clip.mp4?sig=s3cret"
POLICY = FetchPolicy()


class Body:
    """Pieces of a body; knows whether it was closed and how much was taken."""

    def __init__(self, *pieces: bytes, error: Exception | None = None) -> None:
        self.pieces = iter(pieces)
        self.error = error
        self.closed = False
        self.taken = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            piece = next(self.pieces)
        except StopIteration:
            if self.error:
                raise self.error from None
            raise
        self.taken += 1
        return piece

    def close(self) -> None:
        self.closed = True


class Web:
    """An opener that answers by script; remembers what was asked and every body it gave."""

    def __init__(self, **answers: Answer | Exception | Callable[[str], Answer]) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self.given: list[Answer] = []

    def __call__(self, url: str, /) -> Answer:
        self.asked.append(url)
        answer = self.answers.get(url.rpartition("/")[2].partition("?")[0], self.answers.get("any"))
        if isinstance(answer, Exception):
            raise answer
        assert answer is not None, url
        found = answer if isinstance(answer, tuple) else answer(url)
        self.given.append(found)
        return found

    @property
    def all_closed(self) -> bool:
        return all(body.closed for answer in self.given if isinstance(body := answer.chunks, Body))


def answer(status: int = 200, body: bytes = VIDEO, **headers: str) -> Answer:
    pieces = [body[i : i + 7000] for i in range(0, len(body), 7000)]
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, Body(*pieces))


def to(target: str, status: int = 302) -> Callable[[str], Answer]:
    return lambda _: answer(status, b"moved", Location=target)


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "media")


def get(url: str, web: Web, store: MediaStore, policy: FetchPolicy = POLICY, **options: Any) -> Any:
    return download(url, web, store, policy, "/video", **options)


def fails(web: Web, store: MediaStore, url: str = URL, policy: FetchPolicy = POLICY, **options: Any) -> Any:
    with pytest.raises((InvalidInput, ActionFailed)) as caught:
        get(url, web, store, policy, **options)
    assert web.all_closed
    assert not list(store.folder.iterdir())
    assert "s3cret" not in str(caught.value.to_dict())
    if isinstance(caught.value, ActionFailed):
        assert caught.value.sent == "no"
    else:
        assert caught.value.to_dict()["fields"][0]["path"] == "/video"
    return caught.value


def test_a_file_is_fetched_whole(store: MediaStore) -> None:
    web = Web(any=answer(Content_Type="application/octet-stream", Content_Length=str(len(VIDEO))))
    media = get(URL, web, store)
    assert media.path.read_bytes() == VIDEO
    assert (media.type, media.name, media.owned, media.probe.width) == ("video/mp4", "my clip.mp4", True, 720)
    assert web.asked == [URL]
    assert web.all_closed


def test_through_open_media(store: MediaStore) -> None:
    fetch = fetcher(Web(any=answer()), FetchPolicy(max_bytes=50_000))
    media = open_media(URL, store=store, fetch=fetch, field="/video", name="x.mp4")
    assert (media.size, media.name) == (len(VIDEO), "x.mp4")
    small = fetcher(Web(any=answer()), FetchPolicy(max_bytes=10_000))
    with pytest.raises(InvalidInput, match=r"too large: at most 10 KB"):
        open_media(URL, store=store, fetch=small, field="/video")


NAMES = [
    ('attachment; filename="a b.mp4"', "a b.mp4"),
    ("attachment; filename*=UTF-8''Gr%C3%BC%C3%9Fe.mp4", "Grüße.mp4"),
    ("inline; filename=../../x.mp4", "x.mp4"),
    ('attachment; filename="C:\\\\x\\\\y.mp4"', "y.mp4"),
    ("attachment", "my clip.mp4"),
    ("", "my clip.mp4"),
    ('attachment; filename="a\r\nX: y.mp4"', "a  X_ y.mp4"),
    ("attachment; filename*=bogus''x.mp4", "x.mp4"),
]


@pytest.mark.parametrize(("header", "name"), NAMES)
def test_the_name_is_the_server_s_and_harmless(header: str, name: str, store: MediaStore) -> None:
    assert get(URL, Web(any=answer(Content_Disposition=header)), store).name == name


def test_a_server_without_a_name_gives_one_by_the_type(store: MediaStore) -> None:
    assert get("https://cdn.test", Web(any=answer()), store).name == "media.mp4"


FORBIDDEN = {
    "ftp://cdn.test/x": "only http and https",
    "https://user:pw@cdn.test/x": "user name or password",
    "https://cdn.test:22/x": "another kind of service",
    "https://[::1/x": "not a valid address",
    "https://cdn.test\\@169.254.169.254/x": "spaces or control characters",
    "https://cdn.test/" + "x" * 9000: "too long",
    "http://127.0.0.1/x": "not on the public internet",
    "http://[::1]/x": "not on the public internet",
    "http://[::ffff:10.0.0.1]:8080/x": "not on the public internet",
    "http://169.254.169.254/latest/meta-data/": "not on the public internet",
    "http://[fe80::1%25eth0]/x": "not on the public internet",
}


@pytest.mark.parametrize("url", FORBIDDEN)
def test_an_address_that_must_not_be_asked_is_refused_unasked(url: str, store: MediaStore) -> None:
    web = Web()
    error = fails(web, store, url)
    assert FORBIDDEN[url] in error.fields[0].message
    assert len(error.fields[0].got) <= 80
    assert web.asked == []


@pytest.mark.parametrize("url", FORBIDDEN)
def test_a_redirect_there_is_refused_too(url: str, store: MediaStore) -> None:
    web = Web(any=to(url))
    assert "not fetched" in fails(web, store, "http://cdn.test/x").fields[0].message
    assert len(web.asked) == 1


def test_loopback_only_by_policy(store: MediaStore) -> None:
    policy = FetchPolicy(allow_loopback=True)
    assert get("http://127.0.0.1:8080/x", Web(any=answer()), store, policy).size == len(VIDEO)


def test_redirects_are_followed_relative_and_absolute(store: MediaStore) -> None:
    web = Web(
        a=to("b", 301),
        b=to("/x/c", 303),
        c=to("//other.test/d", 307),
        d=to("https://cdn.test/e", 308),
        e=answer(),
    )
    assert get("http://cdn.test/dir/a", web, store).name == "e.mp4"
    assert web.asked == [
        "http://cdn.test/dir/a",
        "http://cdn.test/dir/b",
        "http://cdn.test/x/c",
        "http://other.test/d",
        "https://cdn.test/e",
    ]
    assert web.all_closed


def test_redirects_come_to_an_end(store: MediaStore) -> None:
    web = Web(any=to(URL))
    assert "more than 5 times" in str(fails(web, store))
    assert len(web.asked) == 6
    assert "more than 0 times" in str(fails(Web(any=to(URL)), store, policy=FetchPolicy(max_redirects=0)))


def test_from_https_it_never_goes_back_to_http(store: MediaStore) -> None:
    web = Web(a=to("https://cdn.test/b"), b=to("http://cdn.test/c"), c=answer())
    assert "from https to http" in str(fails(web, store, "http://cdn.test/a"))
    assert web.asked[-1] == "https://cdn.test/b"


@pytest.mark.parametrize("target", ["", None, "http://[::1"])
def test_a_redirect_to_nowhere(target: str | None, store: MediaStore) -> None:
    headers = {} if target is None else {"Location": target}
    assert "nowhere" in str(fails(Web(any=answer(302, b"", **headers)), store)) or target


class Names:
    """How an opener has to resolve: once, check every address, connect to one that was checked."""

    def __init__(self, *lists: list[str]) -> None:
        self.lists = iter(lists)
        self.connected: list[str] = []

    def __call__(self, url: str, /) -> Answer:
        addresses = next(self.lists)
        if not all(allowed_address(ip) for ip in addresses):
            raise Refused("it is not on the public internet")
        self.connected.append(addresses[0])
        return answer(302, b"", Location=url + "x") if url.endswith("a") else answer()


def test_a_name_that_changes_its_mind_between_two_hops_is_refused(store: MediaStore) -> None:
    names = Names(["1.1.1.1"], ["10.0.0.1"])
    with pytest.raises(InvalidInput, match="not on the public internet"):
        download("https://cdn.test/a", names, store, POLICY, "/video")
    assert names.connected == ["1.1.1.1"]


def test_a_name_with_one_bad_address_among_good_ones_is_refused(store: MediaStore) -> None:
    names = Names(["1.1.1.1", "127.0.0.1"])
    with pytest.raises(InvalidInput, match="not on the public internet"):
        download("https://cdn.test/x", names, store, POLICY, "/video")
    assert names.connected == []


def test_download_itself_never_resolves_a_name(store: MediaStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError

    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    assert get(URL, Names(["1.1.1.1"]), store).size == len(VIDEO)  # type: ignore[arg-type]  # it is an opener


STATUSES = {
    404: "not_found",
    410: "not_found",
    401: "permission_denied",
    403: "permission_denied",
    408: "transient",
    429: "transient",
    500: "transient",
    503: "transient",
    204: "media_rejected",
    206: "media_rejected",
    304: "media_rejected",
    400: "media_rejected",
    418: "media_rejected",
}


@pytest.mark.parametrize("status", STATUSES)
def test_a_status_says_who_must_act(status: int, store: MediaStore) -> None:
    web = Web(any=answer(status))
    error = fails(web, store)
    assert error.code == STATUSES[status]
    assert "https://cdn.test/clips/my%20clip.mp4" in error.message
    assert web.given[0].chunks.taken == 0  # type: ignore[attr-defined]  # it is a Body


HTML = b"  <!DOCTYPE html><html><body>Sign in</body></html>"


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        (answer(body=HTML, Content_Type="text/html; charset=utf-8"), "media_rejected", "a web page"),
        (answer(body=HTML, Content_Type="video/mp4"), "media_rejected", "a web page"),
        (answer(body=HTML), "media_rejected", "a web page"),
        (answer(Content_Type="TEXT/HTML"), "media_rejected", "a web page"),
        (answer(Content_Encoding="gzip"), "media_rejected", "compressed"),
        (answer(Content_Length=str(len(VIDEO) + 1)), "transient", "broke off: 39977 of 39978 bytes"),
        (answer(Content_Length=str(len(VIDEO) - 1)), "transient", "broke off"),
        (answer(body=b"", Content_Length="5"), "transient", "broke off: 0 of 5"),
        (answer(body=b""), "invalid_input", "empty file"),
    ],
)
def test_what_is_not_the_whole_file_is_refused(
    given: Answer, code: str, message: str, store: MediaStore
) -> None:
    error = fails(Web(any=given), store)
    assert error.code == code
    assert message in error.message


@pytest.mark.parametrize("length", ["x", "-5", "1" * 30, "", "3, 3"])
def test_a_length_that_is_none_is_not_held_against_it(length: str, store: MediaStore) -> None:
    assert get(URL, Web(any=answer(Content_Length=length)), store).size == len(VIDEO)


@pytest.mark.parametrize(
    "trouble", [ConnectionResetError("10.0.0.7:443"), TimeoutError(), OSError(101, "unreachable")]
)
def test_the_network_s_troubles_may_pass(trouble: Exception, store: MediaStore) -> None:
    broken = Answer(200, {}, Body(VIDEO[:1000], error=trouble))
    for web in (Web(any=trouble), Web(any=broken)):
        error = fails(web, store)
        assert error.code == "transient"
        assert type(trouble).__name__ in error.message
        assert "10.0.0.7" not in error.message


def test_the_limit_is_checked_before_and_while_reading(store: MediaStore) -> None:
    announced = Web(any=answer(Content_Length=str(10**12)))
    assert "too large" in fails(announced, store).fields[0].message
    assert announced.given[0].chunks.taken == 0  # type: ignore[attr-defined]  # it is a Body
    policy = FetchPolicy(max_bytes=10_000)
    assert "at most 10 KB" in str(fails(Web(any=answer()), store, policy=policy, max_bytes=10**9))
    hidden = Web(any=answer())
    assert "at most 10 KB" in fails(hidden, store, max_bytes=10_000).fields[0].message
    assert hidden.given[0].chunks.taken == 2  # type: ignore[attr-defined]  # it is a Body


def test_a_trickle_is_cut_off_at_the_deadline(store: MediaStore) -> None:
    now = iter(range(0, 10_000, 1000))
    web = Web(any=answer())
    error = fails(web, store, policy=FetchPolicy(deadline=2500), clock=lambda: float(next(now)))
    assert (error.code, "took longer than 41 min 40 s" in error.message) == ("transient", True)
    assert web.given[0].chunks.taken == 3  # type: ignore[attr-defined]  # it is a Body


def test_a_body_without_close_is_fine(store: MediaStore) -> None:
    assert get(URL, Web(any=Answer(200, {}, iter([VIDEO]))), store).size == len(VIDEO)


HEADERS = st.dictionaries(
    st.sampled_from(
        ["Content-Type", "Content-Length", "Content-Disposition", "Content-Encoding", "Location"]
    ),
    st.text(st.characters(max_codepoint=0x2FF), max_size=40)
    | st.text("filename*=UTF-8''%;0\"\\ x", max_size=40).map("attachment; ".__add__),
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(headers=HEADERS, status=st.sampled_from([200, 200, 302, 404]), body=st.binary(max_size=20))
def test_any_headers_give_a_file_or_our_error(headers: Any, status: int, body: bytes, tmp_path: Path) -> None:
    store = MediaStore(tmp_path)
    with contextlib.suppress(PostwireError):
        get(URL, Web(any=Answer(status, headers, iter([body]))), store).discard()
    assert not list(tmp_path.iterdir())
