"""The import document, and the local gateway that obeys it."""
