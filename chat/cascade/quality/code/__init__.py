"""Reading code, and the examples a question gives for it, out of questions and drafts."""
