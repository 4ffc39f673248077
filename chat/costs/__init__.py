"""What turns cost and would have cost: selections, figures, budgets. Queries only, no HTML.

A selection is a set of turns that have ended. Whatever is shown of it, in whatever groups, adds up
to the same cent, because money is added as whole numbers of a ten-billionth of a dollar.
"""
