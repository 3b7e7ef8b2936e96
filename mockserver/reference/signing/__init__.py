"""Signatures of thinking blocks: made like the API's own, and recognised when a block comes back."""

from __future__ import annotations

from mockserver.reference.signing.prefix import find_difference, prefix_digest
from mockserver.reference.signing.signer import FOREIGN, INVALID, MODIFIED, OK, Seal, Signer, is_omitted

__all__ = ["FOREIGN", "INVALID", "MODIFIED", "OK", "Seal", "Signer", "find_difference", "is_omitted", "prefix_digest"]
