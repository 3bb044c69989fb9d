"""Verify a bundle with nothing but the bundle: hashes, rebuild, lint, simulation, proof."""

from db2hdl.verify.result import FAILED, NONE, NOT_DONE, VERIFIED, Check, Verification
from db2hdl.verify.run import bundle_folder, verify

__all__ = [
    "FAILED",
    "NONE",
    "NOT_DONE",
    "VERIFIED",
    "Check",
    "Verification",
    "bundle_folder",
    "verify",
]
