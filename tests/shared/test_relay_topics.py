"""话题: the settings that a topic must have, and the error for one that deletes records."""

from shared.broker.admin import SETTINGS, Topic, faults
from shared.topics import journal_topic, milestone_topics, topics_of


def test_a_room_writes_its_journal_and_its_own_milestones() -> None:
    assert topics_of("intake")[0] == journal_topic("intake") == "journal.intake"
    assert "RepairReported" in milestone_topics("intake")
    assert "RepairReported" not in milestone_topics("dispatch")


def test_the_only_milestone_of_two_rooms_belongs_to_both() -> None:
    both = set(milestone_topics("intake")) & set(milestone_topics("dispatch"))
    assert both == {"RepairClosed"}


def test_a_topic_that_keeps_everything_is_well() -> None:
    assert faults([Topic("journal.intake", 6, {**SETTINGS, "segment.ms": "1"})], 6) == []


def test_every_setting_that_forgets_is_told_with_its_mend() -> None:
    topic = Topic("journal.intake", 6, {**SETTINGS, "retention.ms": "604800000"})
    (said,) = faults([topic], 6)
    assert "retention.ms is 604800000, it must be -1" in said
    assert "--add-config retention.ms=-1" in said
    compacted = Topic("journal.intake", 6, {"cleanup.policy": "compact"})
    assert len(faults([compacted], 6)) == 3


def test_another_number_of_partitions_is_told() -> None:
    (said,) = faults([Topic("journal.intake", 24, SETTINGS)], 6)
    assert "has 24 partitions, this installation 6" in said
