"""The cost of a request, measured side by side: this service, Powertools, the guide's handler."""
