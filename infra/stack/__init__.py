"""One stage of the API in one AWS account: what deploys it, shows it and takes it away."""
