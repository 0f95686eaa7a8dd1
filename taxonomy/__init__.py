"""How it failed: taggers, and the reports that read their tags."""
