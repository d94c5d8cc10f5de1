"""API Gateway's part of a request, on this machine."""
