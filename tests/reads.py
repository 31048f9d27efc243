"""What `handle` would read for a command, from states in memory."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shared.decider import Asked, Series
from shared.room import Room


def initial_of(room: Room, stream: str) -> Any:
    """The state of a stream before its first fact."""
    return room.papers[stream.partition("-")[0]].initial


def with_reads(room: Room, command: object, states: Mapping[str, Any], asked: Asked) -> Asked:
    """The circumstances with what the row of the command reads, and nothing else."""
    paper = room.papers[asked.home.partition("-")[0]]
    state = states.get(asked.home, paper.initial)
    wanted = list(paper.decide.reads(command, state, asked))
    beside = sorted(stream for stream in states if stream != asked.home)
    series = {
        each.prefix: tuple(stream for stream in beside if stream.startswith(each.prefix))
        for each in wanted
        if isinstance(each, Series)
    }
    named = [each for each in wanted if isinstance(each, str)]
    streams = [*named, *(stream for found in series.values() for stream in found)]
    reads = {stream: states.get(stream, initial_of(room, stream)) for stream in streams}
    return replace(asked, reads=reads, series=series)


def write(room: Room, states: dict[str, Any], stream: str, fact: Any) -> None:
    """Fold a fact into the state of its stream."""
    paper = room.papers[stream.partition("-")[0]]
    states[stream] = paper.evolve(states.get(stream, paper.initial), fact)
