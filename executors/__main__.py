from __future__ import annotations

import sys

from executors.worker import main

sys.exit(main())
