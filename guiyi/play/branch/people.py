"""月中人员 (the people of a month): who works at the branch beside those of the told repairs."""

from dataclasses import replace

from guiyi.play.cast import Cast
from guiyi.play.people import Person

CLERK_2 = Person("K-WANGFANG", "王芳", ("clerk",))
STAND_IN = Person("A-SONGYAN", "宋岩", ("approver",))
THIRD = Person("T-ZHENGHAO", "郑浩", ("technician",), skills=("pumps", "capping"))
MANAGER = Person("G-XUJIAN", "徐健", ("general_manager",))
MORE = (CLERK_2, STAND_IN, THIRD, MANAGER)


def staffed(cast: Cast) -> Cast:
    """The cast with all who work at the branch in a month."""
    return replace(cast, people=(*cast.people, *MORE))
