"""The seeded changes as JSON, for other tools to judge: `python -m tests.changes`."""

import json
import sys

from tests.changes.seeded import seeded

json.dump([each._asdict() for each in seeded()], sys.stdout)
