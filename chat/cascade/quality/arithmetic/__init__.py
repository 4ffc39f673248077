"""Reading arithmetic out of prose, LaTeX and notes, and doing it again exactly."""

from chat.cascade.quality.arithmetic.equation import Equation
from chat.cascade.quality.arithmetic.evaluate import evaluate
from chat.cascade.quality.arithmetic.reader import Arithmetic, Figure, read_arithmetic

__all__ = ["Arithmetic", "Equation", "Figure", "evaluate", "read_arithmetic"]
