"""`python -m coordinator`: the coordinator's process. A signal stops it in order and then ends it.

exit 1      the address cannot be listened on, another coordinator has the data folder or the
            ledger, or our fault
exit 2, 4   the settings are not allowed; the database does not answer
exit 130    Ctrl-C
"""

from __future__ import annotations

import sys

EXIT_INTERRUPTED = 130


def main() -> int:
    try:
        # Here, because it takes a second, in which a person may have thought better of it.
        from coordinator import process

        return process.main()
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
