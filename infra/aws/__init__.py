"""One stage of the API in an AWS account: its stack, table, buckets, function and logs."""
