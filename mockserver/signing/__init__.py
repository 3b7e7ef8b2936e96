"""Signatures of thinking blocks: made like the API's own, and recognised when a block comes back."""

from __future__ import annotations

from mockserver.signing.prefix import is_same_prefix, prefix_digest
from mockserver.signing.signer import FOREIGN, INVALID, MODIFIED, OK, Seal, Signer

__all__ = ["FOREIGN", "INVALID", "MODIFIED", "OK", "Seal", "Signer", "is_same_prefix", "prefix_digest"]
