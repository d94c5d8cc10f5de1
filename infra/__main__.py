"""`python -m infra` is `todo-api`."""

import sys

from infra.cli import main

sys.exit(main())
