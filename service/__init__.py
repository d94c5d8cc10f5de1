"""The API: any contract made of collections, served from one Lambda function."""
