"""`python -m workshop <verb>`: the one command line, on every system."""

import os
import sys

if sys.version_info < (3, 8):
    sys.exit(
        "This Python is %d.%d, too old to start the workshop. "
        "Install Python 3.13 and run this again with it." % sys.version_info[:2]
    )

from workshop.commands.dispatch import main
from workshop.private import UMASK

os.umask(UMASK)  # for every file of this command and its processes
sys.exit(main(sys.argv[1:]))
