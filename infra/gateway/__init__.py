"""API Gateway's part in a request, on this machine."""
