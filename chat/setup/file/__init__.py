"""The set-up as a file that can live in git: no secrets, names for ids, safe to apply twice."""
