"""Entry to the queue benchmark: `python benchmarks/queue.py --help`."""

import sys
from pathlib import Path

if __name__ == "__main__":
    # Run as a file, its own folder is searched for modules first, and this file would be the
    # standard library's `queue` to everybody. The repository's root belongs there instead.
    here = Path(__file__).resolve().parent
    sys.path[:] = [str(here.parent), *(item for item in sys.path if Path(item).resolve() != here)]

    from benchmarks.compare import main

    main()
