"""vcrpy itself plays the cassettes through our own transport: anyone can record and replay with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import vcr

from postwire import Account, Client, PostwireError
from postwire.decide.retry import Policy
from postwire.language.catalog import Catalog
from postwire.media import sample

TIKTOK = Path(__file__).parents[2] / "integrations" / "tiktok"
ACTIONS = [summary.id for summary in Catalog([TIKTOK], override=True).actions("tiktok")]


@pytest.mark.parametrize("action", ACTIONS)
def test_vcrpy_plays_the_examples(action: str, monkeypatch: pytest.MonkeyPatch) -> None:
    short = action.partition(".")[2]
    matched = ["method", "scheme", "host", "path", "query"]
    player = vcr.VCR(record_mode=vcr.mode.NONE, match_on=matched)
    with (
        player.use_cassette(str(TIKTOK / "cassettes" / f"{short}.yaml")) as tape,
        Client(policy=Policy(attempts=1)) as client,
    ):
        object.__setattr__(client._world, "sleep", lambda _: None)
        for example in client.catalog.action(action).examples:
            run(client, action, example)
        assert tape.all_played


def run(client: Client, action: str, example: Any) -> None:
    given = {k: str(sample.VIDEO) if v == "sample.mp4" else v for k, v in example.input.items()}
    account = Account("tiktok", "act.played", **example.account)
    if example.error:
        with pytest.raises(PostwireError) as caught:
            client.run(action, given, account=account)
        assert caught.value.code == example.error
        return
    assert client.run(action, given, account=account).output == example.return_
