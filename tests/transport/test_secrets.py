"""A token goes out, and shows up nowhere else."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from postwire.errors import ActionFailed
from postwire.secret import Secret
from postwire.transport.outgoing import Route, head_of
from postwire.values import Credential, Lost, Request

HEADER = Credential(Secret("Bearer planted-1/+"))
QUERY = Credential(Secret("planted-2&=/+ ü"), "query", "access_token")
ANSWER = (
    b"HTTP/1.1 200 OK\r\nSet-Cookie: session=planted-3\r\nLocation: https://up.example/?upload_token=planted-4\r\n"
    b"Content-Length: 0\r\n\r\n"
)


def test_it_goes_into_the_header(send: Any, fine: Any) -> None:
    send(Request("GET", fine.url(), credential=HEADER))
    assert fine.headers()["authorization"] == "Bearer planted-1/+"


@pytest.mark.parametrize(("query", "before"), [("", "?"), ("?a=b", "?a=b&")])
def test_it_goes_into_the_query(send: Any, fine: Any, query: str, before: str) -> None:
    send(Request("GET", fine.url("/me" + query), credential=QUERY))
    target = f"/me{before}access_token=planted-2%26%3D%2F%2B%20%C3%BC"
    assert fine.seen[0][0].startswith(f"GET {target} HTTP/1.1\r\n".encode())


@pytest.mark.parametrize(
    "script", [["request", ANSWER], ["request"], ["hold"]], ids=["answered", "broken", "silent"]
)
def test_no_log_holds_it(send: Any, serve: Any, script: list[Any], caplog: pytest.LogCaptureFixture) -> None:
    from postwire.transport import Timeouts

    caplog.set_level(logging.DEBUG)
    url = serve(*script).url("/up?upload_token=planted-5")
    for credential in (HEADER, QUERY):
        answer = send(
            Request("PUT", url, body=b"planted-6", credential=credential), timeouts=Timeouts(read=0.2)
        )[0]
        assert not isinstance(answer, Lost) or "planted" not in answer.reason
    assert "httpcore2" in {record.name.split(".")[0] for record in caplog.records}  # it does log
    assert "planted" not in caplog.text


def test_what_httpcore2_logs_is_cut_before_the_headers(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    text = "receive_response_headers.complete return_value=(b'HTTP/1.1', 200, b'OK', [(b'a', b'planted')])"
    logging.getLogger("httpcore2.http11").debug(text)
    logging.getLogger("httpcore2.http11").debug("failed exception=%r", ValueError("access_token=planted"))
    assert [record.getMessage() for record in caplog.records] == [
        "receive_response_headers.complete return_value=(b'HTTP/1.1', 200, b'OK', [•••]",
        "failed exception=ValueError('access_token=•••')",
    ]


@pytest.mark.parametrize("value", ["planted\r\nX-Evil: 1", "planted\0", "planted日"])
def test_no_refusal_repeats_it(send: Any, fine: Any, value: str) -> None:
    request = Request("GET", fine.url("/?upload_token=planted"), credential=Credential(Secret(value)))
    with pytest.raises(ActionFailed) as failed:
        send(request)
    assert "planted" not in f"{failed.value!r} {failed.value.to_dict()}"
    assert failed.value.__context__ is None or failed.value.__suppress_context__
    assert fine.connections == 0


def test_no_repr_shows_it() -> None:
    request = Request("GET", "https://api.example/?upload_token=planted", credential=HEADER)
    assert repr(head_of(request, Route(None, None), 0)) == "Head(GET api.example)"
