"""Posts to addresses that callers name, as webhooks are: guarded like fetching, and never for long."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Protocol

import httpcore2

from postwire.errors import ActionFailed
from postwire.media.fetch import Refused, check_url
from postwire.transport.body import Plain
from postwire.transport.opening import connected, resolved
from postwire.transport.outgoing import Route, Timeouts, as_extensions, head_of
from postwire.transport.pool import TROUBLES, why_lost, why_unsent
from postwire.values import Lost, Request, Response

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from postwire.media.fetch import FetchPolicy
    from postwire.transport.opening import Resolve


class Post(Protocol):
    """Sends one POST; whatever goes wrong is a `Lost`. Safe to use from threads."""

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes, /) -> Response | Lost: ...  # noqa: D102 - the class says it


def poster(policy: FetchPolicy, *, resolve: Resolve = resolved, tls: ssl.SSLContext | None = None) -> Post:
    """Posts that reach only addresses that *policy* allows; redirects are not followed, nor bodies read.

    Args:
        policy: whether this machine may be reached; `timeout` seconds for a connection or the next bytes,
            `deadline` seconds for all of it.
        resolve: from a name and port to addresses.
        tls: for other trust than the system's.
    """
    timeouts = Timeouts(connect=policy.timeout, read=policy.timeout, write=policy.timeout)

    def post(url: str, headers: Mapping[str, str], body: bytes) -> Response | Lost:
        begin = time.perf_counter()
        request = Request("POST", url, headers, body)
        try:
            check_url(url)
            head = head_of(request, Route(None, None), len(body))
            line = connected(head.address, policy, resolve, tls, timeouts)
        except (Refused, ActionFailed) as error:
            return Lost("no", str(error), time.perf_counter() - begin)
        except OSError as error:
            return Lost("no", why_unsent(error, head.address, timeouts), time.perf_counter() - begin)
        # A receiver that drips its answer would hold the thread: the end of the line ends the wait.
        end = threading.Timer(policy.deadline, line.drop)
        end.daemon = True
        end.start()
        try:
            asked = httpcore2.Request(
                head.method,
                head.url,
                headers=head.headers,
                content=Plain(body),
                extensions=as_extensions(timeouts),
            )
            got = line.handle_request(asked)
            named = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in got.headers}
            return Response(got.status, named, b"", time.perf_counter() - begin)
        except (*TROUBLES, OSError, RuntimeError) as error:
            return Lost("maybe", why_lost(error, timeouts, answering=False), time.perf_counter() - begin)
        finally:
            end.cancel()
            line.drop()

    return post
