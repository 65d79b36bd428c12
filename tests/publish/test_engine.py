"""What we use of the engine is there, and what we must not use is not."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest
from tests.publish.conftest import INIT  # noqa: F401 - the folder's conftest is found by it

if TYPE_CHECKING:
    from collections.abc import Callable

pytest.importorskip("dbos")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("workflow", {"name", "max_recovery_attempts"}),
        ("register_queue", {"partition_concurrency", "worker_concurrency", "polling_interval_sec"}),
        ("listen_queues", set()),
        ("launch", set()),
        ("destroy", {"workflow_completion_timeout_sec"}),
        ("enqueue_workflow_with_options", {"options"}),
        ("list_workflows", {"status", "end_time", "load_input", "load_output"}),
        ("delete_workflows", set()),
        ("_recover_pending_workflows", {"executor_ids"}),
    ],
)
def test_dbos_has_what_we_call(name: str, arguments: set[str]) -> None:
    from dbos import DBOS

    assert arguments <= set(inspect.signature(getattr(DBOS, name)).parameters)


def test_a_pickle_in_a_row_is_never_loaded(elsewhere: Callable[..., Any]) -> None:
    code = """
import base64, pickle
from dbos import DBOSPortableJSONSerializer
from dbos._serialization import deserialize_args, deserialize_value
from postwire.publish.durable import refuse_pickle
class Bomb:
    def __reduce__(self):
        return (print, ("the code ran",))
row = base64.b64encode(pickle.dumps(Bomb())).decode()
refuse_pickle()
for read in (deserialize_value, deserialize_args):
    try:
        read(row, "py_pickle", DBOSPortableJSONSerializer())
    except Exception as error:
        print(type(error).__name__)
"""
    done = elsewhere(code)
    assert done.stdout.split() == ["PostwireError"] * 2, done.stderr


def test_neither_the_package_nor_a_plain_run_loads_the_engine_or_a_database(elsewhere: Any) -> None:
    code = """
import sys
import postwire
from postwire import Account, Client
with Client(Account("tiktok", "act.x"), sandbox="http://127.0.0.1:9") as client:
    try:
        client.run("tiktok.get_user_info")
    except postwire.ActionFailed:
        pass
print([name for name in ("sqlalchemy", "dbos", "postwire.publish") if name in sys.modules])
"""
    done = elsewhere(code)
    assert done.stdout.strip() == "[]", done.stderr
