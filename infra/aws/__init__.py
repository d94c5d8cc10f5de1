"""What one stage of the API has in an AWS account: its stack, table, buckets, function, logs."""
