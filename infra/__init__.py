"""Everything around the service: the command line, the local gateway, the site."""
