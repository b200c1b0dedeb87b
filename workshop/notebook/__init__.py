"""What notebooks may import. Everything else in `workshop` is internal and may change."""

from IPython.core.getipython import get_ipython

from workshop.notebook import magics, tracebacks
from workshop.notebook.balances import books, changes, points_of
from workshop.notebook.broken_runs import broken_run
from workshop.notebook.durations import times
from workshop.notebook.executions import (
    export,
    fork,
    list_orders,
    pause,
    redrive,
    resume,
    stop,
    what_if,
)
from workshop.notebook.in_flight import complete_callback, heartbeats, real_time, start_order
from workshop.notebook.many_orders import post_at_once
from workshop.notebook.order_files import import_file, order_file
from workshop.notebook.own_service import new_service
from workshop.notebook.own_tests import record, replay, run_tests
from workshop.notebook.questions import quiz
from workshop.notebook.session import (
    begin,
    clean_up,
    deploy,
    follow,
    process,
    snapshot,
    stack,
    watch,
)
from workshop.notebook.side_by_side import compare, invocations
from workshop.notebook.verbs import catch_up, check, hint, progress, reset, solution
from workshop.notebook.views import partner_calls, show_code, show_order
from workshop.orders import client as orders

__all__ = [
    "begin",
    "books",
    "broken_run",
    "catch_up",
    "changes",
    "check",
    "clean_up",
    "compare",
    "complete_callback",
    "deploy",
    "export",
    "follow",
    "fork",
    "heartbeats",
    "hint",
    "import_file",
    "invocations",
    "list_orders",
    "new_service",
    "order_file",
    "orders",
    "partner_calls",
    "pause",
    "points_of",
    "post_at_once",
    "process",
    "progress",
    "quiz",
    "real_time",
    "record",
    "redrive",
    "replay",
    "reset",
    "resume",
    "run_tests",
    "show_code",
    "show_order",
    "snapshot",
    "solution",
    "stack",
    "start_order",
    "stop",
    "times",
    "watch",
    "what_if",
]

_shell = get_ipython()
if _shell is not None:
    magics.register(_shell)
    tracebacks.register(_shell)
