"""外人 (outsiders): what somebody else does to a worker's topics and to its group on Kafka.

Whoever reaches the broker may join the group of a room's workers: then Kafka gives partitions to
them, of which nobody of ours takes anything. They may also give a topic more partitions, to which
no room of ours writes. Neither ends a worker, and both are named.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import KafkaError

from shared.kafka_access import KafkaAccess
from shared.log import logger

RUNBOOK = "docs/runbooks/lag.md"
EVERY_S = 15.0
_REQUEST_MS = 5_000
_NAMED = 5

log = logger(__name__)


class Outsiders:
    """外人: as seen by one worker. `client` is what each worker of the group calls itself."""

    def __init__(
        self, kafka: KafkaAccess, group: str, client: str, topics: Collection[str], partitions: int
    ) -> None:
        self._kafka, self._group, self._client = kafka, group, client
        self._topics, self._partitions = sorted(topics), partitions
        self._notes: Sequence[str] = ()

    def notes(self) -> Sequence[str]:
        """What was seen last, for the body of /readyz."""
        return self._notes

    async def look(self) -> None:
        """Ask Kafka. While it does not answer, what was seen last stays."""
        admin = AIOKafkaAdminClient(**self._kafka.client, request_timeout_ms=_REQUEST_MS)
        try:
            await admin.start()
            topics = await admin.describe_topics(self._topics)
            groups = await admin.describe_consumer_groups([self._group])
            members = [
                m for each in groups for g in each.to_object()["groups"] for m in g["members"]
            ]
        except (KafkaError, TimeoutError, OSError) as error:
            log.warning("Kafka does not say who reads", error=error)
            return
        finally:
            with suppress(KafkaError, TimeoutError, OSError):
                await admin.close()
        seen = [*self._grown(topics), *self._strangers(members)]
        for note in set(seen) - set(self._notes):
            log.error("an outsider", told=note)
        self._notes = seen

    def _grown(self, topics: Sequence[dict[str, object]]) -> Iterator[str]:
        for each in topics:
            found = each["partitions"]
            if isinstance(found, list) and len(found) > self._partitions:
                yield (
                    f"{each['topic']} has {len(found)} partitions, this installation"
                    f" {self._partitions}: somebody added some, and nothing of ours is on them;"
                    f" see {RUNBOOK}"
                )

    def _strangers(self, members: Sequence[dict[str, object]]) -> Iterator[str]:
        for each in members:
            if each["client_id"] != self._client:
                yield (
                    f"a stranger is in the group {self._group}: {each['client_id']} at"
                    f" {each['client_host']}; of {_assigned(each['member_assignment'])} nothing is"
                    f" taken meanwhile; see {RUNBOOK}"
                )


def _assigned(assignment: object) -> str:
    """What Kafka has given to a member, in words."""
    try:
        assert isinstance(assignment, bytes)
        found = ConsumerProtocolMemberAssignment.decode(assignment).partitions()
    except Exception:  # noqa: BLE001 - whatever bytes a stranger gives
        return "what Kafka gives it"
    named = ", ".join(f"{each.topic}/{each.partition}" for each in sorted(found)[:_NAMED])
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return f"{named}{more}" if found else "nothing"
