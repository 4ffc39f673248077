"""A conversation as a file: out as Markdown and JSON, in as our JSON."""
