"""What more looks would certify if they show nothing more: a price, or that there is none."""

from __future__ import annotations

from dataclasses import dataclass

from raravis.certify.counting import first
from raravis.certify.ledger import Ledger


@dataclass(frozen=True)
class Outlook:
    """Ahead of a ledger, where `known` known positives come with each look and are missed as often as so far."""

    ledger: Ledger
    known: float = 0.0
    beside: int = 0  # looks that come first and are no draws

    def recall_after(self, draws: int) -> float:
        """The recall that can be claimed after so many more draws, or all there are, if all are no's."""
        draws = min(draws, self.ledger.unseen)
        return self.ledger.recall_low(draws, self._shown(draws) if draws else 0)

    def best(self) -> float:
        """The recall that can be claimed once all was asked, if all are no's: what was settled may forbid more."""
        return self.ledger.recall_low(self.ledger.unseen, self._shown(self.ledger.unseen))

    def draws_until(self, recall: float) -> int | None:
        """Draws until the recall can be claimed, if all are no's; None where not even all the unseen are enough."""
        unseen = self.ledger.unseen
        draws = first(lambda n: self.ledger.reaches(recall, n, self._shown(n) if n else 0), 0, unseen)
        return draws if draws <= unseen else None

    def _shown(self, draws: int) -> int:
        return int((draws + self.beside) * self.known) if self.ledger.misses else 0
