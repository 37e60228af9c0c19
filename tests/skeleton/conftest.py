"""The `example` package's own code, which every new driver begins with."""

import sys

from tests.architecture.modules import SKELETON

if str(SKELETON / "src") not in sys.path:
    sys.path.append(str(SKELETON / "src"))
