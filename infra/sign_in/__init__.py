"""A sign-in for this machine: the counterpart of a deployed stage's Cognito user pool."""
