"""The life of a turn: begin, play, stop, follow, sweep. It never belongs to a socket.

`begin.py` stores it and starts the player, `play.py` turns the engine's events into the `log.py`
and the stored rows (`store.py`), `state.py` folds them into what is seen, `sweep.py` ends what a
dead process left.
"""
