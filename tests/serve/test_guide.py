"""The guide's calls, over HTTP."""

from tests.servers import Server


def test_the_five_calls_of_the_guide(server: Server) -> None:
    created = server.request(
        "POST", "/todos", {"title": "Learn AWS", "description": "Complete the project"}
    )
    assert created.status == 201
    item = created.json
    path = f"/todos/{item['id']}"
    assert created.headers["location"] == path
    assert (item["title"], item["completed"]) == ("Learn AWS", False)

    listed = server.get("/todos").json
    assert item in listed["items"]
    assert listed["count"] == len(listed["items"])

    assert server.get(path).json == item

    updated = server.request("PUT", path, {"completed": True})
    assert updated.status == 200
    assert (updated.json["title"], updated.json["completed"]) == ("Learn AWS", True)

    deleted = server.request("DELETE", path)
    assert (deleted.status, deleted.body) == (204, b"")
    assert "content-length" not in deleted.headers
    assert server.get(path).status == 404
