"""Words that every floor uses; it knows nothing of organisations."""
