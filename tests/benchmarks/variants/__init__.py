"""The handlers compared: each module builds one, over a stub and over a DynamoDB client."""
