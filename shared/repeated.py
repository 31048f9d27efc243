"""重复 (repeated commands): a command that came before is answered from what it made true."""

from collections.abc import Sequence

from shared import view
from shared.command import Answer, CommandEnvelope
from shared.envelope import Stored, head
from shared.record.store import CommandRow, KeyReused, Position


def same_body(row: CommandRow | None, envelope: CommandEnvelope) -> None:
    """Raise KeyReused if the command came before with another body."""
    if row is None or envelope.body_mac is None:
        return
    if row.body_mac not in {envelope.body_mac, *envelope.former_macs}:
        raise KeyReused(f"command {envelope.id} came before with another body")


def answer_from(known: Sequence[Stored], home: str) -> Answer:
    """The answer again, from the facts that the command made then."""
    heads = [head(stored.body) for stored in known]
    versions = [each.version for each in heads if each.stream == home]
    last: dict[int, int] = {}
    for stored in known:
        last[stored.partition] = max(stored.seq, last.get(stored.partition, 0))
    facts = [view.recorded("", stored).fact for stored in known]
    positions = [Position(partition, seq) for partition, seq in sorted(last.items())]
    return Answer(
        home,
        max(versions, default=0),
        facts,
        positions,
        repeated=True,
        ticket=heads[0].ticket,
    )
