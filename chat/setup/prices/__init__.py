"""Lists of prices that others keep: read, compared with ours, and taken over by an operator."""
