"""Servers: the path below which a contract says that its API is.

The service itself is always at the top; whatever is in front of it may add a path.
"""

from urllib.parse import urlsplit

from service.contract.document import Document


def base_path(document: Document) -> str:
    """The path of the first server, such as `/v1`; empty if it has none, or it is not known.

    OpenAPI 3.0.3, Server Object: variables have defaults.
    """
    servers = document.data.get("servers")
    if not servers:
        return ""
    url, variables = str(servers[0]["url"]), servers[0].get("variables", {})
    for name, variable in variables.items():
        url = url.replace(f"{{{name}}}", str(variable["default"]))
    try:
        return urlsplit(url).path.rstrip("/")
    except ValueError:  # not a URL
        return ""


def remark(document: Document, served: str = "") -> tuple[str, str] | None:
    """What to say if the API is `served` below another path than the contract states, and what to
    do."""
    path = base_path(document)
    if path in ("", served):
        return None
    here = f"below {served}" if served else "at the top"
    return (
        f"'servers' puts the API below {path}, and it is served {here}.",
        f"Serve it with --base-path {path}; on AWS, map {path} of a custom domain to the stage.",
    )
