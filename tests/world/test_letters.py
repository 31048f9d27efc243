"""来信 (letters): the links of a repair go to the address on the card of its customer."""

from guiyi.play.branch.strays import BY_LINK
from guiyi.play.case import Case
from guiyi.play.player import play
from guiyi.recount.facts import told
from tests.world.cases import enter
from tests.world.world import World


def test_both_links_of_a_repair_go_to_the_card_of_its_customer() -> None:
    with World() as world:
        cast = enter(world)
        case = Case(world, {**cast["run_dry"], "work": cast["leaking"]["work"]})
        play(case, BY_LINK)
        facts = [
            fact
            for page in world.pages.values()
            for fact in told(stored for _, stored in page.tables.lines)
        ]
        asked = [fact.data for fact in facts if fact.type == "NoticeAsked"]
        assert [each["kind"] for each in asked] == ["appointment_link", "survey_link"]
        home = f"customer-{cast['customers'][0]['id']}"
        for each in asked:
            assert (each["to"]["subject"], each["to"]["field"]) == (home, "email")
