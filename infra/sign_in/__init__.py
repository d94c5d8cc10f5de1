"""A sign-in for this machine: what a user pool of Amazon Cognito is to a deployed stage."""
