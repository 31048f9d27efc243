"""四档归一 (dossier): the papers of one ticket, collected as they come and filed as one.

Papers may come before anybody knows which will be asked for. Once the case has ended, its kind and
ending say so; the clerk files when all of them are there. After that nothing is taken out or
replaced: a paper that comes later is noted beside the file, and `late` shows it.
"""

from services.followup.dossier import collection, filing
from services.followup.dossier.state import Dossier, evolve, shown
from shared.events.followup import DossierStage, PaperAdded
from shared.events.values import TICKET_FORM, Role
from shared.ground import last_of
from shared.step import Address, Owed, PaperType, PathField, Step, by_command

__all__ = ["PAPER", "STEPS", "Dossier", "decide", "evolve", "initial"]

TICKET = PathField("ticket", described="单号 BX-…", pattern=rf"^{TICKET_FORM}$")
PAPER: PaperType[Dossier] = PaperType(
    prefix="dossier",
    address=Address("/dossiers/{ticket}", (TICKET,)),
    ticket_of=lambda number: number,
    shown=shown,
)

initial = Dossier()
STEPS = (
    Step(
        "filings",
        filing.FileDossier,
        filing.file,
        by={Role.CLERK},
        rests_on=last_of(PaperAdded),
        until=DossierStage.COMPLETE,
        reads=filing.reads_of_filing,
    ),
    Owed(collection.AskPapers, collection.ask),
    Owed(collection.AddPaper, collection.add),
)
decide = by_command(STEPS)
