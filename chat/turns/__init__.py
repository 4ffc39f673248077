"""The life of a turn: begin, play, stop, follow, sweep. It never belongs to a socket.

`begin.py` stores it and starts the player, `play.py` turns the engine's events into the `log.py`,
`keep.py` keeps the state that `state.py` folds of them, `follow.py` shows it, `stop.py` is the
reader's end and `sweep.py` ends what a dead process left.
"""
