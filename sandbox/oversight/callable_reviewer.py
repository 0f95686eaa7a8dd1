"""Any Python callable as a reviewer."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.oversight.reviewer import Case, Harm


class CallableReviewer:
    """Predicts by calling `predicts`.

    Args:
        name: What the log calls it.
        predicts: Given a case it returns a `Harm`, or the probability alone.
    """

    instant = False

    def __init__(self, name: str, predicts: Callable[[Case], Harm | float]) -> None:
        self.name, self._predicts = name, predicts

    def review(self, case: Case) -> Harm:
        """What the callable answers."""
        said = self._predicts(case)
        return said if isinstance(said, Harm) else Harm(float(said))
