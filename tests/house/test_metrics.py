"""Every metric of every process has the one prefix and a row in docs/metrics.md."""

import re
from pathlib import Path
from threading import Event

from prometheus_client import CollectorRegistry

from shared.chain import ChainFindings
from shared.chain_metrics import ChainMetrics
from shared.disk import Disk
from shared.http.keys_watch import KeysWatch
from shared.http.middleware import RequestMetrics
from shared.ops import NAMESPACE, Ops
from shared.record.database import engine
from shared.relay.metrics import RelayMetrics
from shared.sender.metrics import SenderMetrics
from shared.worker.fanout import FanOut
from shared.worker.metrics import WorkerMetrics
from tests.memory_keys import memory_keys

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"


def names(registry: CollectorRegistry) -> set[str]:
    """The names that a scrape shows. The format adds an ending to those of counters."""
    return {
        family.name + ("_total" if family.type == "counter" else "")
        for family in registry.collect()
    }


def test_the_page_names_what_the_processes_tell() -> None:
    relay, worker, web = Ops(0), Ops(0), CollectorRegistry()
    nowhere = engine("postgresql+psycopg2://nobody:x@127.0.0.1:9/none")
    RelayMetrics(relay)
    SenderMetrics(relay)
    worker.registry.register(WorkerMetrics(FanOut(nowhere, "intake", (), Event())))
    RequestMetrics(web)
    web.register(ChainMetrics(ChainFindings()))
    web.register(Disk(PAGE.parent, 0))
    web.register(KeysWatch(memory_keys()))
    told = names(relay.registry) | names(worker.registry) | names(web)
    for made in (relay, worker):
        made.stop()
    assert {name for name in told if not name.startswith(f"{NAMESPACE}_")} == set()
    assert set(re.findall(r"`(guiyi_\w+)`", PAGE.read_text("utf-8"))) == told
