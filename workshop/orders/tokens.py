"""The sandbox's test cards, as the table in `modules/triggers.py` has them."""

from __future__ import annotations

import re
import runpy
from difflib import get_close_matches

from workshop.course import application, stages
from workshop.errors import WorkshopError
from workshop.orders.contract import STEPS

GOOD = "tok_ok"
OPERATION = re.compile(r"""@operation\(["']([^"']+)["']\)""")


def check(token: object) -> None:
    """Raise `WorkshopError` if a token looks like the name of a test card that does not exist.

    The sandbox accepts every unknown card, so nobody would notice a typo.
    """
    cards = known()
    if not isinstance(token, str) or token in cards:
        return
    near = get_close_matches(token, cards, n=1)
    raise WorkshopError(
        f"The test card '{token}' does not exist.",
        f"Did you mean '{near[0]}'?" if near else 'show_code("triggers") lists them.',
    )


def known() -> list[str]:
    """Return every payment token with a meaning. The operations may be the learner's own."""
    yours, finished = application.YOURS.modules, application.FINISHED.modules
    folder = yours if (yours / "triggers.py").exists() else finished
    triggers = runpy.run_path(str(folder / "triggers.py"))
    values = [row.value for row in triggers["TRIGGERS"] if row.field == "paymentToken"]
    names = [*STEPS]
    for module in yours.glob("*.py"):
        names += OPERATION.findall(stages.read(module))
    return [GOOD, *dict.fromkeys(value.replace("NAME", name) for value in values for name in names)]
