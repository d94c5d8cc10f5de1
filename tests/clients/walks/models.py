"""Real answers, read by the models that datamodel-code-generator made.

Arguments: the folder of `models.py`, the URL, and the shape of the walk in JSON.
"""

import json
import sys
from typing import Any

import httpx

sys.path.insert(0, sys.argv[1])
import models  # type: ignore[import-not-found]

shape = json.loads(sys.argv[3])
name = shape["one"].capitalize()


def read(ending: str, data: Any) -> Any:
    return getattr(models, f"{name}{ending}").model_validate(data)


body = read("Input", shape["item"]).model_dump(mode="json", exclude_unset=True)
assert body == shape["item"]
changes = read("Changes", shape["change"]).model_dump(mode="json", exclude_unset=True)
assert changes == shape["change"]
with httpx.Client(base_url=f"{sys.argv[2]}/{shape['many']}") as client:
    made = client.post("", json=body).json()
    assert read("", made).model_dump(mode="json", exclude_unset=True).keys() <= made.keys()
    updated = client.put(f"/{made['id']}", json=changes).json()
    assert {**made, **changes, "updatedAt": updated["updatedAt"]} == updated
    page = read("Page", client.get("").json())
    assert str(page.items[0].id) == made["id"]
    client.delete(f"/{made['id']}")
    gone = models.Problem.model_validate(client.get(f"/{made['id']}").json())
    assert gone.status == 404
