"""Settings, root addresses and the entry for servers."""
