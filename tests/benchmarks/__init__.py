"""The cost of a request, side by side: this service, Powertools, the guide's handler, FastAPI."""
