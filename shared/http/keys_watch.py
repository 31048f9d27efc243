"""密钥库看守 (the watch over the key store): whether it answers, asked apart from any request."""

from collections.abc import Iterable, Sequence

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from shared.http.periodic import Periodic
from shared.personal.key_store import KeysUnavailable
from shared.personal.keys import Keys, MasterKeyWrong

PAUSE_S = 5.0
AWAY = (
    "the key store does not answer: what seals or opens a personal text is put off;"
    " see docs/operations.md"
)

NOT_OURS = "the key store was made with another master key; see docs/personal-data.md"


class KeysWatch(Periodic, Collector):
    """密钥库看守: a room without its key store does all work that needs no personal text."""

    def __init__(self, keys: Keys, *, pause: float = PAUSE_S) -> None:
        super().__init__(self._ask, pause, "keys-watch")
        self._keys = keys
        self._notes: Sequence[str] = ()

    def notes(self) -> Sequence[str]:
        """A line for the body of /readyz while it is away, or is not ours."""
        return self._notes

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The gauge of the registry."""
        answers = 0 if self._notes else 1
        yield GaugeMetricFamily("guiyi_key_store_answers", "1: the key store answers", answers)

    def _ask(self) -> None:
        try:
            self._keys.find([""], fresh=True)
        except KeysUnavailable:
            self._notes = [AWAY]
        except MasterKeyWrong:
            self._notes = [NOT_OURS]
        else:
            self._notes = ()
