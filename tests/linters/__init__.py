"""What linters of templates say: `make templates`."""
