"""`python -m orlop.cli`."""

import sys

from orlop.cli import main

sys.exit(main())
