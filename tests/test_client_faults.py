"""What can go wrong between here and the platform, by the simulator's rules."""

from __future__ import annotations

import gc
import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from postwire import (
    Account,
    ActionFailed,
    Client,
    OutcomeUnknown,
)
from postwire.decide.retry import Policy
from postwire.media import sample

if TYPE_CHECKING:
    from pathlib import Path

    from postwire.simulator import Served, Simulator

VIDEO = sample.VIDEO.read_bytes()
INIT = "/v2/post/publish/video/init/"


def asked(simulator: Simulator, path: str = "*") -> list[str]:
    return [record.path for record in simulator.requests if path in ("*", record.path)]


def uploaded(simulator: Simulator) -> list[str | None]:
    publishes = simulator.tiktok.publishes.values()
    return [publish.upload.sha256 for publish in publishes if publish.upload]


def failed(caller: Any, **given: Any) -> ActionFailed:
    with pytest.raises(ActionFailed) as caught:
        caller.run("tok.post", {"video": VIDEO, **given})
    return caught.value


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """A video of 26 MB, which the platform takes in up to five parts."""
    return sample.write(tmp_path / "big.mp4", 26_000_000)


def checksum(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def test_a_lost_answer_to_a_create_is_unknown_and_never_repeated(caller: Any, simulator: Simulator) -> None:
    simulator.faults.add(path=INIT, lose_answer=True)
    error = failed(caller)
    assert isinstance(error, OutcomeUnknown)
    assert (error.sent, error.step) == ("maybe", "init")
    assert asked(simulator) == [INIT]


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_broken_platform_leaves_a_create_unknown(caller: Any, simulator: Simulator, status: int) -> None:
    simulator.faults.add(path=INIT, status=status, after=True)
    assert isinstance(failed(caller), OutcomeUnknown)
    assert asked(simulator) == [INIT]


def test_nothing_listening_is_not_sent(caller: Any, simulator: Simulator, tok: Any) -> None:
    with (
        Client(
            Account("tok", "planted-token"),
            integrations=[tok.folder],
            sandbox="http://127.0.0.1:9",
            policy=Policy(attempts=1),
        ) as client,
        pytest.raises(ActionFailed) as caught,
    ):
        client.run("tok.post", video=VIDEO)
    assert (caught.value.code, caught.value.sent) == ("transient", "no")


@pytest.mark.parametrize(
    "fault", [{"status": 500}, {"status": 503}, {"reset_after_bytes": 300_000}, {"refuse": True}]
)
def test_trouble_with_one_part_repeats_that_part(
    caller: Any, simulator: Simulator, big: Path, fault: dict[str, Any]
) -> None:
    simulator.faults.add(host="open-upload.tiktokapis.com", part=3, **fault)
    result = caller.run("tok.post", video=big, parts=4)
    assert result["bytes"] == 26_000_000
    assert uploaded(simulator) == [checksum(big)]
    assert len(asked(simulator, "/video/")) == 5
    assert len(caller.slept) == 1


@pytest.mark.parametrize("as_index", [False, True], ids=["a count", "the last index"])
@pytest.mark.parametrize("part", [2, 4], ids=["in the middle", "the last"])
def test_a_lost_answer_to_a_part_is_settled_by_the_servers_word(
    caller: Any, simulator: Simulator, big: Path, part: int, as_index: bool
) -> None:
    simulator.tiktok.settings.progress_as_last_index = as_index
    simulator.faults.add(host="open-upload.tiktokapis.com", part=part, lose_answer=True)
    assert caller.run("tok.post", video=big, parts=4)["bytes"] == 26_000_000
    assert uploaded(simulator) == [checksum(big)]
    statuses = [record.status for record in simulator.requests if record.path == "/video/"]
    assert statuses.count(416) == 1


def test_a_token_that_is_revoked_on_the_way_is_said_with_what_was_made(
    caller: Any, simulator: Simulator
) -> None:
    simulator.faults.add(path="/v2/post/publish/status/fetch/", revoke_token=True)
    error = failed(caller)
    assert (error.code, error.message, error.step) == ("auth_expired", "The token is dead.", "status")
    (publish_id,) = simulator.tiktok.publishes
    assert error.saved["init.publish_id"] == publish_id
    assert error.saved["init.upload_url"] == "https://open-upload.tiktokapis.com/video/"
    assert error.to_dict()["who_acts"] == "account_owner"


@pytest.mark.parametrize("as_date", [False, True], ids=["seconds", "a date"])
def test_it_waits_as_the_platform_says(caller: Any, simulator: Simulator, as_date: bool) -> None:
    simulator.faults.add(path=INIT, status=429, retry_after=17, retry_after_date=as_date)
    assert caller.run("tok.post", video=VIDEO)["bytes"] == len(VIDEO)
    assert caller.slept == [pytest.approx(17, abs=2)]
    assert len(asked(simulator, INIT)) == 2


def test_a_wait_that_is_too_long_is_told(caller: Any, simulator: Simulator) -> None:
    simulator.faults.add(path=INIT, status=429, retry_after=3600)
    error = failed(caller)
    assert (error.code, error.retry_after, caller.slept) == ("rate_limited", 3600, [])


def test_nothing_stays_open(served: Served, tok: Any) -> None:
    """With warnings as errors, a socket or file that is left to the collector fails this test."""
    with Client(
        Account("tok", served.simulator.tiktok.connect()), integrations=[tok.folder], sandbox=served.origin
    ) as client:
        client.run("tok.post", video=VIDEO)
    gc.collect()
